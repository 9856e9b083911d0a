<div class="head"><h1><?cs if:Filter.archived == "1" ?><?cs var:S.courses.archived ?><?cs else ?><?cs var:S.courses.title ?><?cs /if ?></h1><div class="row"><?cs if:Filter.archived == "1" ?><a href="/courses"><?cs var:S.courses.current ?></a><?cs else ?><a href="/courses?archived=1"><?cs var:S.courses.archived ?></a><?cs /if ?></div></div>
<?cs if:subcount(Courses) ?>
<div class="card"><table class="table"><thead><tr><?cs call:th(S.courses.code) ?><?cs call:th(S.courses.name) ?><th scope="col" class="num"><?cs var:S.courses.students ?></th><th scope="col" class="num"><?cs var:S.courses.running ?></th><th scope="col" class="num"><?cs var:S.courses.failed ?></th></tr></thead><tbody>
<?cs each:c = Courses ?><tr><td data-name="<?cs var:S.courses.code ?>" class="tight"><a href="/courses/<?cs var:c.id ?>"><?cs var:c.code ?></a></td><td data-name="<?cs var:S.courses.name ?>"><?cs var:c.name ?></td><td data-name="<?cs var:S.courses.students ?>" class="num"><?cs var:c.students ?></td><td data-name="<?cs var:S.courses.running ?>" class="num"><?cs var:c.running ?></td><td data-name="<?cs var:S.courses.failed ?>" class="num"><?cs var:c.failed ?></td></tr>
<?cs /each ?></tbody></table></div>
<?cs elif:Filter.archived == "1" ?><?cs call:empty(S.courses.none_archived) ?>
<?cs else ?><?cs call:empty(S.courses.none) ?><?cs /if ?>
