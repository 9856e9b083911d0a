<div class="head"><h1><?cs var:S.admin.title ?></h1></div>
<?cs call:tabs() ?>
<?cs if:subcount(Troubles) ?><?cs each:t = Troubles ?><div class="note <?cs if:t.grave == "1" ?>bad<?cs else ?>busy<?cs /if ?>"><p><strong><?cs var:t.title ?></strong></p><p><?cs var:t.advice ?></p></div>
<?cs /each ?><?cs else ?><div class="note good" role="status"><p><?cs var:S.system.well ?></p></div><?cs /if ?>
<ul class="tiles">
<li><strong><?cs var:System.workers ?></strong> <?cs var:S.system.workers ?></li>
<li><a href="/queue"><strong><?cs var:System.running ?></strong> <?cs var:S.system.running ?></a></li>
<li><a href="/queue"><strong><?cs var:System.waiting ?></strong> <?cs var:S.system.waiting ?><?cs if:System.waiting > 0 ?> · <?cs var:S.system.oldest ?> <?cs var:System.waiting_age ?><?cs /if ?></a></li>
<li><strong><?cs var:System.deploying ?></strong> <?cs var:S.system.deploying ?><?cs if:System.deployments_waiting > 0 ?> · <?cs var:S.system.further ?> <?cs var:System.deployments_waiting ?>, <?cs var:S.system.oldest ?> <?cs var:System.deployments_age ?><?cs /if ?></li>
<li><strong><?cs var:System.unarchived ?></strong> <?cs var:S.system.unarchived ?><?cs if:System.unarchived > 0 ?> · <?cs var:S.system.oldest ?> <?cs var:System.unarchived_age ?><?cs /if ?></li>
<?cs if:Program.gitea == "1" ?><li><strong><?cs var:System.untold ?></strong> <?cs var:S.system.untold ?><?cs if:System.untold > 0 ?> · <?cs var:S.system.oldest ?> <?cs var:System.untold_age ?><?cs /if ?></li><?cs /if ?>
</ul>
<?cs if:subcount(Waits) ?><section class="card" aria-labelledby="h-waits"><h2 id="h-waits"><?cs var:S.system.waits ?></h2>
<table class="table"><thead><tr><?cs call:th(S.system.what) ?><th scope="col" class="num"><?cs var:S.system.count ?></th><?cs call:th(S.system.why) ?><?cs call:th(S.system.since) ?></tr></thead><tbody>
<?cs each:w = Waits ?><tr><td data-name="<?cs var:S.system.what ?>"><?cs var:w.what ?></td><td data-name="<?cs var:S.system.count ?>" class="num"><?cs var:w.count ?></td><td data-name="<?cs var:S.system.why ?>"><?cs call:said(w.why) ?></td><td data-name="<?cs var:S.system.since ?>" class="tight"><?cs call:moment(w.since) ?></td></tr>
<?cs /each ?></tbody></table></section><?cs /if ?>
<section class="card" aria-labelledby="h-workers"><h2 id="h-workers"><?cs var:S.system.workers_title ?></h2>
<?cs if:subcount(Workers) ?><table class="table"><thead><tr><?cs call:th(S.system.worker) ?><?cs call:th(S.system.state) ?><?cs call:th(S.system.heartbeat) ?><?cs call:th(S.system.started) ?><?cs call:th(S.system.version) ?><th scope="col" class="num"><?cs var:S.system.lease ?></th><th scope="col" class="num"><?cs var:S.wait.builds ?></th><th scope="col" class="num"><?cs var:S.wait.deployments ?></th></tr></thead><tbody>
<?cs each:w = Workers ?><tr><td data-name="<?cs var:S.system.worker ?>"><span><?cs var:w.id ?> <span class="small soft"><?cs var:w.host ?>, <?cs var:w.pid ?></span></span></td><td data-name="<?cs var:S.system.state ?>"><?cs call:badge(w.badge, w.word) ?></td><td data-name="<?cs var:S.system.heartbeat ?>" class="tight"><?cs call:moment(w.heartbeat) ?></td><td data-name="<?cs var:S.system.started ?>" class="tight"><?cs call:moment(w.started) ?></td><td data-name="<?cs var:S.system.version ?>"><?cs var:w.version ?></td><td data-name="<?cs var:S.system.lease ?>" class="num"><?cs var:w.epoch ?></td><td data-name="<?cs var:S.wait.builds ?>" class="num"><?cs var:w.builds ?></td><td data-name="<?cs var:S.wait.deployments ?>" class="num"><?cs var:w.deployments ?></td></tr>
<?cs /each ?></tbody></table><?cs else ?><?cs call:empty(S.system.no_workers) ?><?cs /if ?></section>
<div class="cols">
<section class="card" aria-labelledby="h-last"><h2 id="h-last"><?cs var:S.system.last ?></h2><dl class="facts">
<dt><?cs var:S.system.success ?></dt><dd><?cs if:System.success_build > 0 ?><a href="/builds/<?cs var:System.success_build ?>"><?cs var:System.success_build ?></a>, <?cs call:moment(System.success) ?><?cs else ?><span class="soft">–</span><?cs /if ?></dd>
<dt><?cs var:S.system.archived ?></dt><dd><?cs call:moment(System.archived) ?></dd>
<dt><?cs var:S.system.head ?></dt><dd><?cs call:moment(System.head) ?></dd>
<dt><?cs var:S.system.delivery ?></dt><dd><?cs call:moment(System.delivery) ?></dd>
<dt><?cs var:S.system.branches ?></dt><dd><?cs var:System.branches ?><?cs if:System.branches_failing > 0 ?>, <?cs var:S.system.branches_failing ?> <?cs var:System.branches_failing ?><?cs /if ?></dd>
</dl></section>
<section class="card" aria-labelledby="h-program"><h2 id="h-program"><?cs var:S.system.programs ?></h2><dl class="facts">
<dt><?cs var:S.system.version ?></dt><dd><?cs var:Program.version ?></dd>
<dt><?cs var:S.system.schema ?></dt><dd><code><?cs var:System.schema ?></code></dd>
<dt><?cs var:S.system.processes ?></dt><dd><?cs var:Program.processes ?></dd>
<dt><?cs var:S.system.threads ?></dt><dd><?cs var:Program.busy ?> / <?cs var:Program.threads ?></dd>
<dt><?cs var:S.system.pool ?></dt><dd><?cs var:Program.pool_lent ?> / <?cs var:Program.pool_max ?></dd>
<dt><?cs var:S.system.connections ?></dt><dd><?cs var:System.connections ?> / <?cs var:System.connections_max ?></dd>
<dt><?cs var:S.system.database ?></dt><dd><?cs var:System.megabytes ?> MiB</dd>
<dt><?cs var:S.system.cluster ?></dt><dd><?cs if:Program.cluster_why ?><?cs var:Program.cluster_why ?><?cs else ?><?cs var:S.system.configured ?><?cs /if ?></dd>
<dt><?cs var:S.system.archive ?></dt><dd><?cs var:Program.archive ?></dd>
</dl></section>
</div>
<section class="card" aria-labelledby="h-hooks"><h2 id="h-hooks"><?cs var:S.system.rejects ?></h2>
<p class="soft"><?cs var:S.system.rejected ?> <?cs var:System.rejected ?></p>
<?cs if:subcount(Rejects) ?><table class="table"><thead><tr><?cs call:th(S.system.received) ?><?cs call:th(S.system.from) ?><?cs call:th(S.system.repository) ?><?cs call:th(S.system.why) ?></tr></thead><tbody>
<?cs each:r = Rejects ?><tr><td data-name="<?cs var:S.system.received ?>" class="tight"><?cs call:moment(r.received) ?></td><td data-name="<?cs var:S.system.from ?>"><?cs var:r.ip ?></td><td data-name="<?cs var:S.system.repository ?>"><?cs call:maybe(r.repository) ?></td><td data-name="<?cs var:S.system.why ?>"><?cs var:r.reason ?></td></tr>
<?cs /each ?></tbody></table><?cs else ?><?cs call:empty(S.system.no_rejects) ?><?cs /if ?></section>
