-- The tables of the main job: people, projects, builds, deployments, webhooks, settings, audit.
-- Forward only: the previous release must be able to live with every step. Times are timestamptz, ids bigint identity.

CREATE TABLE users (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	login         text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
	name          text NOT NULL,
	role          text NOT NULL CHECK (role IN ('student', 'teacher', 'admin')),
	password_hash text NOT NULL,
	language      text CHECK (language IN ('zh', 'en')),
	timezone      text NOT NULL DEFAULT 'Asia/Shanghai',
	disabled_at   timestamptz,
	last_login_at timestamptz,
	created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
	id_hash      text PRIMARY KEY,                 -- SHA-256 of the cookie's value: a dump holds no usable session
	user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
	ip           text NOT NULL,
	user_agent   text NOT NULL,
	created_at   timestamptz NOT NULL DEFAULT now(),
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Failed logins, by account ("login:ali") and by network ("net:10.0.0.0/24"): limits survive any crash.
CREATE TABLE login_failures (
	key       text NOT NULL,
	failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_failures_key ON login_failures (key, failed_at);

CREATE TABLE api_tokens (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
	name         text NOT NULL,
	token_hash   text NOT NULL UNIQUE,
	scopes       text NOT NULL DEFAULT 'read',      -- words separated by spaces: read write deploy
	expires_at   timestamptz NOT NULL,
	revoked_at   timestamptz,
	last_used_at timestamptz,
	created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX api_tokens_user ON api_tokens (user_id, id);

CREATE TABLE courses (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	code          text NOT NULL UNIQUE,
	name          text NOT NULL,
	build_turn_at timestamptz,                      -- when a build of it was last claimed: round robin over courses
	created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE students (
	id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	course_id      bigint NOT NULL REFERENCES courses,
	user_id        bigint REFERENCES users ON DELETE SET NULL,
	student_number text NOT NULL,
	name           text NOT NULL,
	created_at     timestamptz NOT NULL DEFAULT now(),
	UNIQUE (course_id, student_number)
);
CREATE INDEX students_user ON students (user_id);
CREATE INDEX students_course_name ON students (course_id, name, id);

CREATE TABLE registries (
	id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name                 text NOT NULL UNIQUE,
	address              text NOT NULL,             -- host[:port]
	plain_http           boolean NOT NULL DEFAULT false,
	ca_pem               text,                      -- a private authority; NULL: the system's
	push_username        text,
	push_password_sealed text,
	pull_username        text,
	pull_password_sealed text,
	created_at           timestamptz NOT NULL DEFAULT now(),
	updated_at           timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE clusters (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name          text NOT NULL UNIQUE,
	kind          text NOT NULL CHECK (kind IN ('in_cluster', 'file', 'kubeconfig')),
	config_sealed text,
	is_default    boolean NOT NULL DEFAULT false,
	reachable     boolean,
	version       text,
	message       text,
	checked_at    timestamptz,                      -- the last success
	created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX clusters_default ON clusters (is_default) WHERE is_default;

CREATE TABLE projects (
	id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	student_id            bigint NOT NULL REFERENCES students,
	name                  text NOT NULL,
	container_port        integer NOT NULL DEFAULT 8000 CHECK (container_port BETWEEN 1 AND 65535),
	health_path           text,
	wanted_deployment_id  bigint,                   -- the last act that was asked for
	serving_deployment_id bigint,                   -- the one whose image answers now
	restarted_at          timestamptz,              -- always rendered: see design, restarts
	app_state             text NOT NULL DEFAULT 'none'
		CHECK (app_state IN ('none', 'pending', 'deploying', 'running', 'failed', 'stopped')),
	app_message           text,                     -- what is so now, in one English sentence; codes are in deployments.reason
	app_ready             integer NOT NULL DEFAULT 0,
	applied               text,                     -- what the cluster held of our fields right after the last apply, as lines name=value
	drift                 text,                     -- what somebody changed behind the portal's back, until it is put right
	drift_count           integer NOT NULL DEFAULT 0,
	drift_at              timestamptz,
	observed_at           timestamptz,
	created_at            timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX projects_student ON projects (student_id, id);

CREATE TABLE project_variables (
	project_id   bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
	name         text NOT NULL CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,63}$'),
	value        text NOT NULL,
	PRIMARY KEY (project_id, name)
);

CREATE TABLE build_configs (
	project_id             bigint PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
	repo_url               text NOT NULL,
	repo_path              text NOT NULL,           -- "owner/name" in lower case, made from repo_url: how a webhook finds it
	branch                 text NOT NULL DEFAULT 'main',
	dockerfile_path        text NOT NULL DEFAULT 'Dockerfile',
	context_path           text NOT NULL DEFAULT '.',
	registry_id            bigint REFERENCES registries,
	image_repo             text NOT NULL,           -- path in the registry, without host and tag
	tag_strategy           text NOT NULL DEFAULT 'short_sha' CHECK (tag_strategy IN ('short_sha', 'branch_latest')),
	auto_build             boolean NOT NULL DEFAULT true,
	auto_deploy            boolean NOT NULL DEFAULT true,
	deploy_key_public      text,
	deploy_key_fingerprint text,
	deploy_key_sealed      text,
	known_hosts            text,                    -- pinned host keys of the git server, known_hosts lines
	webhook_secret_sealed  text NOT NULL,
	gitea_repo_id          bigint,                  -- learned from Gitea's API: stays when a repository is renamed
	gitea_key_id           bigint,                  -- what the portal installed there
	gitea_hook_id          bigint,
	head_sha               text,                    -- the commit that is wanted on the branch
	head_seen_at           timestamptz,             -- when the branch head was last read from the git server
	head_check_at          timestamptz NOT NULL DEFAULT now(), -- when to read it next
	head_error             text,
	version                integer NOT NULL DEFAULT 1,
	created_at             timestamptz NOT NULL DEFAULT now(),
	updated_at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX build_configs_repo ON build_configs (repo_path);
CREATE INDEX build_configs_gitea ON build_configs (gitea_repo_id) WHERE gitea_repo_id IS NOT NULL;
CREATE INDEX build_configs_head ON build_configs (head_check_at) WHERE auto_build;

-- One row a worker process. Lease time is the database's clock. A worker that lost its lease comes back with a new epoch.
CREATE TABLE workers (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	host         text NOT NULL,
	pid          integer NOT NULL,
	epoch        bigint NOT NULL DEFAULT 1,
	version      text NOT NULL,
	started_at   timestamptz NOT NULL DEFAULT now(),
	heartbeat_at timestamptz NOT NULL DEFAULT now(),
	stopped_at   timestamptz
);

CREATE TABLE builds (
	id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	project_id       bigint NOT NULL REFERENCES projects,
	student_id       bigint NOT NULL REFERENCES students,
	course_id        bigint NOT NULL REFERENCES courses,
	commit_sha       text NOT NULL CHECK (commit_sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
	branch           text NOT NULL,
	commit_message   text,                          -- first line, at most 200 characters
	commit_author    text,
	image_repo       text NOT NULL,                 -- host[:port]/path, as it was when the build was made
	image_tag        text NOT NULL,
	digest           text CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
	status           text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'success', 'failed', 'cancelled')),
	phase            text NOT NULL DEFAULT 'queued'
		CHECK (phase IN ('queued', 'preparing', 'cloning', 'building', 'pushing', 'archiving', 'done')),
	reason           text CHECK (reason IN ('GIT_AUTH', 'GIT_REF', 'DOCKERFILE', 'BUILD_STEP', 'PUSH_AUTH', 'IMAGE_PULL', 'OUT_OF_MEMORY',
		'OUT_OF_DISK', 'EVICTED', 'UNSCHEDULABLE', 'QUOTA', 'TIMEOUT', 'LOST', 'SUPERSEDED', 'CANCELLED', 'PLATFORM')),
	message          text,                          -- one English sentence with the particulars
	evidence         text,                          -- the lines or the condition that the reason was read from
	waiting_for      text,                          -- why nothing moves just now ("the cluster does not answer"), NULL when it moves
	trigger          text NOT NULL CHECK (trigger IN ('push', 'poll', 'manual', 'retry')),
	config           jsonb NOT NULL,                -- the configuration that was built: repo_url, dockerfile_path, context_path, registry_id, builder
	config_digest    text NOT NULL,                 -- SHA-256 of what decides the image: an equal one may be deployed again
	created_by       bigint REFERENCES users,
	cancel_requested_at timestamptz,
	cancelled_by     bigint REFERENCES users,
	superseded_by    bigint,
	retry_of         bigint,                        -- the build that LOST took, which this one repeats
	job_name         text,
	job_uid          text,
	log_object_key   text,
	log_bytes        bigint,
	log_sha256       text,
	log_complete     boolean NOT NULL DEFAULT false,-- false with an object key: a stated loss
	archive_attempts integer NOT NULL DEFAULT 0,
	archived_at      timestamptz,
	job_deleted_at   timestamptz,
	commit_status    text,                          -- what Gitea was last told
	status_attempts  integer NOT NULL DEFAULT 0,
	archive_retry_at timestamptz,
	status_retry_at  timestamptz,                   -- when to tell Gitea; NULL: it knows
	claims           integer NOT NULL DEFAULT 0,    -- how often a worker took it: a build that kills workers ends
	worker_id        bigint REFERENCES workers,
	lease_epoch      bigint,
	created_at       timestamptz NOT NULL DEFAULT now(),
	started_at       timestamptz,
	deadline_at      timestamptz,
	finished_at      timestamptz,
	duration         integer GENERATED ALWAYS AS (EXTRACT(epoch FROM date_trunc('second', finished_at AT TIME ZONE 'UTC') -
		date_trunc('second', started_at AT TIME ZONE 'UTC'))::integer) STORED
);
-- One live build a commit, whatever the trigger; what became of earlier ones is decided under the build_configs row's lock.
CREATE UNIQUE INDEX builds_live_commit ON builds (project_id, branch, commit_sha) WHERE status IN ('pending', 'running');
CREATE UNIQUE INDEX builds_one_running ON builds (project_id) WHERE status = 'running';
CREATE UNIQUE INDEX builds_one_pending ON builds (project_id) WHERE status = 'pending';
CREATE INDEX builds_project ON builds (project_id, id DESC);
CREATE INDEX builds_student ON builds (student_id, id DESC);
CREATE INDEX builds_course ON builds (course_id, id DESC);
CREATE INDEX builds_status ON builds (status, id DESC);
CREATE INDEX builds_queue ON builds (created_at, id) WHERE status = 'pending';
CREATE INDEX builds_turn ON builds (course_id, created_at, id) WHERE status = 'pending';
CREATE INDEX builds_driven ON builds (worker_id) WHERE status = 'running';
CREATE INDEX builds_commit ON builds (project_id, commit_sha, id DESC);
CREATE INDEX builds_unfinished ON builds (id) WHERE status IN ('success', 'failed', 'cancelled') AND job_deleted_at IS NULL AND job_name IS NOT NULL;
CREATE INDEX builds_unreported ON builds (status_retry_at) WHERE status_retry_at IS NOT NULL;

CREATE TABLE build_events (
	id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	build_id bigint NOT NULL REFERENCES builds ON DELETE CASCADE,
	at       timestamptz NOT NULL DEFAULT now(),
	kind     text NOT NULL,                         -- status, phase, cancel, note
	value    text NOT NULL,
	message  text
);
CREATE INDEX build_events_build ON build_events (build_id, id);

-- The log while it runs. `seq` counts from 1 over all containers of the build in the order of arrival: the SSE event id.
CREATE TABLE build_log_chunks (
	build_id    bigint NOT NULL REFERENCES builds ON DELETE CASCADE,
	seq         bigint NOT NULL,
	container   smallint NOT NULL,                  -- 0 clone, 1 build, 2 push: the archive's order
	data        bytea NOT NULL,                     -- whole lines, masked, as the cluster served them
	stamp       text,                               -- the time stamp of the last line in it, as the cluster wrote it
	stamp_lines integer NOT NULL DEFAULT 0,         -- how many lines up to here carry that stamp: the seam after a cut
	left_out    bigint NOT NULL DEFAULT 0,          -- > 0: stands for that many bytes over the limit, and says so
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (build_id, seq)
);
CREATE INDEX build_log_chunks_container ON build_log_chunks (build_id, container, seq);
ALTER TABLE build_log_chunks ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE deployments (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	project_id    bigint NOT NULL REFERENCES projects,
	build_id      bigint REFERENCES builds,
	action        text NOT NULL CHECK (action IN ('deploy', 'rollback', 'restart', 'start', 'stop', 'delete')),
	trigger       text NOT NULL CHECK (trigger IN ('auto', 'manual', 'repair')),
	image         text,                             -- host[:port]/path@sha256:...; NULL for stop and delete
	commit_sha    text,
	replicas      integer NOT NULL DEFAULT 1,
	state         text NOT NULL DEFAULT 'pending'
		CHECK (state IN ('pending', 'deploying', 'running', 'failed', 'stopped', 'superseded', 'deleted')),
	reason        text,                             -- IMAGE_PULL, CRASH_LOOP, QUOTA, DEADLINE, OUT_OF_MEMORY, UNSCHEDULABLE, REFUSED, PLATFORM
	message       text,
	evidence      text,
	progress      text,                             -- what is waited for just now
	snapshot      jsonb,                            -- what is applied; written before the first object is
	applied_at    timestamptz,                      -- every object of it was
	created_by    bigint REFERENCES users,
	superseded_by bigint,
	worker_id     bigint REFERENCES workers,
	lease_epoch   bigint,
	claims        integer NOT NULL DEFAULT 0,
	retry_at      timestamptz,                      -- not before: a cluster that does not answer, a quota that is full
	created_at    timestamptz NOT NULL DEFAULT now(),
	started_at    timestamptz,
	deadline_at   timestamptz,
	finished_at   timestamptz
);
CREATE UNIQUE INDEX deployments_one_pending ON deployments (project_id) WHERE state = 'pending';
CREATE UNIQUE INDEX deployments_one_driving ON deployments (project_id) WHERE state = 'deploying';
CREATE INDEX deployments_project ON deployments (project_id, id DESC);
CREATE INDEX deployments_queue ON deployments (id) WHERE state IN ('pending', 'deploying');

ALTER TABLE projects ADD FOREIGN KEY (wanted_deployment_id) REFERENCES deployments;
ALTER TABLE projects ADD FOREIGN KEY (serving_deployment_id) REFERENCES deployments;

CREATE TABLE deployment_events (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	deployment_id bigint NOT NULL REFERENCES deployments ON DELETE CASCADE,
	at            timestamptz NOT NULL DEFAULT now(),
	kind          text NOT NULL,                    -- state, progress, drift
	value         text NOT NULL,
	message       text
);
CREATE INDEX deployment_events_deployment ON deployment_events (deployment_id, id);

CREATE TABLE webhook_deliveries (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	delivery_id text NOT NULL,                      -- X-Gitea-Delivery
	project_id  bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
	event       text NOT NULL,
	ref         text,
	before_sha  text,
	commit_sha  text,
	pusher      text,
	outcome     text NOT NULL CHECK (outcome IN ('accepted', 'ignored', 'duplicate')),
	reason      text NOT NULL,                      -- a code: build_created, superseded_pending, already_built, redeployed, other_branch, tag, deletion, skip_ci, event, auto_build_off, bad_ref
	build_id    bigint REFERENCES builds,
	received_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (delivery_id, project_id)
);
CREATE INDEX webhook_deliveries_project ON webhook_deliveries (project_id, id DESC);

-- What could not be verified: counted, and the newest 256 kept. Everything in it is anybody's.
CREATE SEQUENCE webhook_reject_slot MINVALUE 0 MAXVALUE 255 START 0 CYCLE;
CREATE TABLE webhook_rejects (
	slot        integer PRIMARY KEY,
	delivery_id text,
	ip          text NOT NULL,
	repository  text,
	reason      text NOT NULL,
	received_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE counters (
	name  text PRIMARY KEY,
	value bigint NOT NULL DEFAULT 0
);

CREATE TABLE settings (
	name       text PRIMARY KEY,
	value      text NOT NULL,
	updated_by bigint REFERENCES users,
	updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE idempotency_keys (
	user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
	key        text NOT NULL,
	request    text NOT NULL,                       -- SHA-256 of method, path and body: another request under the same key is refused
	status     integer,
	location   text,
	body       text,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, key)
);

CREATE TABLE audit_log (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at          timestamptz NOT NULL DEFAULT now(),
	user_id     bigint,
	login       text NOT NULL,                      -- "system" where no person acted
	role        text NOT NULL,
	action      text NOT NULL,                      -- deployment.create, build.cancel, ...
	object      text NOT NULL,                      -- "project 7"
	project_id  bigint,
	student_id  bigint,
	ip          text,
	request_id  text,
	result      text NOT NULL CHECK (result IN ('done', 'refused')),
	detail      text
);
CREATE INDEX audit_log_project ON audit_log (project_id, id DESC);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Ended is ended: no code path brings a finished build back.
CREATE FUNCTION builds_terminal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'build % has ended as %', OLD.id, OLD.status USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER builds_terminal BEFORE UPDATE OF status ON builds FOR EACH ROW
	WHEN (OLD.status IN ('success', 'failed', 'cancelled') AND NEW.status <> OLD.status) EXECUTE FUNCTION builds_terminal();
