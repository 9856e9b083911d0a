<section class="card narrow">
<h1><?cs var:S.invitation.title ?></h1>
<?cs if:Problem ?><div class="note bad" role="alert"><p><?cs var:Problem ?></p></div><p><a href="/login"><?cs var:S.invitation.to_login ?></a></p>
<?cs else ?><p><?cs var:Greeting ?> <?cs var:S.invitation.intro ?></p>
<?cs call:wrong() ?>
<form method="post" novalidate>
<?cs if:User.id ?><?cs call:secrets() ?><?cs /if ?>
<div class="field"><label for="f-login"><?cs var:S.login.login ?></label><input id="f-login" name="username" value="<?cs var:Invited.login ?>" autocomplete="username" readonly disabled></div>
<?cs call:password("password", S.invitation.password, S.password.rules, "new-password", Errors.password) ?>
<?cs call:password("again", S.password.again, "", "new-password", Errors.again) ?>
<button class="primary"><?cs var:S.invitation.submit ?></button>
</form><?cs /if ?>
</section>
