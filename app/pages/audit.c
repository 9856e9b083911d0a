/* The audit trail: searched by whoever acted, on what, when; and the same as CSV. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/csv.h"
#include "model/audit.h"
#include "model/list.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "view/words.h"

enum { LIST_ROWS = 50, CSV_ROWS = 10000, CSV_PAGE = LIST_MAX, CSV_ARENA = 16 << 20 };

enum { Q, LOGIN, ROLE, ACTION, PROJECT, STUDENT, RESULT, FROM, TO, BEFORE, QUERY_FIELDS };
INPUT_SET(
	query_audit, [Q] = { .name = "q", .kind = IN_TEXT, .max = 100 },
	[LOGIN] = { .name = "login", .kind = IN_TEXT, .max = 63 },
	[ROLE] = { .name = "role", .kind = IN_ENUM, .choices = AUDIT_ROLES },
	[ACTION] = { .name = "action", .kind = IN_ENUM, .choices = AUDIT_ACTIONS },
	[PROJECT] = { .name = "project_id", .kind = IN_ID }, [STUDENT] = { .name = "student_id", .kind = IN_ID },
	[RESULT] = { .name = "result", .kind = IN_ENUM, .choices = AUDIT_RESULTS }, [FROM] = { .name = "from", .kind = IN_DATE },
	[TO] = { .name = "to", .kind = IN_DATE }, [BEFORE] = { .name = "before", .kind = IN_ID });

static const char *or_null(const struct input_value *v)
{
	return v->present && *v->text ? v->text : NULL;
}

/* The days are those of the reader's zone, both of them whole. */
static struct audit_filter filter_of(struct request *req, const struct input_value *in, int limit)
{
	const char *zone = req->actor.timezone;
	return (struct audit_filter){ .login = or_null(&in[LOGIN]),
				      .role = or_null(&in[ROLE]),
				      .action = or_null(&in[ACTION]),
				      .result = or_null(&in[RESULT]),
				      .project_id = in[PROJECT].number,
				      .student_id = in[STUDENT].number,
				      .from = in[FROM].present ? view_day(req->arena, zone, in[FROM].text, 0) : NULL,
				      .to = in[TO].present ? view_day(req->arena, zone, in[TO].text, 1) : NULL,
				      .search = in[Q].text,
				      .before = in[BEFORE].number,
				      .limit = limit };
}

/* An act's or a role's word; one that this release does not know is shown as it is. */
static const char *word_of(const struct view *v, const char *prefix, const char *word)
{
	const char *text = view_catalogue(view_language(v), arena_join(view_arena(v), prefix, ".", word));
	return text ? text : word;
}

/* "project 7" in the reader's words; what this release does not know is shown as it is. In the arena. */
static const char *object_text(struct arena *a, const struct view *v, const char *object)
{
	const char *name;
	enum audit_kind kind = audit_kind_of(object, &name);
	if (kind == AUDIT_KIND__MAX)
		return object;
	const char *word = frame_word(v, "object", audit_kind_word(kind));
	return *name ? arena_join(a, word, " ", name) : word;
}

/* The particulars in the reader's language; as they are stored where the portal did not say them. */
static void show_detail(struct view *v, const struct audit_row *r)
{
	const char *own = view_act(view_arena(v), view_language(v), r->action, r->detail);
	view_set(v, "detail", own ? own : r->detail);
	view_set_bool(v, "foreign", !own);
}

static void show_row(struct view *v, const struct audit_row *r)
{
	view_set_moment(v, "at", r->at);
	view_set(v, "login", r->login);
	view_set(v, "role_word", word_of(v, "role", r->role));
	view_set(v, "word", word_of(v, "audit", r->action));
	view_set(v, "object", object_text(view_arena(v), v, r->object));
	view_set(v, "href", audit_page(view_arena(v), r->object, r->project_id));
	view_set_bool(v, "long", strchr(r->object, '/') != NULL);
	view_set_bool(v, "refused", strcmp(r->result, "done") != 0);
	show_detail(v, r);
	view_set(v, "ip", r->ip);
	view_set(v, "request", r->request_id);
}

