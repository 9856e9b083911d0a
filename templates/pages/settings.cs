<div class="head"><h1><?cs var:S.admin.title ?></h1></div>
<?cs call:tabs() ?>
<?cs call:wrong() ?>
<?cs if:Asks ?><div class="note bad"><p><strong><?cs var:Asks ?></strong></p><p class="row gap"><a href="/admin/settings/pod-security"><?cs var:S.image_users.link ?></a><a href="#f-confirm_pod_security"><?cs var:S.image_users.to_confirm ?></a></p></div><?cs /if ?>
<p><?cs var:S.setting.intro ?></p>
<nav aria-label="<?cs var:S.setting.groups ?>"><p class="row gap"><?cs each:g = Groups ?><a href="#g-<?cs var:g.name ?>"><?cs var:g.title ?></a><?cs /each ?></p></nav>
<form method="post" action="/admin/settings" novalidate>
<?cs call:secrets() ?><input type="hidden" name="version" value="<?cs var:Version ?>">
<?cs each:g = Groups ?><section class="card" id="g-<?cs var:g.name ?>" aria-labelledby="h-<?cs var:g.name ?>"><h2 id="h-<?cs var:g.name ?>"><?cs var:g.title ?></h2><div class="cols">
<?cs each:s = g.settings ?><div class="setting<?cs if:s.control == "lines" || s.asks == "1" ?> span<?cs /if ?>">
<?cs if:s.control == "lines" ?><?cs call:area(s.name, s.title, s.meaning, s.value, s.error, s.rows) ?><?cs elif:s.control == "choice" ?><?cs call:choice(s.name, s.title, s.meaning, s.choices, "", s.value, s.error) ?><?cs elif:s.control == "registry" ?><?cs call:choice(s.name, s.title, s.meaning, Registries, "", s.value, s.error) ?><?cs else ?><?cs call:field(s.name, s.title, s.meaning, s.value, s.error) ?><?cs /if ?>
<?cs if:s.conflict == "1" ?><div class="note busy"><p><?cs var:s.by ?>, <?cs call:moment(s.at) ?>:</p><pre><?cs var:s.theirs ?></pre></div><?cs /if ?>
<p class="small soft"><?cs if:s.max ?><?cs var:s.min ?> – <?cs var:s.max ?> · <?cs /if ?><?cs var:S.setting.otherwise ?> <?cs if:s.otherwise != "" ?><code><?cs var:s.otherwise ?></code><?cs else ?><?cs var:S.setting.empty ?><?cs /if ?><?cs if:s.variable ?> · <code><?cs var:s.variable ?></code><?cs /if ?><?cs if:s.at.iso ?> · <?cs var:S.setting.changed ?> <?cs var:s.by ?>, <?cs call:moment(s.at) ?><?cs /if ?></p>
<?cs if:s.link ?><p class="small"><a href="<?cs var:s.link ?>"><?cs var:S.image_users.link ?></a></p><?cs /if ?>
<?cs if:s.asks == "1" ?><div class="note bad"><p><?cs var:S.image_users.ask ?></p><?cs call:check("confirm_" + s.name, S.image_users.confirm, s.confirmed) ?></div><?cs /if ?>
<?cs if:s.stored == "1" ?><?cs call:check("reset_" + s.name, S.setting.reset, s.reset) ?><?cs /if ?>
</div><?cs /each ?></div></section>
<?cs /each ?>
<?cs call:save(S.form.save, "/admin") ?>
</form>
