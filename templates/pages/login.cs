<section class="card narrow">
<h1><?cs var:S.login.title ?></h1>
<?cs if:Wrong == "1" ?><div class="note bad" role="alert"><?cs if:Errors.whole ?><?cs var:Errors.whole ?><?cs else ?><?cs var:S.login.incomplete ?><?cs /if ?></div><?cs /if ?>
<?cs if:Form.problem ?><div class="note bad" role="alert"><?cs var:Form.problem ?></div><?cs /if ?>
<form method="post" action="/login">
<input type="hidden" name="next" value="<?cs var:Form.next ?>">
<div class="field<?cs if:Errors.login ?> wrong<?cs /if ?>"><?cs call:label("login", S.login.login, "", Errors.login) ?>
<input id="f-login" name="login" value="<?cs var:Form.login ?>" autocomplete="username" autocapitalize="none" spellcheck="false" required<?cs call:described("login", "", Errors.login) ?>></div>
<div class="field<?cs if:Errors.password ?> wrong<?cs /if ?>"><?cs call:label("password", S.login.password, "", Errors.password) ?>
<input id="f-password" name="password" type="password" autocomplete="current-password" required<?cs call:described("password", "", Errors.password) ?>></div>
<button class="primary"><?cs var:S.login.submit ?></button>
</form>
<p class="hint"><?cs var:S.login.help ?></p>
</section>
