<div class="head"><h1><?cs if:One.0.name ?><?cs var:One.0.text ?><?cs else ?><?cs var:Kind.title ?><?cs /if ?></h1><p class="soft"><?cs var:Kind.title ?> · <?cs var:Cluster.name ?> · <?cs var:S.resources.namespace ?> <code><?cs var:Namespace ?></code></p></div>
<?cs if:Trouble ?><div class="note busy" role="status"><p><strong><?cs var:Trouble ?></strong></p><?cs if:TroubleWhy ?><p><?cs call:said(TroubleWhy) ?></p><?cs /if ?><p><a href="<?cs var:Home ?>"><?cs var:S.word.back ?></a></p></div>
<?cs else ?><?cs with:o = One.0 ?>
<section class="card" aria-labelledby="h-facts"><h2 id="h-facts"><?cs var:S.resources.facts ?></h2>
<dl class="facts"><?cs each:c = o.Cells ?><dt><?cs var:c.title ?></dt><dd><?cs if:c.badge && c.text ?><?cs call:badge(c.badge, c.text) ?><?cs else ?><?cs call:maybe(c.text) ?><?cs /if ?></dd><?cs /each ?>
<dt><?cs if:Kind.events == "1" ?><?cs var:S.resources.seen ?><?cs else ?><?cs var:S.resources.created ?><?cs /if ?></dt><dd><?cs call:exact(o.created) ?></dd>
<?cs if:o.project ?><dt><?cs var:S.resources.project ?></dt><dd><a href="/projects/<?cs var:o.project ?>"><?cs var:o.project ?></a></dd><?cs /if ?>
<?cs if:subcount(Labels) ?><dt><?cs var:S.resources.labels ?></dt><dd><?cs each:l = Labels ?><code><?cs var:l.text ?></code> <?cs /each ?></dd><?cs /if ?></dl>
<?cs if:Pod || subcount(Acts) ?><div class="row"><?cs if:Pod ?><a class="button primary" href="<?cs var:Pod ?>"><?cs var:S.resources.pod ?></a><?cs /if ?><?cs each:x = Acts ?><a class="button <?cs var:x.kind ?>" href="<?cs var:x.href ?>"><?cs var:x.word ?>…</a><?cs /each ?></div><?cs /if ?></section>
<section class="card" aria-labelledby="h-yaml"><h2 id="h-yaml">YAML</h2><p class="soft small"><?cs var:S.resources.yaml ?><?cs if:Secret == "1" ?> <?cs var:S.resources.secret ?><?cs /if ?></p><pre class="yaml" tabindex="0"><?cs var:Yaml ?></pre></section>
<?cs /with ?><?cs /if ?>
