/* The made-up courses of `portalctl demo`. */
#include "model/demo.h"

#include "base/arena.h"
#include "base/json.h"
#include "db/db.h"

enum err model_demo_begin(struct db *db, struct arena *a, bool *there, int64_t *now_us)
{
	struct db_rows r;
	enum err e = db_query(db, a, NULL, "LOCK TABLE demo_rows IN SHARE ROW EXCLUSIVE MODE");
	if (!e)
		e = db_query(db, a, &r, "SELECT EXISTS (SELECT 1 FROM demo_rows), (extract(epoch FROM now()) * 1000000)::bigint");
	if (e)
		return e;
	*there = db_bool(&r, 0, 0);
	*now_us = db_int(&r, 0, 1);
	return ERR_NONE;
}

enum err model_demo_mark(struct db *db, struct arena *a, enum demo_kind kind, int64_t id)
{
	static const char *const kinds[] = {
		[DEMO_KIND_COURSE] = "course", [DEMO_KIND_USER] = "user", [DEMO_KIND_REGISTRY] = "registry"
	};
	return db_query(db, a, NULL, "INSERT INTO demo_rows (kind, id) VALUES ($1, $2)", DB_TEXT(kinds[kind]), DB_INT(id));
}

enum err model_demo_ids(struct db *db, struct arena *a, enum demo_ids which, int count, int64_t **out)
{
	struct db_rows r;
	enum err e =
		which == DEMO_IDS_BUILDS
			? db_query(db, a, &r,
				   "SELECT nextval(pg_get_serial_sequence('builds', 'id')) FROM generate_series(1, $1::integer)"
				   " ORDER BY 1",
				   DB_INT(count))
			: db_query(db, a, &r,
				   "SELECT nextval(pg_get_serial_sequence('deployments', 'id')) FROM generate_series(1, "
				   "$1::integer) ORDER BY 1",
				   DB_INT(count));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof **out * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		(*out)[i] = db_int(&r, i, 0);
	return ERR_NONE;
}

/* Rows in the form of the table, taken from $1; a column's name stands in both lists. */
#define INSERT(TABLE, COLUMNS)                                                                                                   \
	db_query(db, a, NULL,                                                                                                    \
		 "INSERT INTO " TABLE " (" COLUMNS ") OVERRIDING SYSTEM VALUE SELECT " COLUMNS                                   \
		 " FROM jsonb_populate_recordset(NULL::" TABLE ", $1::jsonb)",                                                   \
		 DB_TEXT(text))
#define UPDATE(TABLE, KEY, COLUMNS, VALUES)                                                                                      \
	db_query(db, a, NULL,                                                                                                    \
		 "UPDATE " TABLE " t SET (" COLUMNS ") = ROW(" VALUES ") FROM jsonb_populate_recordset(NULL::" TABLE             \
		 ", $1::jsonb) r WHERE t." KEY " = r." KEY,                                                                      \
		 DB_TEXT(text))

static enum err insert(struct db *db, struct arena *a, enum demo_rows which, const char *text)
{
	switch (which) {
	case DEMO_BUILDS:
		return INSERT(
			"builds",
			"id, project_id, student_id, course_id, commit_sha, branch, commit_message, commit_author, image_repo,"
			" image_tag, digest, status, phase, reason, message, message_words, evidence, trigger, config, "
			"config_digest,"
			" created_by, cancel_requested_at, cancelled_by, superseded_by, retry_of, job_name, job_uid,"
			" log_object_key, log_bytes, log_sha256, log_lines, log_part_bytes, log_complete, archive_attempts, "
			"archived_at, job_deleted_at,"
			" commit_status, status_attempts, claims, created_at, started_at, deadline_at, finished_at");
	case DEMO_BUILD_EVENTS:
		return db_query(
			db, a, NULL,
			"INSERT INTO build_events (build_id, at, kind, value, message)"
			" SELECT build_id, at, kind, value, message FROM jsonb_populate_recordset(NULL::build_events, $1::jsonb)",
			DB_TEXT(text));
	case DEMO_DEPLOYMENTS:
		return INSERT(
			"deployments",
			"id, project_id, build_id, action, trigger, image, commit_sha, replicas, state, reason, message,"
			" details, evidence, snapshot, applied_at, created_by, superseded_by, claims, created_at, started_at,"
			" deadline_at, finished_at");
	case DEMO_DEPLOYMENT_EVENTS:
		return db_query(
			db, a, NULL,
			"INSERT INTO deployment_events (deployment_id, at, kind, value, message) SELECT deployment_id, at, kind,"
			" value, message FROM jsonb_populate_recordset(NULL::deployment_events, $1::jsonb)",
			DB_TEXT(text));
	case DEMO_DELIVERIES:
		return db_query(
			db, a, NULL,
			"INSERT INTO webhook_deliveries (delivery_id, project_id, event, ref, before_sha, commit_sha, pusher,"
			" outcome, reason, build_id, received_at) SELECT delivery_id, project_id, event, ref, before_sha,"
			" commit_sha, pusher, outcome, reason, build_id, received_at"
			" FROM jsonb_populate_recordset(NULL::webhook_deliveries, $1::jsonb)",
			DB_TEXT(text));
	case DEMO_AUDIT:
		return db_query(
			db, a, NULL,
			"INSERT INTO audit_log (at, user_id, login, role, action, object, project_id, student_id, ip, request_id,"
			" result, detail) SELECT at, user_id, login, role, action, object, project_id, student_id, ip, "
			"request_id,"
			" result, detail FROM jsonb_populate_recordset(NULL::audit_log, $1::jsonb)",
			DB_TEXT(text));
	case DEMO_VARIABLES:
		return INSERT("project_variables", "project_id, name, value");
	case DEMO_IMAGE_USERS:
		return INSERT("image_users", "image, run_as, verdict, said, due_at");
	default:
		return ERR_INVALID;
	}
}

