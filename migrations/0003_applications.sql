-- Applications: secret variables, what a deployment waits for and why it failed as codes, what is wrong with what runs, and drift.

-- A secret variable's value is sealed and never shown again; its column `value` is empty.
ALTER TABLE project_variables ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE;
ALTER TABLE project_variables ADD COLUMN secret boolean NOT NULL DEFAULT false;
ALTER TABLE project_variables ADD COLUMN value_sealed text;
ALTER TABLE project_variables ADD CHECK (secret = (value_sealed IS NOT NULL));
ALTER TABLE projects ADD COLUMN variables_key_sealed text;  -- with which digests of secret values are made; NULL: there was never one

-- The Secrets prj-PROJECT-env-ID of a cluster's students' namespace: one for each set of values, so that what runs keeps its own.
CREATE TABLE app_secrets (
	id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	project_id     bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
	cluster_id     bigint NOT NULL REFERENCES clusters,
	digest         text NOT NULL,                   -- keyed, of names and values
	content_sealed text NOT NULL,                   -- names and values as JSON
	uid            text,                            -- of the Secret as the portal made it last; NULL: not made yet
	missing_at     timestamptz,                     -- somebody deleted it
	dropped_at     timestamptz,                     -- nothing needs it any more: it is being deleted
	check_at       timestamptz NOT NULL DEFAULT now(), -- when to look whether it is still there
	created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX app_secrets_content ON app_secrets (project_id, cluster_id, digest) WHERE dropped_at IS NULL;
CREATE INDEX app_secrets_project ON app_secrets (project_id);
CREATE INDEX app_secrets_cluster ON app_secrets (cluster_id);
CREATE INDEX app_secrets_check ON app_secrets (check_at);

-- What is waited for and why it failed: a code of the catalogues, and what fills the places of its sentence. `progress` is not
-- written any more; the release after this one drops it.
ALTER TABLE deployments ADD COLUMN progress_code text;
ALTER TABLE deployments ADD COLUMN progress_values jsonb;
ALTER TABLE deployments ADD COLUMN progress_at timestamptz;     -- since when it is so
ALTER TABLE deployments ADD COLUMN details jsonb;               -- of the reason: exit code, port, what its log speaks of

-- Of a build, what `message` and `waiting_for` say in English, as {code, what, detail}; NULL: an older release, or the cluster's own words.
ALTER TABLE builds ADD COLUMN message_words jsonb;
ALTER TABLE builds ADD COLUMN waiting_words jsonb;

-- What is wrong with an application that runs, or ran: a reason as a deployment has. `app_message` is not written any more.
ALTER TABLE projects ADD COLUMN app_reason text;
ALTER TABLE projects ADD COLUMN app_details jsonb;
ALTER TABLE projects ADD COLUMN app_evidence text;
ALTER TABLE projects ADD COLUMN app_reason_at timestamptz;

-- When it was restarted is not compared any more.
UPDATE projects SET applied = regexp_replace(applied, '(^|\n)restarted=[^\n]*(?=\n|$)', '', 'g') WHERE applied LIKE '%restarted=%';

-- `drift` is a JSON array of {what, was, is} from now on.
ALTER TABLE projects ADD COLUMN drift_since timestamptz;        -- when it was first seen
ALTER TABLE projects ADD COLUMN drift_error text;               -- why it could not be put right, in the cluster's words
ALTER TABLE projects ADD COLUMN repair_asked_at timestamptz;    -- somebody wants it put right now
