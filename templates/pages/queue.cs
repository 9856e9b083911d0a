<div class="head"><h1><?cs var:S.queue.title ?></h1><p class="soft"><?cs var:S.queue.running ?> <?cs var:Running ?> / <?cs var:Limit ?> · <?cs var:S.queue.waiting ?> <?cs var:Waiting ?></p></div>
<p><?cs var:S.queue.rule ?> <?cs var:Places ?> <?cs var:S.queue.computed ?></p>
<?cs if:subcount(Queue) ?><div class="card" data-part="queue"><table class="table steady"><thead><tr><?cs call:thof(S.queue.position, "p6") ?><?cs call:thof(S.build.state, "p12") ?><?cs call:th(S.projects.project) ?><?cs call:thof(S.projects.student, "p16") ?><?cs call:thof(S.build.created, "p12") ?><?cs call:thof(S.queue.why, "p14") ?><?cs call:thof(S.queue.begins, "p14") ?><?cs call:thof(S.queue.usual, "p12") ?></tr></thead><tbody>
<?cs each:b = Queue ?><tr data-build="<?cs var:b.id ?>" data-status="<?cs var:b.status ?>">
<td data-name="<?cs var:S.queue.position ?>" class="<?cs if:b.position ?>named<?cs else ?>void<?cs /if ?>"><?cs call:maybe(b.position) ?></td>
<td data-name="<?cs var:S.build.state ?>"><a class="quiet" href="/builds/<?cs var:b.id ?>" data-say="<?cs var:b.student ?>, <?cs var:b.project ?>"><?cs call:badge(b.status, b.word) ?></a></td>
<td data-name="<?cs var:S.projects.project ?>"><a href="/projects/<?cs var:b.project_id ?>"><?cs var:b.project ?></a></td>
<td data-name="<?cs var:S.projects.student ?>"><span><?cs var:b.student ?> <span class="soft small"><?cs var:b.course ?></span></span></td>
<td data-name="<?cs var:S.build.created ?>" class="tight"><?cs call:moment(b.created) ?></td>
<td data-name="<?cs var:S.queue.why ?>"><span><?cs if:b.why ?><?cs var:b.why ?><?cs else ?><?cs var:b.phase_word ?><?cs /if ?><?cs if:b.waiting ?> <span class="soft small"><?cs call:said(b.waiting) ?></span><?cs /if ?></span></td>
<td data-name="<?cs var:S.queue.begins ?>"<?cs if:!b.position ?> class="void"<?cs /if ?>><?cs if:b.position ?><?cs if:b.expected ?><?cs var:b.expected ?><?cs else ?><?cs var:S.queue.unknown ?><?cs /if ?><?cs else ?><span class="soft">–</span><?cs /if ?></td>
<td data-name="<?cs var:S.queue.usual ?>"><span><?cs var:b.usual ?> <span class="soft small"><?cs var:b.from ?></span></span></td></tr><?cs /each ?></tbody></table>
<?cs if:Cut == "1" ?><p class="small soft"><?cs var:S.queue.cut ?></p><?cs /if ?></div>
<?cs else ?><?cs call:empty(S.queue.empty) ?><?cs /if ?>
