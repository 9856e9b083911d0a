<h1><?cs var:S.students.remove ?></h1>
<div class="note bad"><p><strong><?cs var:Student.name ?></strong> · <?cs var:Student.number ?> · <?cs var:Student.course ?></p><p><?cs var:S.students.remove_question ?></p></div>
<form method="post"><?cs call:secrets() ?><div class="row"><button class="danger sure"><?cs var:S.students.remove ?></button><a class="button" href="<?cs var:Home ?>"><?cs var:S.word.back ?></a></div></form>
