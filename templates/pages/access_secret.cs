<h1><?cs var:S.secret.new ?></h1>
<div class="note info"><p><?cs var:S.secret.once ?></p></div>
<dl class="facts"><dt><?cs var:S.secret.title ?></dt><dd><code><?cs var:Secret ?></code></dd><dt><?cs var:S.secret.url ?></dt><dd><code><?cs var:HookUrl ?></code></dd></dl>
<p><a class="button" href="<?cs var:Back ?>"><?cs var:S.word.back ?></a></p>
