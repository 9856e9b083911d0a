<div class="head"><h1><?cs var:Act.title ?></h1><p class="soft"><?cs var:Kind.title ?> · <?cs var:Cluster.name ?> · <?cs var:S.resources.namespace ?> <code><?cs var:Namespace ?></code></p></div>
<?cs call:wrong() ?>
<?cs call:answered() ?>
<p><?cs var:S.resource_edit.new ?></p>
<form class="card" method="post" novalidate><?cs call:once("") ?>
<?cs call:field("name", S.resources.name, S.resource_edit.name_hint, Form.name, Errors.name) ?>
<?cs call:field("key", S.resource_edit.first_key, S.resource_edit.first_hint, Form.key, Errors.key) ?>
<?cs call:area("value", S.resource_edit.value_of_key, "", Form.value, Errors.value, "8") ?>
<?cs call:save(S.resource_edit.make, Act.back) ?></form>
