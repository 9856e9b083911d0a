/* Quotas: what applications take while they are up, and what they may take. */
#include "model/quotas.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "db/db.h"
#include "model/clusters.h"
#include "model/setting_kinds.h"
#include "model/settings.h"

enum unit { APPS, CPU, MEMORY };

static const struct {
	const char *name;
	enum quota_scope scope;
	enum unit unit;
	enum setting setting;
} quotas[QUOTA__MAX] = {
	[QUOTA_STUDENT_APPS] = { "student_apps", QUOTA_OF_STUDENT, APPS, SETTING_APPS_PER_STUDENT },
	[QUOTA_STUDENT_CPU] = { "student_cpu", QUOTA_OF_STUDENT, CPU, SETTING_CPU_PER_STUDENT },
	[QUOTA_STUDENT_MEMORY] = { "student_memory", QUOTA_OF_STUDENT, MEMORY, SETTING_MEMORY_PER_STUDENT },
	[QUOTA_COURSE_APPS] = { "course_apps", QUOTA_OF_COURSE, APPS, SETTING_APPS_PER_COURSE },
	[QUOTA_CLUSTER_APPS] = { "cluster_apps", QUOTA_OF_CLUSTER, APPS, SETTING_APPS_PER_CLUSTER },
	[QUOTA_CLUSTER_CPU] = { "cluster_cpu", QUOTA_OF_CLUSTER, CPU, SETTING_CPU_PER_CLUSTER },
	[QUOTA_CLUSTER_MEMORY] = { "cluster_memory", QUOTA_OF_CLUSTER, MEMORY, SETTING_MEMORY_PER_CLUSTER },
	[QUOTA_TOTAL_APPS] = { "total_apps", QUOTA_OF_ALL, APPS, SETTING_APPS_TOTAL },
};

const char *quota_name(enum quota q)
{
	return quotas[q].name;
}

bool quota_is_sum(enum quota q)
{
	return quotas[q].unit != APPS;
}

/* --- amounts -----------------------------------------------------------------------------------------------------------------
 */

/* Of a text that keeps the rules of its setting; NULL or another text: 0. */
static int64_t amount_of(enum unit unit, const char *text)
{
	int64_t n = 0;
	bool read = text && (unit == CPU      ? setting_cpu_parse(text, &n)
			     : unit == MEMORY ? setting_bytes_parse(text, &n)
					      : str_to_int(text, 0, INT64_MAX, &n));
	return read ? n : 0;
}

struct takes takes_of_settings(const struct settings *s)
{
	return (struct takes){ amount_of(CPU, settings_text(s, SETTING_APP_CPU)),
			       amount_of(MEMORY, settings_text(s, SETTING_APP_MEMORY)) };
}

bool takes_of_plan(struct arena *a, const char *snapshot, struct takes *out)
{
	const char *why;
	json_object *o = json_parse(a, snapshot, strlen(snapshot), 16, &why);
	*out = (struct takes){ amount_of(CPU, json_text(o, "cpu", NULL)), amount_of(MEMORY, json_text(o, "memory", NULL)) };
	return json_int(o, "replicas", 0) > 0 && out->cpu > 0 && out->memory > 0;
}

/* "1.5" of 1536 with a factor of 1024: at most two decimals, none that are 0. */
static const char *scaled(struct arena *a, int64_t n, int64_t factor, const char *suffix)
{
	int64_t hundredths = n / factor * 100 + n % factor * 100 / factor;
	if (!(hundredths % 100))
		return arena_printf(a, "%" PRId64 "%s", hundredths / 100, suffix);
	if (!(hundredths % 10))
		return arena_printf(a, "%" PRId64 ".%" PRId64 "%s", hundredths / 100, hundredths / 10 % 10, suffix);
	return arena_printf(a, "%" PRId64 ".%02" PRId64 "%s", hundredths / 100, hundredths % 100, suffix);
}

const char *quota_amount(struct arena *a, enum quota q, int64_t amount)
{
	static const int64_t ki = 1 << 10, mi = 1 << 20, gi = 1 << 30;
	switch (quotas[q].unit) {
	case CPU:
		return scaled(a, amount, 1000, "");
	case MEMORY:
		return amount >= gi || amount == 0 ? scaled(a, amount, gi, "Gi")
		       : amount >= mi		   ? scaled(a, amount, mi, "Mi")
						   : scaled(a, amount, ki, "Ki");
	case APPS:
		break;
	}
	return arena_printf(a, "%" PRId64, amount);
}

const char *quota_sentence(struct arena *a, const char *sentence, const struct quota_full *f)
{
	sentence = str_fill(a, sentence, "{limit}", quota_amount(a, f->quota, f->limit));
	sentence = str_fill(a, sentence, "{used}", quota_amount(a, f->quota, f->used));
	sentence = str_fill(a, sentence, "{asked}", quota_amount(a, f->quota, f->asked));
	return str_fill(a, sentence, "{over}", quota_amount(a, f->quota, f->used + f->asked - f->limit));
}

