/* Projects: one row, lists, their addresses. What makes one is in project_new.c. */
#include "model/projects.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/app_states.h"
#include "model/list.h"
#include "model/search.h"
#include "model/settings.h"

#define REPAIR_DUE APP_STATES_REPAIR_DUE("p")
#define COLUMNS                                                                                                                  \
	"SELECT p.id, p.student_id, s.course_id, s.user_id, p.name, s.name, s.student_number, c.code, c.name, p.container_port," \
	" p.health_path, p.wanted_deployment_id, p.serving_deployment_id, p.restarted_at, p.app_state, p.app_reason,"            \
	" p.app_ready, p.drift, p.drift_since, p.observed_at, p.created_at, d.image, d.commit_sha, b.id, b.status,"              \
	" b.commit_sha, p.version, d.finished_at, d.build_id, bc.repo_url, bc.branch, p.app_details, p.app_evidence,"            \
	" p.app_reason_at, p.drift_error, CASE WHEN p.drift IS NOT NULL THEN " REPAIR_DUE " END, p.repair_asked_at IS NOT NULL," \
	" p.cluster_id, p.applied_cluster_id, k.name, k.base_domain, NOT k.reachable, k.message, k.checked_at"
#define NOUNS                                                                                                                    \
	" JOIN students s ON s.id = p.student_id JOIN courses c ON c.id = s.course_id"                                           \
	" LEFT JOIN deployments d ON d.id = p.serving_deployment_id LEFT JOIN clusters k"                                        \
	" ON k.id = coalesce(p.applied_cluster_id, p.cluster_id) LEFT JOIN LATERAL (SELECT id, status, commit_sha"               \
	" FROM builds WHERE project_id = p.id ORDER BY id DESC LIMIT 1) b ON true"                                               \
	" LEFT JOIN build_configs bc ON bc.project_id = p.id"

static void read_row(const struct db_rows *r, int i, struct project *p)
{
	*p = (struct project){ .id = db_int(r, i, 0), .student_id = db_int(r, i, 1), .course_id = db_int(r, i, 2) };
	p->student_user_id = db_int(r, i, 3);
	p->name = db_text(r, i, 4);
	p->student_name = db_text(r, i, 5);
	p->student_number = db_text(r, i, 6);
	p->course_code = db_text(r, i, 7);
	p->course_name = db_text(r, i, 8);
	p->container_port = (int)db_int(r, i, 9);
	p->health_path = db_text(r, i, 10);
	p->wanted_deployment_id = db_int(r, i, 11);
	p->serving_deployment_id = db_int(r, i, 12);
	p->restarted_at = db_text(r, i, 13);
	p->app_state = db_text(r, i, 14);
	p->app_reason = db_text(r, i, 15);
	p->app_ready = (int)db_int(r, i, 16);
	p->drift = db_text(r, i, 17);
	p->drift_since = db_text(r, i, 18);
	p->observed_at = db_text(r, i, 19);
	p->created_at = db_text(r, i, 20);
	p->image = db_text(r, i, 21);
	p->commit_sha = db_text(r, i, 22);
	p->build_id = db_int(r, i, 23);
	p->build_status = db_text(r, i, 24);
	p->build_commit = db_text(r, i, 25);
	p->version = (int)db_int(r, i, 26);
	p->serving_since = db_text(r, i, 27);
	p->serving_build_id = db_int(r, i, 28);
	p->repo_url = db_text(r, i, 29);
	p->branch = db_text(r, i, 30);
	p->app_details = db_text(r, i, 31);
	p->app_evidence = db_text(r, i, 32);
	p->app_reason_at = db_text(r, i, 33);
	p->drift_error = db_text(r, i, 34);
	p->repair_at = db_text(r, i, 35);
	p->repair_asked = db_bool(r, i, 36);
	p->cluster_id = db_int(r, i, 37);
	p->applied_cluster_id = db_int(r, i, 38);
	p->cluster_name = db_text(r, i, 39);
	p->base_domain = db_text(r, i, 40);
	p->cluster_away = !db_is_null(r, i, 41) && db_bool(r, i, 41);
	p->cluster_message = db_text(r, i, 42);
	p->cluster_seen_at = db_text(r, i, 43);
}

