<?cs # Parts that pages are made of. Every value is escaped by the global mode; attributes are always quoted. ?>
<?cs # A state as shape and word: call:badge("success", S.state.build.success) ?>
<?cs def:badge(state, word) ?><span class="badge is-<?cs var:state ?>"><?cs var:word ?></span><?cs /def ?>
<?cs # A moment in the reader's zone; the exact one on hover. Takes name.iso and name.text as view_set_time sets them. ?>
<?cs def:moment(t) ?><?cs if:t.iso ?><time datetime="<?cs var:t.iso ?>" title="<?cs var:t.iso ?>"><?cs var:t.text ?></time><?cs else ?><span class="soft">–</span><?cs /if ?><?cs /def ?>
<?cs # The first seven digits of a commit. ?>
<?cs def:commit(sha) ?><code class="mono" title="<?cs var:sha ?>"><?cs var:string.slice(sha, 0, 7) ?></code><?cs /def ?>
<?cs # Hidden fields of every form that changes something. ?>
<?cs def:secrets() ?><input type="hidden" name="csrf" value="<?cs var:Csrf ?>"><?cs /def ?>
<?cs # A form of one button: call:act("/builds/7/cancel", "Cancel", "danger"); kind "" is the usual button. ?>
<?cs def:act(action, word, kind) ?><form method="post" action="<?cs var:action ?>"><?cs call:secrets() ?><input type="hidden" name="idempotency_key" value="<?cs var:Idempotency ?>"><button class="<?cs var:kind ?>"><?cs var:word ?></button></form><?cs /def ?>
<?cs # A text field with its error: call:field("branch", S.config.branch, S.config.branch_hint, Form.branch, Errors.branch) ?>
<?cs def:field(name, label, hint, value, error) ?><div class="field<?cs if:error ?> wrong<?cs /if ?>"><label for="f-<?cs var:name ?>"><?cs var:label ?></label><?cs if:hint ?><p class="hint" id="h-<?cs var:name ?>"><?cs var:hint ?></p><?cs /if ?><?cs if:error ?><p class="error" id="e-<?cs var:name ?>"><?cs var:error ?></p><?cs /if ?><input id="f-<?cs var:name ?>" name="<?cs var:name ?>" value="<?cs var:value ?>" aria-describedby="<?cs if:hint ?>h-<?cs var:name ?><?cs /if ?><?cs if:error ?> e-<?cs var:name ?><?cs /if ?>"<?cs if:error ?> aria-invalid="true"<?cs /if ?>></div><?cs /def ?>
<?cs # A choice of yes or no. ?>
<?cs def:check(name, label, on) ?><div class="check"><input type="checkbox" id="f-<?cs var:name ?>" name="<?cs var:name ?>" value="1"<?cs if:on == "1" ?> checked<?cs /if ?>><label for="f-<?cs var:name ?>"><?cs var:label ?></label></div><?cs /def ?>
<?cs # Older and newer pages of a list: hrefs, empty where there is none. ?>
<?cs def:pager(newer, older) ?><?cs if:newer || older ?><nav class="pager" aria-label="<?cs var:S.pager.label ?>"><span><?cs if:newer ?><a href="<?cs var:newer ?>" rel="prev">← <?cs var:S.pager.newer ?></a><?cs /if ?></span><span><?cs if:older ?><a href="<?cs var:older ?>" rel="next"><?cs var:S.pager.older ?> →</a><?cs /if ?></span></nav><?cs /if ?><?cs /def ?>
<?cs # One entry of the navigation; current where the path begins so. ?>
<?cs def:nav(href, word) ?><li><a href="<?cs var:href ?>"<?cs if:Nav == href ?> aria-current="page"<?cs /if ?>><?cs var:word ?></a></li><?cs /def ?>
<?cs # A build in a table: number, state, commit, moment, duration. ?>
<?cs def:buildrow(b) ?><tr<?cs if:b.status == "pending" || b.status == "running" ?> data-build="<?cs var:b.id ?>" data-status="<?cs var:b.status ?>"<?cs /if ?>><td data-name="<?cs var:S.build.number ?>"><a href="/builds/<?cs var:b.id ?>"><?cs var:b.id ?></a></td><td data-name="<?cs var:S.build.state ?>"><span><?cs call:badge(b.status, b.word) ?><?cs if:b.phase_word ?> <span class="small soft"><?cs var:b.phase_word ?></span><?cs elif:b.title ?> <span class="small"><?cs var:b.title ?></span><?cs /if ?></span></td><td data-name="<?cs var:S.build.commit ?>"><span><?cs call:commit(b.commit) ?> <span class="soft"><?cs var:b.branch ?></span> <?cs var:b.commit_message ?></span></td><td data-name="<?cs var:S.build.created ?>" class="tight"><?cs call:moment(b.created) ?></td><td data-name="<?cs var:S.build.duration ?>" class="num"><?cs if:b.duration ?><?cs var:b.duration ?><?cs else ?><span class="soft">–</span><?cs /if ?></td></tr><?cs /def ?>
