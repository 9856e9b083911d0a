<?cs call:project() ?>
<?cs call:wrong() ?>
<?cs if:subcount(Steps) ?><section class="card" aria-labelledby="h-test"><h2 id="h-test" tabindex="-1" data-focus="1"><?cs var:S.test.title ?></h2>
<ul class="plain-list"><?cs each:s = Steps ?><li class="row"><?cs call:badge(s.badge, s.word) ?> <strong><?cs var:s.what ?></strong> <span class="mono"><?cs var:s.text ?></span></li><?cs /each ?></ul>
<?cs if:Help ?><p><?cs var:Help ?> <a href="<?cs var:Home ?>/access"><?cs var:S.tab.access ?></a></p><?cs /if ?><p class="soft small"><?cs var:S.test.unsaved ?></p></section><?cs /if ?>
<form class="card" method="post" action="<?cs var:Home ?>/config" novalidate>
<?cs call:secrets() ?><input type="hidden" name="version" value="<?cs var:Form.version ?>">
<?cs if:Governs == "1" ?><?cs call:field("repo_url", S.config.repo_url, S.config.repo_url_hint, Form.repo_url, Errors.repo_url) ?>
<?cs else ?><dl class="facts"><dt><?cs var:S.config.repo_url ?></dt><dd class="mono"><?cs var:Form.repo_url ?></dd><dt><?cs var:S.config.image_repo ?></dt><dd class="mono"><?cs if:Registry ?><?cs var:Registry ?>/<?cs /if ?><?cs var:Form.image_repo ?></dd></dl><p class="soft small"><?cs var:S.config.governed ?></p><?cs /if ?>
<?cs call:field("branch", S.config.branch, "", Form.branch, Errors.branch) ?>
<?cs call:field("dockerfile_path", S.config.dockerfile_path, S.config.path_hint, Form.dockerfile_path, Errors.dockerfile_path) ?>
<?cs call:field("context_path", S.config.context_path, S.config.context_hint, Form.context_path, Errors.context_path) ?>
<?cs if:Governs == "1" ?><?cs call:choice("registry_id", S.config.registry, "", Registries, "–", Form.registry_id, Errors.registry_id) ?>
<?cs call:field("image_repo", S.config.image_repo, S.config.image_repo_hint, Form.image_repo, Errors.image_repo) ?><?cs /if ?>
<?cs call:choice("tag_strategy", S.config.tag_strategy, "", Tags, "", Form.tag_strategy, Errors.tag_strategy) ?>
<?cs call:check("auto_build", S.config.auto_build, Form.auto_build) ?>
<?cs call:check("auto_deploy", S.config.auto_deploy, Form.auto_deploy) ?>
<div class="row"><button class="primary"><?cs var:S.form.save ?></button><button formaction="<?cs var:Home ?>/config/test"><?cs var:S.test.do ?></button></div>
<p class="hint"><?cs var:S.test.meaning ?></p>
</form>
