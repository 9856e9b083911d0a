<h1><?cs if:Registry.id ?><?cs var:Registry.name ?><?cs else ?><?cs var:S.registry.new ?><?cs /if ?></h1>
<?cs call:wrong() ?>
<form class="card" method="post" action="/admin/registries<?cs if:Registry.id ?>/<?cs var:Registry.id ?><?cs /if ?>" novalidate autocomplete="off">
<?cs call:editing(Registry.id) ?>
<?cs call:field("name", S.registry.name, S.registry.name_hint, Form.name, Errors.name) ?>
<?cs call:field("address", S.registry.address, S.registry.address_hint, Form.address, Errors.address) ?>
<?cs call:check("plain_http", S.registry.plain_http, Form.plain_http) ?>
<?cs call:area("ca_pem", S.registry.ca_pem, S.registry.ca_pem_hint, Form.ca_pem, Errors.ca_pem, 4) ?>
<div class="cols"><fieldset><legend><?cs var:S.registry.push ?></legend>
<?cs call:field("push_username", S.registry.username, "", Form.push_username, Errors.push_username) ?>
<?cs if:Registry.push_kept == "1" ?><?cs call:password("push_password", S.registry.password, S.word.secret_kept, "new-password", Errors.push_password) ?><?cs call:check("push_remove", S.word.secret_remove, Form.push_remove) ?><?cs else ?><?cs call:password("push_password", S.registry.password, "", "new-password", Errors.push_password) ?><?cs /if ?></fieldset>
<fieldset><legend><?cs var:S.registry.pull ?></legend>
<?cs call:field("pull_username", S.registry.username, S.registry.pull_hint, Form.pull_username, Errors.pull_username) ?>
<?cs if:Registry.pull_kept == "1" ?><?cs call:password("pull_password", S.registry.password, S.word.secret_kept, "new-password", Errors.pull_password) ?><?cs call:check("pull_remove", S.word.secret_remove, Form.pull_remove) ?><?cs else ?><?cs call:password("pull_password", S.registry.password, "", "new-password", Errors.pull_password) ?><?cs /if ?></fieldset></div>
<?cs call:save(S.form.save, "/admin/registries") ?>
</form>
<?cs if:Registry.id ?><div class="row"><form method="post" action="/admin/registries/<?cs var:Registry.id ?>/test"><?cs call:secrets() ?><button><?cs var:S.probe.test ?></button></form><a class="button danger" href="/admin/registries/<?cs var:Registry.id ?>/delete"><?cs var:S.registry.delete ?>…</a></div><?cs /if ?>
