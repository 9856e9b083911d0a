-- The Secrets by which the cluster pulls images for applications, one a project and cluster: whether somebody deleted one, and whether the
-- registry's account was changed since it was written. Those that are there already are written once more.
CREATE TABLE pull_secrets (
	project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
	cluster_id bigint NOT NULL REFERENCES clusters,
	uid        text,                               -- of the Secret as the portal made it last; NULL: it is to be written
	missing_at timestamptz,                        -- somebody deleted it
	check_at   timestamptz NOT NULL DEFAULT now(), -- when to look whether it is still there, or to write it
	PRIMARY KEY (project_id, cluster_id)
);
CREATE INDEX pull_secrets_cluster ON pull_secrets (cluster_id);
CREATE INDEX pull_secrets_check ON pull_secrets (check_at);

INSERT INTO pull_secrets (project_id, cluster_id)
SELECT p.id, p.applied_cluster_id FROM projects p
JOIN LATERAL (SELECT d.snapshot FROM deployments d WHERE d.project_id = p.id AND d.cluster_id = p.applied_cluster_id
              AND d.applied_at IS NOT NULL AND d.snapshot IS NOT NULL ORDER BY d.id DESC LIMIT 1) l ON true
WHERE p.applied IS NOT NULL AND p.applied_cluster_id IS NOT NULL AND (l.snapshot->>'registry_id')::bigint > 0;
