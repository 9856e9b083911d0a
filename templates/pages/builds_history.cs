<div class="head"><h1><?cs var:S.history.title ?></h1><p class="soft"><?cs var:Student ?></p></div>
<form class="filters" method="get" action="<?cs var:Self ?>">
<div class="field"><label for="f-status"><?cs var:S.build.state ?></label><select id="f-status" name="status"><option value=""><?cs var:S.filter.any ?></option><?cs each:s = Statuses ?><option value="<?cs var:s.value ?>"<?cs if:s.value == Filter.status ?> selected<?cs /if ?>><?cs var:s.word ?></option><?cs /each ?></select></div>
<div class="field"><label for="f-branch"><?cs var:S.config.branch ?></label><input id="f-branch" name="branch" value="<?cs var:Filter.branch ?>" maxlength="200"></div>
<button><?cs var:S.filter.apply ?></button>
</form>
<?cs if:subcount(Builds) ?>
<div class="card" data-part="list"><table class="table"><thead><tr><th scope="col"><?cs var:S.build.number ?></th><th scope="col"><?cs var:S.build.state ?></th><th scope="col"><?cs var:S.build.commit ?></th><th scope="col"><?cs var:S.build.created ?></th><th scope="col" class="num"><?cs var:S.build.duration ?></th></tr></thead><tbody>
<?cs each:b = Builds ?><?cs call:buildrow(b) ?><?cs /each ?></tbody></table>
<?cs call:pager(Newer, Older) ?></div>
<?cs elif:Filtered == "1" ?><p class="empty"><?cs var:S.history.none_found ?> <a href="<?cs var:Self ?>"><?cs var:S.filter.clear ?></a></p>
<?cs else ?><p class="empty"><?cs var:S.history.none ?></p><?cs /if ?>
