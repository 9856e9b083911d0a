<?cs call:probe() ?>
<?cs call:probeagain() ?>
