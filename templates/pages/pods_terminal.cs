<div class="head"><h1><?cs var:S.pod.terminal_title ?></h1><p class="soft"><?cs var:PodName ?> · <?cs var:Container ?> · <?cs var:Project.student ?> · <?cs var:Project.name ?></p></div>
<p class="soft"><?cs var:S.pod.terminal_meaning ?> <?cs var:Limit ?>.</p>
<noscript><div class="note busy"><p><?cs var:S.pod.no_script ?></p></div></noscript>
<section class="terminal" data-terminal="<?cs var:Ticket ?>" data-address="/stream/terminal" data-opening="<?cs var:S.pod.opening ?>" data-open="<?cs var:S.pod.open ?>" data-refused="<?cs var:S.pod.refused ?>" data-ended="<?cs var:S.pod.ended ?>" data-ends="<?cs each:e = Ends ?><?cs var:e.text ?>|<?cs var:e.own ?>|<?cs /each ?>" data-lost="<?cs var:S.pod.lost ?>" aria-labelledby="h-screen"><h2 id="h-screen" class="hidden-text"><?cs var:S.pod.terminal_title ?></h2>
<p role="status" class="small" id="terminal-state"></p>
<pre class="log" tabindex="0" role="log" aria-label="<?cs var:S.pod.terminal_title ?>" id="terminal-screen"></pre>
<form id="terminal-form" class="copy" hidden><label for="terminal-line" class="hidden-text"><?cs var:S.pod.input ?></label><input id="terminal-line" class="mono" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="<?cs var:S.pod.input ?>"><button><?cs var:S.pod.send ?></button><button type="button" id="terminal-interrupt">Ctrl+C</button><button type="button" id="terminal-end">Ctrl+D</button></form>
</section>
<p class="row"><a class="button" href="<?cs var:Self ?>"><?cs var:S.word.back ?></a></p>
<script src="<?cs var:Static.terminal_js ?>" defer></script>
