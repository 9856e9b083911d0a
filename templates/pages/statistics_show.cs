<?cs include!"chart.cs" ?>
<div class="head"><h1><?cs var:S.statistics.title ?></h1><p class="soft"><?cs var:First ?> – <?cs var:Last ?> · <?cs var:S.statistics.zone ?> <?cs var:Zone ?></p></div>
<form class="filters" method="get" action="<?cs var:Self ?>">
<?cs call:choice("days", S.statistics.period, "", Periods, "", Filter.days, "") ?>
<?cs call:choice("course_id", S.statistics.course, "", Courses, S.statistics.all_courses, Filter.course_id, "") ?>
<button><?cs var:S.filter.apply ?></button>
</form>
<?cs if:Complete != "1" ?><div class="note busy" role="status"><?cs var:S.statistics.incomplete ?></div><?cs /if ?>
<?cs with:t = Total.0 ?><?cs if:t.builds > 0 ?>
<ul class="tiles"><li><strong><?cs var:t.builds ?></strong> <?cs var:S.statistics.builds ?></li><li><strong><?cs call:maybe(t.rate) ?></strong> <?cs var:S.statistics.rate ?></li><li><?cs if:Failures ?><a href="<?cs var:Failures ?>"><strong><?cs var:t.failed ?></strong> <?cs var:S.statistics.failed ?></a><?cs else ?><strong><?cs var:t.failed ?></strong> <?cs var:S.statistics.failed ?><?cs /if ?></li><li><strong><?cs call:maybe(t.p50) ?></strong> <?cs var:S.statistics.duration ?> <span class="soft small"><?cs var:S.statistics.p95 ?> <?cs call:maybe(t.p95) ?></span></li><li><strong><?cs call:maybe(t.wait_p50) ?></strong> <?cs var:S.statistics.wait ?> <span class="soft small"><?cs var:S.statistics.p95 ?> <?cs call:maybe(t.wait_p95) ?></span></li></ul>
<div class="pair">
<section class="card" aria-labelledby="h-days"><div class="head"><h2 id="h-days"><?cs if:Weekly == "1" ?><?cs var:S.statistics.by_week ?><?cs else ?><?cs var:S.statistics.by_day ?><?cs /if ?></h2><a href="<?cs var:Csv.days ?>" download><?cs var:S.statistics.csv ?></a></div>
<?cs call:chart_bars("days", DaysChart.0, "first", S.statistics.by_day_title, S.statistics.same_numbers) ?>
<ul class="legend"><?cs call:legend("days", "first", S.statistics.success) ?><?cs call:legend("days", "second", S.statistics.failed) ?></ul>
<details><summary><?cs var:S.statistics.table ?></summary>
<table class="table"><thead><tr><th scope="col"><?cs if:Weekly == "1" ?><?cs var:S.statistics.week ?><?cs else ?><?cs var:S.statistics.day ?><?cs /if ?></th><?cs call:thnum(S.statistics.success) ?><?cs call:thnum(S.statistics.failed) ?><?cs call:thnum(S.statistics.cancelled) ?><?cs call:thnum(S.statistics.rate) ?></tr></thead><tbody>
<?cs each:d = ByDay ?><tr><td class="tight" data-name="<?cs if:Weekly == "1" ?><?cs var:S.statistics.week ?><?cs else ?><?cs var:S.statistics.day ?><?cs /if ?>"><?cs var:d.day ?></td><?cs call:counts(d) ?><td data-name="<?cs var:S.statistics.rate ?>" class="num"><?cs call:maybe(d.rate) ?></td></tr>
<?cs /each ?></tbody></table></details></section>
<section class="card" aria-labelledby="h-times"><div class="head"><h2 id="h-times"><?cs var:S.statistics.times ?></h2><a href="<?cs var:Csv.days ?>" download><?cs var:S.statistics.csv ?></a></div>
<?cs call:chart_lines("times", TimesChart.0, S.statistics.times_title, S.statistics.same_numbers) ?>
<ul class="legend"><?cs call:legend("times", "line", S.statistics.p50_long) ?><?cs call:legend("times", "broken", S.statistics.p95_long) ?></ul>
<details><summary><?cs var:S.statistics.table ?></summary>
<table class="table"><thead><tr><th scope="col"><?cs if:Weekly == "1" ?><?cs var:S.statistics.week ?><?cs else ?><?cs var:S.statistics.day ?><?cs /if ?></th><?cs call:thnum(S.statistics.p50) ?><?cs call:thnum(S.statistics.p95) ?></tr></thead><tbody>
<?cs each:d = ByDay ?><tr><td class="tight" data-name="<?cs if:Weekly == "1" ?><?cs var:S.statistics.week ?><?cs else ?><?cs var:S.statistics.day ?><?cs /if ?>"><?cs var:d.day ?></td><td data-name="<?cs var:S.statistics.p50 ?>" class="num"><?cs call:maybe(d.p50) ?></td><td data-name="<?cs var:S.statistics.p95 ?>" class="num"><?cs call:maybe(d.p95) ?></td></tr>
<?cs /each ?></tbody></table></details></section>
<section class="card" aria-labelledby="h-hours"><div class="head"><h2 id="h-hours"><?cs var:S.statistics.by_hour ?></h2><a href="<?cs var:Csv.hours ?>" download><?cs var:S.statistics.csv ?></a></div>
<?cs call:chart_bars("hours", HoursChart.0, "first", S.statistics.by_hour_title, S.statistics.same_numbers) ?>
<ul class="legend"><?cs call:legend("hours", "first", S.statistics.success) ?><?cs call:legend("hours", "second", S.statistics.failed) ?></ul>
<p class="soft small"><?cs var:S.statistics.hours_zone ?> <?cs var:Zone ?></p>
<details><summary><?cs var:S.statistics.table ?></summary>
<table class="table"><thead><tr><?cs call:th(S.statistics.hour) ?><?cs call:thnum(S.statistics.builds) ?><?cs call:thnum(S.statistics.success) ?><?cs call:thnum(S.statistics.failed) ?><?cs call:thnum(S.statistics.cancelled) ?><?cs call:thnum(S.statistics.rate) ?></tr></thead><tbody>
<?cs each:h = ByHour ?><tr><td data-name="<?cs var:S.statistics.hour ?>"><?cs var:h.hour ?></td><td data-name="<?cs var:S.statistics.builds ?>" class="num"><?cs var:h.builds ?></td><?cs call:counts(h) ?><td data-name="<?cs var:S.statistics.rate ?>" class="num"><?cs call:maybe(h.rate) ?></td></tr>
<?cs /each ?></tbody></table></details></section>
<section class="card" aria-labelledby="h-hourtimes"><div class="head"><h2 id="h-hourtimes"><?cs var:S.statistics.hour_times ?></h2><a href="<?cs var:Csv.hours ?>" download><?cs var:S.statistics.csv ?></a></div>
<?cs call:chart_lines("hourtimes", HourTimesChart.0, S.statistics.hour_times_title, S.statistics.same_numbers) ?>
<ul class="legend"><?cs call:legend("hourtimes", "line", S.statistics.p50_long) ?><?cs call:legend("hourtimes", "broken", S.statistics.p95_long) ?></ul>
<p class="soft small"><?cs var:S.statistics.hours_zone ?> <?cs var:Zone ?></p>
<details><summary><?cs var:S.statistics.table ?></summary>
<table class="table"><thead><tr><?cs call:th(S.statistics.hour) ?><?cs call:thnum(S.statistics.p50) ?><?cs call:thnum(S.statistics.p95) ?></tr></thead><tbody>
<?cs each:h = ByHour ?><tr><td data-name="<?cs var:S.statistics.hour ?>"><?cs var:h.hour ?></td><td data-name="<?cs var:S.statistics.p50 ?>" class="num"><?cs call:maybe(h.p50) ?></td><td data-name="<?cs var:S.statistics.p95 ?>" class="num"><?cs call:maybe(h.p95) ?></td></tr>
<?cs /each ?></tbody></table></details></section>
</div>
<section class="card" aria-labelledby="h-courses"><div class="head"><h2 id="h-courses"><?cs var:S.statistics.by_course ?></h2><a href="<?cs var:Csv.courses ?>" download><?cs var:S.statistics.csv ?></a></div>
<table class="table"><thead><tr><?cs call:th(S.statistics.course) ?><?cs call:thnum(S.statistics.builds) ?><?cs call:thnum(S.statistics.failed) ?><?cs call:thnum(S.statistics.rate) ?><?cs call:thtimes(S.statistics.duration) ?><?cs call:thtimes(S.statistics.wait) ?></tr></thead><tbody>
<?cs each:c = ByCourse ?><tr><td data-name="<?cs var:S.statistics.course ?>"><span><a href="/courses/<?cs var:c.id ?>"><?cs var:c.code ?></a> <span class="small"><?cs var:c.name ?></span></span></td><td data-name="<?cs var:S.statistics.builds ?>" class="num"><?cs var:c.builds ?></td><td data-name="<?cs var:S.statistics.failed ?>" class="num"><?cs var:c.failed ?></td><td data-name="<?cs var:S.statistics.rate ?>" class="num"><?cs call:maybe(c.rate) ?></td><?cs call:times(S.statistics.duration, c.p50, c.p95) ?><?cs call:times(S.statistics.wait, c.wait_p50, c.wait_p95) ?></tr>
<?cs /each ?></tbody></table><p class="soft small"><?cs var:S.statistics.medians ?></p></section>
<section class="card" aria-labelledby="h-reasons"><div class="head"><h2 id="h-reasons"><?cs var:S.statistics.by_reason ?></h2><a href="<?cs var:Csv.reasons ?>" download><?cs var:S.statistics.csv ?></a></div>
<?cs if:subcount(ByReason) ?><div class="pair"><div>
<?cs call:chart_rows("reasons", ReasonsChart.0, S.statistics.by_reason_title, S.statistics.same_numbers) ?>
<ul class="legend"><?cs call:legend("reasons", "plain", S.side.student) ?><?cs call:legend("reasons", "second", S.side.platform) ?></ul></div>
<table class="table"><thead><tr><?cs call:th(S.statistics.reason) ?><?cs call:th(S.side.title) ?><?cs call:thnum(S.statistics.builds) ?><?cs call:thnum(S.statistics.share) ?></tr></thead><tbody>
<?cs each:r = ByReason ?><tr><td data-name="<?cs var:S.statistics.reason ?>"><?cs if:r.href ?><a href="<?cs var:r.href ?>"><?cs var:r.title ?></a><?cs else ?><?cs var:r.title ?><?cs /if ?></td><td data-name="<?cs var:S.side.title ?>" class="tight"><?cs var:r.side ?></td><td data-name="<?cs var:S.statistics.builds ?>" class="num"><?cs var:r.builds ?></td><td data-name="<?cs var:S.statistics.share ?>" class="num"><?cs call:maybe(r.share) ?></td></tr>
<?cs /each ?></tbody></table></div>
<?cs else ?><?cs call:empty(S.statistics.no_failures) ?><?cs /if ?></section>
<p class="soft small"><?cs var:S.statistics.how ?></p>
<?cs else ?><?cs call:empty(S.statistics.none) ?><?cs /if ?><?cs /with ?>
