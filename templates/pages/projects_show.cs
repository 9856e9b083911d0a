<?cs with:p = One.0 ?>
<?cs call:project() ?>

<section class="card" data-project="<?cs var:p.id ?>" data-status="<?cs var:p.state ?>" data-part="application" aria-labelledby="h-app">
<div class="head"><h2 id="h-app"><?cs var:S.projects.application ?></h2><span data-say="<?cs var:S.projects.application ?>"><?cs call:badge(p.badge, p.word) ?></span></div>
<?cs if:subcount(Drift) ?><div class="note busy"><p><strong><?cs var:S.drift_note.title ?></strong> <?cs call:moment(DriftSince) ?></p>
<ul><?cs each:x = Drift ?><li><?cs var:x.text ?></li><?cs /each ?></ul>
<?cs if:DriftError.foreign == "1" ?><p><?cs var:S.drift_note.error ?></p><pre><?cs var:DriftError ?></pre><?cs elif:DriftError ?><p><?cs var:S.drift_note.failed ?> <?cs var:DriftError ?></p><?cs elif:Repaired != "1" ?><p><?cs var:S.drift_note.left ?></p><?cs elif:RepairAt.iso ?><p><?cs var:S.drift_note.again ?> <?cs call:moment(RepairAt) ?></p><?cs else ?><p><?cs var:S.drift_note.soon ?></p><?cs /if ?>
<?cs if:May.repair == "1" ?><?cs call:act(Home + "/repair", S.drift_note.repair, "") ?><?cs /if ?></div><?cs /if ?>
<?cs if:p.away == "1" ?><div class="note busy"><p><strong><?cs var:S.app.cluster_away ?></strong> <?cs var:p.cluster ?>: <?cs call:said(p.away_why) ?></p><p><?cs if:p.away_since.iso ?><?cs var:S.cluster.answered ?> <?cs call:moment(p.away_since) ?>. <?cs /if ?><?cs var:S.app.cluster_away_meaning ?></p></div><?cs /if ?>
<?cs if:Idle.stopped.iso ?><div class="note info"><p><strong><?cs var:S.idle.title ?></strong> <?cs call:moment(Idle.stopped) ?></p><p><?cs var:S.idle.why ?> <?cs call:moment(Idle.used) ?>. <?cs var:S.idle.start ?></p></div><?cs /if ?>
<?cs with:d = Deployments.0 ?>
<?cs if:d.live == "1" ?><div class="note busy"><p><strong><?cs var:d.action_word ?>: <?cs var:d.word ?></strong></p><?cs call:progress(d) ?><?cs call:quotausers() ?></div>
<?cs elif:d.state == "failed" ?><?cs if:p.old_serves == "1" ?><?cs call:oldserves(p) ?><?cs /if ?><div class="note bad"><?cs call:trouble(d, "3") ?><?cs call:quotausers() ?><p class="small"><a href="/deployments/<?cs var:d.id ?>"><?cs var:S.deployment.title ?> <?cs var:d.id ?></a></p></div>
<?cs elif:p.title ?><div class="note <?cs if:p.answers == "1" ?>busy<?cs else ?>bad<?cs /if ?>"><?cs call:trouble(p, "3") ?><?cs if:p.trouble_at.iso ?><p class="small soft"><?cs var:S.trouble.since ?> <?cs call:moment(p.trouble_at) ?></p><?cs /if ?></div><?cs /if ?>
<?cs /with ?>
<?cs with:b = Newest.0 ?><?cs if:b.live == "1" ?><div class="note busy" data-build="<?cs var:b.id ?>" data-status="<?cs var:b.status ?>"><p><a href="/builds/<?cs var:b.id ?>"><?cs var:S.build.title ?> <?cs var:b.id ?></a>: <?cs if:b.phase_word ?><?cs var:b.phase_word ?><?cs else ?><?cs var:b.word ?><?cs /if ?> · <?cs call:commit(b.commit) ?> <?cs var:b.commit_message ?></p></div>
<?cs elif:b.status == "failed" ?><div class="note bad"><?cs call:failure(b, "3") ?><p class="small"><a href="/builds/<?cs var:b.id ?>"><?cs var:S.build.title ?> <?cs var:b.id ?></a> · <?cs call:commit(b.commit) ?> <?cs var:b.commit_message ?></p></div><?cs /if ?><?cs /with ?>
<dl class="facts">
<dt><?cs var:S.projects.address ?></dt><dd><?cs if:p.serves == "1" ?><a href="<?cs var:p.app.address ?>" rel="noopener"><?cs var:p.app.address ?></a><?cs else ?><span class="soft"><?cs var:p.app.address ?> · <?cs var:S.app.not_there ?></span><?cs /if ?></dd>
<?cs if:p.commit ?><dt><?cs if:p.serves == "1" ?><?cs var:S.app.commit ?><?cs else ?><?cs var:S.app.commit_before ?><?cs /if ?></dt><dd><?cs call:commit(p.commit) ?><?cs if:p.serving_build ?> · <a href="/builds/<?cs var:p.serving_build ?>"><?cs var:S.build.title ?> <?cs var:p.serving_build ?></a><?cs /if ?></dd><?cs /if ?>
<?cs if:p.since.iso && p.serves == "1" ?><dt><?cs var:S.app.since ?></dt><dd><?cs call:exact(p.since) ?></dd><?cs /if ?>
<?cs if:p.cluster && User.staff == "1" ?><dt><?cs var:S.cluster.name ?></dt><dd><?cs var:p.cluster ?> · <a href="/projects/<?cs var:p.id ?>/move"><?cs var:S.move.title ?></a></dd><?cs /if ?>
<?cs if:p.observed.iso ?><dt><?cs var:S.app.observed ?></dt><dd><?cs call:moment(p.observed) ?></dd><?cs /if ?>
</dl>
<?cs if:May.deploy == "1" ?><div class="row">
<?cs if:Image == "1" ?><?cs call:act("/projects/" + p.id + "/deploy", S.act.deploy, "primary") ?><?cs /if ?>
<?cs if:p.state == "stopped" ?><?cs call:act("/projects/" + p.id + "/start", S.act.start, "") ?><?cs elif:p.state != "none" ?><?cs call:act("/projects/" + p.id + "/restart", S.act.restart, "") ?><?cs call:act("/projects/" + p.id + "/stop", S.act.stop, "") ?><?cs /if ?>
<?cs if:May.delete == "1" && p.state != "none" ?><a class="button danger" href="/projects/<?cs var:p.id ?>/delete"><?cs var:S.act.delete ?></a><?cs /if ?>
</div><?cs /if ?>
</section>

