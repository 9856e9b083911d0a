<?cs with:p = One.0 ?>
<div class="head"><h1><?cs var:Project.name ?></h1><p class="soft"><?cs var:Project.student ?> · <?cs var:Project.course ?></p></div>
<?cs call:tabs() ?>

<section class="card" data-project="<?cs var:p.id ?>" data-status="<?cs var:p.state ?>" data-part="application" aria-labelledby="h-app">
<div class="head"><h2 id="h-app"><?cs var:S.projects.application ?></h2><?cs call:badge(p.badge, p.word) ?></div>
<?cs if:p.drift ?><div class="note busy"><strong><?cs var:S.app.drift ?></strong> <?cs var:p.drift ?> <?cs call:moment(p.drift_at) ?></div><?cs /if ?>
<?cs with:d = Deployments.0 ?>
<?cs if:d.live == "1" ?><div class="note busy"><strong><?cs var:d.action_word ?>: <?cs var:d.word ?></strong><?cs if:d.progress ?> <?cs var:d.progress ?><?cs /if ?></div>
<?cs elif:d.state == "failed" ?><div class="note bad"><p><strong><?cs if:d.title ?><?cs var:d.title ?><?cs else ?><?cs var:d.word ?><?cs /if ?></strong> <?cs var:d.message ?></p><?cs if:d.advice ?><p><?cs var:d.advice ?></p><?cs /if ?><?cs if:d.evidence ?><pre><?cs var:d.evidence ?></pre><?cs /if ?><?cs if:p.state == "running" ?><p><?cs var:S.app.old_serves ?></p><?cs /if ?></div><?cs /if ?>
<?cs /with ?>
<dl class="facts">
<dt><?cs var:S.projects.address ?></dt><dd><?cs if:p.state == "running" ?><a href="<?cs var:p.address ?>" rel="noopener"><?cs var:p.address ?></a><?cs else ?><span class="soft"><?cs var:p.address ?> · <?cs var:S.app.not_there ?></span><?cs /if ?></dd>
<?cs if:p.commit ?><dt><?cs var:S.app.commit ?></dt><dd><?cs call:commit(p.commit) ?></dd><?cs /if ?>
<?cs if:p.image ?><dt><?cs var:S.app.image ?></dt><dd class="mono"><?cs var:p.image ?></dd><?cs /if ?>
<?cs if:p.message ?><dt><?cs var:S.app.now ?></dt><dd><?cs var:p.message ?></dd><?cs /if ?>
<?cs if:p.observed.iso ?><dt><?cs var:S.app.observed ?></dt><dd><?cs call:moment(p.observed) ?></dd><?cs /if ?>
</dl>
<?cs if:May.deploy == "1" ?><div class="row">
<?cs call:act("/projects/" + p.id + "/deploy", S.act.deploy, "primary") ?>
<?cs if:p.state == "stopped" ?><?cs call:act("/projects/" + p.id + "/start", S.act.start, "") ?><?cs elif:p.state != "none" ?><?cs call:act("/projects/" + p.id + "/restart", S.act.restart, "") ?><?cs call:act("/projects/" + p.id + "/stop", S.act.stop, "") ?><?cs /if ?>
<?cs if:May.delete == "1" && p.state != "none" ?><a class="button danger" href="/projects/<?cs var:p.id ?>/delete"><?cs var:S.act.delete ?></a><?cs /if ?>
</div><?cs /if ?>
</section>

<section class="card" data-part="builds" aria-labelledby="h-builds">
<div class="head"><h2 id="h-builds"><?cs var:S.history.recent ?></h2><div class="row"><a href="/projects/<?cs var:p.id ?>/builds"><?cs var:S.history.all ?></a><?cs if:May.build == "1" ?><?cs call:act("/projects/" + p.id + "/builds", S.act.build, "") ?><?cs /if ?></div></div>
<?cs if:subcount(Builds) ?><table class="table"><?cs call:buildhead() ?><tbody>
<?cs each:b = Builds ?><?cs call:buildrow(b) ?><?cs /each ?></tbody></table>
<?cs else ?><p class="empty"><?cs var:S.history.none ?></p><?cs /if ?>
</section>

