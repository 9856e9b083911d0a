<section class="card narrow">
<h1><?cs var:Error.title ?></h1>
<p><?cs var:Error.detail ?></p>
<p class="hint"><?cs var:S.error.request ?> <code class="mono"><?cs var:Request.id ?></code> · <?cs var:Error.status ?></p>
<p><?cs if:Error.back ?><a href="<?cs var:Error.back ?>"><?cs var:S.error.back ?></a> · <?cs /if ?><a href="/"><?cs var:S.error.home ?></a></p>
</section>
