-- Terminals: a ticket opens one, once, for the person and the container that it was given for.
CREATE TABLE terminal_tickets (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	token_hash  text NOT NULL UNIQUE,
	user_id     bigint NOT NULL REFERENCES users ON DELETE CASCADE,
	project_id  bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
	cluster_id  bigint NOT NULL REFERENCES clusters ON DELETE CASCADE,
	namespace   text NOT NULL,
	pod         text NOT NULL,
	container   text NOT NULL,
	seconds     integer NOT NULL CHECK (seconds > 0), -- how long the terminal may be open
	ip          text,
	expires_at  timestamptz NOT NULL,
	used_at     timestamptz,
	created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX terminal_tickets_expires ON terminal_tickets (expires_at);
CREATE INDEX terminal_tickets_user ON terminal_tickets (user_id);
CREATE INDEX terminal_tickets_project ON terminal_tickets (project_id);
CREATE INDEX terminal_tickets_cluster ON terminal_tickets (cluster_id);

-- When the left-overs of a cluster were cleaned up last, and what came of it. One worker takes the row for a run.
CREATE TABLE cluster_cleanups (
	cluster_id  bigint PRIMARY KEY REFERENCES clusters ON DELETE CASCADE,
	started_at  timestamptz NOT NULL DEFAULT now(),
	finished_at timestamptz,
	deleted     integer NOT NULL DEFAULT 0,
	message     text
);
