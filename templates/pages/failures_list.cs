<div class="head"><h1><?cs var:S.failures.title ?></h1><p class="soft"><?cs var:First ?><?cs if:First != Last ?> – <?cs var:Last ?><?cs /if ?> · <?cs var:S.statistics.zone ?> <?cs var:Zone ?></p></div>
<form class="filters" method="get" action="<?cs var:Self ?>">
<?cs call:choice("days", S.statistics.period, "", Periods, "", Filter.days, "") ?>
<?cs call:choice("course_id", S.statistics.course, "", Courses, S.statistics.all_courses, Filter.course_id, "") ?>
<?cs if:Filter.reason ?><input type="hidden" name="reason" value="<?cs var:Filter.reason ?>"><?cs /if ?>
<button><?cs var:S.filter.apply ?></button>
</form>
<?cs if:Platform == "1" ?><div class="note bad" role="status"><p><strong><?cs var:S.failures.platform ?></strong></p><p><?cs var:S.failures.platform_why ?> <?cs var:Hit ?> / <?cs var:Built ?></p><p><?cs var:S.failures.platform_do ?></p></div><?cs /if ?>
<?cs if:subcount(Groups) ?>
<section class="card" aria-labelledby="h-groups"><h2 id="h-groups"><?cs var:S.failures.reasons ?></h2>
<table class="table"><thead><tr><?cs call:th(S.statistics.reason) ?><?cs call:th(S.side.title) ?><?cs call:thnum(S.statistics.builds) ?><?cs call:thnum(S.failures.students) ?></tr></thead><tbody>
<?cs each:g = Groups ?><tr<?cs if:g.now == "1" ?> class="chosen"<?cs /if ?>><td data-name="<?cs var:S.statistics.reason ?>"><span><a href="<?cs var:g.href ?>"<?cs if:g.now == "1" ?> aria-current="true"<?cs /if ?>><?cs var:g.title ?></a> <code class="soft"><?cs var:g.reason ?></code></span></td><td data-name="<?cs var:S.side.title ?>" class="tight"><?cs var:g.side_word ?></td><td data-name="<?cs var:S.statistics.builds ?>" class="num"><?cs var:g.builds ?></td><td data-name="<?cs var:S.failures.students ?>" class="num"><?cs var:g.students ?></td></tr>
<?cs /each ?></tbody></table></section>
<?cs /if ?>
<?cs if:Reason.code ?><section class="card" aria-labelledby="h-reason"><h2 id="h-reason"><?cs var:Reason.title ?></h2><p class="soft"><?cs var:S.failures.told ?> <?cs var:Reason.advice ?></p>
<?cs if:subcount(Builds) ?>
<table class="table"><thead><tr><?cs call:th(S.build.number) ?><?cs call:thof(S.projects.student, "p20") ?><?cs call:thof(S.build.commit, "p20") ?><?cs call:th(S.failures.what) ?><?cs call:th(S.build.finished) ?></tr></thead><tbody>
<?cs each:b = Builds ?><tr><td data-name="<?cs var:S.build.number ?>" class="tight"><a href="/builds/<?cs var:b.id ?>"><?cs var:b.id ?></a></td><td data-name="<?cs var:S.projects.student ?>"><span><?cs var:b.student ?> <a class="small" href="/projects/<?cs var:b.project_id ?>"><?cs var:b.project ?></a> <span class="soft small"><?cs var:b.course ?></span></span></td><td data-name="<?cs var:S.build.commit ?>"><span><?cs call:commit(b.commit) ?> <?cs var:b.commit_message ?></span></td><td data-name="<?cs var:S.failures.what ?>" class="long"><span><?cs if:b.message ?><?cs call:said(b.message) ?><?cs else ?><span class="soft">–</span><?cs /if ?><?cs if:b.evidence ?><br><code class="soft"><?cs var:b.evidence ?></code><?cs /if ?></span></td><td data-name="<?cs var:S.build.finished ?>" class="tight"><?cs call:moment(b.finished) ?></td></tr>
<?cs /each ?></tbody></table>
<?cs call:pager(Newer, Older) ?>
<?cs else ?><?cs call:empty(S.failures.none_of_reason) ?><?cs /if ?></section>
<?cs elif:Filtered == "1" ?><?cs call:nothing(S.failures.none, Self) ?>
<?cs else ?><?cs call:empty(S.failures.none) ?><?cs /if ?>
