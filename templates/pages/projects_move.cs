<h1><?cs var:S.move.title ?></h1>
<?cs call:wrong() ?>
<form class="card" method="post" novalidate><?cs call:secrets() ?>
<p><?cs var:S.move.now ?> <strong><?cs call:maybe(Now) ?></strong></p>
<?cs call:choice("cluster_id", S.move.to, "", Clusters, "", Form.cluster_id, Errors.cluster_id) ?>
<p class="hint"><?cs if:Runs == "1" ?><?cs var:S.move.meaning ?><?cs else ?><?cs var:S.move.meaning_idle ?><?cs /if ?></p>
<?cs call:save(S.move.do, "/projects/" + Project.id) ?></form>
