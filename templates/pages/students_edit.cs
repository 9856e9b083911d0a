<h1><?cs var:Title ?></h1>
<?cs call:wrong() ?>
<form class="card" method="post" novalidate><?cs call:editing(Student.id) ?>
<?cs call:field("number", S.course.number, S.students.number_hint, Form.number, Errors.number) ?>
<?cs call:field("name", S.students.name, "", Form.name, Errors.name) ?>
<?cs call:field("login", S.students.login, S.students.login_hint, Form.login, Errors.login) ?>
<?cs call:save(S.form.save, Back) ?></form>
