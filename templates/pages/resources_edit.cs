<div class="head"><h1><?cs var:Act.title ?>: <?cs var:Name ?></h1><p class="soft"><?cs var:Kind.title ?> · <?cs var:Cluster.name ?> · <?cs var:S.resources.namespace ?> <code><?cs var:Namespace ?></code></p></div>
<?cs call:wrong() ?>
<?cs if:Said ?><div class="note bad"><p class="small soft"><?cs var:S.resource_edit.said ?></p><pre><?cs call:said(Said) ?></pre></div><?cs /if ?>
<p><?cs var:Act.meaning ?></p>
<?cs if:Application == "1" ?><div class="note busy"><p><?cs var:S.resource_edit.application ?></p></div><?cs /if ?>
<form class="card" method="post" action="<?cs var:Act.path ?>" novalidate><?cs if:Version ?><?cs call:secrets() ?><input type="hidden" name="version" value="<?cs var:Version ?>"><?cs else ?><?cs call:once("") ?><?cs /if ?>
<?cs call:area("yaml", "YAML", S.resource_edit.hint, Form.yaml, Errors.yaml, "24") ?>
<?cs if:Version ?><?cs call:save(S.form.save, Act.back) ?><?cs else ?><?cs call:save(S.resource_edit.make, Act.back) ?><?cs /if ?></form>
<?cs if:Now ?><section class="card" aria-labelledby="h-now"><h2 id="h-now"><?cs var:S.resource_edit.now ?></h2><pre class="yaml" tabindex="0"><?cs var:Now ?></pre></section><?cs /if ?>
