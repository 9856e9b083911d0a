<section class="card narrow">
<h1><?cs var:S.login.title ?></h1>
<?cs if:Form.problem ?><div class="note bad" role="alert"><?cs var:Form.problem ?></div><?cs /if ?>
<form method="post" action="/login">
<input type="hidden" name="next" value="<?cs var:Form.next ?>">
<div class="field"><label for="f-login"><?cs var:S.login.login ?></label>
<input id="f-login" name="login" value="<?cs var:Form.login ?>" autocomplete="username" autocapitalize="none" spellcheck="false" required></div>
<div class="field"><label for="f-password"><?cs var:S.login.password ?></label>
<input id="f-password" name="password" type="password" autocomplete="current-password" required></div>
<button class="primary"><?cs var:S.login.submit ?></button>
</form>
<p class="hint"><?cs var:S.login.help ?></p>
</section>
