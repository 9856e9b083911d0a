<?cs with:p = One.0 ?>
<h1><?cs var:S.delete.title ?></h1>
<div class="note bad"><p><strong><?cs var:p.name ?></strong> · <?cs var:p.student ?></p><p><?cs var:S.delete.question ?></p></div>
<div class="row"><?cs call:act("/projects/" + p.id + "/delete", S.delete.do, "danger sure") ?><a class="button" href="/projects/<?cs var:p.id ?>"><?cs var:S.word.back ?></a></div>
<?cs /with ?>
