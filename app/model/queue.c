/* The build queue as the rows have it; the estimate is in queue_estimate.c. */
#include "model/queue.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "db/db.h"
#include "model/workers.h"

enum { QUEUE_ROWS = 200 };

static const char *const sources[QUEUE_SOURCE__MAX] = { "project", "course", "all", "nothing" };
static const char *const holds[QUEUE_HOLD__MAX] = { NULL, "turn", "limit", "project", "cluster", "worker" };

const char *queue_source_name(enum queue_source s)
{
	return sources[s];
}

const char *queue_hold_name(enum queue_hold h)
{
	return holds[h];
}

/* The live builds, and whether a worker is there. */
struct live {
	struct queue_entry *entries;
	int count, running, waiting;
	bool worker;
};

/*
 * The newest that succeeded or failed; of courses all at once, among the last 500 of all: a course that builds seldom would have
 * its history walked, or that of all others. A burst of pushes makes a long queue: the first 500 are known by their projects.
 */
#define ENDED " AND status IN ('success', 'failed') AND duration IS NOT NULL ORDER BY "
#define MEDIAN "percentile_disc(0.5) WITHIN GROUP (ORDER BY duration)"
#define LIVE_SQL                                                                                                                 \
	"WITH live AS (SELECT id, project_id, course_id, status = 'running' AS running, created_at, started_at,"                 \
	"  waiting_for IS NOT NULL AS away, row_number() OVER (PARTITION BY status ORDER BY created_at, id) AS place"            \
	"  FROM builds WHERE status IN ('pending', 'running')),"                                                                 \
	" of_course AS MATERIALIZED (SELECT course_id, " MEDIAN " AS usual FROM (SELECT course_id, duration FROM builds"         \
	"  WHERE finished_at > now() - interval '7 days'" ENDED "finished_at DESC LIMIT 500) n GROUP BY course_id),"             \
	" of_all AS MATERIALIZED (SELECT " MEDIAN " AS usual FROM (SELECT duration FROM builds"                                  \
	"  WHERE finished_at IS NOT NULL" ENDED "finished_at DESC LIMIT 50) n)"                                                  \
	" SELECT l.id, l.project_id, l.course_id, coalesce((extract(epoch FROM c.build_turn_at) * 1000000)::bigint, 0),"         \
	" l.running, coalesce(extract(epoch FROM now() - l.started_at)::bigint, 0), l.away, NOT l.running AND EXISTS"            \
	"  (SELECT 1 FROM live o WHERE o.project_id = l.project_id AND o.running),"                                              \
	" CASE WHEN l.place <= 500 THEN (SELECT " MEDIAN " FROM (SELECT duration FROM builds"                                    \
	"  WHERE project_id = l.project_id" ENDED "id DESC LIMIT 5) n) END,"                                                     \
	" k.usual, (SELECT usual FROM of_all), EXISTS (SELECT 1 FROM workers WHERE stopped_at IS NULL"                           \
	"  AND heartbeat_at > now() - make_interval(secs => $1::integer))"                                                       \
	" FROM live l JOIN courses c ON c.id = l.course_id LEFT JOIN of_course k ON k.course_id = l.course_id"                   \
	" ORDER BY l.running DESC, l.created_at, l.id"

static void read_entry(const struct db_rows *r, int i, struct queue_entry *e)
{
	enum { PROJECT_COLUMN = 8 };
	*e = (struct queue_entry){ .id = db_int(r, i, 0),
				   .project_id = db_int(r, i, 1),
				   .course_id = db_int(r, i, 2),
				   .course_turn = db_int(r, i, 3),
				   .running = db_bool(r, i, 4),
				   .elapsed = db_int(r, i, 5),
				   .usual = 60,
				   .away = db_bool(r, i, 6),
				   .own = db_bool(r, i, 7),
				   .source = FROM_NOTHING };
	for (int s = FROM_NOTHING - 1; s >= FROM_PROJECT; s--)
		if (!db_is_null(r, i, PROJECT_COLUMN + s)) {
			e->source = (enum queue_source)s;
			e->usual = db_int(r, i, PROJECT_COLUMN + s);
		}
}

