<?cs # Parts that pages are made of. Every value is escaped by the global mode; attributes are always quoted. ?>
<?cs # A state as shape and word: call:badge("success", S.state.build.success) ?>
<?cs def:badge(state, word) ?><span class="badge is-<?cs var:state ?>"><?cs var:word ?></span><?cs /def ?>
<?cs # A moment as view_set_time sets it: how long ago, in the reader's zone on hover. ?>
<?cs def:moment(t) ?><?cs if:t.iso ?><time datetime="<?cs var:t.iso ?>" title="<?cs var:t.text ?>"><?cs var:t.ago ?></time><?cs else ?><span class="soft">–</span><?cs /if ?><?cs /def ?>
<?cs # The same where the moment itself matters: the exact one, and how long ago. ?>
<?cs def:exact(t) ?><?cs if:t.iso ?><time datetime="<?cs var:t.iso ?>"><?cs var:t.text ?></time> <span class="soft small"><?cs var:t.ago ?></span><?cs else ?><span class="soft">–</span><?cs /if ?><?cs /def ?>
<?cs # The first seven digits of a commit. ?>
<?cs def:commit(sha) ?><code title="<?cs var:sha ?>"><?cs var:string.slice(sha, 0, 7) ?></code><?cs /def ?>
<?cs # A value, or a dash where there is none; "0" is one. ?>
<?cs def:maybe(text) ?><?cs if:string.length(text) > 0 ?><?cs var:text ?><?cs else ?><span class="soft">–</span><?cs /if ?><?cs /def ?>
<?cs # What a row says, as part_words sets it: marked as English where it is not in the reader's language. ?>
<?cs def:said(text) ?><?cs if:text.foreign == "1" ?><span lang="en"><?cs var:text ?></span><?cs else ?><?cs var:text ?><?cs /if ?><?cs /def ?>
<?cs # Yes or no of a "1" or "0". ?>
<?cs def:yes(flag) ?><?cs if:flag == "1" ?><?cs var:S.word.yes ?><?cs else ?><?cs var:S.word.no ?><?cs /if ?><?cs /def ?>

