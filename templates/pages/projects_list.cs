<?cs if:Self == "/me" ?><?cs set:Alone = "1" ?><?cs /if ?><h1><?cs var:Page.title ?></h1>
<form class="filters" method="get" action="<?cs var:Self ?>" role="search">
<?cs call:fieldof("search", "q", S.projects.search, "", Filter.q, "") ?>
<?cs call:choice("state", S.projects.state, "", States, S.filter.any, Filter.state, "") ?>
<button><?cs var:S.filter.apply ?></button>
</form>
<?cs if:subcount(Projects) ?>
<div class="card" data-part="list">
<table class="table steady">
<?cs call:projecthead(Alone) ?>
<tbody>
<?cs each:p = Projects ?><?cs call:projectrow(p, Alone) ?><?cs /each ?>
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
