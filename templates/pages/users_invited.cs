<h1><?cs var:S.user.invitation ?>: <?cs var:Invited.name ?></h1>
<div class="note good" role="status"><p><?cs var:S.user.invitation_once ?></p></div>
<section class="card">
<?cs call:copy("link", S.user.link, Invitation.url) ?>
<dl class="facts"><dt><?cs var:S.user.login ?></dt><dd><?cs var:Invited.login ?></dd><dt><?cs var:S.user.until ?></dt><dd><?cs call:exact(Invitation.expires) ?></dd></dl>
</section>
<p><a class="button" href="/admin/users"><?cs var:S.word.back ?></a></p>
