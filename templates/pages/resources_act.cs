<?cs with:o = One.0 ?><h1><?cs var:Act.title ?></h1>
<div class="note <?cs if:Act.danger == "1" ?>bad<?cs else ?>info<?cs /if ?>"><p><strong><?cs var:o.name ?></strong> · <?cs var:Kind.title ?> · <?cs var:Cluster.name ?> · <code><?cs var:Namespace ?></code><?cs if:o.project ?> · <?cs var:S.resources.project ?> <a href="/projects/<?cs var:o.project ?>"><?cs var:o.project ?></a><?cs /if ?></p><p><?cs var:Act.meaning ?></p></div>
<?cs call:wrong() ?>
<form method="post" action="<?cs var:Act.path ?>"><?cs call:secrets() ?><?cs if:Place ?><input type="hidden" name="place" value="<?cs var:Place ?>"><?cs /if ?>
<?cs if:Act.scale == "1" ?><?cs call:fieldof("number", "replicas", S.resources.replicas, S.resources.replicas_hint, Form.replicas, Errors.replicas) ?><?cs /if ?>
<div class="row"><button class="<?cs if:Act.danger == "1" ?>danger<?cs else ?>primary<?cs /if ?>"><?cs var:Act.title ?></button><a class="button" href="<?cs var:o.href ?>"><?cs var:S.word.back ?></a></div></form><?cs /with ?>
