<h1><?cs var:S.config.edit ?></h1>
<?cs if:Wrong == "1" ?><div class="note bad" role="alert"><?cs var:S.form.wrong ?><?cs if:Errors.version ?> <?cs var:Errors.version ?><?cs /if ?></div><?cs /if ?>
<form class="card" method="post" novalidate>
<?cs call:secrets() ?><input type="hidden" name="version" value="<?cs var:Form.version ?>">
<?cs call:field("repo_url", S.config.repo_url, S.config.repo_url_hint, Form.repo_url, Errors.repo_url) ?>
<?cs call:field("branch", S.config.branch, "", Form.branch, Errors.branch) ?>
<?cs call:field("dockerfile_path", S.config.dockerfile_path, S.config.path_hint, Form.dockerfile_path, Errors.dockerfile_path) ?>
<?cs call:field("context_path", S.config.context_path, S.config.path_hint, Form.context_path, Errors.context_path) ?>
<div class="field<?cs if:Errors.registry_id ?> wrong<?cs /if ?>"><label for="f-registry_id"><?cs var:S.config.registry ?></label><?cs if:Errors.registry_id ?><p class="error" id="e-registry_id"><?cs var:Errors.registry_id ?></p><?cs /if ?><select id="f-registry_id" name="registry_id"><option value="0">–</option><?cs each:r = Registries ?><option value="<?cs var:r.id ?>"<?cs if:r.id == Form.registry_id ?> selected<?cs /if ?>><?cs var:r.name ?> (<?cs var:r.address ?>)</option><?cs /each ?></select></div>
<?cs call:field("image_repo", S.config.image_repo, S.config.image_repo_hint, Form.image_repo, Errors.image_repo) ?>
<div class="field"><label for="f-tag_strategy"><?cs var:S.config.tag_strategy ?></label><select id="f-tag_strategy" name="tag_strategy"><option value="short_sha"<?cs if:Form.tag_strategy == "short_sha" ?> selected<?cs /if ?>><?cs var:S.config.short_sha ?></option><option value="branch_latest"<?cs if:Form.tag_strategy == "branch_latest" ?> selected<?cs /if ?>><?cs var:S.config.branch_latest ?></option></select></div>
<?cs call:check("auto_build", S.config.auto_build, Form.auto_build) ?>
<?cs call:check("auto_deploy", S.config.auto_deploy, Form.auto_deploy) ?>
<div class="row"><button class="primary"><?cs var:S.form.save ?></button><a class="button" href="<?cs var:Home ?>"><?cs var:S.word.back ?></a></div>
</form>