static enum err read_live(struct db *db, struct arena *a, int places, struct live *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, LIVE_SQL, DB_INT(LEASE_SECONDS));
	if (e)
		return e;
	*out = (struct live){ .entries = arena_alloc(a, sizeof *out->entries * (size_t)(r.count + 1)), .count = r.count };
	for (int i = 0; i < r.count; i++) {
		read_entry(&r, i, &out->entries[i]);
		out->running += out->entries[i].running;
		out->worker = db_bool(&r, i, 11);
	}
	out->waiting = r.count - out->running;
	queue_estimate(a, out->entries, out->count, places);
	return ERR_NONE;
}

static enum queue_hold hold_of(const struct live *live, const struct queue_entry *e)
{
	if (e->running)
		return HOLD_NONE;
	if (e->away)
		return HOLD_CLUSTER;
	if (!live->worker)
		return HOLD_WORKER;
	if (e->own)
		return HOLD_PROJECT;
	return e->expected_wait ? HOLD_LIMIT : HOLD_TURN;
}

static struct queued queued_of(const struct live *live, const struct queue_entry *e)
{
	enum queue_hold hold = hold_of(live, e);
	return (struct queued){ .build.id = e->id,
				.position = e->position,
				.expected_wait = hold == HOLD_CLUSTER || hold == HOLD_WORKER ? -1 : e->expected_wait,
				.usual_duration = e->usual,
				.usual_source = e->source,
				.hold = hold };
}

/* Running ones first, in the order of their start; then by position. Both are their places in the list, counted from 0. */
static void put_in_order(struct arena *a, const struct live *live, struct queue *out)
{
	int running = 0;
	out->rows = arena_alloc(a, sizeof *out->rows * (size_t)(live->count + 1));
	for (int i = 0; i < live->count; i++) {
		const struct queue_entry *e = &live->entries[i];
		int at = e->running ? running++ : live->running + e->position - 1;
		out->rows[at] = queued_of(live, e);
	}
	out->count = live->count < QUEUE_ROWS ? live->count : QUEUE_ROWS;
}

/* What ended between the two statements is left out. */
static enum err read_builds(struct db *db, struct arena *a, struct queue *out)
{
	struct build_list builds;
	struct buf ids = { 0 };
	for (int i = 0; i < out->count; i++)
		buf_printf(&ids, "%s%" PRId64, i ? "," : "{", out->rows[i].build.id);
	const char *text = arena_printf(a, "%s}", ids.len ? ids.data : "{");
	buf_free(&ids);
	enum err e = model_builds_named(db, a, text, &builds);
	int kept = 0;
	for (int i = 0, k = 0; !e && i < out->count && k < builds.count; i++) {
		if (builds.rows[k].id != out->rows[i].build.id)
			continue;
		out->rows[i].build = builds.rows[k++];
		if (build_is_live(out->rows[i].build.status))
			out->rows[kept++] = out->rows[i];
	}
	out->count = kept;
	return e;
}

enum err model_queue_read(struct db *db, struct arena *a, int places, struct queue *out)
{
	struct live live;
	*out = (struct queue){ .places = places };
	enum err e = read_live(db, a, places, &live);
	if (e)
		return e;
	out->running = live.running;
	out->waiting = live.waiting;
	put_in_order(a, &live, out);
	return out->count ? read_builds(db, a, out) : ERR_NONE;
}

enum err model_queue_place(struct db *db, struct arena *a, int places, int64_t build_id, struct queued *out, int *waiting)
{
	struct live live;
	enum err e = read_live(db, a, places, &live);
	if (e)
		return e;
	*waiting = live.waiting;
	for (int i = 0; i < live.count; i++)
		if (live.entries[i].id == build_id && !live.entries[i].running) {
			*out = queued_of(&live, &live.entries[i]);
			return ERR_NONE;
		}
	return ERR_NOT_FOUND;
}
