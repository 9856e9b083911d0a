<?cs with:b = One.0 ?>
<div data-part="head"<?cs if:b.status == "pending" || b.status == "running" ?> data-build="<?cs var:b.id ?>" data-status="<?cs var:b.status ?>"<?cs /if ?>>
<div class="head"><h1><?cs var:S.build.title ?> <?cs var:b.id ?></h1><span data-say="<?cs var:S.build.title ?> <?cs var:b.id ?>"><?cs call:badge(b.status, b.word) ?></span></div>
<p class="lead"><?cs call:commit(b.commit) ?> <?cs var:b.commit_message ?> <span class="soft"><?cs var:b.commit_author ?></span></p>
<?cs if:b.waiting ?><div class="note busy"><p><strong><?cs var:S.build.waiting ?></strong> <?cs call:said(b.waiting) ?></p></div><?cs /if ?>
<?cs if:KeptBack ?><div class="note busy"><p><strong><?cs var:S.quota.kept_back ?></strong> <?cs var:KeptBack ?> <?cs var:S.quota.kept_back_meaning ?></p></div><?cs /if ?>
<?cs if:Place.0.position ?><?cs call:place(Place.0) ?><?cs /if ?>
<?cs if:b.cancelling == "1" ?><div class="note busy"><p><?cs var:S.build.cancelling ?></p></div><?cs /if ?>
<?cs if:b.reason ?><div class="note<?cs if:b.status == "failed" ?> bad<?cs /if ?>"><?cs call:failure(b, "2") ?><p class="small soft"><code><?cs var:b.reason ?></code><?cs if:b.superseded_by ?> · <a href="/builds/<?cs var:b.superseded_by ?>"><?cs var:S.build.successor ?> <?cs var:b.superseded_by ?></a><?cs /if ?></p></div><?cs /if ?>
<?cs if:b.started.iso ?><ol class="phases" aria-label="<?cs var:S.build.phases ?>"><?cs each:f = Phases ?><li class="is-<?cs var:f.state ?>"<?cs if:f.now == "1" ?> aria-current="step"<?cs /if ?>><span class="hidden-text"><?cs var:f.state_word ?>:</span> <?cs if:f.now == "1" ?><span data-say="<?cs var:S.build.phases ?>"><?cs var:f.word ?></span><?cs else ?><?cs var:f.word ?><?cs /if ?><?cs if:f.took ?> <span class="soft"><?cs var:f.took ?></span><?cs elif:f.now == "1" ?> <span class="soft"><?cs call:moment(f.at) ?></span><?cs /if ?></li><?cs /each ?></ol><?cs /if ?>
<div class="card"><dl class="facts">
<dt><?cs var:S.config.branch ?></dt><dd class="mono"><?cs var:b.branch ?></dd>
<dt><?cs var:S.build.trigger ?></dt><dd><?cs var:b.trigger_word ?><?cs if:b.by ?> · <?cs var:b.by ?><?cs /if ?><?cs if:b.retry_of ?> · <a href="/builds/<?cs var:b.retry_of ?>"><?cs var:S.build.repeats ?> <?cs var:b.retry_of ?></a><?cs /if ?></dd>
<dt><?cs var:S.build.created ?></dt><dd><?cs call:exact(b.created) ?></dd>
<?cs if:b.finished.iso ?><dt><?cs var:S.build.finished ?></dt><dd><?cs call:exact(b.finished) ?><?cs if:b.duration ?> · <?cs var:S.build.duration ?> <?cs var:b.duration ?><?cs /if ?></dd><?cs /if ?>
<dt><?cs var:S.app.image ?></dt><dd class="mono"><?cs var:b.image_repo ?>:<?cs var:b.tag ?><?cs if:b.digest ?><br><?cs var:b.digest ?><?cs /if ?></dd>
</dl>
<div class="row">
<?cs if:b.live == "1" && b.cancelling != "1" && May.build == "1" ?><?cs call:act("/builds/" + b.id + "/cancel", S.build.cancel, "danger") ?><?cs /if ?>
<?cs if:b.live != "1" && May.build == "1" ?><?cs call:act("/builds/" + b.id + "/again", S.build.again, "") ?><?cs /if ?>
<?cs if:May.deploy == "1" ?><?cs call:actwith("/projects/" + b.project_id + "/deploy", "build_id", b.id, S.build.deploy, "") ?><?cs /if ?>
</div></div>
</div>
<section aria-labelledby="h-log">
<div class="head"><h2 id="h-log"><?cs var:S.log.title ?></h2><?cs if:Log.state == "live" || Log.state == "archived" ?><a href="/builds/<?cs var:b.id ?>/log" download><?cs var:S.log.download ?></a><?cs /if ?></div>
<?cs if:Log.state == "none" ?><p class="empty"><?cs if:b.live == "1" ?><?cs var:S.log.none ?><?cs else ?><?cs var:S.log.never ?><?cs /if ?></p>
<?cs elif:Log.state == "away" ?><div class="note busy"><p><?cs var:S.log.away ?></p></div>
<?cs elif:Log.state == "lost" ?><div class="note bad"><p><?cs var:S.log.lost ?></p></div>
<?cs else ?>
<form class="filters" method="get" action="<?cs var:Self ?>#h-log" role="search">
<?cs call:fieldof("search", "q", S.log.search, "", Filter.q, "") ?>
<?cs call:choice("level", S.log.level, "", Levels, S.loglevel.any, Filter.level, "") ?>
<button><?cs var:S.filter.apply ?></button><?cs if:Log.searched == "1" ?><a class="button" href="<?cs var:Self ?>#h-log"><?cs var:S.log.all ?></a><?cs elif:Log.stream ?><span class="check" data-needs-script hidden><input type="checkbox" id="follow" data-follow checked><label for="follow"><?cs var:S.log.follow ?></label></span><?cs /if ?>
</form>
<?cs if:Log.searched == "1" ?>
<p class="soft" role="status"><?cs if:Log.count > 0 ?><?cs var:S.log.found ?> <?cs var:Log.count ?><?cs if:Log.more ?>+<?cs /if ?><?cs else ?><?cs var:S.log.not_found ?><?cs /if ?></p>
<?cs if:Log.count > 0 ?><div class="log" tabindex="0" role="log" aria-live="off" aria-label="<?cs var:S.log.title ?>"><?cs each:m = Log.found ?><?cs uvar:m.html ?><?cs /each ?></div><?cs /if ?>
<?cs if:Log.more ?><p><a href="<?cs var:Log.more ?>">↓ <?cs var:S.log.search_on ?></a></p><?cs /if ?>
<?cs else ?>
<?cs if:Log.earlier ?><p><a href="<?cs var:Log.earlier ?>">↑ <?cs var:S.log.earlier ?></a></p><?cs /if ?>
<?cs if:Log.incomplete == "1" ?><div class="note busy"><p><?cs var:S.log.incomplete ?></p></div><?cs /if ?>
<div class="skipped"><a class="skip" href="#after-log"><?cs var:S.log.skip ?></a>
<div class="log" id="log" tabindex="0" role="log" aria-live="off" aria-label="<?cs var:S.log.title ?>"<?cs if:Log.stream ?> data-stream="<?cs var:Log.stream ?>"<?cs /if ?> data-last="<?cs var:Log.last ?>"<?cs if:?Log.lines ?> data-lines="<?cs var:Log.lines ?>"<?cs /if ?>><?cs each:part = Log.parts ?><section class="log-part" data-container="<?cs var:part.container ?>"><?cs if:part.word ?><h3><?cs var:part.word ?></h3><?cs /if ?><?cs each:s = part.steps ?><?cs if:s.title ?><details class="log-step"<?cs if:s.open == "1" ?> open<?cs /if ?>><summary><span class="log-n"><?cs var:s.first ?></span><span class="log-t"><?cs var:s.title ?><?cs if:s.errors > 0 ?> <span class="log-count is-error"><?cs var:S.loglevel.error ?> <?cs var:s.errors ?></span><?cs /if ?><?cs if:s.warnings > 0 ?> <span class="log-count is-warning"><?cs var:S.loglevel.warning ?> <?cs var:s.warnings ?></span><?cs /if ?></span></summary><?cs uvar:s.html ?></details><?cs else ?><?cs uvar:s.html ?><?cs /if ?><?cs /each ?></section><?cs /each ?></div></div>
<div id="after-log" tabindex="-1"></div>
<?cs if:Log.later ?><p><a href="<?cs var:Log.later ?>">↓ <?cs var:S.log.later ?></a></p><?cs /if ?>
<?cs /if ?>
<?cs /if ?>
</section>
<?cs /with ?>
