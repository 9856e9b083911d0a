<h1><?cs var:S.roster.title ?></h1>
<?cs call:wrong() ?>
<form class="card" method="post" enctype="multipart/form-data" novalidate><?cs call:secrets() ?>
<p><?cs var:S.roster.meaning ?></p>
<pre><?cs var:S.roster.example ?>
<?cs var:S.roster.example_line ?></pre>
<div class="field<?cs if:Errors.file ?> wrong<?cs /if ?>"><?cs call:label("file", S.roster.file, S.roster.file_hint, Errors.file) ?><input id="f-file" name="file" type="file" accept=".csv,text/csv,text/plain"<?cs call:described("file", S.roster.file_hint, Errors.file) ?>></div>
<?cs call:area("text", S.roster.text, "", Form.text, Errors.text, "6") ?>
<fieldset><legend><?cs var:S.roster.options ?></legend>
<?cs call:check("accounts", S.roster.accounts, Form.accounts) ?>
<?cs call:field("project", S.roster.project, S.roster.project_hint, Form.project, Errors.project) ?>
<?cs call:field("repo_url", S.roster.repo_url, S.roster.repo_url_hint, Form.repo_url, Errors.repo_url) ?>
</fieldset>
<?cs call:save(S.roster.preview, "/courses/" + Course.id) ?></form>
