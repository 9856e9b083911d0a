-- Quotas: what each application takes while it is up, a cluster's own limits, builds that a quota kept from being deployed; and when an
-- application was last of use to somebody.

-- From the moment an application is asked to come up until it has been stopped or deleted: the limits of its plan, in thousandths of a
-- core and in bytes. NULL: it takes nothing. Also an application that failed takes room, as long as its objects are in the cluster.
ALTER TABLE projects ADD COLUMN takes_cpu bigint;
ALTER TABLE projects ADD COLUMN takes_memory bigint;
ALTER TABLE projects ADD CONSTRAINT projects_takes_check CHECK ((takes_cpu IS NULL) = (takes_memory IS NULL));
UPDATE projects p SET
	takes_cpu = CASE WHEN plan.cpu ~ '^[0-9]{1,9}m$' THEN rtrim(plan.cpu, 'm')::bigint
		WHEN plan.cpu ~ '^[0-9]{1,6}(\.[0-9]{1,3})?$' THEN (plan.cpu::numeric * 1000)::bigint ELSE 500 END,
	takes_memory = CASE WHEN plan.memory ~ '^[0-9]{1,6}Gi$' THEN rtrim(plan.memory, 'Gi')::bigint << 30
		WHEN plan.memory ~ '^[0-9]{1,9}Mi$' THEN rtrim(plan.memory, 'Mi')::bigint << 20
		WHEN plan.memory ~ '^[0-9]{1,15}$' THEN plan.memory::bigint ELSE 512::bigint << 20 END
	FROM (SELECT q.id, d.snapshot->>'cpu' AS cpu, d.snapshot->>'memory' AS memory FROM projects q LEFT JOIN LATERAL (SELECT snapshot
		FROM deployments WHERE project_id = q.id AND snapshot IS NOT NULL ORDER BY id DESC LIMIT 1) d ON true) plan
	WHERE plan.id = p.id AND (p.app_state IN ('pending', 'deploying', 'running') OR (p.app_state = 'failed' AND p.applied IS NOT NULL));
CREATE INDEX projects_takes_student ON projects (student_id) INCLUDE (takes_cpu, takes_memory) WHERE takes_cpu IS NOT NULL;
CREATE INDEX projects_takes_cluster ON projects (cluster_id) INCLUDE (takes_cpu, takes_memory) WHERE takes_cpu IS NOT NULL;

-- A cluster's own limits instead of the settings'; NULL: the setting, 0: none.
ALTER TABLE clusters ADD COLUMN quota_apps bigint;
ALTER TABLE clusters ADD COLUMN quota_cpu text;
ALTER TABLE clusters ADD COLUMN quota_memory text;

-- The quota that was full when the build would have been deployed by itself: the image is there, and a person may deploy it.
ALTER TABLE builds ADD COLUMN not_deployed text;

-- The last push, deployment or act of a person: what counts as use. Idle applications are stopped by the trigger "idle".
ALTER TABLE projects ADD COLUMN active_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX projects_idle ON projects (active_at) WHERE takes_cpu IS NOT NULL;
ALTER TABLE deployments DROP CONSTRAINT deployments_trigger_check;
ALTER TABLE deployments ADD CONSTRAINT deployments_trigger_check CHECK (trigger IN ('auto', 'manual', 'repair', 'idle'));

-- What guards the applications' namespace there and is not as it should be: [{"what", "why", "detail"}]; NULL: not looked at yet.
ALTER TABLE clusters ADD COLUMN guard_faults jsonb;
