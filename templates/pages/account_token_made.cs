<h1><?cs var:S.token.made ?>: <?cs var:Token.name ?></h1>
<div class="note good" role="status"><p><?cs var:S.token.once ?></p></div>
<section class="card"><?cs call:copy("token", S.token.token, Token.secret) ?>
<dl class="facts"><dt><?cs var:S.token.scopes ?></dt><dd><code><?cs var:Token.scopes ?></code></dd><dt><?cs var:S.token.expires ?></dt><dd><?cs call:exact(Token.expires) ?></dd></dl></section>
<p><a class="button" href="/account"><?cs var:S.word.back ?></a></p>
