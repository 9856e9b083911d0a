<?cs with:u = One.0 ?>
<div class="head"><h1><?cs var:u.login ?></h1><p><?cs call:badge(u.badge, u.word) ?></p></div>
<?cs call:wrong() ?>
<form class="card" method="post" action="/admin/users/<?cs var:u.id ?>" novalidate autocomplete="off">
<?cs call:secrets() ?><input type="hidden" name="version" value="<?cs var:Form.version ?>">
<?cs call:field("name", S.user.name, "", Form.name, Errors.name) ?>
<?cs if:Oneself == "1" ?><p class="soft"><?cs var:S.user.oneself ?></p><?cs if:Errors.role ?><p class="error"><?cs var:Errors.role ?></p><?cs /if ?><?cs else ?>
<?cs call:choice("role", S.user.role, S.user.role_hint, Roles, "", Form.role, Errors.role) ?>
<?cs call:check("disabled", S.user.disable, Form.disabled) ?><?cs /if ?>
<?cs call:save(S.form.save, "/admin/users") ?>
</form>
<section class="card" aria-labelledby="h-more"><h2 id="h-more"><?cs var:S.user.access ?></h2>
<dl class="facts"><dt><?cs var:S.user.seen ?></dt><dd><?cs call:exact(u.seen) ?></dd><dt><?cs var:S.user.created ?></dt><dd><?cs call:exact(u.created) ?></dd></dl>
<p class="soft"><?cs var:S.user.invite_hint ?></p>
<div class="row"><form method="post" action="/admin/users/<?cs var:u.id ?>/invite"><?cs call:once("") ?><button><?cs var:S.user.invite ?></button></form><form method="post" action="/admin/users/<?cs var:u.id ?>/sign-out"><?cs call:secrets() ?><button><?cs var:S.user.sign_out ?></button></form><a class="button" href="/admin/audit?login=<?cs var:url_escape(u.login) ?>"><?cs var:S.user.acts ?></a></div></section>
<?cs /with ?>