<?cs # ---- forms ---- ?>
<?cs # Hidden fields of every form that changes something; of one whose act runs once. ?>
<?cs def:secrets() ?><input type="hidden" name="csrf" value="<?cs var:Csrf ?>"><?cs /def ?>
<?cs def:once(suffix) ?><?cs call:secrets() ?><input type="hidden" name="idempotency_key" value="<?cs var:Idempotency ?><?cs var:suffix ?>"><?cs /def ?>
<?cs # Of a form that edits the row of that id in its version or, without an id, makes one. ?>
<?cs def:editing(id) ?><?cs if:id ?><?cs call:secrets() ?><input type="hidden" name="version" value="<?cs var:Form.version ?>"><?cs else ?><?cs call:once("") ?><?cs /if ?><?cs /def ?>
<?cs # A form of one button: call:act("/builds/7/cancel", "Cancel", "danger"); kind "" is the usual button. ?>
<?cs def:act(action, word, kind) ?><form method="post" action="<?cs var:action ?>"><?cs call:once("") ?><button class="<?cs var:kind ?>"><?cs var:word ?></button></form><?cs /def ?>
<?cs # The same with one value of its own: call:actwith("/projects/7/rollback", "deployment_id", d.id, "Run this again", "plain") ?>
<?cs def:actwith(action, name, value, word, kind) ?><form method="post" action="<?cs var:action ?>"><?cs call:once("-" + value) ?><input type="hidden" name="<?cs var:name ?>" value="<?cs var:value ?>"><button class="<?cs var:kind ?>"><?cs var:word ?></button></form><?cs /def ?>
<?cs # What stands above a control, and what its attributes say of it; for the macros below. ?>
<?cs def:label(name, word, hint, error) ?><label for="f-<?cs var:name ?>"><?cs var:word ?></label><?cs if:hint ?><p class="hint" id="h-<?cs var:name ?>"><?cs var:hint ?></p><?cs /if ?><?cs if:error ?><p class="error" id="e-<?cs var:name ?>"><?cs var:error ?></p><?cs /if ?><?cs /def ?>
<?cs def:described(name, hint, error) ?><?cs if:hint && error ?> aria-describedby="h-<?cs var:name ?> e-<?cs var:name ?>"<?cs elif:hint ?> aria-describedby="h-<?cs var:name ?>"<?cs elif:error ?> aria-describedby="e-<?cs var:name ?>"<?cs /if ?><?cs if:error ?> aria-invalid="true"<?cs /if ?><?cs /def ?>
<?cs # A text field: call:field("branch", S.config.branch, S.config.branch_hint, Form.branch, Errors.branch); of another type: fieldof. ?>
<?cs def:fieldof(type, name, word, hint, value, error) ?><div class="field<?cs if:error ?> wrong<?cs /if ?>"><?cs call:label(name, word, hint, error) ?><input id="f-<?cs var:name ?>" name="<?cs var:name ?>" type="<?cs var:type ?>" value="<?cs var:value ?>"<?cs call:described(name, hint, error) ?>></div><?cs /def ?>
<?cs def:field(name, word, hint, value, error) ?><?cs call:fieldof("text", name, word, hint, value, error) ?><?cs /def ?>
<?cs # A password: never filled in; autocomplete "current-password" or "new-password". ?>
<?cs def:password(name, word, hint, autocomplete, error) ?><div class="field<?cs if:error ?> wrong<?cs /if ?>"><?cs call:label(name, word, hint, error) ?><input id="f-<?cs var:name ?>" name="<?cs var:name ?>" type="password" autocomplete="<?cs var:autocomplete ?>"<?cs call:described(name, hint, error) ?>></div><?cs /def ?>
<?cs # Several lines. ?>
<?cs def:area(name, word, hint, value, error, rows) ?><div class="field wide<?cs if:error ?> wrong<?cs /if ?>"><?cs call:label(name, word, hint, error) ?><textarea id="f-<?cs var:name ?>" name="<?cs var:name ?>" rows="<?cs var:rows ?>" spellcheck="false"<?cs call:described(name, hint, error) ?>>
<?cs var:value ?></textarea></div><?cs /def ?>
<?cs # A choice of what view_options wrote, or of rows with value and word (then `value` is selected); `any` is the word for none of them, "" where one must be chosen. ?>
<?cs def:choice(name, word, hint, rows, any, value, error) ?><div class="field<?cs if:error ?> wrong<?cs /if ?>"><?cs call:label(name, word, hint, error) ?><select id="f-<?cs var:name ?>" name="<?cs var:name ?>"<?cs call:described(name, hint, error) ?>><?cs if:any ?><option value=""><?cs var:any ?></option><?cs /if ?><?cs if:rows.html ?><?cs uvar:rows.html ?><?cs else ?><?cs each:o = rows ?><option value="<?cs var:o.value ?>"<?cs if:o.value == value ?> selected<?cs /if ?>><?cs var:o.word ?></option><?cs /each ?><?cs /if ?></select></div><?cs /def ?>
<?cs # A choice of yes or no. ?>
<?cs def:check(name, word, on) ?><div class="check"><input type="checkbox" id="f-<?cs var:name ?>" name="<?cs var:name ?>" value="1"<?cs if:on == "1" ?> checked<?cs /if ?>><label for="f-<?cs var:name ?>"><?cs var:word ?></label></div><?cs /def ?>
<?cs # What is wrong with the whole form, at its top. ?>
<?cs def:wrong() ?><?cs if:Wrong == "1" ?><div class="note bad" role="alert"><p><?cs var:S.form.wrong ?></p><?cs if:Errors.whole ?><p><?cs var:Errors.whole ?></p><?cs /if ?></div><?cs /if ?><?cs /def ?>
<?cs # What the cluster said against what a form asked for: Said. ?>
<?cs def:answered() ?><?cs if:Said ?><div class="note bad"><p class="small soft"><?cs var:S.trouble.said ?></p><pre><?cs call:said(Said) ?></pre></div><?cs /if ?><?cs /def ?>
<?cs # The buttons below a form: to save, and back without. ?>
<?cs def:save(word, back) ?><div class="row"><button class="primary"><?cs var:word ?></button><a class="button" href="<?cs var:back ?>"><?cs var:S.word.back ?></a></div><?cs /def ?>
<?cs # The button that copies the field f-NAME; where scripts may not, there is none. ?>
<?cs def:copybutton(name) ?><button type="button" data-copy="f-<?cs var:name ?>" data-copied="<?cs var:S.word.copied ?>" hidden><?cs var:S.word.copy ?></button><?cs /def ?>
<?cs # A text to copy. ?>
<?cs def:copy(name, word, value) ?><div class="field wide"><label for="f-<?cs var:name ?>"><?cs var:word ?></label><div class="copy"><input id="f-<?cs var:name ?>" value="<?cs var:value ?>" readonly class="mono"><?cs call:copybutton(name) ?></div></div><?cs /def ?>

