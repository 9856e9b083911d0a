<?cs with:b = One.0 ?>
<div data-part="head"<?cs if:b.status == "pending" || b.status == "running" ?> data-build="<?cs var:b.id ?>" data-status="<?cs var:b.status ?>"<?cs /if ?>>
<div class="head"><h1><?cs var:S.build.title ?> <?cs var:b.id ?></h1><?cs call:badge(b.status, b.word) ?></div>
<p><?cs call:commit(b.commit) ?> <?cs var:b.commit_message ?> <span class="soft"><?cs var:b.commit_author ?></span></p>
<?cs if:b.waiting ?><div class="note busy" role="status"><strong><?cs var:S.build.waiting ?></strong> <?cs var:b.waiting ?></div><?cs /if ?>
<?cs if:Place.0.position ?><?cs call:place(Place.0) ?><?cs /if ?>
<?cs if:b.cancelling == "1" ?><div class="note busy" role="status"><?cs var:S.build.cancelling ?></div><?cs /if ?>
<?cs if:b.reason ?><section class="note<?cs if:b.status == "failed" ?> bad<?cs /if ?>"><h2><?cs var:b.title ?></h2><?cs if:b.message ?><p><?cs var:b.message ?></p><?cs /if ?><?cs if:b.evidence ?><pre><?cs var:b.evidence ?></pre><?cs /if ?><p><?cs var:b.advice ?></p><p class="small soft"><code><?cs var:b.reason ?></code><?cs if:b.superseded_by ?> · <a href="/builds/<?cs var:b.superseded_by ?>"><?cs var:S.build.successor ?> <?cs var:b.superseded_by ?></a><?cs /if ?></p></section><?cs /if ?>
<?cs if:subcount(Phases) ?><ol class="steps small" aria-label="<?cs var:S.build.phases ?>"><?cs each:f = Phases ?><li<?cs if:f.now == "1" ?> aria-current="step"<?cs /if ?>><?cs var:f.word ?> <?cs call:moment(f.at) ?></li><?cs /each ?></ol><?cs /if ?>
<dl class="facts">
<dt><?cs var:S.config.branch ?></dt><dd class="mono"><?cs var:b.branch ?></dd>
<dt><?cs var:S.build.trigger ?></dt><dd><?cs var:b.trigger_word ?><?cs if:b.by ?> · <?cs var:b.by ?><?cs /if ?><?cs if:b.retry_of ?> · <a href="/builds/<?cs var:b.retry_of ?>"><?cs var:S.build.repeats ?> <?cs var:b.retry_of ?></a><?cs /if ?></dd>
<dt><?cs var:S.build.created ?></dt><dd><?cs call:moment(b.created) ?></dd>
<?cs if:b.started.iso ?><dt><?cs var:S.build.started ?></dt><dd><?cs call:moment(b.started) ?></dd><?cs /if ?>
<?cs if:b.finished.iso ?><dt><?cs var:S.build.finished ?></dt><dd><?cs call:moment(b.finished) ?> <?cs if:b.duration ?><span class="soft">(<?cs var:b.duration ?>)</span><?cs /if ?></dd><?cs /if ?>
<dt><?cs var:S.app.image ?></dt><dd class="mono"><?cs var:b.image_repo ?>:<?cs var:b.tag ?><?cs if:b.digest ?><br><?cs var:b.digest ?><?cs /if ?></dd>
</dl>
<div class="row">
<?cs if:b.live == "1" && b.cancelling != "1" && May.build == "1" ?><?cs call:act("/builds/" + b.id + "/cancel", S.build.cancel, "danger") ?><?cs /if ?>
<?cs if:b.live != "1" && May.build == "1" ?><?cs call:act("/builds/" + b.id + "/again", S.build.again, "") ?><?cs /if ?>
<?cs if:May.deploy == "1" ?><form method="post" action="/projects/<?cs var:b.project_id ?>/deploy"><?cs call:secrets() ?><input type="hidden" name="idempotency_key" value="<?cs var:Idempotency ?>-d"><input type="hidden" name="build_id" value="<?cs var:b.id ?>"><button><?cs var:S.build.deploy ?></button></form><?cs /if ?>
</div>
</div>
<section aria-labelledby="h-log">
<div class="head"><h2 id="h-log"><?cs var:S.log.title ?></h2><?cs if:Log.state == "live" || Log.state == "archived" ?><a href="/builds/<?cs var:b.id ?>/log" download><?cs var:S.log.download ?></a><?cs /if ?></div>
<?cs if:Log.state == "none" ?><p class="empty"><?cs if:b.live == "1" ?><?cs var:S.log.none ?><?cs else ?><?cs var:S.log.never ?><?cs /if ?></p>
<?cs elif:Log.state == "away" ?><div class="note busy"><?cs var:S.log.away ?></div>
<?cs elif:Log.state == "lost" ?><div class="note bad"><?cs var:S.log.lost ?></div>
<?cs else ?>
<?cs if:Log.earlier ?><p><a href="<?cs var:Log.earlier ?>">↑ <?cs var:S.log.earlier ?></a></p><?cs /if ?>
<?cs if:Log.incomplete == "1" ?><div class="note busy"><?cs var:S.log.incomplete ?></div><?cs /if ?>
<div class="log" id="log" tabindex="0" role="log" aria-live="off" aria-label="<?cs var:S.log.title ?>"<?cs if:Log.stream ?> data-stream="<?cs var:Log.stream ?>"<?cs /if ?> data-last="<?cs var:Log.last ?>"<?cs if:Log.lines ?> data-lines="<?cs var:Log.lines ?>"<?cs /if ?>><?cs each:part = Log.parts ?><section class="log-part" data-container="<?cs var:part.container ?>"><?cs if:part.word ?><h3><?cs var:part.word ?></h3><?cs /if ?><?cs uvar:part.html ?></section><?cs /each ?></div>
<?cs if:Log.later ?><p><a href="<?cs var:Log.later ?>">↓ <?cs var:S.log.later ?></a></p><?cs /if ?>
<?cs /if ?>
</section>
<?cs /with ?>
