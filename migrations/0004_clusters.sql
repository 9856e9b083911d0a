-- Several clusters: where a project is placed, where its objects are, and what is left behind on the cluster that it moved from.

-- One row is the portal's own cluster, which the operator's environment names: builds run there, and applications that are placed
-- nowhere else. The others hold how they are reached (server, authority, credential) sealed in config_sealed.
ALTER TABLE clusters DROP CONSTRAINT clusters_kind_check;
ALTER TABLE clusters ADD CONSTRAINT clusters_kind_check CHECK (kind IN ('own', 'kubeconfig', 'token', 'certificate'));
CREATE UNIQUE INDEX clusters_own ON clusters (kind) WHERE kind = 'own';
ALTER TABLE clusters RENAME COLUMN version TO server_version;
ALTER TABLE clusters ADD COLUMN server text;                      -- its address, for people
ALTER TABLE clusters ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE clusters ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE clusters ADD COLUMN students_namespace text;          -- NULL: the setting; so the next two
ALTER TABLE clusters ADD COLUMN base_domain text;
ALTER TABLE clusters ADD COLUMN ingress_class text;
ALTER TABLE clusters ADD COLUMN latency_ms integer;               -- of the last look that succeeded, which was at checked_at
ALTER TABLE clusters ADD COLUMN looked_at timestamptz;            -- the last look, whatever came of it
ALTER TABLE clusters ADD COLUMN applications integer;             -- the portal's Deployments that are there, as the watches have it

INSERT INTO clusters (name, kind, is_default) SELECT 'main', 'own', NOT EXISTS (SELECT 1 FROM clusters WHERE is_default)
	WHERE NOT EXISTS (SELECT 1 FROM clusters WHERE kind = 'own');

ALTER TABLE projects ADD COLUMN cluster_id bigint REFERENCES clusters;          -- where it is placed; NULL: it never was deployed
ALTER TABLE projects ADD COLUMN applied_cluster_id bigint REFERENCES clusters;  -- where its objects are; NULL: nowhere
ALTER TABLE deployments ADD COLUMN cluster_id bigint REFERENCES clusters;
ALTER TABLE deployments ADD COLUMN applied text; -- of a move: as projects.applied, which stays that of the old cluster until the new one runs
UPDATE deployments SET cluster_id = (SELECT id FROM clusters WHERE kind = 'own');
UPDATE projects SET cluster_id = (SELECT id FROM clusters WHERE kind = 'own') WHERE wanted_deployment_id IS NOT NULL;
UPDATE projects SET applied_cluster_id = (SELECT id FROM clusters WHERE kind = 'own') WHERE applied IS NOT NULL;
CREATE INDEX projects_cluster ON projects (cluster_id);
CREATE INDEX projects_applied_cluster ON projects (applied_cluster_id) WHERE applied_cluster_id IS NOT NULL;
CREATE INDEX deployments_cluster ON deployments (cluster_id);

-- Objects of a project on a cluster that it has moved from (or could not move to): to be deleted there as soon as it answers. What a
-- later deployment than that one has put there stays.
CREATE TABLE project_leftovers (
	project_id    bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
	cluster_id    bigint NOT NULL REFERENCES clusters,
	deployment_id bigint NOT NULL,
	since         timestamptz NOT NULL DEFAULT now(),
	tried_at      timestamptz,
	message       text,                            -- why it is not done yet
	PRIMARY KEY (project_id, cluster_id)
);
