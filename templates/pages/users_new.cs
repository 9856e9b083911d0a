<h1><?cs var:S.user.new ?></h1>
<?cs call:wrong() ?>
<form class="card" method="post" action="/admin/users" novalidate autocomplete="off">
<?cs call:once("") ?>
<?cs call:field("login", S.user.login, S.user.login_hint, Form.login, Errors.login) ?>
<?cs call:field("name", S.user.name, "", Form.name, Errors.name) ?>
<?cs call:choice("role", S.user.role, S.user.role_hint, Roles, "", Form.role, Errors.role) ?>
<p class="soft"><?cs var:S.user.new_hint ?></p>
<?cs call:save(S.user.create, "/admin/users") ?>
</form>
