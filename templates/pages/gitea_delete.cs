<h1><?cs var:S.gitea_server.delete ?></h1>
<div class="note bad"><p><strong><?cs var:Server.name ?></strong> · <?cs var:Server.url ?></p><p><?cs var:S.gitea_server.question ?></p></div>
<div class="row"><form method="post" action="/admin/gitea/<?cs var:Server.id ?>/delete"><?cs call:secrets() ?><button class="danger"><?cs var:S.gitea_server.delete ?></button></form><a class="button" href="/admin/gitea/<?cs var:Server.id ?>"><?cs var:S.word.back ?></a></div>
