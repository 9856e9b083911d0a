<?cs with:d = One.0 ?>
<div data-part="head" data-project="<?cs var:Project.id ?>">
<div class="head"><h1><?cs var:S.deployment.title ?> <?cs var:d.id ?></h1><span data-say="<?cs var:S.deployment.title ?> <?cs var:d.id ?>"><?cs call:badge(d.badge, d.word) ?></span></div>
<?cs if:d.live == "1" && d.progress.text ?><div class="note busy"><?cs call:progress(d) ?></div><?cs /if ?>
<?cs if:d.state == "failed" ?><?cs if:Serving.0.old_serves == "1" ?><?cs call:oldserves(Serving.0) ?><?cs /if ?><div class="note bad"><?cs call:trouble(d, "2") ?></div><?cs /if ?>
<?cs if:d.superseded_by ?><div class="note"><p><?cs var:S.deployment.superseded ?> <a href="/deployments/<?cs var:d.superseded_by ?>"><?cs var:d.superseded.word ?> <?cs var:d.superseded_by ?></a><?cs if:d.superseded.who ?> · <?cs var:d.superseded.who ?><?cs /if ?></p></div><?cs /if ?>
<div class="card"><dl class="facts">
<dt><?cs var:S.deployments.act ?></dt><dd><?cs var:d.action_word ?></dd>
<dt><?cs var:S.deployments.who ?></dt><dd><?cs if:d.by ?><?cs var:d.by ?><?cs else ?><?cs var:d.trigger_word ?><?cs /if ?></dd>
<dt><?cs var:S.build.created ?></dt><dd><?cs call:exact(d.created) ?></dd>
<?cs if:d.finished.iso ?><dt><?cs var:S.build.finished ?></dt><dd><?cs call:exact(d.finished) ?></dd><?cs /if ?>
<?cs if:d.build ?><dt><?cs var:S.build.title ?></dt><dd><a href="/builds/<?cs var:d.build ?>"><?cs var:d.build ?></a><?cs if:d.commit ?> · <?cs call:commit(d.commit) ?><?cs /if ?></dd><?cs /if ?>
<?cs if:d.image ?><dt><?cs var:S.app.image ?></dt><dd class="mono"><?cs var:d.image ?></dd><?cs /if ?>
</dl>
<?cs if:d.can_return == "1" && May.deploy == "1" ?><div class="row"><?cs call:actwith("/projects/" + Project.id + "/rollback", "deployment_id", d.id, S.act.rollback, "") ?></div><?cs /if ?></div>
</div>
<section class="card" aria-labelledby="h-changes">
<div class="head"><h2 id="h-changes"><?cs var:S.deployment.changes ?><?cs if:With ?> <span class="soft small"><?cs var:S.deployment.against ?> <a href="/deployments/<?cs var:With ?>"><?cs var:With ?></a></span><?cs /if ?></h2>
<?cs if:subcount(Others) && Planned == "1" ?><form class="row" method="get" action="/deployments/<?cs var:d.id ?>"><label for="f-with" class="small"><?cs var:S.deployment.with ?></label><select id="f-with" name="with"><?cs each:o = Others ?><option value="<?cs var:o.value ?>"<?cs if:o.value == With ?> selected<?cs /if ?>><?cs var:o.word ?></option><?cs /each ?></select><button><?cs var:S.deployment.compare ?></button></form><?cs /if ?></div>
<?cs if:Planned != "1" ?><?cs call:empty(S.deployment.no_plan) ?>
<?cs elif:subcount(Changes) ?><table class="table steady"><thead><tr><?cs call:thof(S.deployment.what, "p20") ?><?cs call:th(S.deployment.before) ?><?cs call:th(S.deployment.after) ?></tr></thead><tbody>
<?cs each:c = Changes ?><tr><td data-name="<?cs var:S.deployment.what ?>"><span><?cs var:c.what ?><?cs if:c.variable ?> <code><?cs var:c.variable ?></code><?cs /if ?></span></td><td data-name="<?cs var:S.deployment.before ?>" class="mono value"><?cs if:c.before_secret == "1" ?><span class="soft"><?cs var:S.variables.secret_value ?></span> <?cs /if ?><?cs call:maybe(c.before) ?></td><td data-name="<?cs var:S.deployment.after ?>" class="mono value"><?cs if:c.after_secret == "1" ?><span class="soft"><?cs var:S.variables.secret_value ?></span> <?cs /if ?><?cs call:maybe(c.after) ?></td></tr><?cs /each ?></tbody></table>
<?cs elif:With ?><?cs call:empty(S.deployment.same) ?><?cs else ?><?cs call:empty(S.deployment.first) ?><?cs /if ?>
</section>
<section class="card" aria-labelledby="h-events"><h2 id="h-events"><?cs var:S.deployment.events ?></h2>
<table class="table steady"><thead><tr><?cs call:thof(S.event.at, "p16") ?><?cs call:thof(S.event.what, "p20") ?><?cs call:th(S.event.message) ?></tr></thead><tbody>
<?cs each:e = Events ?><tr><td data-name="<?cs var:S.event.at ?>" class="tight"><?cs call:moment(e.at) ?></td><td data-name="<?cs var:S.event.what ?>"><?cs var:e.word ?></td><td data-name="<?cs var:S.event.message ?>" class="long"><?cs call:maybe(e.message) ?></td></tr><?cs /each ?></tbody></table></section>
<?cs /with ?>
