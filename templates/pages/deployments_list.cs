<?cs call:project() ?>
<?cs if:subcount(Deployments) ?>
<div class="card" data-part="list" data-project="<?cs var:Project.id ?>"><table class="table"><?cs call:deploymenthead() ?><tbody>
<?cs each:d = Deployments ?><?cs call:deploymentrow(d) ?><?cs /each ?></tbody></table>
<?cs call:pager(Newer, Older) ?></div>
<?cs else ?><?cs call:empty(S.deployments.none) ?><?cs /if ?>
