<?cs call:project() ?>
<div data-part="list" data-project="<?cs var:Project.id ?>" data-status="<?cs var:Project.state ?>">
<?cs if:subcount(Deployments) ?>
<div class="card"><table class="table steady brief"><?cs call:deploymenthead() ?><tbody>
<?cs each:d = Deployments ?><?cs call:deploymentrow(d) ?><?cs /each ?></tbody></table>
<?cs call:pager(Newer, Older) ?></div>
<?cs else ?><?cs call:empty(S.deployments.none) ?><?cs /if ?>
</div>
