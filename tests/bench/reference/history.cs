<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Builds</title></head><body>
<h1>Builds of <?cs var:Builds.0.p_name ?></h1>
<table>
<thead><tr><th>Build</th><th>Status</th><th>Commit</th><th>Branch</th><th>Image</th><th>Trigger</th><th>Created</th><th>Duration</th></tr></thead>
<tbody>
<?cs each:b = Builds ?><tr class="<?cs var:b.status ?>"><td><a href="/builds/<?cs var:b.id ?>"><?cs var:b.id ?></a></td><td><?cs
 var:b.status ?> <?cs var:b.reason ?></td><td><code><?cs var:string.slice(b.commit_sha, 0, 7) ?></code> <?cs var:b.commit_message ?> (<?cs
 var:b.commit_author ?>)</td><td><?cs var:b.branch ?></td><td><?cs var:b.image_repo ?>:<?cs var:b.image_tag ?></td><td><?cs var:b.trigger ?></td><td><?cs
 var:b.created_at ?></td><td><?cs if:b.duration ?><?cs var:b.duration ?> s<?cs /if ?></td></tr>
<?cs /each ?></tbody>
</table>
</body></html>