enum err model_projects_get(struct db *db, struct arena *a, int64_t id, struct project *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, COLUMNS " FROM projects p" NOUNS " WHERE p.id = $1", DB_INT(id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	read_row(&r, 0, out);
	return ERR_NONE;
}

enum err model_projects_first_of_student(struct db *db, struct arena *a, int64_t student_id, int64_t *id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT id FROM projects WHERE student_id = $1 ORDER BY id LIMIT 1", DB_INT(student_id));
	*id = !e && r.count ? db_int(&r, 0, 0) : 0;
	return e;
}

/* First the page's ids, by the index that fits what is asked for; then what is to be said of those few. */
#define LIST(ids) COLUMNS " FROM (" ids ") page JOIN projects p ON p.id = page.id" NOUNS " ORDER BY p.id DESC"
#define IDS(which, limit)                                                                                                        \
	"SELECT p.id FROM projects p JOIN students s ON s.id = p.student_id WHERE p.id < $1" which                               \
	" ORDER BY p.id DESC LIMIT " limit
#define THERE " AND s.left_at IS NULL"
#define NAMED "s.name || ' ' || s.student_number ILIKE $3"
#define IN_STATE " AND ($2::text IS NULL OR p.app_state = $2)"

#define ALL(limit) LIST(IDS(THERE, limit))
#define ALSO_OF_LEFT(limit) LIST(IDS("", limit))
#define OF_STUDENT(limit) LIST(IDS(IN_STATE " AND p.student_id = $3", limit))
#define OF_USER(limit)                                                                                                           \
	LIST(IDS(THERE IN_STATE " AND ($3::text IS NULL OR p.name ILIKE $3 OR " NAMED ") AND s.user_id = $4", limit))
/* Where the best way depends on what is asked for, the ids alone are planned anew: to plan the rest takes longer. */
#define CHOSEN(ids) "SELECT array_agg(id) FROM (" ids ") page"
#define OF_STATE(limit) CHOSEN(IDS(THERE " AND p.app_state = $2", limit))
/* Two indexes of parts of words, one a table. */
#define SEARCHED(limit)                                                                                                          \
	CHOSEN("(" IDS(THERE IN_STATE " AND " NAMED, limit) ") UNION (" IDS(THERE IN_STATE " AND p.name ILIKE $3",               \
									    limit) ") ORDER BY 1 DESC LIMIT " limit)

static enum err query_chosen(struct db *db, struct arena *a, const struct project_filter *f, int64_t before, const char *search,
			     struct db_rows *r)
{
	struct db_rows ids;
	enum err e = search ? list_query_anew(db, a, &ids, f->limit, SEARCHED, DB_INT(before), DB_TEXT(f->state), DB_TEXT(search))
			    /* nearly all are in some states, hardly any in others */
			    : list_query_anew(db, a, &ids, f->limit, OF_STATE, DB_INT(before), DB_TEXT(f->state));
	return e ? e
		 : db_query(db, a, r, COLUMNS " FROM projects p" NOUNS " WHERE p.id = ANY ($1::bigint[]) ORDER BY p.id DESC",
			    DB_TEXT(db_text(&ids, 0, 0)));
}

static enum err query_list(struct db *db, struct arena *a, const struct project_filter *f, struct db_rows *r)
{
	int64_t before = f->before ? f->before : INT64_MAX;
	const char *search = search_pattern(a, f->search);
	if (f->student_id)
		return list_query(db, a, r, f->limit, OF_STUDENT, DB_INT(before), DB_TEXT(f->state), DB_INT(f->student_id));
	if (f->user_id)
		return list_query(db, a, r, f->limit, OF_USER, DB_INT(before), DB_TEXT(f->state), DB_TEXT(search),
				  DB_INT(f->user_id));
	if (search || f->state)
		return query_chosen(db, a, f, before, search, r);
	if (f->left)
		return list_query(db, a, r, f->limit, ALSO_OF_LEFT, DB_INT(before));
	return list_query(db, a, r, f->limit, ALL, DB_INT(before));
}

enum err model_projects_list(struct db *db, struct arena *a, const struct project_filter *f, struct project_list *out)
{
	struct db_rows r;
	enum err e = query_list(db, a, f, &r);
	if (e)
		return e;
	*out = (struct project_list){ .rows = arena_alloc(a, sizeof(struct project) * (size_t)(r.count + 1)),
				      .count = r.count > f->limit ? f->limit : r.count,
				      .more = r.count > f->limit };
	for (int i = 0; i < out->count; i++)
		read_row(&r, i, &out->rows[i]);
	return ERR_NONE;
}

enum err model_projects_up(struct db *db, struct arena *a, int64_t course_id, int limit, struct project_up **out, int *count,
			   int64_t *total)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(
		db, a, &r,
		"SELECT p.id, p.name, s.name, (SELECT count(*) FROM projects p WHERE " PROJECT_IS_UP(
			"p") ")"
			     " FROM projects p JOIN students s ON s.id = p.student_id WHERE s.course_id = $1 AND " PROJECT_IS_UP(
				     "p") " ORDER BY p.id LIMIT $2",
		DB_INT(course_id), DB_INT(limit));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof(**out) * (size_t)(r.count + 1));
	*count = r.count;
	*total = r.count ? db_int(&r, 0, 3) : 0;
	for (int i = 0; i < r.count; i++)
		(*out)[i] = (struct project_up){ db_int(&r, i, 0), db_text(&r, i, 1), db_text(&r, i, 2) };
	return ERR_NONE;
}

const char *project_host(struct arena *a, const struct settings *s, const char *domain, int64_t id)
{
	return arena_printf(a, "student-%lld.%s", (long long)id,
			    domain && *domain ? domain : settings_text(s, SETTING_BASE_DOMAIN));
}

const char *project_address(struct arena *a, const struct settings *s, const char *domain, int64_t id)
{
	const char *scheme = settings_text(s, SETTING_APPS_SCHEME), *host = project_host(a, s, domain, id);
	int64_t port = settings_int(s, SETTING_APPS_PORT);
	if (!port)
		return arena_printf(a, "%s://%s/", scheme, host);
	return arena_printf(a, "%s://%s:%lld/", scheme, host, (long long)port);
}

enum err model_projects_set_serving(struct db *db, struct arena *a, int64_t id, int port, const char *health_path, int version)
{
	struct db_rows r;
	if (port < 1 || port > 65535 || (health_path && !project_health_path_valid(health_path)))
		return ERR_INVALID;
	enum err e = db_query(db, a, &r,
			      "UPDATE projects SET container_port = $2, health_path = $3, version = version + 1"
			      " WHERE id = $1 AND ($4 = 0 OR version = $4)",
			      DB_INT(id), DB_INT(port), DB_TEXT(health_path), DB_INT(version));
	if (e || r.affected)
		return e;
	e = db_query(db, a, &r, "SELECT 1 FROM projects WHERE id = $1", DB_INT(id));
	return e ? e : r.count ? ERR_CONFLICT : ERR_NOT_FOUND;
}
