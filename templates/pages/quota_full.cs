<h1><?cs var:S.quota.title ?></h1>
<div class="note bad" role="alert"><p><strong><?cs var:Sentence ?></strong></p><p><?cs var:Numbers ?></p><p><?cs var:S.quota.kept ?></p></div>
<?cs if:subcount(Holders) ?><section class="card" aria-labelledby="h-takes"><h2 id="h-takes"><?cs var:S.quota.holders ?></h2>
<p class="soft"><?cs var:S.quota.order ?></p>
<table class="table"><thead><tr><?cs call:th(S.projects.project) ?><?cs call:th(S.projects.student) ?><?cs call:th(S.projects.application) ?><?cs call:thnum(S.quota.takes) ?><?cs call:th(S.quota.active) ?><th scope="col"><span class="hidden-text"><?cs var:S.act.stop ?></span></th></tr></thead><tbody>
<?cs each:h = Holders ?><tr><td data-name="<?cs var:S.projects.project ?>"><a href="/projects/<?cs var:h.id ?>"><?cs var:h.name ?></a></td><td data-name="<?cs var:S.projects.student ?>"><span><?cs var:h.student ?> <span class="soft small"><?cs var:h.number ?> · <?cs var:h.course ?></span></span></td><td data-name="<?cs var:S.projects.application ?>"><span><?cs call:badge(h.badge, h.word) ?><?cs if:h.enough == "1" ?> <span class="small"><?cs var:S.quota.enough ?></span><?cs /if ?></span></td><td data-name="<?cs var:S.quota.takes ?>" class="num"><?cs var:h.takes ?></td><td data-name="<?cs var:S.quota.active ?>" class="tight"><?cs call:moment(h.active) ?></td><td><form method="post" action="/projects/<?cs var:h.id ?>/stop"><?cs call:once("-" + h.id) ?><button><?cs var:S.act.stop ?></button></form></td></tr><?cs /each ?></tbody></table>
<?cs if:More ?><p class="soft"><?cs var:More ?></p><?cs /if ?></section>
<?cs else ?><?cs if:More ?><p><?cs var:More ?></p><?cs /if ?><?cs /if ?>
<p><a class="button" href="/projects/<?cs var:Project.id ?>"><?cs var:S.word.back ?></a></p>
