<h1><?cs var:S.queue.title ?></h1>
<p class="soft"><?cs var:S.queue.running ?> <?cs var:Running ?> / <?cs var:Limit ?> · <?cs var:S.queue.waiting ?> <?cs var:Waiting ?></p>
<?cs if:subcount(Queue) ?><div class="card" data-part="queue"><table class="table"><thead><tr><th scope="col"><?cs var:S.queue.position ?></th><th scope="col"><?cs var:S.build.state ?></th><th scope="col"><?cs var:S.projects.project ?></th><th scope="col"><?cs var:S.projects.student ?></th><th scope="col"><?cs var:S.build.created ?></th><th scope="col"><?cs var:S.queue.why ?></th></tr></thead><tbody>
<?cs each:b = Queue ?><tr data-build="<?cs var:b.id ?>" data-status="<?cs var:b.status ?>">
<td data-name="<?cs var:S.queue.position ?>"><?cs if:b.position ?><?cs var:b.position ?><?cs else ?><span class="soft">–</span><?cs /if ?></td>
<td data-name="<?cs var:S.build.state ?>"><a href="/builds/<?cs var:b.id ?>"><?cs call:badge(b.status, b.word) ?></a></td>
<td data-name="<?cs var:S.projects.project ?>"><a href="/projects/<?cs var:b.project_id ?>"><?cs var:b.project ?></a></td>
<td data-name="<?cs var:S.projects.student ?>"><span><?cs var:b.student ?> <span class="soft small"><?cs var:b.course ?></span></span></td>
<td data-name="<?cs var:S.build.created ?>" class="tight"><?cs call:moment(b.created) ?></td>
<td data-name="<?cs var:S.queue.why ?>"><?cs if:b.waiting ?><?cs var:b.waiting ?><?cs elif:b.why ?><?cs var:b.why ?><?cs else ?><?cs var:b.phase_word ?><?cs /if ?></td></tr><?cs /each ?></tbody></table></div>
<?cs else ?><p class="empty"><?cs var:S.queue.empty ?></p><?cs /if ?>
