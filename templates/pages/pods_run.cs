<div class="head"><h1><?cs var:S.pod.command ?></h1><p class="soft"><?cs var:PodName ?> · <?cs var:Project.student ?> · <?cs var:Project.name ?></p></div>
<?cs if:RunTrouble ?><div class="note bad" role="alert"><p><strong><?cs var:S.pod.not_run ?></strong></p><p><?cs call:said(RunTrouble) ?></p></div><?cs /if ?>
<?cs if:Ran == "1" ?><section aria-labelledby="h-out"><div class="head"><h2 id="h-out"><?cs var:S.pod.output ?></h2><?cs if:Result.late == "1" ?><?cs call:badge("failed", S.pod.late) ?><?cs elif:Result.good == "1" ?><?cs call:badge("success", S.pod.exit + " 0") ?><?cs elif:Result.code ?><?cs call:badge("failed", S.pod.exit + " " + Result.code) ?><?cs else ?><?cs call:badge("failed", S.pod.not_started) ?><?cs /if ?></div>
<?cs if:Result.message ?><div class="note bad"><p><?cs call:said(Result.message) ?></p></div><?cs /if ?>
<?cs if:Result.late == "1" ?><p><?cs var:S.pod.late_meaning ?></p><?cs /if ?>
<?cs if:Log.empty == "1" ?><?cs call:empty(S.pod.nothing_written) ?><?cs else ?><div class="log" tabindex="0" role="log" aria-label="<?cs var:S.pod.output ?>"><section class="log-part"><?cs uvar:Log.html ?></section></div><?cs /if ?>
<?cs if:Result.cut == "1" ?><p class="small soft"><?cs var:S.pod.cut ?></p><?cs /if ?></section><?cs /if ?>
<?cs call:podcommand() ?>
<p><a class="button" href="<?cs var:Self ?>"><?cs var:S.word.back ?></a></p>