<?cs # A new version failed: the one before still answers. ?>
<?cs def:oldserves(p) ?><div class="note good"><p><?cs var:S.app.old_serves ?><?cs if:p.commit ?> <?cs call:commit(p.commit) ?><?cs /if ?> <a href="<?cs var:p.app.address ?>" rel="noopener"><?cs var:p.app.address ?></a></p></div><?cs /def ?>
<?cs # Where a waiting build stands, and about how long. ?>
<?cs def:place(p) ?><div class="note info"><p><strong data-say="<?cs var:S.queue.title ?>"><?cs var:S.queue.place ?> <?cs var:p.position ?> / <?cs var:p.of ?></strong> · <?cs if:p.begins ?><?cs var:p.begins ?><?cs else ?><?cs var:S.queue.begins_unknown ?><?cs /if ?> · <?cs var:p.why ?></p><p class="small"><?cs var:S.queue.rule ?> <?cs var:Places ?></p></div><?cs /def ?>

<?cs # ---- lists ---- ?>
<?cs # The buttons of a list's filter: show what it finds, or all again. ?>
<?cs def:apply() ?><button><?cs var:S.filter.apply ?></button><?cs if:Filtered == "1" ?><a class="button" href="<?cs var:Self ?>"><?cs var:S.filter.clear ?></a><?cs /if ?><?cs /def ?>
<?cs # Nothing is there: what to do. ?>
<?cs def:empty(text) ?><p class="empty"><?cs var:text ?></p><?cs /def ?>
<?cs # Nothing fits the filter. ?>
<?cs def:nothing(text, href) ?><p class="empty"><?cs var:text ?> <a href="<?cs var:href ?>"><?cs var:S.filter.clear ?></a></p><?cs /def ?>
<?cs # Older and newer pages of a list: hrefs, empty where there is none. ?>
<?cs def:pager(newer, older) ?><?cs if:newer || older ?><nav class="pager" aria-label="<?cs var:S.pager.label ?>"><span><?cs if:newer ?><a href="<?cs var:newer ?>" rel="prev">← <?cs var:S.pager.newer ?></a><?cs /if ?></span><span><?cs if:older ?><a href="<?cs var:older ?>" rel="next"><?cs var:S.pager.older ?> →</a><?cs /if ?></span></nav><?cs /if ?><?cs /def ?>
<?cs # A column's head; of one that sorts (part_sort sets Sort.KEY.href and .now): call:sorted(S.course.student, Sort.name, "p24") ?>
<?cs def:th(word) ?><th scope="col"><?cs var:word ?></th><?cs /def ?>
<?cs # The same of a width, p6 to p34, in a table whose rows change while it is looked at (class "table steady"). ?>
<?cs def:thof(word, width) ?><th scope="col" class="<?cs var:width ?>"><?cs var:word ?></th><?cs /def ?>
<?cs def:thnum(word) ?><th scope="col" class="num"><?cs var:word ?></th><?cs /def ?>
<?cs def:sorted(word, s, width) ?><th scope="col"<?cs if:width ?> class="<?cs var:width ?>"<?cs /if ?><?cs if:s.now ?> aria-sort="<?cs var:s.now ?>"<?cs /if ?>><a href="<?cs var:s.href ?>"><?cs var:word ?></a></th><?cs /def ?>
<?cs # One entry of the navigation; current where the path begins so. ?>
<?cs def:nav(href, word) ?><li><a href="<?cs var:href ?>"<?cs if:Nav == href ?> aria-current="page"<?cs /if ?>><?cs var:word ?></a></li><?cs /def ?>
<?cs # The pages of one thing: rows Tabs.N.{href, word, now}. ?>
<?cs def:tabs() ?><?cs if:subcount(Tabs) ?><nav class="tabs" aria-label="<?cs var:S.layout.tabs ?>"><ul><?cs each:t = Tabs ?><li><a href="<?cs var:t.href ?>"<?cs if:t.now == "1" ?> aria-current="page"<?cs /if ?>><?cs var:t.word ?></a></li><?cs /each ?></ul></nav><?cs /if ?><?cs /def ?>
<?cs # The head of every page of a project: whose it is, and its other pages. ?>
<?cs def:project() ?><div class="head"><h1><?cs var:Project.name ?></h1><p class="soft"><?cs var:Project.student ?> · <?cs var:Project.course ?></p></div>
<?cs call:tabs() ?><?cs /def ?>
<?cs # Where an application answers, by the name that tells it from its neighbours. ?>
<?cs def:app(a) ?><a href="<?cs var:a.address ?>" title="<?cs var:a.address ?>" rel="noopener"><?cs var:a.host ?></a><?cs /def ?>
<?cs # A build in a table: number, state, commit, moment, duration; and the head of such a table. ?>
<?cs def:buildhead() ?><thead><tr><?cs call:thof(S.build.number, "p8") ?><?cs call:thof(S.build.state, "p34") ?><?cs call:th(S.build.commit) ?><?cs call:thof(S.build.created, "p12") ?><?cs call:thof(S.build.duration, "num p10") ?></tr></thead><?cs /def ?>
<?cs def:buildrow(b) ?><tr data-part="build-<?cs var:b.id ?>"<?cs if:b.status == "pending" || b.status == "running" ?> data-build="<?cs var:b.id ?>" data-status="<?cs var:b.status ?>"<?cs /if ?>><td data-name="<?cs var:S.build.number ?>" class="tight"><a href="/builds/<?cs var:b.id ?>"><?cs var:b.id ?></a></td><td data-name="<?cs var:S.build.state ?>"><span data-say="<?cs var:S.build.title ?> <?cs var:b.id ?>"><?cs call:badge(b.status, b.word) ?><?cs if:b.phase_word ?> <span class="small soft"><?cs var:b.phase_word ?></span><?cs elif:b.title ?> <span class="small"><?cs var:b.title ?></span><?cs /if ?></span></td><td data-name="<?cs var:S.build.commit ?>" class="line"><span><?cs call:commit(b.commit) ?> <span class="soft"><?cs var:b.branch ?></span> <?cs var:b.commit_message ?></span></td><td data-name="<?cs var:S.build.created ?>" class="tight"><?cs call:moment(b.created) ?></td><td data-name="<?cs var:S.build.duration ?>" class="num<?cs if:!b.duration ?> void<?cs /if ?>"><?cs if:b.duration ?><?cs var:b.duration ?><?cs else ?><span class="soft">–</span><?cs /if ?></td></tr><?cs /def ?>
<?cs # The same of a deployment. ?>
<?cs def:deploymenthead() ?><thead><tr><?cs call:thof(S.deployments.number, "p8") ?><?cs call:thof(S.deployments.act, "p10") ?><?cs call:thof(S.build.state, "p34") ?><?cs call:thof(S.build.commit, "p10") ?><?cs call:th(S.deployments.who) ?><?cs call:thof(S.build.created, "p12") ?><th scope="col" class="p12"><span class="hidden-text"><?cs var:S.act.rollback ?></span></th></tr></thead><?cs /def ?>
<?cs def:deploymentrow(d) ?><tr data-part="deployment-<?cs var:d.id ?>"><td data-name="<?cs var:S.deployments.number ?>" class="tight"><a href="/deployments/<?cs var:d.id ?>"><?cs var:d.id ?></a></td><td data-name="<?cs var:S.deployments.act ?>"><?cs var:d.action_word ?></td><td data-name="<?cs var:S.build.state ?>"><span data-say="<?cs var:S.deployment.title ?> <?cs var:d.id ?>"><?cs call:badge(d.badge, d.word) ?><?cs if:d.superseded_by ?> <a class="small" href="/deployments/<?cs var:d.superseded_by ?>"><?cs var:S.deployments.by ?> <?cs var:d.superseded_by ?></a><?cs /if ?><?cs if:d.state == "failed" && d.title ?> <span class="small"><?cs var:d.title ?></span><?cs /if ?></span></td><td data-name="<?cs var:S.build.commit ?>"<?cs if:!d.commit ?> class="void"<?cs /if ?>><?cs if:d.commit ?><?cs if:d.build ?><a href="/builds/<?cs var:d.build ?>"><?cs call:commit(d.commit) ?></a><?cs else ?><?cs call:commit(d.commit) ?><?cs /if ?><?cs else ?><span class="soft">–</span><?cs /if ?></td><td data-name="<?cs var:S.deployments.who ?>"><?cs if:d.by ?><?cs var:d.by ?><?cs else ?><span class="soft"><?cs var:d.trigger_word ?></span><?cs /if ?></td><td data-name="<?cs var:S.build.created ?>" class="tight"><?cs call:moment(d.created) ?></td><td><?cs if:d.can_return == "1" && May.deploy == "1" ?><?cs call:actwith("/projects/" + Project.id + "/rollback", "deployment_id", d.id, S.act.rollback, "plain") ?><?cs /if ?></td></tr><?cs /def ?>
<?cs # What is wrong with an application: what (as a heading of that level, 2 or 3), the particulars, what its log speaks of, what to do, what the portal has to add, and then the cluster's and its own words. ?>
<?cs def:trouble(x, level) ?><h<?cs var:level ?> class="what"><?cs var:x.title ?></h<?cs var:level ?>><?cs if:x.says ?><p><?cs var:x.says ?></p><?cs /if ?><?cs if:x.hint ?><p><strong><?cs var:x.hint ?></strong></p><?cs /if ?><?cs if:x.advice ?><p><?cs var:x.advice ?></p><?cs /if ?><?cs if:x.own ?><p><?cs var:x.own ?></p><?cs /if ?><?cs if:x.said ?><p class="small soft"><?cs var:S.trouble.said ?></p><pre><?cs var:x.said ?></pre><?cs /if ?><?cs if:x.evidence ?><p class="small soft"><?cs var:S.trouble.evidence ?></p><pre><?cs var:x.evidence ?></pre><?cs /if ?><?cs /def ?>
<?cs # What a deployment that is under way waits for, since when, and what is heard meanwhile. ?>
<?cs def:progress(d) ?><?cs if:d.progress.text ?><p><span data-say="<?cs var:S.deployment.progress ?>"><?cs var:d.progress.text ?></span><?cs if:d.progress.for ?> · <span data-since="<?cs var:d.progress.since.iso ?>" data-units="<?cs var:S.unit.seconds ?>|<?cs var:S.unit.minutes ?>|<?cs var:S.unit.hours ?>"><?cs var:d.progress.for ?></span><?cs /if ?></p><?cs if:d.progress.line ?><p class="small soft"><?cs var:S.progress.line ?></p><pre><?cs var:d.progress.line ?></pre><?cs /if ?><?cs if:d.progress.own ?><p><?cs var:d.progress.own ?></p><?cs /if ?><?cs if:d.progress.said ?><p class="small soft"><?cs var:S.trouble.said ?></p><pre><?cs var:d.progress.said ?></pre><?cs /if ?><?cs /if ?><?cs /def ?>
<?cs # Who takes the places of a limit that is used up. ?>
<?cs def:quotausers() ?><?cs if:Up.total ?><p class="small"><?cs var:Up.total ?><?cs if:subcount(Ups) ?> <?cs var:S.quota.course ?> <?cs each:u = Ups ?><a href="/projects/<?cs var:u.id ?>"><?cs var:u.name ?></a> (<?cs var:u.student ?>) <?cs /each ?><a href="/projects?state=running"><?cs var:S.quota.all ?></a><?cs /if ?></p><?cs /if ?><?cs /def ?>
<?cs # Why a build failed: what (as a heading of that level, 2 or 3), the particulars, the evidence, what to do. ?>
<?cs def:failure(x, level) ?><h<?cs var:level ?> class="what"><?cs if:x.title ?><?cs var:x.title ?><?cs else ?><?cs var:x.word ?><?cs /if ?></h<?cs var:level ?>><?cs if:x.message ?><p><?cs call:said(x.message) ?></p><?cs /if ?><?cs if:x.evidence ?><pre><?cs var:x.evidence ?></pre><?cs /if ?><?cs if:x.advice ?><p><?cs var:x.advice ?></p><?cs /if ?><?cs /def ?>
<?cs # The same of a project; of "1" student alone: without whose it is. ?>
<?cs def:projecthead(alone) ?><thead><tr><?cs if:!alone ?><?cs call:th(S.projects.student) ?><?cs /if ?><?cs call:thof(S.projects.project, "p24") ?><?cs if:alone ?><?cs call:thof(S.courses.code, "p16") ?><?cs /if ?><?cs call:thof(S.projects.application, "p16") ?><?cs call:thof(S.projects.last_build, "p20") ?><?cs call:thof(S.projects.address, "p12") ?></tr></thead><?cs /def ?>
<?cs def:projectrow(p, alone) ?><tr data-project="<?cs var:p.id ?>" data-status="<?cs var:p.state ?>"><?cs if:!alone ?><td data-name="<?cs var:S.projects.student ?>" class="line"><span><a href="/students/<?cs var:p.student_id ?>"><?cs var:p.student ?></a> <span class="soft small tight"><?cs var:p.number ?> · <?cs var:p.course ?></span></span></td><?cs /if ?><td data-name="<?cs var:S.projects.project ?>"><a href="/projects/<?cs var:p.id ?>"><?cs var:p.name ?></a></td><?cs if:alone ?><td data-name="<?cs var:S.courses.code ?>"><?cs var:p.course ?></td><?cs /if ?><td data-name="<?cs var:S.projects.application ?>"><span data-say="<?cs var:p.student ?>, <?cs var:p.name ?>"><?cs call:badge(p.badge, p.word) ?><?cs if:p.drift ?> <span class="small soft"><?cs var:S.projects.drift ?></span><?cs /if ?></span></td><td data-name="<?cs var:S.projects.last_build ?>"><?cs if:p.build.id ?><a class="quiet" href="/builds/<?cs var:p.build.id ?>"><?cs call:badge(p.build.status, p.build.word) ?> <?cs call:commit(p.build.commit) ?></a><?cs else ?><span class="soft"><?cs var:S.projects.no_build ?></span><?cs /if ?></td><td data-name="<?cs var:S.projects.address ?>"<?cs if:p.state != "running" ?> class="void"<?cs /if ?>><?cs if:p.state == "running" ?><?cs call:app(p.app) ?><?cs else ?><span class="soft">–</span><?cs /if ?></td></tr><?cs /def ?>
<?cs # The steps of a connection test. ?>
<?cs def:probe() ?><h1><?cs var:S.probe.title ?>: <?cs var:Probe.name ?></h1>
<p class="soft"><code><?cs var:Probe.address ?></code></p>
<div class="note <?cs if:Probe.passed == "1" ?>good<?cs else ?>bad<?cs /if ?>" role="status"><p><?cs if:Probe.passed == "1" ?><?cs var:S.probe.passed ?><?cs else ?><?cs var:S.probe.failed ?><?cs /if ?></p></div>
<div class="card"><table class="table"><thead><tr><?cs call:th(S.probe.step) ?><?cs call:th(S.probe.result) ?><?cs call:th(S.probe.advice) ?></tr></thead><tbody>
<?cs each:s = Steps ?><tr><td data-name="<?cs var:S.probe.step ?>"><?cs var:s.title ?></td><td data-name="<?cs var:S.probe.result ?>"><?cs call:badge(s.outcome, s.word) ?></td><td data-name="<?cs var:S.probe.advice ?>"><span><?cs if:s.advice ?><?cs var:s.advice ?><?cs else ?><span class="soft">–</span><?cs /if ?><?cs if:s.said ?> <?cs if:s.said.foreign == "1" ?><code class="soft" lang="en"><?cs var:s.said ?></code><?cs else ?><span class="soft"><?cs var:s.said ?></span><?cs /if ?><?cs /if ?></span></td></tr>
<?cs /each ?></tbody></table></div><?cs /def ?>
<?cs def:probeagain() ?><div class="row"><form method="post"><?cs call:secrets() ?><button><?cs var:S.probe.again ?></button></form><a class="button" href="<?cs var:Home ?>"><?cs var:S.word.back ?></a></div><?cs /def ?>
<?cs # Events of the cluster: rows Events.N.{badge, reason, object, message, count, at}; NoEvents: they may not be read. ?>
<?cs def:eventlist() ?><?cs if:NoEvents == "1" ?><p class="empty"><?cs var:S.applog.no_events ?></p><?cs elif:subcount(Events) ?><table class="table steady"><thead><tr><?cs call:thof(S.event.at, "p12") ?><?cs call:thof(S.event.what, "p20") ?><?cs call:thof(S.event.object, "p24") ?><?cs call:th(S.event.message) ?></tr></thead><tbody>
<?cs each:e = Events ?><tr><td data-name="<?cs var:S.event.at ?>" class="tight"><?cs call:moment(e.at) ?></td><td data-name="<?cs var:S.event.what ?>"><span><?cs call:badge(e.badge, e.reason) ?><?cs if:e.count > 1 ?> <span class="small soft">×<?cs var:e.count ?></span><?cs /if ?></span></td><td data-name="<?cs var:S.event.object ?>" class="long"><?cs var:e.object ?></td><td data-name="<?cs var:S.event.message ?>" class="long"><?cs var:e.message ?></td></tr><?cs /each ?></tbody></table>
<?cs else ?><?cs call:empty(S.applog.quiet) ?><?cs /if ?><?cs /def ?>
<?cs # One command in a container of a pod, and the way to a terminal. ?>
<?cs def:podcommand() ?><section class="card" aria-labelledby="h-command"><h2 id="h-command"><?cs var:S.pod.command ?></h2><p class="soft small"><?cs var:S.pod.command_meaning ?></p>
<?cs if:Wrong == "1" ?><div class="note bad" role="alert"><p><?cs var:S.pod.not_run ?></p></div><?cs /if ?>
<form method="post" action="<?cs var:Self ?>/run"><?cs call:secrets() ?>
<?cs call:choice("container", S.pod.container, "", Containers, "", Form.container, Errors.container) ?>
<?cs call:field("command", S.pod.line, S.pod.line_hint, Form.command, Errors.command) ?>
<?cs call:check("shell", S.pod.shell, Form.shell) ?>
<div class="row"><button class="primary"><?cs var:S.pod.run ?></button><button formaction="<?cs var:Self ?>/terminal"><?cs var:S.pod.terminal ?></button></div></form></section><?cs /def ?>
