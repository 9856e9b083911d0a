/* The state of the whole system as the database sees it. */
#include "model/system.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "db/db.h"
#include "model/workers.h"

/* Ended builds that are not tidied up yet: a small part, with an index of its own. */
#define ENDED "status IN ('success', 'failed', 'cancelled') AND job_deleted_at IS NULL AND job_name IS NOT NULL"

/* Seconds; NULL: there is nothing of that kind. */
static int64_t age(const struct db_rows *r, int column)
{
	return db_is_null(r, 0, column) ? -1 : db_int(r, 0, column);
}

static enum err read_server(struct db *db, struct arena *a, struct system_state *s)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT (SELECT name FROM schema_migrations ORDER BY version DESC LIMIT 1), pg_database_size(current_database()),"
		" (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
		" current_setting('max_connections')::integer, (SELECT count(*) FROM registries),"
		" (SELECT count(*) FROM users WHERE role = 'admin' AND disabled_at IS NULL AND password_hash <> '')");
	if (e)
		return e;
	s->schema = db_text(&r, 0, 0);
	s->database_bytes = db_int(&r, 0, 1);
	s->connections = (int)db_int(&r, 0, 2);
	s->connections_max = (int)db_int(&r, 0, 3);
	s->registries = (int)db_int(&r, 0, 4);
	s->admins = (int)db_int(&r, 0, 5);
	return ERR_NONE;
}

static enum err read_builds(struct db *db, struct arena *a, struct system_state *s)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "SELECT b.running, b.waiting, extract(epoch FROM now() - b.oldest)::bigint, u.count,"
			 " extract(epoch FROM now() - u.oldest)::bigint, t.count, extract(epoch FROM now() - t.oldest)::bigint"
			 " FROM (SELECT count(*) FILTER (WHERE status = 'running') AS running,"
			 "   count(*) FILTER (WHERE status = 'pending') AS waiting, min(created_at) FILTER (WHERE status = "
			 "'pending') AS oldest"
			 "   FROM builds WHERE status IN ('pending', 'running')) b,"
			 "  (SELECT count(*), min(finished_at) AS oldest FROM builds WHERE archived_at IS NULL AND " ENDED ") u,"
			 "  (SELECT count(*), min(coalesce(finished_at, started_at, created_at)) AS oldest FROM builds"
			 "   WHERE status_retry_at IS NOT NULL) t");
	if (e)
		return e;
	s->running = (int)db_int(&r, 0, 0);
	s->waiting = (int)db_int(&r, 0, 1);
	s->waiting_age_s = age(&r, 2);
	s->unarchived = (int)db_int(&r, 0, 3);
	s->unarchived_age_s = age(&r, 4);
	s->untold = (int)db_int(&r, 0, 5);
	s->untold_age_s = age(&r, 6);
	return ERR_NONE;
}

static enum err read_deployments(struct db *db, struct arena *a, struct system_state *s)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT count(*) FILTER (WHERE state = 'deploying'), count(*) FILTER (WHERE state = 'pending'),"
			      " extract(epoch FROM now() - min(created_at) FILTER (WHERE state = 'pending'))::bigint"
			      " FROM deployments WHERE state IN ('pending', 'deploying')");
	if (e)
		return e;
	s->deploying = (int)db_int(&r, 0, 0);
	s->deployments_waiting = (int)db_int(&r, 0, 1);
	s->deployments_age_s = age(&r, 2);
	return ERR_NONE;
}

