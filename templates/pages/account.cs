<div class="head"><h1><?cs var:S.account.title ?></h1><p class="soft"><?cs var:Account.login ?> · <?cs var:Account.role ?></p></div>
<div class="cols">
<section class="card" aria-labelledby="h-me"><h2 id="h-me"><?cs var:S.account.profile ?></h2>
<?cs if:Which == "profile" ?><?cs call:wrong() ?><?cs /if ?>
<form method="post" action="/account" novalidate>
<?cs call:secrets() ?><input type="hidden" name="version" value="<?cs var:Form.version ?>">
<?cs if:Account.may_rename == "1" ?><?cs call:field("name", S.user.name, "", Form.name, Errors.name) ?><?cs else ?><div class="field"><label for="f-name"><?cs var:S.user.name ?></label><p class="hint" id="h-name"><?cs var:S.account.name_fixed ?></p><input id="f-name" value="<?cs var:Form.name ?>" readonly aria-describedby="h-name"></div><?cs /if ?>
<?cs call:choice("language", S.account.language, "", Languages, S.account.as_browser, Form.language, Errors.language) ?>
<div class="field<?cs if:Errors.timezone ?> wrong<?cs /if ?>"><?cs call:label("timezone", S.account.timezone, S.account.timezone_hint, Errors.timezone) ?><input id="f-timezone" name="timezone" value="<?cs var:Form.timezone ?>" list="zones" autocomplete="off"<?cs call:described("timezone", S.account.timezone_hint, Errors.timezone) ?>><datalist id="zones"><?cs each:z = Zones ?><option value="<?cs var:z.name ?>"></option><?cs /each ?></datalist></div>
<button class="primary"><?cs var:S.form.save ?></button>
</form></section>
<section class="card" aria-labelledby="head-password"><h2 id="head-password"><?cs var:S.account.password ?></h2>
<?cs if:Which == "password" ?><?cs call:wrong() ?><?cs /if ?>
<form method="post" action="/account/password" novalidate>
<?cs call:secrets() ?>
<?cs call:password("current", S.account.current, "", "current-password", Errors.current) ?>
<?cs call:password("password", S.account.new_password, S.password.rules, "new-password", Errors.password) ?>
<?cs call:password("again", S.password.again, "", "new-password", Errors.again) ?>
<p class="small soft"><?cs var:S.account.password_hint ?></p>
<button class="primary"><?cs var:S.account.change_password ?></button>
</form></section>
</div>
<section class="card" aria-labelledby="h-sessions"><h2 id="h-sessions"><?cs var:S.account.sessions ?></h2>
<table class="table"><thead><tr><?cs call:th(S.account.browser) ?><?cs call:th(S.account.address) ?><?cs call:th(S.account.began) ?><?cs call:th(S.account.seen) ?><?cs call:th(S.account.end) ?></tr></thead><tbody>
<?cs each:s = Sessions ?><tr><td data-name="<?cs var:S.account.browser ?>"><?cs call:maybe(s.browser) ?></td><td data-name="<?cs var:S.account.address ?>"><?cs var:s.ip ?></td><td data-name="<?cs var:S.account.began ?>" class="tight"><?cs call:moment(s.created) ?></td><td data-name="<?cs var:S.account.seen ?>" class="tight"><?cs call:moment(s.seen) ?></td><td data-name="<?cs var:S.account.end ?>"><?cs if:s.current == "1" ?><span class="soft"><?cs var:S.account.this_one ?></span><?cs else ?><form method="post" action="/account/sessions/<?cs var:s.handle ?>/end"><?cs call:secrets() ?><button><?cs var:S.account.end ?></button></form><?cs /if ?></td></tr>
<?cs /each ?></tbody></table>
<?cs if:subcount(Sessions) > 1 ?><form method="post" action="/account/sessions/end"><?cs call:secrets() ?><button class="danger"><?cs var:S.account.end_others ?></button></form><?cs /if ?></section>
<section class="card" aria-labelledby="h-tokens"><h2 id="h-tokens"><?cs var:S.token.title ?></h2>
<p><?cs var:S.token.intro ?> <a href="/api"><?cs var:S.token.to_api ?></a></p>
<?cs if:subcount(Tokens) ?><table class="table"><thead><tr><?cs call:th(S.token.name) ?><?cs call:th(S.token.scopes) ?><?cs call:th(S.token.created) ?><?cs call:th(S.token.used) ?><?cs call:th(S.token.expires) ?><?cs call:th(S.token.revoke) ?></tr></thead><tbody>
<?cs each:t = Tokens ?><tr><td data-name="<?cs var:S.token.name ?>"><?cs var:t.name ?></td><td data-name="<?cs var:S.token.scopes ?>"><code><?cs var:t.scopes ?></code></td><td data-name="<?cs var:S.token.created ?>" class="tight"><?cs call:moment(t.created) ?></td><td data-name="<?cs var:S.token.used ?>" class="tight"><?cs call:moment(t.used) ?></td><td data-name="<?cs var:S.token.expires ?>" class="tight"><?cs call:moment(t.expires) ?></td><td data-name="<?cs var:S.token.revoke ?>"><a href="/account/tokens/<?cs var:t.id ?>/revoke"><?cs var:S.token.revoke ?>…</a></td></tr>
<?cs /each ?></tbody></table><?cs else ?><?cs call:empty(S.token.none) ?><?cs /if ?>
<p><a class="button" href="/account/tokens/new"><?cs var:S.token.new ?></a></p></section>
