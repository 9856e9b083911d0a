-- The user that each image of a running application starts as, read from its registry: whether it would start where nobody may be
-- root. A digest's user never changes, so it is read once.
CREATE TABLE image_users (
	image   text PRIMARY KEY,                       -- host[:port]/path@sha256:..., as in deployments
	run_as  text,                                   -- the user of its configuration, '' when it names none; NULL: not known yet
	verdict text NOT NULL DEFAULT 'unknown' CHECK (verdict IN ('root', 'name', 'unknown', 'fine')),
	said    text NOT NULL DEFAULT 'waiting'         -- what came of the last try
		CHECK (said IN ('waiting', 'there', 'missing', 'denied', 'unknown', 'no_registry')),
	tries   integer NOT NULL DEFAULT 0,
	due_at  timestamptz DEFAULT now(),              -- when to ask next; NULL: it is known
	CHECK ((run_as IS NULL) = (due_at IS NOT NULL))
);
CREATE INDEX image_users_due ON image_users (due_at) WHERE due_at IS NOT NULL;

-- Applications that are up and serve an image.
CREATE INDEX projects_serving ON projects (id) INCLUDE (serving_deployment_id) WHERE takes_cpu IS NOT NULL AND serving_deployment_id IS NOT NULL;
