<h1><?cs var:S.token.new ?></h1>
<?cs call:wrong() ?>
<form class="card" method="post" action="/account/tokens" novalidate autocomplete="off">
<?cs call:once("") ?>
<?cs call:field("name", S.token.name, S.token.name_hint, Form.name, Errors.name) ?>
<fieldset><legend><?cs var:S.token.scopes ?></legend><p class="hint soft small"><?cs var:S.token.scopes_hint ?></p>
<?cs call:check("write", S.token.write, Form.write) ?><?cs call:check("deploy", S.token.deploy, Form.deploy) ?></fieldset>
<?cs call:field("days", S.token.days, S.token.days_hint, Form.days, Errors.days) ?>
<?cs call:save(S.token.create, "/account") ?>
</form>
