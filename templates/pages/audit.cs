<div class="head"><h1><?cs var:S.admin.title ?></h1></div>
<?cs call:tabs() ?>
<form class="filters" method="get" action="<?cs var:Self ?>" role="search">
<?cs call:fieldof("search", "q", S.audit_page.search, "", Filter.q, "") ?>
<?cs call:field("login", S.user.login, "", Filter.login, "") ?>
<?cs call:choice("role", S.user.role, "", Roles, S.filter.any, Filter.role, "") ?>
<?cs call:choice("action", S.audit_column.action, "", Actions, S.filter.any, Filter.action, "") ?>
<?cs call:choice("result", S.audit_column.result, "", Results, S.filter.any, Filter.result, "") ?>
<?cs call:fieldof("date", "from", S.audit_page.from, "", Filter.from, "") ?>
<?cs call:fieldof("date", "to", S.audit_page.to, "", Filter.to, "") ?>
<?cs call:fieldof("number", "project_id", S.audit_page.project, "", Filter.project_id, "") ?>
<?cs call:fieldof("number", "student_id", S.audit_page.student, "", Filter.student_id, "") ?>
<?cs call:apply() ?>
</form>
<?cs if:subcount(Rows) ?><div class="card"><table class="table"><thead><tr><?cs call:th(S.audit_column.at) ?><?cs call:th(S.audit_page.who) ?><?cs call:th(S.audit_column.action) ?><?cs call:th(S.audit_column.object) ?><?cs call:th(S.audit_column.detail) ?><?cs call:th(S.audit_column.ip) ?></tr></thead><tbody>
<?cs each:r = Rows ?><tr><td data-name="<?cs var:S.audit_column.at ?>" class="tight"><?cs var:r.at ?></td><td data-name="<?cs var:S.audit_page.who ?>"><span><?cs var:r.login ?> <span class="small soft tight"><?cs var:r.role_word ?></span></span></td><td data-name="<?cs var:S.audit_column.action ?>"><span><?cs var:r.word ?><?cs if:r.refused == "1" ?> <?cs call:badge("failed", S.audit_result.refused) ?><?cs /if ?></span></td><td data-name="<?cs var:S.audit_column.object ?>"<?cs if:r.href ?> class="tight"<?cs /if ?>><?cs if:r.href ?><a href="<?cs var:r.href ?>"><?cs var:r.object ?></a><?cs else ?><?cs var:r.object ?><?cs /if ?></td><td data-name="<?cs var:S.audit_column.detail ?>" class="small"><?cs if:r.detail ?><span<?cs if:r.foreign == "1" ?> lang="en"<?cs /if ?>><?cs var:r.detail ?></span><?cs else ?><span class="soft">–</span><?cs /if ?></td><td data-name="<?cs var:S.audit_column.ip ?>" class="small"><span title="<?cs var:S.error.request ?> <?cs var:r.request ?>"><?cs if:r.ip ?><?cs var:r.ip ?><?cs else ?><span class="soft">–</span><?cs /if ?></span></td></tr>
<?cs /each ?></tbody></table><?cs call:pager(Newer, Older) ?></div>
<p><a class="button" href="<?cs var:Csv ?>"><?cs var:S.audit_page.csv ?></a> <span class="small soft"><?cs var:S.audit_page.csv_hint ?></span></p>
<?cs elif:Filtered == "1" ?><?cs call:nothing(S.audit_page.none_found, Self) ?>
<?cs else ?><?cs call:empty(S.audit_page.none) ?><?cs /if ?>
