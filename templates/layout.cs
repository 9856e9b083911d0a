<?cs include!"macros.cs" ?><!DOCTYPE html>
<html lang="<?cs if:Language == "zh" ?>zh-Hans<?cs else ?>en<?cs /if ?>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><?cs if:Wrong == "1" || Form.problem ?><?cs var:S.form.error ?>: <?cs /if ?><?cs if:Page.title ?><?cs var:Page.title ?> · <?cs /if ?><?cs var:S.portal.name ?></title>
<link rel="icon" href="<?cs var:Static.favicon_svg ?>" type="image/svg+xml">
<link rel="stylesheet" href="<?cs var:Static.portal_css ?>">
<script src="<?cs var:Static.portal_js ?>" defer></script>
</head>
<body>
<a class="skip" href="#main"><?cs var:S.layout.skip ?></a>
<header class="top"><div class="top-in">
<a class="brand" href="/"><img src="<?cs var:Static.favicon_svg ?>" alt="" width="24" height="24"><?cs var:S.portal.name ?></a>
<nav aria-label="<?cs var:S.layout.nav ?>"><ul class="nav">
<?cs if:User.staff == "1" ?><?cs call:nav("/courses", S.nav.courses) ?><?cs call:nav("/projects", S.nav.projects) ?><?cs call:nav("/queue", S.nav.queue) ?><?cs call:nav("/failures", S.nav.failures) ?><?cs call:nav("/statistics", S.nav.statistics) ?><?cs call:nav("/clusters", S.nav.clusters) ?><?cs if:User.admin == "1" ?><?cs call:nav("/admin", S.nav.admin) ?><?cs /if ?><?cs elif:User.id ?><?cs call:nav("/me", S.nav.mine) ?><?cs /if ?>
</ul></nav>
<div class="who">
<form method="post" action="/preferences"><?cs if:User.id ?><?cs call:secrets() ?><?cs /if ?><input type="hidden" name="next" value="<?cs var:Path ?>"><?cs if:Language == "zh" ?><button class="plain" name="language" value="en" lang="en">English</button><?cs else ?><button class="plain" name="language" value="zh" lang="zh-Hans">中文</button><?cs /if ?></form>
<?cs if:User.id ?><a href="/account" title="<?cs var:S.layout.account ?>"><?cs var:User.name ?></a>
<form method="post" action="/logout"><?cs call:secrets() ?><button class="plain"><?cs var:S.layout.logout ?></button></form><?cs /if ?>
</div>
</div></header>
<main id="main">
<?cs if:subcount(Crumbs) ?><nav aria-label="<?cs var:S.layout.crumbs ?>"><ol class="crumbs"><?cs each:c = Crumbs ?><li><?cs if:c.href ?><a href="<?cs var:c.href ?>"><?cs var:c.text ?></a><?cs else ?><span aria-current="page"><?cs var:c.text ?></span><?cs /if ?></li><?cs /each ?></ol></nav><?cs /if ?>
<div class="note info" role="status" id="notice"<?cs if:!Notice ?> hidden<?cs /if ?>><?cs var:Notice ?></div>
<?cs include!"page.cs" ?>
<p class="hidden-text" role="status" id="said"></p>
</main>
<footer class="foot"><span><?cs var:S.portal.name ?></span><a href="/health"><?cs var:S.layout.health ?></a><?cs if:Request.failed == "1" ?><span><?cs var:S.error.request ?> <code class="mono"><?cs var:Request.id ?></code></span><?cs /if ?><?cs if:User.timezone ?><span><?cs var:S.layout.zone ?> <?cs var:User.timezone ?></span><?cs /if ?></footer>
</body>
</html>