<section class="card" data-part="deployments" aria-labelledby="h-dep">
<h2 id="h-dep"><?cs var:S.deployments.title ?></h2>
<?cs if:subcount(Deployments) ?><table class="table"><thead><tr><th scope="col"><?cs var:S.deployments.act ?></th><th scope="col"><?cs var:S.build.state ?></th><th scope="col"><?cs var:S.build.commit ?></th><th scope="col"><?cs var:S.deployments.who ?></th><th scope="col"><?cs var:S.build.created ?></th><th scope="col"><span class="hidden-text"><?cs var:S.act.rollback ?></span></th></tr></thead><tbody>
<?cs each:d = Deployments ?><tr>
<td data-name="<?cs var:S.deployments.act ?>"><?cs var:d.action_word ?></td>
<td data-name="<?cs var:S.build.state ?>"><span><?cs call:badge(d.badge, d.word) ?><?cs if:d.superseded_by ?> <span class="small soft"><?cs var:S.deployments.by ?> <?cs var:d.superseded_by ?></span><?cs /if ?><?cs if:d.state == "failed" && d.title ?> <span class="small"><?cs var:d.title ?></span><?cs /if ?></span></td>
<td data-name="<?cs var:S.build.commit ?>"><?cs if:d.commit ?><?cs if:d.build ?><a href="/builds/<?cs var:d.build ?>"><?cs call:commit(d.commit) ?></a><?cs else ?><?cs call:commit(d.commit) ?><?cs /if ?><?cs else ?><span class="soft">–</span><?cs /if ?></td>
<td data-name="<?cs var:S.deployments.who ?>"><?cs if:d.by ?><?cs var:d.by ?><?cs else ?><span class="soft"><?cs var:d.trigger_word ?></span><?cs /if ?></td>
<td data-name="<?cs var:S.build.created ?>" class="tight"><?cs call:moment(d.created) ?></td>
<td><?cs if:d.can_roll_back == "1" && May.deploy == "1" ?><form method="post" action="/projects/<?cs var:p.id ?>/rollback"><?cs call:secrets() ?><input type="hidden" name="idempotency_key" value="<?cs var:Idempotency ?>-<?cs var:d.id ?>"><input type="hidden" name="deployment_id" value="<?cs var:d.id ?>"><button class="plain"><?cs var:S.act.rollback ?></button></form><?cs /if ?></td>
</tr><?cs /each ?></tbody></table>
<?cs else ?><p class="empty"><?cs var:S.deployments.none ?></p><?cs /if ?>
</section>

