<div class="head"><h1><?cs var:Course.name ?></h1><p class="soft"><?cs var:Course.code ?><?cs if:Course.archived == "1" ?> · <?cs var:S.courses.is_archived ?><?cs /if ?></p></div>
<div class="row gap"><a class="button" href="<?cs var:Self ?>/import"><?cs var:S.roster.title ?></a><a class="button" href="<?cs var:Self ?>/students/new"><?cs var:S.students.new ?></a><a class="button" href="<?cs var:Self ?>/invite"><?cs var:S.invite.title ?></a><a class="button" href="<?cs var:Self ?>/edit"><?cs var:S.courses.edit ?></a></div>
<ul class="tiles"><li><strong><?cs var:Course.students ?></strong> <?cs var:S.courses.students ?></li><li><a href="<?cs var:Self ?>?state=running"><strong><?cs var:Course.running ?></strong> <?cs var:S.courses.running ?></a></li><li><a href="<?cs var:Self ?>?failed=1"><strong><?cs var:Course.failed ?></strong> <?cs var:S.courses.failed ?></a></li></ul>
<?cs if:subcount(Rows) || Filtered == "1" ?><form class="filters" method="get" action="<?cs var:Self ?>" role="search">
<?cs call:fieldof("search", "q", S.course.search, "", Filter.q, "") ?>
<?cs call:choice("state", S.course.state, "", States, S.filter.any, Filter.state, "") ?>
<?cs call:choice("build", S.course.build, "", Statuses, S.filter.any, Filter.build, "") ?>
<?cs call:check("failed", S.course.failed, Filter.failed) ?>
<?cs if:Filter.sort ?><input type="hidden" name="sort" value="<?cs var:Filter.sort ?>"><?cs /if ?>
<?cs call:apply() ?>
</form><?cs /if ?>
<?cs if:subcount(Rows) ?>
<form method="post" action="<?cs var:Self ?>/act" class="card" data-part="list">
<?cs call:once("") ?>
<table class="table steady brief"><thead><tr><th scope="col" class="pick"><span class="hidden-text"><?cs var:S.course.pick ?></span></th><?cs call:sorted(S.course.student, Sort.name, "") ?><?cs call:sorted(S.course.number, Sort.number, "p8") ?><?cs call:sorted(S.course.state, Sort.state, "p18") ?><?cs call:sorted(S.course.push, Sort.push, "p12") ?><?cs call:sorted(S.course.build, Sort.build, "p24") ?><?cs call:thof(S.course.address, "p10") ?></tr></thead><tbody>
<?cs each:r = Rows ?><tr<?cs if:r.id ?> data-part="project-<?cs var:r.id ?>" data-project="<?cs var:r.id ?>" data-status="<?cs var:r.state ?>"<?cs /if ?>>
<td class="pick"><?cs if:r.id ?><input type="checkbox" name="project" value="<?cs var:r.id ?>"<?cs if:Filter.all ?> checked<?cs /if ?> aria-label="<?cs var:S.course.pick ?> <?cs var:r.student ?>, <?cs var:r.name ?>"><?cs /if ?></td>
<td data-name="<?cs var:S.course.student ?>" class="line"><span><a href="/students/<?cs var:r.student_id ?>"><?cs var:r.student ?></a><?cs if:r.id ?> <a class="small" href="/projects/<?cs var:r.id ?>"><?cs var:r.name ?></a><?cs /if ?></span></td>
<td data-name="<?cs var:S.course.number ?>" class="tight"><?cs var:r.number ?></td>
<?cs if:r.id ?><td data-name="<?cs var:S.course.state ?>"><span data-say="<?cs var:r.student ?>, <?cs var:r.name ?>"><?cs call:badge(r.badge, r.word) ?><?cs if:r.short ?> <span class="small"><?cs var:r.short ?></span><?cs /if ?><?cs if:r.drift == "1" ?> <span class="small soft"><?cs var:S.projects.drift ?></span><?cs /if ?></span></td>
<td data-name="<?cs var:S.course.push ?>" class="tight named"><?cs if:r.pushed.iso ?><?cs call:moment(r.pushed) ?><?cs else ?><span class="soft"><?cs var:S.course.never_pushed ?></span><?cs /if ?></td>
<td data-name="<?cs var:S.course.build ?>"><?cs if:r.build.id ?><span data-say="<?cs var:r.student ?>, <?cs var:r.name ?>, <?cs var:S.course.build ?>"><a class="quiet" href="/builds/<?cs var:r.build.id ?>"><?cs call:badge(r.build.status, r.build.word) ?> <?cs call:commit(r.build.commit) ?></a><?cs if:r.build.short ?> <span class="small"><?cs var:r.build.short ?></span><?cs /if ?></span><?cs else ?><span class="soft"><?cs var:S.projects.no_build ?></span><?cs /if ?></td>
<td data-name="<?cs var:S.course.address ?>"<?cs if:!r.app.address ?> class="void"<?cs /if ?>><?cs if:r.app.address ?><?cs call:app(r.app) ?><?cs else ?><span class="soft">–</span><?cs /if ?></td>
<?cs else ?><td colspan="4" data-name="<?cs var:S.course.state ?>"><span class="soft"><?cs var:S.course.no_project ?></span></td><?cs /if ?></tr>
<?cs /each ?></tbody></table>
<?cs if:Cut == "1" ?><p class="small soft"><?cs var:S.course.cut ?></p><?cs /if ?>
<div class="bar"><a href="<?cs var:All ?>"><?cs if:Filter.all ?><?cs var:S.course.choose_none ?><?cs else ?><?cs var:S.course.choose_all ?><?cs /if ?></a><span class="soft"><?cs var:S.course.chosen ?></span><button name="action" value="deploy"><?cs var:S.bulk.deploy ?>…</button><button name="action" value="restart"><?cs var:S.bulk.restart ?>…</button><button name="action" value="stop"><?cs var:S.bulk.stop ?>…</button><button name="action" value="rollback"><?cs var:S.bulk.rollback ?>…</button></div>
</form>
<?cs elif:Filtered == "1" ?><?cs call:nothing(S.course.none_found, Self) ?>
<?cs else ?><p class="empty"><?cs var:S.course.none ?> <a href="<?cs var:Self ?>/import"><?cs var:S.roster.title ?></a></p><?cs /if ?>