/* GET /admin/audit */
int page_audit(struct request *req, struct response *res)
{
	struct input_value in[QUERY_FIELDS];
	struct audit_list found;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	struct audit_filter f = filter_of(req, in, LIST_ROWS);
	enum err e = model_audit_search(request_db(req), req->arena, &f, &found);
	if (e)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_AUDIT, NULL);
	frame_filter(v, req, in);
	view_options(v, "Roles", AUDIT_ROLES, "role", in[ROLE].text);
	view_options(v, "Actions", AUDIT_ACTIONS, "audit", in[ACTION].text);
	view_options(v, "Results", AUDIT_RESULTS, "audit_result", in[RESULT].text);
	for (int i = 0; i < found.count; i++)
		show_row(view_row(v, "Rows", i), &found.rows[i]);
	frame_pager(v, req, in, "before", found.more ? frame_number(req->arena, found.rows[found.count - 1].id) : NULL);
	const char *query = strchr(frame_link(req, in, "before", NULL), '?');
	view_set(v, "Csv", arena_printf(req->arena, "/admin/audit.csv%s", query ? query : ""));
	return page_answer(res, 200, v, "audit");
}

static struct csv csv_head(struct buf *out, const struct view *v)
{
	static const char *const words[] = { "audit_column.at",	    "audit_column.login",  "audit_column.role",
					     "audit_column.action", "audit_column.object", "audit_column.result",
					     "audit_column.detail", "audit_column.ip",	   "audit_column.request" };
	struct csv table = csv_begin(out);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		csv_text(&table, view_string(v, words[i]));
	csv_end_row(&table);
	return table;
}

static void csv_row(struct csv *out, struct arena *a, const struct view *v, const struct audit_row *r)
{
	const char *own = view_act(a, view_language(v), r->action, r->detail);
	csv_text(out, r->at);
	csv_text(out, r->login);
	csv_text(out, word_of(v, "role", r->role));
	csv_text(out, word_of(v, "audit", r->action));
	csv_text(out, object_text(a, v, r->object));
	csv_text(out, frame_word(v, "audit_result", r->result));
	csv_text(out, own ? own : r->detail);
	csv_text(out, r->ip);
	csv_text(out, r->request_id);
	csv_end_row(out);
}

/* Page after page into the answer, each page's rows in memory for as long as they are written. *more: it was cut. */
static enum err write_rows(struct request *req, struct csv *out, const struct view *v, struct audit_filter *f, bool *more)
{
	struct arena *page = arena_new(CSV_ARENA);
	struct audit_list found = { .more = true };
	enum err e = page ? ERR_NONE : ERR_UNAVAILABLE;
	for (int written = 0; !e && found.more && written < CSV_ROWS; written += found.count) {
		e = model_audit_search(request_db(req), page, f, &found);
		for (int i = 0; i < found.count && !e; i++)
			csv_row(out, page, v, &found.rows[i]);
		if (!e && found.count)
			f->before = found.rows[found.count - 1].id;
		arena_reset(page);
	}
	*more = found.more;
	arena_free(page);
	return e;
}

/* GET /admin/audit.csv: what the page's filter finds, the newest CSV_ROWS of it. */
int page_audit_csv(struct request *req, struct response *res)
{
	struct input_value in[QUERY_FIELDS];
	bool more;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	struct view *v = page_view(req);
	struct audit_filter f = filter_of(req, in, CSV_PAGE);
	buf_reset(&res->body);
	struct csv table = csv_head(&res->body, v);
	enum err e = write_rows(req, &table, v, &f, &more);
	if (e)
		return response_err(res, e, NULL);
	if (more) {
		csv_text(&table, view_string(v, "audit_page.cut"));
		csv_end_row(&table);
	}
	res->content_type = "text/csv; charset=utf-8";
	response_header(res, "Content-Disposition", "attachment; filename=\"audit.csv\"");
	return 200;
}
