<?cs call:project() ?>
<?cs call:wrong() ?>
<section class="card" aria-labelledby="h-vars"><div class="head"><h2 id="h-vars"><?cs var:S.variables.title ?></h2><?cs if:Deployed == "1" && May.configure == "1" ?><?cs call:act(Home + "/restart", S.variables.restart, "") ?><?cs /if ?></div>
<p class="soft"><?cs var:S.variables.meaning ?></p>
<?cs if:subcount(Variables) ?><table class="table"><thead><tr><?cs call:thof(S.variables.name, "p34") ?><?cs call:th(S.variables.value) ?><th scope="col" class="p20"><span class="hidden-text"><?cs var:S.variables.remove ?></span></th></tr></thead><tbody>
<?cs each:x = Variables ?><tr><td data-name="<?cs var:S.variables.name ?>" class="mono"><?cs var:x.name ?></td><td data-name="<?cs var:S.variables.value ?>" class="mono value"><?cs if:x.secret == "1" ?><span class="soft"><?cs var:S.variables.is_set ?></span><?cs else ?><?cs var:x.value ?><?cs /if ?></td><td><?cs if:May.configure == "1" ?><details class="ask"><summary><?cs var:S.variables.remove ?>…<span class="hidden-text"> <?cs var:x.name ?></span></summary><form method="post" action="<?cs var:Home ?>/variables/remove"><?cs call:secrets() ?><input type="hidden" name="name" value="<?cs var:x.name ?>"><button class="danger"><?cs var:S.variables.remove_sure ?></button></form></details><?cs /if ?></td></tr><?cs /each ?></tbody></table>
<?cs else ?><?cs call:empty(S.variables.none) ?><?cs /if ?>
<?cs if:May.configure == "1" ?><?cs if:Full == "1" ?><p class="soft"><?cs var:S.variables.full ?></p><?cs /if ?><h3><?cs var:S.variables.add ?></h3><form method="post" action="<?cs var:Home ?>/variables" novalidate><?cs call:secrets() ?>
<?cs call:field("name", S.variables.name, S.variables.name_hint, Form.name, Errors.name) ?>
<?cs call:area("value", S.variables.value, "", Form.value, Errors.value, "2") ?>
<?cs call:check("secret", S.variables.secret, Form.secret) ?><p class="hint"><?cs var:S.variables.secret_hint ?></p>
<button><?cs var:S.variables.set ?></button></form><?cs /if ?>
<?cs if:subcount(Shared) ?><p class="small soft"><?cs var:S.variables.shared ?> <?cs each:x = Shared ?><code><?cs var:x.name ?></code> <?cs /each ?></p><?cs /if ?>
</section>
<section class="card" aria-labelledby="h-serving"><h2 id="h-serving"><?cs var:S.serving.title ?></h2>
<?cs if:May.configure == "1" ?><form method="post" action="<?cs var:Home ?>/serving" novalidate><?cs call:secrets() ?><input type="hidden" name="version" value="<?cs var:Form.version ?>">
<?cs call:field("port", S.serving.port, S.serving.port_hint, Form.port, Errors.port) ?>
<?cs call:field("health_path", S.serving.health, S.serving.health_hint, Form.health_path, Errors.health_path) ?>
<details class="small soft"><summary><?cs var:S.serving.health_does ?></summary><ul><li><?cs var:S.serving.health_start ?></li><li><?cs var:S.serving.health_ready ?></li><li><?cs var:S.serving.health_live ?></li></ul></details>
<button><?cs var:S.form.save ?></button></form>
<?cs else ?><dl class="facts"><dt><?cs var:S.serving.port ?></dt><dd><?cs var:Form.port ?></dd><dt><?cs var:S.serving.health ?></dt><dd><?cs call:maybe(Form.health_path) ?></dd></dl><?cs /if ?>
</section>
