<?cs call:project() ?>
<div class="cols">
<section class="card" id="key" aria-labelledby="h-key">
<h2 id="h-key"><?cs var:S.key.title ?></h2>
<?cs if:Key ?><p class="soft"><?cs var:S.key.meaning ?></p><?cs call:copy("key", S.key.public, Key) ?><p class="small long"><?cs var:S.key.fingerprint ?> <code><?cs var:Fingerprint ?></code></p><?cs else ?><?cs call:empty(S.key.none) ?><?cs /if ?>
<?cs if:May.configure == "1" ?><p><a class="button" href="<?cs var:Home ?>/key"><?cs var:S.key.new ?>…</a></p><?cs /if ?>
</section>
<section class="card" aria-labelledby="h-hook">
<h2 id="h-hook"><?cs var:S.hook.title ?></h2>
<p class="soft"><?cs var:S.hook.meaning ?></p><?cs call:copy("hook", S.secret.url, HookUrl) ?>
<?cs if:May.configure == "1" ?><p><a class="button" href="<?cs var:Home ?>/secret"><?cs var:S.secret.new ?>…</a></p><?cs /if ?>
</section>
</div>
<?cs if:May.configure == "1" ?><section class="card" aria-labelledby="h-install">
<h2 id="h-install"><?cs var:S.gitea.title ?></h2>
<?cs if:CanInstall == "1" ?><p><?cs if:Installed == "1" ?><?cs var:S.gitea.installed ?><?cs else ?><?cs var:S.gitea.can ?><?cs /if ?></p><form method="post" action="<?cs var:Home ?>/install"><?cs call:secrets() ?><button<?cs if:Installed != "1" ?> class="primary"<?cs /if ?>><?cs if:Installed == "1" ?><?cs var:S.gitea.again ?><?cs else ?><?cs var:S.gitea.install ?><?cs /if ?></button></form>
<?cs else ?><p><?cs var:S.gitea.by_hand ?></p><ol><li><?cs var:S.gitea.step_key ?></li><li><?cs var:S.gitea.step_hook ?> <code><?cs var:HookUrl ?></code></li><li><?cs var:S.gitea.step_secret ?></li></ol><?cs /if ?>
</section><?cs /if ?>
<section class="card" data-part="deliveries" data-project="<?cs var:Project.id ?>" aria-labelledby="h-messages">
<h2 id="h-messages"><?cs var:S.deliveries.title ?></h2>
<dl class="facts"><dt><?cs var:S.config.repo_url ?></dt><dd class="mono"><?cs var:Repository ?></dd><dt><?cs var:S.config.head ?></dt><dd><?cs if:Head ?><?cs call:commit(Head) ?> <span class="soft"><?cs var:Branch ?> · <?cs call:moment(HeadSeen) ?></span><?cs else ?><span class="soft"><?cs var:S.config.no_head ?></span><?cs /if ?></dd></dl>
<?cs if:HeadError ?><div class="note bad"><p><strong><?cs var:S.config.head_error ?></strong> <?cs call:said(HeadError) ?></p></div><?cs /if ?>
<?cs if:subcount(Deliveries) ?><table class="table"><thead><tr><?cs call:th(S.deliveries.received) ?><?cs call:th(S.deliveries.event) ?><?cs call:th(S.build.commit) ?><?cs call:th(S.deliveries.pusher) ?><?cs call:th(S.deliveries.result) ?></tr></thead><tbody>
<?cs each:d = Deliveries ?><tr><td data-name="<?cs var:S.deliveries.received ?>" class="tight"><?cs call:moment(d.received) ?></td><td data-name="<?cs var:S.deliveries.event ?>" class="long"><span><?cs var:d.event ?> <code><?cs var:d.ref ?></code></span></td><td data-name="<?cs var:S.build.commit ?>"><?cs if:d.commit ?><?cs call:commit(d.commit) ?><?cs else ?><span class="soft">–</span><?cs /if ?></td><td data-name="<?cs var:S.deliveries.pusher ?>"><?cs call:maybe(d.pusher) ?></td><td data-name="<?cs var:S.deliveries.result ?>"><?cs if:d.build ?><a href="/builds/<?cs var:d.build ?>"><?cs var:d.reason ?></a><?cs else ?><?cs var:d.reason ?><?cs /if ?></td></tr><?cs /each ?></tbody></table>
<?cs else ?><?cs call:empty(S.deliveries.none) ?><?cs /if ?>
</section>