<div class="cols">
<section class="card" aria-labelledby="h-config">
<div class="head"><h2 id="h-config"><?cs var:S.config.title ?></h2><?cs if:May.configure == "1" ?><a href="/projects/<?cs var:p.id ?>/config"><?cs var:S.config.edit ?></a><?cs /if ?></div>
<dl class="facts">
<dt><?cs var:S.config.repo_url ?></dt><dd class="mono"><?cs var:Config.repo_url ?></dd>
<dt><?cs var:S.config.branch ?></dt><dd class="mono"><?cs var:Config.branch ?></dd>
<dt><?cs var:S.config.head ?></dt><dd><?cs if:Config.head ?><?cs call:commit(Config.head) ?> <span class="soft small"><?cs call:moment(Config.head_seen) ?></span><?cs else ?><span class="soft"><?cs var:S.config.no_head ?></span><?cs /if ?><?cs if:Config.head_error ?><div class="note bad small"><?cs var:Config.head_error ?></div><?cs /if ?></dd>
<dt><?cs var:S.config.dockerfile_path ?></dt><dd class="mono"><?cs var:Config.dockerfile ?></dd>
<dt><?cs var:S.config.context_path ?></dt><dd class="mono"><?cs var:Config.context ?></dd>
<dt><?cs var:S.config.image_repo ?></dt><dd class="mono"><?cs if:Config.registry ?><?cs var:Config.registry ?>/<?cs /if ?><?cs var:Config.image_repo ?></dd>
<dt><?cs var:S.config.auto_build ?></dt><dd><?cs if:Config.auto_build == "1" ?><?cs var:S.word.yes ?><?cs else ?><?cs var:S.word.no ?><?cs /if ?></dd>
<dt><?cs var:S.config.auto_deploy ?></dt><dd><?cs if:Config.auto_deploy == "1" ?><?cs var:S.word.yes ?><?cs else ?><?cs var:S.word.no ?><?cs /if ?></dd>
</dl>
</section>
<section class="card" id="key" aria-labelledby="h-key">
<h2 id="h-key"><?cs var:S.key.title ?></h2>
<?cs if:Config.key ?><p class="soft small"><?cs var:S.key.meaning ?></p><pre><?cs var:Config.key ?></pre><p class="small"><?cs var:S.key.fingerprint ?> <code><?cs var:Config.fingerprint ?></code></p><?cs else ?><p class="empty"><?cs var:S.key.none ?></p><?cs /if ?>
<?cs if:May.configure == "1" ?>
<?cs if:Config.can_install == "1" ?><p><?cs if:Config.installed == "1" ?><?cs var:S.gitea.installed ?><?cs else ?><?cs var:S.gitea.can ?><?cs /if ?></p>
<?cs else ?><p><?cs var:S.gitea.by_hand ?></p><ol><li><?cs var:S.gitea.step_key ?></li><li><?cs var:S.gitea.step_hook ?> <code><?cs var:Config.hook_url ?></code></li><li><?cs var:S.gitea.step_secret ?></li></ol><?cs /if ?>
<div class="row"><?cs if:Config.can_install == "1" ?><form method="post" action="/projects/<?cs var:p.id ?>/install"><?cs call:secrets() ?><button><?cs var:S.gitea.install ?></button></form><?cs /if ?><a class="button" href="/projects/<?cs var:p.id ?>/key"><?cs var:S.key.new ?></a><a class="button" href="/projects/<?cs var:p.id ?>/secret"><?cs var:S.secret.new ?></a></div>
<?cs /if ?>
</section>
</div>

<section class="card" data-part="deliveries" aria-labelledby="h-hooks">
<h2 id="h-hooks"><?cs var:S.deliveries.title ?></h2>
<?cs if:subcount(Deliveries) ?><table class="table"><thead><tr><th scope="col"><?cs var:S.deliveries.received ?></th><th scope="col"><?cs var:S.deliveries.event ?></th><th scope="col"><?cs var:S.build.commit ?></th><th scope="col"><?cs var:S.deliveries.result ?></th></tr></thead><tbody>
<?cs each:d = Deliveries ?><tr><td data-name="<?cs var:S.deliveries.received ?>" class="tight"><?cs call:moment(d.received) ?></td><td data-name="<?cs var:S.deliveries.event ?>"><span><?cs var:d.event ?> <code><?cs var:d.ref ?></code></span></td><td data-name="<?cs var:S.build.commit ?>"><?cs if:d.commit ?><?cs call:commit(d.commit) ?><?cs else ?><span class="soft">–</span><?cs /if ?></td><td data-name="<?cs var:S.deliveries.result ?>"><?cs if:d.build ?><a href="/builds/<?cs var:d.build ?>"><?cs var:d.reason ?></a><?cs else ?><?cs var:d.reason ?><?cs /if ?></td></tr><?cs /each ?></tbody></table>
<?cs else ?><p class="empty"><?cs var:S.deliveries.none ?></p><?cs /if ?>
</section>
<?cs /with ?>
