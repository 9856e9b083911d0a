-- A move to another cluster is an act of its own name; until now it was told as a rollback.
ALTER TABLE deployments DROP CONSTRAINT deployments_action_check;
ALTER TABLE deployments ADD CONSTRAINT deployments_action_check
	CHECK (action IN ('deploy', 'rollback', 'restart', 'start', 'stop', 'delete', 'move')) NOT VALID;
