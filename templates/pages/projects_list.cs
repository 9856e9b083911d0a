<h1><?cs var:Page.title ?></h1>
<form class="filters" method="get" action="<?cs var:Self ?>" role="search">
<?cs call:fieldof("search", "q", S.projects.search, "", Filter.q, "") ?>
<?cs call:choice("state", S.projects.state, "", States, S.filter.any, Filter.state, "") ?>
<button><?cs var:S.filter.apply ?></button>
</form>
<?cs if:subcount(Projects) ?>
<div class="card" data-part="list">
<table class="table">
<thead><tr><th scope="col"><?cs var:S.projects.student ?></th><th scope="col"><?cs var:S.projects.project ?></th><th scope="col"><?cs var:S.projects.application ?></th><th scope="col"><?cs var:S.projects.last_build ?></th><th scope="col"><?cs var:S.projects.address ?></th></tr></thead>
<tbody>
<?cs each:p = Projects ?>
<tr data-project="<?cs var:p.id ?>" data-status="<?cs var:p.state ?>">
<td data-name="<?cs var:S.projects.student ?>"><span><?cs var:p.student ?> <span class="soft small"><?cs var:p.number ?> · <?cs var:p.course ?></span></span></td>
<td data-name="<?cs var:S.projects.project ?>"><a href="/projects/<?cs var:p.id ?>"><?cs var:p.name ?></a></td>
<td data-name="<?cs var:S.projects.application ?>"><span><?cs call:badge(p.badge, p.word) ?><?cs if:p.drift ?> <span class="small soft"><?cs var:S.projects.drift ?></span><?cs /if ?></span></td>
<td data-name="<?cs var:S.projects.last_build ?>"><?cs if:p.build.id ?><a class="row" href="/builds/<?cs var:p.build.id ?>"><?cs call:badge(p.build.status, p.build.word) ?> <?cs call:commit(p.build.commit) ?></a><?cs else ?><span class="soft"><?cs var:S.projects.no_build ?></span><?cs /if ?></td>
<td data-name="<?cs var:S.projects.address ?>"><?cs if:p.state == "running" ?><a href="<?cs var:p.address ?>" rel="noopener"><?cs var:p.address ?></a><?cs else ?><span class="soft">–</span><?cs /if ?></td>
</tr>
<?cs /each ?>
</tbody>
</table>
<?cs call:pager(Newer, Older) ?>
</div>
<?cs elif:Filtered == "1" ?>
<p class="empty"><?cs var:S.projects.none_found ?> <a href="<?cs var:Self ?>"><?cs var:S.filter.clear ?></a></p>
<?cs elif:Self == "/me" ?>
<p class="empty"><?cs var:S.projects.none_mine ?></p>
<?cs else ?>
<p class="empty"><?cs var:S.projects.none ?> <code>portalctl student add</code></p>
<?cs /if ?>
