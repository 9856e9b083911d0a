<div class="head"><h1><?cs var:Student.name ?></h1><p class="soft"><?cs var:Student.number ?> · <?cs var:Student.course ?></p></div>
<?cs if:Student.left.iso ?><div class="note"><p><?cs var:S.students.left ?> <?cs call:exact(Student.left) ?></p></div><?cs /if ?>
<section class="card" aria-labelledby="h-account"><h2 id="h-account"><?cs var:S.students.account ?></h2>
<?cs if:Student.login ?><dl class="facts"><dt><?cs var:S.students.login ?></dt><dd><?cs var:Student.login ?></dd><dt><?cs var:S.students.password ?></dt><dd><?cs if:Student.has_password == "1" ?><?cs var:S.students.has_password ?><?cs else ?><?cs var:S.students.no_password ?><?cs /if ?></dd></dl><?cs elif:!Student.left.iso ?><p class="empty"><?cs var:S.students.no_account ?></p><?cs /if ?>
<?cs if:!Student.left.iso ?><div class="row"><a class="button" href="<?cs var:Home ?>/edit"><?cs var:S.students.edit ?></a><a class="button danger" href="<?cs var:Home ?>/remove"><?cs var:S.students.remove ?>…</a></div><?cs /if ?></section>
<section class="card" data-part="projects" aria-labelledby="h-projects"><h2 id="h-projects"><?cs var:S.projects.title ?></h2>
<?cs if:subcount(Projects) ?><table class="table"><?cs call:projecthead() ?><tbody><?cs each:p = Projects ?><?cs call:projectrow(p) ?><?cs /each ?></tbody></table>
<?cs else ?><?cs call:empty(S.students.no_project) ?><?cs /if ?></section>
