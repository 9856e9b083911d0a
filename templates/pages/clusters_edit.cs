<div class="head"><h1><?cs if:One.0.id ?><?cs var:One.0.name ?><?cs else ?><?cs var:S.cluster.new ?><?cs /if ?></h1><?cs if:One.0.id ?><?cs call:badge(One.0.badge, One.0.word) ?><?cs /if ?></div>
<?cs call:wrong() ?>
<?cs if:One.0.message ?><div class="note busy"><p><?cs call:said(One.0.message) ?></p></div><?cs /if ?>
<?cs if:subcount(Guards) ?><div class="note bad"><p><strong><?cs var:S.guard.title ?></strong></p><ul><?cs each:g = Guards ?><li><?cs var:g.what ?>: <?cs var:g.why ?> <code><?cs var:g.detail ?></code></li><?cs /each ?></ul></div><?cs /if ?>
<form class="card" method="post" action="/admin/clusters<?cs if:One.0.id ?>/<?cs var:One.0.id ?><?cs /if ?>" novalidate autocomplete="off">
<?cs call:editing(One.0.id) ?>
<?cs call:field("name", S.cluster.name, S.cluster.name_hint, Form.name, Errors.name) ?>
<?cs if:Own == "1" ?><input type="hidden" name="kind" value="own"><p class="soft"><?cs var:S.cluster.own_meaning ?></p><?cs else ?>
<?cs call:choice("kind", S.cluster.kind, S.cluster.kind_hint, Kinds, "", Form.kind, Errors.kind) ?>
<fieldset><legend><?cs var:S.cluster_kind.kubeconfig ?></legend>
<?cs call:area("kubeconfig", S.cluster.kubeconfig, S.cluster.kubeconfig_hint, Form.kubeconfig, Errors.kubeconfig, 6) ?>
<?cs if:subcount(Contexts) || Errors.context ?><?cs call:choice("context", S.cluster.context, S.cluster.context_hint, Contexts, "–", Form.context, Errors.context) ?><?cs elif:Form.context ?><input type="hidden" name="context" value="<?cs var:Form.context ?>"><?cs /if ?></fieldset>
<fieldset><legend><?cs var:S.cluster.fields ?></legend>
<?cs call:field("server", S.cluster.server, S.cluster.server_hint, Form.server, Errors.server) ?>
<?cs call:area("ca_pem", S.cluster.ca_pem, S.cluster.ca_hint, Form.ca_pem, Errors.ca_pem, 4) ?>
<?cs call:field("tls_name", S.cluster.tls_name, S.cluster.tls_name_hint, Form.tls_name, Errors.tls_name) ?>
<?cs if:Kept == "1" ?><p class="hint"><?cs var:S.word.secret_kept ?></p><?cs /if ?>
<?cs call:area("token", S.cluster.token, S.cluster.token_hint, Form.token, Errors.token, 3) ?>
<div class="cols"><?cs call:area("cert_pem", S.cluster.cert_pem, S.cluster.cert_hint, Form.cert_pem, Errors.cert_pem, 3) ?>
<?cs call:area("key_pem", S.cluster.key_pem, S.cluster.key_hint, Form.key_pem, Errors.key_pem, 3) ?></div></fieldset><?cs /if ?>
<fieldset><legend><?cs var:S.cluster.places ?></legend><div class="cols">
<?cs call:field("students_namespace", S.cluster.namespace, S.cluster.as_setting, Form.students_namespace, Errors.students_namespace) ?>
<?cs call:field("base_domain", S.cluster.domain, S.cluster.as_setting, Form.base_domain, Errors.base_domain) ?>
<?cs call:field("ingress_class", S.cluster.ingress_class, S.cluster.as_setting, Form.ingress_class, Errors.ingress_class) ?></div></fieldset>
<fieldset><legend><?cs var:S.cluster.quotas ?></legend>
<?cs if:subcount(Uses) ?><p class="hint"><?cs var:S.cluster.quotas_now ?> <?cs each:u = Uses ?><?cs var:u.word ?>: <?cs var:u.used ?><?cs if:u.limit ?> / <?cs var:u.limit ?><?cs /if ?><?cs if:!last(u) ?> · <?cs /if ?><?cs /each ?></p><?cs /if ?>
<div class="cols"><?cs call:field("quota_apps", S.cluster.quota_apps, S.cluster.as_setting_or_none, Form.quota_apps, Errors.quota_apps) ?>
<?cs call:field("quota_cpu", S.cluster.quota_cpu, S.cluster.as_setting_or_none, Form.quota_cpu, Errors.quota_cpu) ?>
<?cs call:field("quota_memory", S.cluster.quota_memory, S.cluster.as_setting_or_none, Form.quota_memory, Errors.quota_memory) ?></div></fieldset>
<?cs call:save(S.form.save, "/admin/clusters") ?>
</form>
<?cs if:One.0.id ?><div class="row"><form method="post" action="/admin/clusters/<?cs var:One.0.id ?>/test"><?cs call:secrets() ?><button><?cs var:S.probe.test ?></button></form><form method="post" action="/admin/clusters/<?cs var:One.0.id ?>/sync"><?cs call:secrets() ?><button><?cs var:S.cluster.sync ?></button></form><a class="button" href="/clusters/<?cs var:One.0.id ?>/deployments"><?cs var:S.resources.look ?></a><a class="button" href="/admin/clusters/<?cs var:One.0.id ?>/strays"><?cs var:S.strays.title ?></a><?cs if:One.0.default != "1" ?><form method="post" action="/admin/clusters/<?cs var:One.0.id ?>/default"><?cs call:secrets() ?><button><?cs var:S.cluster.make_default ?></button></form><?cs /if ?><?cs if:Own != "1" ?><a class="button danger" href="/admin/clusters/<?cs var:One.0.id ?>/delete"><?cs var:S.cluster.delete ?>…</a><?cs /if ?></div><?cs /if ?>

