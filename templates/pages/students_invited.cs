<h1><?cs var:S.invite.title ?></h1>
<?cs if:Made == "1" && subcount(Invited) ?><div class="note good" role="status"><p><?cs var:S.invite.once ?> <?cs var:S.invite.until ?> <?cs call:exact(Expires) ?></p></div>
<?cs elif:!subcount(Invited) ?><?cs call:empty(S.invite.none) ?><?cs else ?><p><?cs var:S.invite.meaning ?></p><form method="post" class="row gap"><?cs call:once("") ?><button class="primary"><?cs var:S.invite.do ?></button><a class="button" href="<?cs var:Back ?>"><?cs var:S.word.back ?></a></form><?cs /if ?>
<?cs if:subcount(Invited) ?><div class="card"><table class="table"><thead><tr><?cs call:th(S.course.student) ?><?cs call:th(S.course.number) ?><?cs call:th(S.students.login) ?><?cs if:Made == "1" ?><?cs call:th(S.invite.link) ?><?cs /if ?></tr></thead><tbody>
<?cs each:i = Invited ?><tr><td data-name="<?cs var:S.course.student ?>"><?cs var:i.name ?></td><td data-name="<?cs var:S.course.number ?>" class="tight"><?cs var:i.number ?></td><td data-name="<?cs var:S.students.login ?>"><?cs var:i.login ?></td><?cs if:Made == "1" ?><td data-name="<?cs var:S.invite.link ?>" class="mono"><?cs var:i.url ?></td><?cs /if ?></tr>
<?cs /each ?></tbody></table></div><?cs /if ?>
<?cs if:Csv ?><div class="field wide"><label for="f-csv"><?cs var:S.invite.csv ?></label><textarea id="f-csv" rows="6" readonly class="mono"><?cs var:Csv ?></textarea><?cs call:copybutton("csv") ?></div><?cs /if ?>
<?cs if:Made == "1" || !subcount(Invited) ?><p><a class="button" href="<?cs var:Back ?>"><?cs var:S.word.back ?></a></p><?cs /if ?>
