<h1><?cs var:S.project_new.title ?></h1>
<?cs call:wrong() ?>
<form class="card" method="post" novalidate><?cs call:once("") ?>
<?cs call:field("name", S.project_new.name, S.project_new.name_hint, Form.name, Errors.name) ?>
<?cs call:field("repo_url", S.config.repo_url, S.config.repo_url_hint, Form.repo_url, Errors.repo_url) ?>
<p class="hint"><?cs var:S.project_new.next ?></p>
<?cs call:save(S.project_new.do, Home) ?></form>
