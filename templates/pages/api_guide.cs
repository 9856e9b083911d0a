<?cs # The fields of a query or a body. ?>
<?cs def:fields(title, rows) ?><?cs if:subcount(rows) ?><h3><?cs var:title ?></h3><table class="table"><thead><tr><?cs call:th(S.api_guide.field) ?><?cs call:th(S.api_guide.kind) ?><?cs call:th(S.api_guide.needed) ?><?cs call:th(S.api_guide.meaning) ?></tr></thead><tbody>
<?cs each:f = rows ?><tr><td data-name="<?cs var:S.api_guide.field ?>"><code><?cs var:f.name ?></code></td><td data-name="<?cs var:S.api_guide.kind ?>"><span><?cs var:f.kind ?><?cs if:f.max ?> <span class="soft small"><?cs var:f.min ?> – <?cs var:f.max ?></span><?cs /if ?></span></td><td data-name="<?cs var:S.api_guide.needed ?>"><?cs call:yes(f.required) ?></td><td data-name="<?cs var:S.api_guide.meaning ?>"><span><?cs if:f.about ?><span lang="en"><?cs var:f.about ?></span><?cs /if ?><?cs if:f.choices ?> <code class="small"><?cs var:f.choices ?></code><?cs elif:!f.about ?><span class="soft">–</span><?cs /if ?></span></td></tr>
<?cs /each ?></tbody></table><?cs /if ?><?cs /def ?>
<div class="head"><h1><?cs if:Of == "objects" ?><?cs var:S.api_guide.objects ?><?cs elif:Of ?><?cs var:Of ?><?cs else ?><?cs var:S.api_guide.title ?><?cs /if ?></h1><p><a href="/api/v1/openapi.json"><?cs var:S.api_guide.openapi ?></a></p></div>
<?cs if:!Of ?><section class="card"><p><?cs var:S.api_guide.intro ?></p>
<h2><?cs var:S.api_guide.start ?></h2><p><?cs var:S.api_guide.start_text ?> <a href="/account"><?cs var:S.layout.account ?></a></p>
<pre>TOKEN=hsp_…
curl -H "Authorization: Bearer $TOKEN" "<?cs var:Portal ?>/api/v1/auth/me"
curl -H "Authorization: Bearer $TOKEN" "<?cs var:Portal ?>/api/v1/builds?limit=10"</pre>
<dl class="facts">
<dt><?cs var:S.api_guide.tokens ?></dt><dd><?cs var:S.api_guide.tokens_text ?></dd>
<dt><?cs var:S.api_guide.sessions ?></dt><dd><?cs var:S.api_guide.sessions_text ?></dd>
<dt><?cs var:S.api_guide.paging ?></dt><dd><?cs var:S.api_guide.paging_text ?></dd>
<dt><?cs var:S.api_guide.errors ?></dt><dd><?cs var:S.api_guide.errors_text ?></dd>
<dt><?cs var:S.api_guide.once ?></dt><dd><?cs var:S.api_guide.once_text ?></dd>
<dt><?cs var:S.api_guide.etag ?></dt><dd><?cs var:S.api_guide.etag_text ?></dd>
<dt><?cs var:S.api_guide.times ?></dt><dd><?cs var:S.api_guide.times_text ?></dd>
</dl></section>
<section class="card" aria-labelledby="h-live"><h2 id="h-live"><?cs var:S.api_live.title ?></h2><p><?cs var:S.api_live.text ?></p>
<?cs each:s = Streams ?><details><summary><code><strong>GET</strong> <?cs var:s.path ?></code> <span class="small soft" lang="en"><?cs var:s.summary ?></span></summary>
<?cs call:fields(S.api_guide.query, s.query) ?>
<?cs if:s.resumes == "1" ?><p><?cs var:S.api_guide.headers ?> <code>Last-Event-ID</code></p><?cs /if ?>
<h3><?cs var:S.api_live.events ?></h3><table class="table"><thead><tr><?cs call:th(S.api_live.event) ?><?cs call:th(S.api_live.data) ?><?cs call:th(S.api_guide.meaning) ?></tr></thead><tbody>
<?cs each:e = s.events ?><tr><td data-name="<?cs var:S.api_live.event ?>"><code><?cs var:e.name ?></code></td><td data-name="<?cs var:S.api_live.data ?>"><a href="/api?of=objects#o-<?cs var:e.of ?>"><?cs var:e.of ?></a></td><td data-name="<?cs var:S.api_guide.meaning ?>"><span lang="en"><?cs var:e.about ?></span></td></tr>
<?cs /each ?></tbody></table>
<pre><?cs var:s.example ?></pre></details>
<?cs /each ?><dl class="facts">
<dt><?cs var:S.api_live.who ?></dt><dd><?cs var:S.api_live.who_text ?></dd>
<dt><?cs var:S.api_live.resume ?></dt><dd><?cs var:S.api_live.resume_text ?></dd>
<dt><?cs var:S.api_live.end ?></dt><dd><?cs var:S.api_live.end_text ?></dd>
<dt><?cs var:S.api_live.limits ?></dt><dd><?cs var:S.api_live.limits_text ?></dd>
</dl></section>
<p><?cs var:S.api_guide.more ?> <a href="/api?of=objects"><?cs var:S.api_guide.objects ?></a></p>
<?cs each:g = Groups ?><section class="card" aria-labelledby="h-<?cs var:g.name ?>"><h2 id="h-<?cs var:g.name ?>"><a href="/api?of=<?cs var:g.name ?>"><?cs var:g.name ?></a></h2><ul class="plain-list">
<?cs each:r = g.routes ?><li><code><strong><?cs var:r.method ?></strong> <?cs var:r.path ?></code> <span class="small soft" lang="en"><?cs var:r.summary ?></span></li>
<?cs /each ?></ul></section>
<?cs /each ?>
<?cs elif:Of != "objects" ?><?cs with:g = Groups.0 ?><section class="card" aria-labelledby="h-routes"><h2 id="h-routes"><?cs var:S.api_guide.routes ?></h2>
<?cs each:r = g.routes ?><details><summary><code><strong><?cs var:r.method ?></strong> <?cs var:r.path ?></code> <span class="small soft" lang="en"><?cs var:r.summary ?></span></summary>
<dl class="facts"><dt><?cs var:S.api_guide.who ?></dt><dd><?cs var:r.who ?></dd>
<dt><?cs var:S.api_guide.scope ?></dt><dd><?cs if:r.session_only == "1" ?><?cs var:S.api_guide.session_only ?><?cs elif:r.scope ?><code><?cs var:r.scope ?></code><?cs else ?><span class="soft">–</span><?cs /if ?></dd>
<?cs if:r.idempotent == "1" || r.if_match == "1" ?><dt><?cs var:S.api_guide.headers ?></dt><dd><?cs if:r.idempotent == "1" ?><code>Idempotency-Key</code> <?cs if:r.shown_once == "1" ?><span class="soft small"><?cs var:S.api_guide.shown_once ?></span> <?cs /if ?><?cs /if ?><?cs if:r.if_match == "1" ?><code>If-Match</code><?cs /if ?></dd><?cs /if ?>
<dt><?cs var:S.api_guide.answer ?></dt><dd><?cs var:r.status ?><?cs if:r.answer ?> <a href="/api?of=objects#o-<?cs var:r.answer ?>"><?cs var:r.answer ?></a><?cs /if ?></dd></dl>
<?cs call:fields(S.api_guide.query, r.query) ?><?cs call:fields(S.api_guide.body, r.body) ?>
<pre><?cs var:r.example ?></pre></details>
<?cs /each ?></section><?cs /with ?>
<?cs else ?><section class="card">
<?cs each:o = Objects ?><details><summary><code><?cs var:o.name ?></code></summary><table class="table" id="o-<?cs var:o.name ?>"><thead><tr><?cs call:th(S.api_guide.member) ?><?cs call:th(S.api_guide.kind) ?><?cs call:th(S.api_guide.meaning) ?></tr></thead><tbody>
<?cs each:m = o.members ?><tr><td data-name="<?cs var:S.api_guide.member ?>"><code><?cs var:m.name ?></code></td><td data-name="<?cs var:S.api_guide.kind ?>"><span><?cs if:m.list == "1" ?><?cs var:S.api_guide.list_of ?> <?cs /if ?><?cs if:m.of ?><a href="#o-<?cs var:m.of ?>"><?cs var:m.of ?></a><?cs else ?><?cs var:m.type ?><?cs /if ?><?cs if:m.nullable == "1" ?> <span class="soft small"><?cs var:S.api_guide.or_null ?></span><?cs /if ?></span></td><td data-name="<?cs var:S.api_guide.meaning ?>"><span lang="en"><?cs call:maybe(m.about) ?></span></td></tr>
<?cs /each ?></tbody></table></details>
<?cs /each ?></section><?cs /if ?>
