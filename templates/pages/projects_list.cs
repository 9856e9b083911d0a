<?cs if:Self == "/me" ?><?cs set:Alone = "1" ?><?cs /if ?><h1><?cs var:Page.title ?></h1>
<?cs if:subcount(Projects) || Filtered == "1" ?><form class="filters" method="get" action="<?cs var:Self ?>" role="search">
<?cs call:fieldof("search", "q", S.projects.search, "", Filter.q, "") ?>
<?cs call:choice("state", S.projects.state, "", States, S.filter.any, Filter.state, "") ?>
<?cs call:apply() ?>
</form><?cs /if ?>
<?cs if:subcount(Projects) ?>
<div class="card" data-part="list">
<table class="table steady brief">
<?cs call:projecthead(Alone) ?>
<tbody>
<?cs each:p = Projects ?><?cs call:projectrow(p, Alone) ?><?cs /each ?>
</tbody>
</table>
<?cs call:pager(Newer, Older) ?>
</div>
<?cs elif:Filtered == "1" ?>
<?cs call:nothing(S.projects.none_found, Self) ?>
<?cs elif:Self == "/me" ?>
<?cs call:empty(S.projects.none_mine) ?>
<?cs else ?>
<?cs call:empty(S.projects.none) ?>
<?cs /if ?>
