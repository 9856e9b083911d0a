<div class="head"><h1><?cs var:Kind.title ?></h1><p class="soft"><?cs var:Cluster.name ?> · <?cs var:S.resources.namespace ?> <code><?cs var:Namespace ?></code></p><?cs if:New ?><a class="button" href="<?cs var:New ?>"><?cs var:S.resource_act.create ?>…</a><?cs /if ?></div>
<?cs call:tabs() ?>
<form class="filters" method="get" action="<?cs var:Self ?>" role="search">
<?cs if:Kind.shared != "1" ?><?cs call:fieldof("number", "project_id", S.resources.project, "", Filter.project_id, "") ?><?cs /if ?>
<?cs if:Kind.shared != "1" && Kind.events != "1" ?><?cs call:field("label", S.resources.label, "", Filter.label, "") ?><?cs /if ?>
<?cs if:Own == "1" ?><?cs call:choice("place", S.resources.place, "", Places, "", Filter.place, "") ?><?cs /if ?>
<?cs if:Kind.shared != "1" || Own == "1" ?><button><?cs var:S.filter.apply ?></button><?cs /if ?>
</form>
<?cs if:Trouble ?><div class="note busy" role="status"><p><strong><?cs var:Trouble ?></strong></p><?cs if:TroubleWhy ?><p><?cs call:said(TroubleWhy) ?></p><?cs /if ?><p><a href="<?cs var:Self ?>"><?cs var:S.resources.again ?></a></p></div>
<?cs elif:subcount(Rows) ?><div class="card" data-part="resources" data-every="15"><table class="table"><thead><tr><?cs if:Kind.events == "1" ?><?cs call:th(S.resource_column.about) ?><?cs else ?><?cs call:th(S.resources.name) ?><?cs /if ?><?cs each:c = Columns ?><?cs call:th(c.title) ?><?cs /each ?><?cs if:Kind.shared != "1" ?><?cs call:th(S.resources.project) ?><?cs /if ?><?cs if:Kind.events == "1" ?><?cs call:th(S.resources.seen) ?><?cs else ?><?cs call:th(S.resources.created) ?><?cs /if ?></tr></thead><tbody>
<?cs each:r = Rows ?><tr><td data-name="<?cs if:Kind.events == "1" ?><?cs var:S.resource_column.about ?><?cs else ?><?cs var:S.resources.name ?><?cs /if ?>" class="long"><a href="<?cs var:r.href ?>"><?cs var:r.text ?></a></td><?cs each:c = r.Cells ?><td data-name="<?cs var:c.title ?>"<?cs if:!c.badge ?> class="long"<?cs /if ?>><?cs if:c.badge && c.text ?><?cs call:badge(c.badge, c.text) ?><?cs else ?><span><?cs call:maybe(c.text) ?></span><?cs /if ?></td><?cs /each ?><?cs if:Kind.shared != "1" ?><td data-name="<?cs var:S.resources.project ?>"><?cs if:r.project ?><a href="/projects/<?cs var:r.project ?>"><?cs var:r.project ?></a><?cs else ?><span class="soft">–</span><?cs /if ?></td><?cs /if ?><td data-name="<?cs if:Kind.events == "1" ?><?cs var:S.resources.seen ?><?cs else ?><?cs var:S.resources.created ?><?cs /if ?>" class="tight"><?cs call:moment(r.created) ?></td></tr>
<?cs /each ?></tbody></table><?cs call:pager(Newer, Older) ?></div>
<?cs elif:Filtered == "1" ?><?cs call:nothing(S.resources.none_fits, Self) ?><?cs call:pager(Newer, Older) ?>
<?cs else ?><?cs call:empty(S.resources.none) ?><?cs call:pager(Newer, Older) ?><?cs /if ?>
