<section class="card narrow">
<h1><?cs var:S.health.title ?></h1>
<p role="status"><?cs if:Health.status == "ok" ?><?cs var:S.health.ok ?><?cs elif:Health.status == "degraded" ?><?cs var:S.health.degraded ?><?cs else ?><?cs var:S.health.unavailable ?><?cs /if ?></p>
<dl class="facts">
<dt><?cs var:S.health.database ?></dt><dd><?cs if:Health.database == "1" ?><?cs var:S.health.answers ?><?cs else ?><?cs var:S.health.silent ?><?cs /if ?></dd>
<dt><?cs var:S.health.workers ?></dt><dd><?cs var:Health.workers ?></dd>
<dt><?cs var:S.health.version ?></dt><dd><?cs var:Health.version ?></dd>
</dl>
</section>
