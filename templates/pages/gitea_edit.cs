<h1><?cs if:Server.id ?><?cs var:Server.name ?><?cs else ?><?cs var:S.gitea_server.new ?><?cs /if ?></h1>
<?cs call:wrong() ?>
<form class="card" method="post" action="/admin/gitea<?cs if:Server.id ?>/<?cs var:Server.id ?><?cs /if ?>" novalidate autocomplete="off">
<?cs call:editing(Server.id) ?>
<?cs call:field("name", S.gitea_server.name, "", Form.name, Errors.name) ?>
<?cs call:fieldof("url", "url", S.gitea_server.url, S.gitea_server.url_hint, Form.url, Errors.url) ?>
<?cs call:field("ssh_host", S.gitea_server.ssh_host, S.gitea_server.ssh_host_hint, Form.ssh_host, Errors.ssh_host) ?>
<?cs if:Server.token_kept == "1" ?><?cs call:password("token", S.gitea_server.token, S.word.secret_kept, "new-password", Errors.token) ?><?cs call:check("token_remove", S.word.secret_remove, Form.token_remove) ?><?cs else ?><?cs call:password("token", S.gitea_server.token, S.gitea_server.token_hint, "new-password", Errors.token) ?><?cs /if ?>
<?cs call:area("ca_pem", S.registry.ca_pem, S.gitea_server.ca_pem_hint, Form.ca_pem, Errors.ca_pem, 4) ?>
<?cs call:save(S.form.save, "/admin/gitea") ?>
</form>
<?cs if:Server.id ?><div class="row"><form method="post" action="/admin/gitea/<?cs var:Server.id ?>/test"><?cs call:secrets() ?><button><?cs var:S.probe.test ?></button></form><a class="button danger" href="/admin/gitea/<?cs var:Server.id ?>/delete"><?cs var:S.gitea_server.delete ?>…</a></div><?cs /if ?>