/* The last of each, by the end of an index. */
static enum err read_last(struct db *db, struct arena *a, struct system_state *s)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT h.branches, h.failing, h.seen, b.id, b.finished_at,"
		" (SELECT archived_at FROM builds WHERE archived_at IS NOT NULL ORDER BY id DESC LIMIT 1),"
		" (SELECT received_at FROM webhook_deliveries ORDER BY id DESC LIMIT 1),"
		" (SELECT coalesce(sum(value), 0)::bigint FROM counters WHERE starts_with(name, 'webhook_rejected_')),"
		" (SELECT extract(epoch FROM now() - max(received_at))::bigint FROM webhook_rejects)"
		" FROM (SELECT count(*) AS branches, count(head_error) AS failing, max(head_seen_at) AS seen FROM build_configs"
		"   WHERE auto_build) h"
		"  LEFT JOIN LATERAL (SELECT id, finished_at FROM builds WHERE status = 'success' ORDER BY id DESC LIMIT 1) b ON "
		"true");
	if (e)
		return e;
	s->branches = (int)db_int(&r, 0, 0);
	s->branches_failing = (int)db_int(&r, 0, 1);
	s->head_at = db_text(&r, 0, 2);
	s->success_build = db_int(&r, 0, 3);
	s->success_at = db_text(&r, 0, 4);
	s->archived_at = db_text(&r, 0, 5);
	s->delivery_at = db_text(&r, 0, 6);
	s->rejected = db_int(&r, 0, 7);
	s->reject_age_s = age(&r, 8);
	return ERR_NONE;
}

static enum err read_workers(struct db *db, struct arena *a, struct system_state *s)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT w.id, w.host, w.version, w.pid, w.epoch, w.started_at, w.heartbeat_at, w.stopped_at,"
		" w.stopped_at IS NULL AND w.heartbeat_at > now() - make_interval(secs => $1::integer) AS alive,"
		" (SELECT count(*) FROM builds b WHERE b.worker_id = w.id AND b.lease_epoch = w.epoch AND b.status = 'running'),"
		" (SELECT count(*) FROM deployments d WHERE d.worker_id = w.id AND d.lease_epoch = w.epoch AND d.state = "
		"'deploying')"
		" FROM workers w ORDER BY alive DESC, w.id DESC LIMIT $2",
		DB_INT(LEASE_SECONDS), DB_INT(SYSTEM_WORKERS));
	if (e)
		return e;
	s->workers = arena_alloc(a, sizeof *s->workers * (size_t)(r.count + 1));
	s->worker_count = r.count;
	for (int i = 0; i < r.count; i++) {
		s->workers[i] = (struct system_worker){ .id = db_int(&r, i, 0),
							.host = db_text(&r, i, 1),
							.version = db_text(&r, i, 2),
							.pid = (int)db_int(&r, i, 3),
							.epoch = db_int(&r, i, 4),
							.started_at = db_text(&r, i, 5),
							.heartbeat_at = db_text(&r, i, 6),
							.stopped_at = db_text(&r, i, 7),
							.alive = db_bool(&r, i, 8),
							.builds = (int)db_int(&r, i, 9),
							.deployments = (int)db_int(&r, i, 10) };
		s->workers_alive += s->workers[i].alive;
	}
	return ERR_NONE;
}

static enum err read_waits(struct db *db, struct arena *a, struct system_state *s)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT 'builds', waiting_for, waiting_words, count(*), min(created_at) FROM builds WHERE status IN ('pending', "
		"'running')"
		"  AND waiting_for IS NOT NULL GROUP BY waiting_for, waiting_words"
		" UNION ALL SELECT 'archive', waiting_for, waiting_words, count(*), min(finished_at) FROM builds WHERE " ENDED
		"  AND waiting_for IS NOT NULL GROUP BY waiting_for, waiting_words"
		" UNION ALL SELECT 'deployments', progress_code, progress_values - '{message,line}'::text[], count(*), "
		"min(created_at)"
		"  FROM deployments WHERE state IN ('pending', 'deploying') AND progress_code IS NOT NULL GROUP BY 2, 3"
		" ORDER BY 5 LIMIT $1",
		DB_INT(SYSTEM_WAITS));
	if (e)
		return e;
	s->waits = arena_alloc(a, sizeof *s->waits * (size_t)(r.count + 1));
	s->wait_count = r.count;
	for (int i = 0; i < r.count; i++)
		s->waits[i] = (struct system_wait){ db_text(&r, i, 0), db_text(&r, i, 1), db_text(&r, i, 2),
						    (int)db_int(&r, i, 3), db_text(&r, i, 4) };
	return ERR_NONE;
}

