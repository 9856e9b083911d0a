<h1><?cs var:S.token.revoke ?></h1>
<div class="note bad"><p><strong><?cs var:Token.name ?></strong> · <code><?cs var:Token.scopes ?></code></p><p><?cs var:S.token.question ?></p></div>
<dl class="facts"><dt><?cs var:S.token.used ?></dt><dd><?cs call:exact(Token.used) ?></dd></dl>
<div class="row"><form method="post" action="/account/tokens/<?cs var:Token.id ?>/revoke"><?cs call:secrets() ?><button class="danger"><?cs var:S.token.revoke ?></button></form><a class="button" href="/account"><?cs var:S.word.back ?></a></div>