static enum err change(struct db *db, struct arena *a, enum demo_rows which, const char *text)
{
	switch (which) {
	case DEMO_COURSES_PAST:
		return UPDATE("courses", "id", "created_at, archived_at", "r.created_at, r.archived_at");
	case DEMO_USERS_PAST:
		return UPDATE("users", "id", "language, created_at, last_login_at, disabled_at",
			      "r.language, r.created_at, r.last_login_at, r.disabled_at");
	case DEMO_STUDENTS_PAST:
		return UPDATE("students", "id", "created_at, left_at", "r.created_at, r.left_at");
	case DEMO_PROJECTS_PAST:
		return UPDATE("projects", "id",
			      "created_at, wanted_deployment_id, serving_deployment_id, restarted_at, app_state,"
			      " app_ready, drift_count, drift_at, observed_at, takes_cpu, takes_memory",
			      "r.created_at, r.wanted_deployment_id, r.serving_deployment_id, r.restarted_at, r.app_state,"
			      " r.app_ready, r.drift_count, r.drift_at, r.observed_at, r.takes_cpu, r.takes_memory");
	case DEMO_CONFIGS_PAST:
		return UPDATE("build_configs", "project_id",
			      "branch, registry_id, image_repo, tag_strategy, auto_deploy, head_sha, head_seen_at, head_check_at,"
			      " created_at, updated_at",
			      "r.branch, r.registry_id, r.image_repo, r.tag_strategy, r.auto_deploy, r.head_sha, r.head_seen_at,"
			      " now() + interval '100 years', r.created_at, r.updated_at");
	default:
		return ERR_INVALID;
	}
}

enum err model_demo_write(struct db *db, struct arena *a, enum demo_rows which, json_object *rows)
{
	const char *text = json_object_to_json_string_ext(rows, JSON_PLAIN);
	return which < DEMO_COURSES_PAST ? insert(db, a, which, text) : change(db, a, which, text);
}

#define COURSES "(SELECT id FROM demo_rows WHERE kind = 'course')"
#define STUDENTS "(SELECT id FROM students WHERE course_id IN " COURSES ")"
#define PROJECTS "(SELECT id FROM projects WHERE student_id IN " STUDENTS ")"

enum err model_demo_busy(struct db *db, struct arena *a, int64_t *count)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT count(*) FROM projects p WHERE p.id IN " PROJECTS " AND (p.applied IS NOT NULL"
		" OR EXISTS (SELECT 1 FROM builds b WHERE b.project_id = p.id AND (b.status IN ('pending', 'running')"
		"  OR (b.job_name IS NOT NULL AND b.job_deleted_at IS NULL)))"
		" OR EXISTS (SELECT 1 FROM deployments d WHERE d.project_id = p.id AND d.state IN ('pending', 'deploying')))");
	*count = e ? 0 : db_int(&r, 0, 0);
	return e;
}

enum err model_demo_log_keys(struct db *db, struct arena *a, int64_t after, int limit, struct demo_log_key **out, int *count)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT id, log_object_key FROM builds WHERE id > $1 AND log_object_key IS NOT NULL AND course_id IN " COURSES
		" ORDER BY id LIMIT $2",
		DB_INT(after), DB_INT(limit));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof **out * (size_t)(r.count + 1));
	*count = r.count;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct demo_log_key){ db_int(&r, i, 0), db_text(&r, i, 1) };
	return ERR_NONE;
}

/* What points at another row goes before it. */
enum err model_demo_remove(struct db *db, struct arena *a)
{
	enum err e = db_query(db, a, NULL, "DELETE FROM webhook_deliveries WHERE project_id IN " PROJECTS);
	if (!e)
		e = db_query(db, a, NULL,
			     "UPDATE projects SET wanted_deployment_id = NULL, serving_deployment_id = NULL WHERE student_id "
			     "IN " STUDENTS);
	if (!e)
		e = db_query(db, a, NULL,
			     "DELETE FROM image_users WHERE image IN (SELECT image FROM deployments WHERE project_id IN " PROJECTS
			     ")");
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM deployments WHERE project_id IN " PROJECTS);
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM builds WHERE project_id IN " PROJECTS);
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM projects WHERE student_id IN " STUDENTS);
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM students WHERE course_id IN " COURSES);
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM build_stats_hours WHERE course_id IN " COURSES);
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM build_stats_reasons WHERE course_id IN " COURSES);
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM build_stats_times WHERE course_id IN " COURSES);
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM courses WHERE id IN " COURSES);
	if (!e)
		e = db_query(db, a, NULL,
			     "DELETE FROM registries WHERE id IN (SELECT id FROM demo_rows WHERE kind = 'registry')");
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM users WHERE id IN (SELECT id FROM demo_rows WHERE kind = 'user')");
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM demo_rows");
	return e;
}
