<div class="head"><h1><?cs var:S.admin.title ?></h1></div>
<?cs call:tabs() ?>
<p><?cs var:S.registry.intro ?></p>
<?cs if:subcount(Registries) ?><div class="card"><table class="table"><thead><tr><?cs call:th(S.registry.name) ?><?cs call:th(S.registry.address) ?><?cs call:th(S.registry.push_username) ?><?cs call:th(S.registry.pull_username) ?><?cs call:th(S.word.changed) ?><?cs call:th(S.probe.title) ?></tr></thead><tbody>
<?cs each:r = Registries ?><tr><td data-name="<?cs var:S.registry.name ?>"><a href="/admin/registries/<?cs var:r.id ?>"><?cs var:r.name ?></a></td><td data-name="<?cs var:S.registry.address ?>"><span><code><?cs var:r.address ?></code><?cs if:r.plain_http == "1" ?> <span class="small soft"><?cs var:S.registry.without_tls ?></span><?cs /if ?></span></td><td data-name="<?cs var:S.registry.push_username ?>"><?cs call:maybe(r.push) ?></td><td data-name="<?cs var:S.registry.pull_username ?>"><?cs call:maybe(r.pull) ?></td><td data-name="<?cs var:S.word.changed ?>" class="tight"><?cs call:moment(r.updated) ?></td><td data-name="<?cs var:S.probe.title ?>"><form method="post" action="/admin/registries/<?cs var:r.id ?>/test"><?cs call:secrets() ?><button><?cs var:S.probe.test ?></button></form></td></tr>
<?cs /each ?></tbody></table></div>
<?cs else ?><?cs call:empty(S.registry.none) ?><?cs /if ?>
<p><a class="button" href="/admin/registries/new"><?cs var:S.registry.new ?></a></p>