static enum err read_rejects(struct db *db, struct arena *a, struct system_state *s)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r, "SELECT received_at, ip, repository, reason FROM webhook_rejects ORDER BY received_at DESC LIMIT $1",
		DB_INT(SYSTEM_REJECTS));
	if (e)
		return e;
	s->rejects = arena_alloc(a, sizeof *s->rejects * (size_t)(r.count + 1));
	s->reject_count = r.count;
	for (int i = 0; i < r.count; i++)
		s->rejects[i] =
			(struct system_reject){ db_text(&r, i, 0), db_text(&r, i, 1), db_text(&r, i, 2), db_text(&r, i, 3) };
	return ERR_NONE;
}

enum err model_system_read(struct db *db, struct arena *a, struct system_state *out)
{
	enum err (*const parts[])(struct db *, struct arena *,
				  struct system_state *) = { read_server,  read_builds, read_deployments, read_last,
							     read_workers, read_waits,	read_rejects };
	enum err e = ERR_NONE;
	*out = (struct system_state){ 0 };
	for (size_t i = 0; i < sizeof parts / sizeof *parts && !e; i++)
		e = parts[i](db, a, out);
	return e;
}

const char *system_trouble_name(enum system_trouble t)
{
	static const char *const names[TROUBLE__MAX] = { "no_worker",	"no_cluster", "cluster_away",	"no_archive",
							 "no_registry", "queue",      "archive_behind", "gitea_behind",
							 "branches",	"rejects",    "connections",	"versions" };
	return names[t];
}

static bool waits_for_cluster(const struct system_state *s)
{
	for (int i = 0; i < s->wait_count; i++)
		if (str_starts(s->waits[i].why, "the cluster does not answer"))
			return true;
	return false;
}

static bool other_version(const struct system_state *s, const char *version)
{
	for (int i = 0; i < s->worker_count; i++)
		if (s->workers[i].alive && strcmp(s->workers[i].version, version))
			return true;
	return false;
}

enum { BEHIND_S = 600, STALLED_S = 300, RECENT_S = 3600 };

int system_troubles(const struct system_state *s, const struct system_program *p, enum system_trouble out[TROUBLE__MAX])
{
	const bool is[TROUBLE__MAX] = {
		[TROUBLE_NO_WORKER] = !s->workers_alive,
		[TROUBLE_NO_CLUSTER] = !p->cluster,
		[TROUBLE_CLUSTER_AWAY] = waits_for_cluster(s),
		[TROUBLE_NO_ARCHIVE] = !p->archive,
		[TROUBLE_NO_REGISTRY] = !s->registries,
		[TROUBLE_QUEUE] = s->workers_alive && s->waiting && !s->running && s->waiting_age_s > STALLED_S,
		[TROUBLE_ARCHIVE_BEHIND] = s->unarchived && s->unarchived_age_s > BEHIND_S,
		[TROUBLE_GITEA_BEHIND] = p->gitea && s->untold && s->untold_age_s > BEHIND_S,
		[TROUBLE_BRANCHES] = s->branches_failing && 2 * s->branches_failing >= s->branches,
		[TROUBLE_REJECTS] = s->reject_age_s >= 0 && s->reject_age_s < RECENT_S,
		[TROUBLE_CONNECTIONS] = 10 * s->connections >= 9 * s->connections_max,
		[TROUBLE_VERSIONS] = other_version(s, p->version),
	};
	int n = 0;
	for (enum system_trouble t = 0; t < TROUBLE__MAX; t++)
		if (is[t])
			out[n++] = t;
	return n;
}
