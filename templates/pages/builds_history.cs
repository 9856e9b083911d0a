<?cs call:project() ?>
<form class="filters" method="get" action="<?cs var:Self ?>">
<?cs call:choice("status", S.build.state, "", Statuses, S.filter.any, Filter.status, "") ?>
<?cs call:field("branch", S.config.branch, "", Filter.branch, "") ?>
<?cs call:apply() ?>
</form>
<div data-part="list" data-project="<?cs var:Project.id ?>" data-status="<?cs var:Project.state ?>">
<?cs if:subcount(Builds) ?>
<div class="card"><table class="table steady brief"><?cs call:buildhead() ?><tbody>
<?cs each:b = Builds ?><?cs call:buildrow(b) ?><?cs /each ?></tbody></table>
<?cs call:pager(Newer, Older) ?></div>
<?cs elif:Filtered == "1" ?><?cs call:nothing(S.history.none_found, Self) ?>
<?cs else ?><?cs call:empty(S.history.none) ?><?cs /if ?>
</div>
