<h1><?cs if:What == "key" ?><?cs var:S.key.new ?><?cs else ?><?cs var:S.secret.new ?><?cs /if ?></h1>
<div class="note busy"><p><?cs var:Question ?></p><?cs if:What == "key" && Fingerprint ?><p class="small"><?cs var:S.key.fingerprint ?> <code><?cs var:Fingerprint ?></code></p><?cs /if ?></div>
<form method="post"><?cs call:once("") ?><div class="row"><button class="danger sure"><?cs var:S.form.replace ?></button><a class="button" href="<?cs var:Back ?>"><?cs var:S.word.back ?></a></div></form>
