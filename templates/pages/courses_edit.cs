<h1><?cs var:Title ?></h1>
<?cs call:wrong() ?>
<form class="card" method="post" novalidate><?cs call:editing(Course.id) ?>
<?cs call:field("code", S.courses.code, S.courses.code_hint, Form.code, Errors.code) ?>
<?cs call:field("name", S.courses.name, "", Form.name, Errors.name) ?>
<?cs if:Course.id ?><?cs call:check("archived", S.courses.archive, Form.archived) ?><?cs /if ?>
<?cs call:save(S.form.save, Back) ?></form>
