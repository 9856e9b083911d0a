<h1><?cs var:S.probe.title ?>: <?cs var:Probe.name ?></h1>
<p class="soft"><code><?cs var:Probe.address ?></code></p>
<div class="note <?cs if:Probe.passed == "1" ?>good<?cs else ?>bad<?cs /if ?>" role="status"><p><?cs if:Probe.passed == "1" ?><?cs var:S.probe.passed ?><?cs else ?><?cs var:S.probe.failed ?><?cs /if ?></p></div>
<div class="card"><table class="table"><thead><tr><?cs call:th(S.probe.step) ?><?cs call:th(S.probe.result) ?><?cs call:th(S.probe.advice) ?></tr></thead><tbody>
<?cs each:s = Steps ?><tr><td data-name="<?cs var:S.probe.step ?>"><?cs var:s.title ?></td><td data-name="<?cs var:S.probe.result ?>"><?cs call:badge(s.outcome, s.word) ?></td><td data-name="<?cs var:S.probe.advice ?>"><span><?cs if:s.advice ?><?cs var:s.advice ?><?cs else ?><span class="soft">–</span><?cs /if ?><?cs if:s.said ?> <code class="soft"><?cs var:s.said ?></code><?cs /if ?></span></td></tr>
<?cs /each ?></tbody></table></div>
<div class="row"><form method="post"><?cs call:secrets() ?><button><?cs var:S.probe.again ?></button></form><a class="button" href="<?cs var:Home ?>"><?cs var:S.word.back ?></a></div>