<?cs if:!subcount(Builds) && p.repo_url ?><section class="card" aria-labelledby="h-start">
<h2 id="h-start"><?cs var:S.start.title ?></h2>
<ol><li><?cs var:S.start.clone ?><pre>git clone <?cs var:p.repo_url ?></pre></li><li><?cs var:S.start.dockerfile ?></li><li><?cs var:S.start.push ?><pre>git push origin <?cs var:p.branch ?></pre></li><li><?cs var:S.start.watch ?></li></ol>
<p><?cs var:S.start.access ?> <a href="<?cs var:Home ?>/access"><?cs var:S.tab.access ?></a></p>
</section><?cs /if ?>

<section class="card" data-part="builds" aria-labelledby="h-builds">
<div class="head"><h2 id="h-builds"><?cs var:S.history.recent ?></h2><div class="row"><a href="<?cs var:Home ?>/builds"><?cs var:S.history.all ?></a><?cs if:May.build == "1" ?><?cs call:act("/projects/" + p.id + "/builds", S.act.build, "") ?><?cs /if ?></div></div>
<?cs if:subcount(Builds) ?><table class="table steady brief"><?cs call:buildhead() ?><tbody>
<?cs each:b = Builds ?><?cs call:buildrow(b) ?><?cs /each ?></tbody></table>
<?cs else ?><?cs call:empty(S.history.none) ?><?cs /if ?>
</section>

<section class="card" data-part="deployments" aria-labelledby="h-dep">
<div class="head"><h2 id="h-dep"><?cs var:S.deployments.recent ?></h2><a href="<?cs var:Home ?>/deployments"><?cs var:S.deployments.all ?></a></div>
<?cs if:subcount(Deployments) ?><table class="table steady brief"><?cs call:deploymenthead() ?><tbody>
<?cs each:d = Deployments ?><?cs call:deploymentrow(d) ?><?cs /each ?></tbody></table>
<?cs else ?><?cs call:empty(S.deployments.none) ?><?cs /if ?>
</section>
<?cs /with ?>
