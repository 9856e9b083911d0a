<div class="head"><h1><?cs var:Act.title ?>: <?cs var:Name ?></h1><p class="soft"><?cs var:Kind.title ?> · <?cs var:Cluster.name ?> · <?cs var:S.resources.namespace ?> <code><?cs var:Namespace ?></code></p></div>
<?cs call:wrong() ?>
<?cs call:answered() ?>
<?cs if:Application == "1" ?><div class="note info"><p><?cs var:S.resource_edit.application ?></p></div><?cs /if ?>
<?cs each:m = Maps ?><section class="card" aria-labelledby="h-<?cs var:m.word ?>"><h2 id="h-<?cs var:m.word ?>"><?cs var:m.title ?></h2>
<?cs if:subcount(m.entries) ?><table class="table"><thead><tr><?cs call:thof(S.resource_edit.name_of_key, "p34") ?><?cs call:th(S.resource_edit.value_of_key) ?><th scope="col" class="p20"><span class="hidden-text"><?cs var:S.variables.remove ?></span></th></tr></thead><tbody>
<?cs each:x = m.entries ?><tr><td data-name="<?cs var:S.resource_edit.name_of_key ?>" class="mono long"><?cs if:x.own == "1" ?><?cs var:x.key ?> <span class="soft small"><?cs var:S.resource_edit.portals ?></span><?cs else ?><a href="<?cs var:x.href ?>"><?cs var:x.key ?></a><?cs /if ?></td><td data-name="<?cs var:S.resource_edit.value_of_key ?>" class="mono value"><?cs call:maybe(x.value) ?></td><td><?cs if:x.own != "1" ?><details class="ask"><summary><?cs var:S.variables.remove ?>…<span class="hidden-text"> <?cs var:x.key ?></span></summary><form method="post" action="<?cs var:Act.path ?>"><?cs call:editing(Name) ?><input type="hidden" name="map" value="<?cs var:m.word ?>"><input type="hidden" name="key" value="<?cs var:x.key ?>"><button class="danger" name="remove" value="1"><?cs var:S.variables.remove_sure ?></button></form></details><?cs /if ?></td></tr>
<?cs /each ?></tbody></table><?cs else ?><?cs call:empty(S.resource_edit.none) ?><?cs /if ?></section>
<?cs /each ?>
<form class="card" method="post" action="<?cs var:Act.path ?>" novalidate aria-labelledby="h-set"><h2 id="h-set"><?cs var:S.resource_edit.set ?></h2><?cs call:editing(Name) ?>
<?cs call:choice("map", S.resource_edit.map, "", MapChoices, "", "", Errors.map) ?>
<?cs call:field("key", S.resource_edit.name_of_key, S.resource_edit.key_hint, Form.key, Errors.key) ?>
<?cs call:area("value", S.resource_edit.value_of_key, "", Form.value, Errors.value, "4") ?>
<?cs call:save(S.resource_edit.save, Act.back) ?></form>