/* --- limits -------------------------------------------------------------------------------------------------------------------
 */

static int64_t limit_of_setting(const struct settings *s, enum quota q)
{
	return amount_of(quotas[q].unit, settings_text(s, quotas[q].setting));
}

int64_t quota_limit_of_cluster(const struct cluster *c, const struct settings *s, enum quota q)
{
	const char *own = q == QUOTA_CLUSTER_APPS     ? c->quota_apps
			  : q == QUOTA_CLUSTER_CPU    ? c->quota_cpu
			  : q == QUOTA_CLUSTER_MEMORY ? c->quota_memory
						      : NULL;
	return own ? amount_of(quotas[q].unit, own) : limit_of_setting(s, q);
}

/* Of a cluster that may have limits of its own; id 0: none. */
static enum err load_limits(struct db *db, struct arena *a, const struct settings *s, int64_t cluster_id,
			    int64_t limits[QUOTA__MAX])
{
	struct cluster c = { 0 };
	enum err e = cluster_id ? model_clusters_get(db, a, cluster_id, &c) : ERR_NONE;
	for (enum quota q = 0; q < QUOTA__MAX; q++)
		limits[q] = quota_limit_of_cluster(&c, s, q);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

/* --- use -----------------------------------------------------------------------------------------------------------------------
 */

/* What is used by all but one project; what is not asked for (an id of 0, `all` false) is 0. By one statement. */
static enum err load_use(struct db *db, struct arena *a, const struct quota_ask *ask, bool all, int64_t used[QUOTA__MAX])
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT st.n, st.cpu, st.memory, co.n, cl.n, cl.cpu, cl.memory, total.n FROM"
		" (SELECT count(*) AS n, coalesce(sum(takes_cpu), 0) AS cpu, coalesce(sum(takes_memory), 0) AS memory FROM "
		"projects"
		"  WHERE student_id = $1::bigint AND takes_cpu IS NOT NULL AND id <> $4::bigint) st,"
		" (SELECT count(*) AS n FROM students s JOIN projects p ON p.student_id = s.id AND p.takes_cpu IS NOT NULL"
		"  WHERE s.course_id = $2::bigint AND s.left_at IS NULL AND p.id <> $4::bigint) co,"
		" (SELECT count(*) AS n, coalesce(sum(takes_cpu), 0) AS cpu, coalesce(sum(takes_memory), 0) AS memory FROM "
		"projects"
		"  WHERE cluster_id = $3::bigint AND takes_cpu IS NOT NULL AND id <> $4::bigint) cl,"
		" (SELECT count(*) AS n FROM projects WHERE $5 AND takes_cpu IS NOT NULL AND id <> $4::bigint) total",
		DB_INT(ask->student_id), DB_INT(ask->course_id), DB_INT(ask->cluster_id), DB_INT(ask->project_id), DB_BOOL(all));
	for (enum quota q = 0; q < QUOTA__MAX; q++)
		used[q] = e ? 0 : db_int(&r, 0, (int)q);
	return e;
}

/* One after the other in a fixed order: two that want the same locks cannot wait for each other. */
static enum err lock_scopes(struct db *db, struct arena *a, const struct quota_ask *ask, const int64_t limits[QUOTA__MAX])
{
	static const char *const names[] = { "student", "course", "cluster", "all" };
	const int64_t ids[] = { ask->student_id, ask->course_id, ask->cluster_id, 0 };
	bool wanted[] = { false, false, false, false };
	enum err e = ERR_NONE;
	for (enum quota q = 0; q < QUOTA__MAX; q++)
		wanted[quotas[q].scope] |= limits[q] > 0;
	for (int i = 0; i < 4 && !e; i++)
		if (wanted[i])
			e = db_query(db, a, NULL,
				     "SELECT pg_advisory_xact_lock(hashtextextended('quota ' || $1 || ' ' || $2::bigint, 0))",
				     DB_TEXT(names[i]), DB_INT(ids[i]));
	return e;
}

static int64_t of_unit(enum unit unit, const struct takes *t)
{
	return unit == CPU ? t->cpu : unit == MEMORY ? t->memory : t->cpu > 0;
}

const char *quota_takes(struct arena *a, enum quota q, const struct takes *t)
{
	return quota_amount(a, q, of_unit(quotas[q].unit, t));
}

