-- What the pages for teachers and admins stand on: leaving a course, invitations, Gitea servers, guarded edits, search, statistics.

CREATE EXTENSION IF NOT EXISTS pg_trgm; -- search by a part of a word; a trusted extension: the database's owner may create it

-- A course that is over is archived; a student who leaves keeps builds and history, and the application is deleted.
ALTER TABLE courses ADD COLUMN archived_at timestamptz;
ALTER TABLE courses ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE students ADD COLUMN left_at timestamptz;
ALTER TABLE students ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE projects ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE registries ADD COLUMN version integer NOT NULL DEFAULT 1;
DROP INDEX students_course_name;
CREATE INDEX students_course ON students (course_id, id) WHERE left_at IS NULL;
CREATE INDEX students_search ON students USING gin ((name || ' ' || student_number) gin_trgm_ops);
CREATE INDEX projects_search ON projects USING gin (name gin_trgm_ops);
CREATE INDEX projects_state ON projects (app_state, id DESC);
CREATE INDEX users_search ON users USING gin ((login || ' ' || name) gin_trgm_ops);

-- How somebody who has no password (any more) sets one: a link that works once. Only its digest is stored.
CREATE TABLE invitations (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
	code_hash  text NOT NULL UNIQUE,
	created_by bigint REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	used_at    timestamptz
);
CREATE INDEX invitations_user ON invitations (user_id);

-- Gitea servers beside the one of the environment; a repository belongs to the one whose address or ssh host it names.
CREATE TABLE gitea_servers (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name         text NOT NULL UNIQUE,
	url          text NOT NULL,
	ssh_host     text,                              -- where it is not the url's host
	ca_pem       text,                              -- a private authority; NULL: the system's
	token_sealed text,
	version      integer NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now()
);

-- A form shows the version that it was opened with; what was saved since has a greater one. NULL: back to the default.
CREATE SEQUENCE settings_version;
ALTER TABLE settings ALTER COLUMN value DROP NOT NULL;
ALTER TABLE settings ADD COLUMN version bigint NOT NULL DEFAULT nextval('settings_version');

-- The audit trail is read by person, by act, by day, and by a part of a word.
CREATE INDEX audit_log_login ON audit_log (login, id DESC);
CREATE INDEX audit_log_action ON audit_log (action, id DESC);
CREATE INDEX audit_log_student ON audit_log (student_id, id DESC) WHERE student_id IS NOT NULL;
CREATE INDEX audit_log_refused ON audit_log (id DESC) WHERE result = 'refused';
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_search ON audit_log USING gin (detail gin_trgm_ops);

-- Line numbers at any place of a log, and where each container's part of the archive ends. NULL: archived before this was kept.
ALTER TABLE build_log_chunks ADD COLUMN lines integer NOT NULL DEFAULT 0;
ALTER TABLE builds ADD COLUMN log_lines bigint;
ALTER TABLE builds ADD COLUMN log_part_bytes bigint[];

CREATE INDEX builds_finished ON builds (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX builds_failed ON builds (reason, finished_at DESC, id DESC) INCLUDE (student_id) WHERE status = 'failed';
CREATE INDEX builds_failed_course ON builds (course_id, reason, finished_at DESC, id DESC) INCLUDE (student_id) WHERE status = 'failed';
CREATE INDEX builds_registry ON builds ((config->>'registry_id'));
CREATE INDEX builds_live ON builds (project_id) WHERE status IN ('pending', 'running');
CREATE INDEX builds_branch ON builds (branch, id DESC);

-- What the list of courses says of each, counted once for many readers. A change of what is counted leaves a line; as long as a
-- course has one its numbers are counted for each reader, and the workers count it anew and take the lines away. Lines are only
-- added, so that nobody who writes waits for another.
ALTER TABLE courses ADD COLUMN kept_students integer NOT NULL DEFAULT 0;
ALTER TABLE courses ADD COLUMN kept_running integer NOT NULL DEFAULT 0;
ALTER TABLE courses ADD COLUMN kept_failed integer NOT NULL DEFAULT 0;
CREATE TABLE course_changes (course_id bigint NOT NULL);
CREATE INDEX course_changes_course ON course_changes (course_id);
INSERT INTO course_changes SELECT id FROM courses;

CREATE FUNCTION note_course() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO course_changes VALUES (coalesce(NEW.course_id, OLD.course_id));
	RETURN NULL;
END $$;
CREATE FUNCTION note_course_of_student() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO course_changes SELECT course_id FROM students WHERE id = coalesce(NEW.student_id, OLD.student_id);
	RETURN NULL;
END $$;
CREATE TRIGGER students_counted AFTER INSERT OR DELETE ON students FOR EACH ROW EXECUTE FUNCTION note_course();
CREATE TRIGGER students_left AFTER UPDATE OF left_at ON students FOR EACH ROW EXECUTE FUNCTION note_course();
CREATE TRIGGER projects_counted AFTER INSERT OR DELETE ON projects FOR EACH ROW EXECUTE FUNCTION note_course_of_student();
CREATE TRIGGER projects_moved AFTER UPDATE OF app_state ON projects FOR EACH ROW WHEN (OLD.app_state <> NEW.app_state)
	EXECUTE FUNCTION note_course_of_student();
CREATE TRIGGER builds_counted AFTER INSERT OR DELETE ON builds FOR EACH ROW EXECUTE FUNCTION note_course();
CREATE TRIGGER builds_moved AFTER UPDATE OF status ON builds FOR EACH ROW
	WHEN (OLD.status <> NEW.status AND 'failed' IN (OLD.status, NEW.status)) EXECUTE FUNCTION note_course();

-- Ended builds rolled up, so that statistics cost the same however many there are. `upto`: what ended before is in the tables below,
-- the rest is counted from builds. Days and hours are those of `zone`; an hour is counted once, in the transaction that moves `upto`.
CREATE TABLE build_stats_state (
	only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	upto     timestamptz NOT NULL,
	zone     text NOT NULL
);
CREATE TABLE build_stats_hours (
	hour      timestamptz NOT NULL,
	course_id bigint NOT NULL REFERENCES courses,
	success   integer NOT NULL,
	failed    integer NOT NULL,
	cancelled integer NOT NULL,
	PRIMARY KEY (hour, course_id)
);
CREATE TABLE build_stats_reasons (
	day       date NOT NULL,
	course_id bigint NOT NULL REFERENCES courses,
	reason    text NOT NULL,
	builds    integer NOT NULL,
	PRIMARY KEY (day, course_id, reason)
);
-- How long builds took and waited: bucket n holds times up to 1.1^n seconds, so that percentiles are right within 5 %.
CREATE TABLE build_stats_times (
	day       date NOT NULL,
	course_id bigint NOT NULL REFERENCES courses,
	kind      text NOT NULL CHECK (kind IN ('duration', 'wait')),
	bucket    smallint NOT NULL,
	builds    integer NOT NULL,
	PRIMARY KEY (day, course_id, kind, bucket)
);

-- What `portalctl demo` made, so that it finds exactly that again and takes nothing else away. All else hangs on these three.
CREATE TABLE demo_rows (
	kind text NOT NULL CHECK (kind IN ('course', 'user', 'registry')),
	id   bigint NOT NULL,
	PRIMARY KEY (kind, id)
);
