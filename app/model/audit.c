/* The audit trail: who did what to whose project, from where, with which result. */
#include "model/audit.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "http/request.h"
#include "model/list.h"
#include "model/search.h"
#include "model/users.h"

static const struct {
	const char *word, *page;
	bool in_cluster;
} kinds[] = {
#define AUDIT_OBJECT(code, word, page) { word, page, false },
#define AUDIT_IN_CLUSTER(code, word) { word, NULL, true },
#include "model/audit_objects.def"
#undef AUDIT_OBJECT
};

struct audit_object audit_object(struct arena *a, enum audit_kind kind, const char *name)
{
	const char *word = kinds[kind].word;
	return (struct audit_object){ name ? arena_join(a, word, " ", name) : word };
}

struct audit_object audit_object_id(struct arena *a, enum audit_kind kind, int64_t id)
{
	return audit_object(a, kind, id ? arena_printf(a, "%" PRId64, id) : NULL);
}

struct audit_object audit_object_in(struct arena *a, const char *word, const char *ns, const char *name)
{
	return (struct audit_object){ arena_printf(a, "%s %s/%s", word, ns, name) };
}

enum audit_kind audit_kind_of(const char *object, const char **name)
{
	size_t n = strcspn(object, " ");
	int kind = 0;
	while (kind < AUDIT_KIND__MAX && (strlen(kinds[kind].word) != n || memcmp(kinds[kind].word, object, n) != 0))
		kind++;
	*name = object[n] ? object + n + 1 : object + n;
	return (enum audit_kind)kind;
}

const char *audit_kind_word(enum audit_kind kind)
{
	return kinds[kind].word;
}

const char *audit_page(struct arena *a, const char *object, int64_t project_id)
{
	const char *name;
	enum audit_kind kind = audit_kind_of(object, &name);
	if (kind == AUDIT_KIND__MAX || !*name)
		return "";
	if (kinds[kind].in_cluster && project_id)
		return arena_printf(a, "%s%" PRId64, kinds[AUDIT_PROJECT].page, project_id);
	return kinds[kind].page ? arena_join(a, kinds[kind].page, name) : "";
}

enum err model_audit_write(struct db *db, struct arena *a, const struct audit *line)
{
	const struct actor *actor = line->actor;
	return db_query(db, a, NULL,
			"INSERT INTO audit_log (user_id, login, role, action, object, project_id, student_id, ip, request_id, "
			"result, detail) "
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
			DB_ID(actor ? actor->id : 0), DB_TEXT(actor && actor->login ? actor->login : "system"),
			DB_TEXT(actor ? role_name(actor->role) : "system"), DB_TEXT(line->action), DB_TEXT(line->object.text),
			DB_ID(line->project_id), DB_ID(line->student_id), DB_TEXT(line->ip), DB_TEXT(line->request_id),
			DB_TEXT(line->refused ? "refused" : "done"), DB_TEXT(line->detail));
}

struct audit audit_of(const struct request *req, const char *action, struct audit_object object)
{
	return (struct audit){
		.actor = &req->actor,
		.ip = req->ip,
		.request_id = req->id,
		.action = action,
		.object = object,
	};
}

const char *audit_person(const struct request *req)
{
	return req->actor.name ? req->actor.name : "somebody";
}

/*
 * A moment as an id: lines are numbered in the order in which they were written, give or take what transactions that run at the
 * same time overtake each other by. So the primary key finds a day of years ago as fast as today.
 */
#define FAR "9223372036854770000"
#define SKEW "1000"
#define ID_AT(moment) "(SELECT x.id FROM audit_log x WHERE x.at >= " moment " ORDER BY x.at LIMIT 1)"
#define BEFORE                                                                                                                   \
	"id < LEAST(COALESCE($1::bigint, " FAR "), CASE WHEN $3::timestamptz IS NULL THEN " FAR                                  \
	" ELSE COALESCE(" ID_AT("$3") " + " SKEW ", " FAR ") END)"
#define AFTER "id > CASE WHEN $2::timestamptz IS NULL THEN 0 ELSE COALESCE(" ID_AT("$2") " - " SKEW ", " FAR ") END"
#define ALSO(column, place) " AND (" place " IS NULL OR " column " = " place ")"
#define LIST(which, limit)                                                                                                       \
	"SELECT id, at, login, role, action, object, ip, request_id, result, detail, project_id, student_id FROM audit_log"      \
	" WHERE " which " ORDER BY id DESC LIMIT " limit
#define ALL(limit) LIST("id < $1", limit)
#define FILTERED(limit)                                                                                                          \
	LIST(BEFORE " AND " AFTER " AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at < $3)" ALSO(    \
		     "login", "$4::text") ALSO("role", "$5::text") ALSO("action", "$6::text") ALSO("result", "$7::text")         \
		     ALSO("project_id", "$8::bigint")                                                                            \
			     ALSO("student_id", "$9::bigint") " AND ($10::text IS NULL OR detail ILIKE $10)",                    \
	     limit)

/* How often something is there decides the index: PostgreSQL is to see the values. */
static enum err query(struct db *db, struct arena *a, const struct audit_filter *f, struct db_rows *rows)
{
	const char *search = search_pattern(a, f->search);
	if (!search && !f->from && !f->to && !f->login && !f->role && !f->action && !f->result && !f->project_id &&
	    !f->student_id)
		return list_query(db, a, rows, f->limit, ALL, DB_INT(f->before ? f->before : INT64_MAX));
	return list_query_anew(db, a, rows, f->limit, FILTERED, DB_ID(f->before), DB_TEXT(f->from), DB_TEXT(f->to),
			       DB_TEXT(f->login), DB_TEXT(f->role), DB_TEXT(f->action), DB_TEXT(f->result), DB_ID(f->project_id),
			       DB_ID(f->student_id), DB_TEXT(search));
}

enum err model_audit_search(struct db *db, struct arena *a, const struct audit_filter *f, struct audit_list *out)
{
	struct db_rows rows;
	enum err e = query(db, a, f, &rows);
	if (e != ERR_NONE)
		return e;
	bool more = rows.count > f->limit;
	*out = (struct audit_list){ .count = more ? f->limit : rows.count, .more = more };
	out->rows = arena_alloc(a, sizeof(*out->rows) * (size_t)(out->count + 1));
	for (int i = 0; i < out->count; i++)
		out->rows[i] = (struct audit_row){
			.id = db_int(&rows, i, 0),
			.at = db_text(&rows, i, 1),
			.login = db_text(&rows, i, 2),
			.role = db_text(&rows, i, 3),
			.action = db_text(&rows, i, 4),
			.object = db_text(&rows, i, 5),
			.ip = db_text(&rows, i, 6),
			.request_id = db_text(&rows, i, 7),
			.result = db_text(&rows, i, 8),
			.detail = db_text(&rows, i, 9),
			.project_id = db_int(&rows, i, 10),
			.student_id = db_int(&rows, i, 11),
		};
	return ERR_NONE;
}