enum err model_quotas_check(struct db *db, struct arena *a, const struct settings *s, const struct quota_ask *ask,
			    struct quota_full *full)
{
	int64_t limits[QUOTA__MAX], used[QUOTA__MAX];
	if (ask->before.cpu && ask->after.cpu <= ask->before.cpu && ask->after.memory <= ask->before.memory)
		return ERR_NONE;
	enum err e = load_limits(db, a, s, ask->cluster_id, limits);
	if (!e)
		e = lock_scopes(db, a, ask, limits);
	/* A statement behind the locks: it sees what their last owners committed. */
	if (!e)
		e = load_use(db, a, ask, limits[QUOTA_TOTAL_APPS] > 0, used);
	for (enum quota q = 0; q < QUOTA__MAX && !e; q++) {
		int64_t before = of_unit(quotas[q].unit, &ask->before), after = of_unit(quotas[q].unit, &ask->after);
		if (!limits[q] || after <= before || used[q] + after <= limits[q])
			continue;
		*full = (struct quota_full){ .quota = q,
					     .limit = limits[q],
					     .used = used[q] + before,
					     .asked = after - before,
					     .project_id = ask->project_id,
					     .student_id = ask->student_id,
					     .course_id = ask->course_id,
					     .cluster_id = ask->cluster_id };
		return ERR_CONFLICT;
	}
	return e;
}

enum err model_quotas_cluster(struct db *db, struct arena *a, const struct settings *s, const struct cluster *c,
			      struct quota_uses *out)
{
	int64_t used[QUOTA__MAX];
	*out = (struct quota_uses){ .count = 0 };
	enum err e = load_use(db, a, &(struct quota_ask){ .cluster_id = c->id }, false, used);
	for (enum quota q = 0; q < QUOTA__MAX && !e; q++)
		if (quotas[q].scope == QUOTA_OF_CLUSTER)
			out->rows[out->count++] = (struct quota_use){ q, quota_limit_of_cluster(c, s, q), used[q] };
	return e;
}

enum err model_quotas_kept_back(struct db *db, struct arena *a, int64_t build_id, const char **refusal)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT not_deployed FROM builds WHERE id = $1", DB_INT(build_id));
	*refusal = !e && r.count ? db_text(&r, 0, 0) : NULL;
	return e;
}

/* --- who takes of it ----------------------------------------------------------------------------------------------------------
 */

enum err model_quotas_holders(struct db *db, struct arena *a, const struct quota_full *f, int64_t user_id,
			      struct quota_holder **out, int *count, int *more)
{
	struct db_rows r;
	enum quota_scope scope = quotas[f->quota].scope;
	enum err e =
		db_query(db, a, &r,
			 "WITH held AS (SELECT p.id, s.user_id, p.name, s.name AS student, s.student_number, c.code, "
			 "p.app_state, p.takes_cpu,"
			 "  p.takes_memory, p.active_at FROM projects p JOIN students s ON s.id = p.student_id"
			 "  JOIN courses c ON c.id = s.course_id WHERE p.takes_cpu IS NOT NULL AND p.id <> $6::bigint"
			 "  AND ($1::bigint IS NULL OR p.student_id = $1) AND ($2::bigint IS NULL OR s.course_id = $2)"
			 "  AND ($3::bigint IS NULL OR p.cluster_id = $3))"
			 " SELECT h.*, t.n FROM (SELECT count(*) AS n FROM held) t LEFT JOIN LATERAL (SELECT * FROM held"
			 "  WHERE $4::bigint IS NULL OR user_id = $4 ORDER BY active_at, id LIMIT $5) h ON true",
			 DB_ID(scope == QUOTA_OF_STUDENT ? f->student_id : 0), DB_ID(scope == QUOTA_OF_COURSE ? f->course_id : 0),
			 DB_ID(scope == QUOTA_OF_CLUSTER ? f->cluster_id : 0), DB_ID(user_id), DB_INT(QUOTA_HOLDERS),
			 DB_INT(f->project_id));
	*count = *more = 0;
	if (e)
		return e;
	int64_t over = f->used + f->asked - f->limit, freed = 0;
	*out = arena_alloc(a, sizeof **out * (size_t)(r.count + 1));
	for (int i = 0; i < r.count && !db_is_null(&r, i, 0); i++, ++*count) {
		struct quota_holder *h = &(*out)[i];
		*h = (struct quota_holder){ .project_id = db_int(&r, i, 0),
					    .student_user_id = db_int(&r, i, 1),
					    .project_name = db_text(&r, i, 2),
					    .student_name = db_text(&r, i, 3),
					    .student_number = db_text(&r, i, 4),
					    .course_code = db_text(&r, i, 5),
					    .app_state = db_text(&r, i, 6),
					    .takes = { db_int(&r, i, 7), db_int(&r, i, 8) },
					    .active_at = db_text(&r, i, 9),
					    .enough = freed < over };
		freed += of_unit(quotas[f->quota].unit, &h->takes);
	}
	*more = (int)db_int(&r, 0, 10) - *count;
	return ERR_NONE;
}
