<h1><?cs var:S.secret.new ?></h1>
<div class="note good" role="status"><p><?cs var:S.secret.once ?></p></div>
<section class="card"><?cs call:copy("secret", S.secret.title, Secret) ?><?cs call:copy("url", S.secret.url, HookUrl) ?></section>
<p><a class="button" href="<?cs var:Back ?>"><?cs var:S.word.back ?></a></p>
