<?cs with:c = One.0 ?><h1><?cs var:S.cluster.delete ?></h1>
<div class="note bad"><p><strong><?cs var:c.name ?></strong> · <?cs var:c.server ?></p>
<p><?cs if:Own == "1" || c.default == "1" || c.projects > 0 ?><?cs var:S.cluster.used ?><?cs else ?><?cs var:S.cluster.question ?><?cs /if ?></p><?cs if:c.projects > 0 ?><p><?cs var:S.cluster.projects ?>: <?cs var:c.projects ?></p><?cs /if ?></div>
<div class="row"><?cs if:Own != "1" && c.default != "1" && c.projects == 0 ?><form method="post" action="/admin/clusters/<?cs var:c.id ?>/delete"><?cs call:secrets() ?><button class="danger"><?cs var:S.cluster.delete ?></button></form><?cs /if ?><a class="button" href="/admin/clusters/<?cs var:c.id ?>"><?cs var:S.word.back ?></a></div><?cs /with ?>
