<div class="head"><h1><?cs var:S.admin.title ?></h1></div>
<?cs call:tabs() ?>
<form class="filters" method="get" action="<?cs var:Self ?>" role="search">
<?cs call:fieldof("search", "q", S.user.search, "", Filter.q, "") ?>
<?cs call:choice("role", S.user.role, "", Roles, S.filter.any, Filter.role, "") ?>
<?cs call:choice("state", S.user.state, "", States, S.filter.any, Filter.state, "") ?>
<?cs call:apply() ?>
<a class="button" href="/admin/users/new"><?cs var:S.user.new ?></a>
</form>
<?cs if:subcount(Users) ?><div class="card"><table class="table brief"><thead><tr><?cs call:th(S.user.login) ?><?cs call:th(S.user.name) ?><?cs call:th(S.user.role) ?><?cs call:th(S.user.state) ?><?cs call:th(S.user.seen) ?></tr></thead><tbody>
<?cs each:u = Users ?><tr><td data-name="<?cs var:S.user.login ?>"><a href="/admin/users/<?cs var:u.id ?>"><?cs var:u.login ?></a></td><td data-name="<?cs var:S.user.name ?>" class="line"><?cs var:u.name ?></td><td data-name="<?cs var:S.user.role ?>"><?cs var:u.role_word ?></td><td data-name="<?cs var:S.user.state ?>"><?cs call:badge(u.badge, u.word) ?></td><td data-name="<?cs var:S.user.seen ?>" class="tight named"><?cs call:moment(u.seen) ?></td></tr>
<?cs /each ?></tbody></table><?cs call:pager(Newer, Older) ?></div>
<?cs else ?><?cs call:nothing(S.user.none_found, Self) ?><?cs /if ?>
