/* What the API's handlers share. */
#include "api/api.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "view/view.h"
#include "view/words.h"

const char *api_string(struct request *req, const char *name)
{
	return view_catalogue(req->language, name);
}

const char *api_say(struct request *req, const char *prefix, const char *code, const char *part, const char *values)
{
	if (!code)
		return NULL;
	return view_words(req->arena, req->language, arena_printf(req->arena, "%s.%s%s", prefix, code, part), values);
}

/* What it is, and its particulars. */
static const char *trouble(struct request *req, const char *reason, const char *details)
{
	const char *title = api_say(req, "dreason", reason, ".title", details);
	const char *says = api_say(req, "dreason", reason, ".says", details);
	return title && says ? arena_printf(req->arena, "%s: %s", title, says) : title ? title : reason;
}

struct api_project api_project_of(struct request *req, const struct project *p, const struct settings *s)
{
	return (struct api_project){ .row = *p,
				     .address = project_address(req->arena, s, p->base_domain, p->id),
				     .message = trouble(req, p->app_reason, p->app_details),
				     .advice = api_say(req, "dreason", p->app_reason, ".advice", p->app_details),
				     .drift = view_changes_text(req->arena, req->language, p->drift) };
}

struct api_deployment api_deployment_of(struct request *req, const struct deployment *d)
{
	const char *hint = view_value(req->arena, d->details, "hint");
	return (struct api_deployment){ .row = *d,
					.message = trouble(req, d->reason, d->details),
					.advice = api_say(req, "dreason", d->reason, ".advice", d->details),
					.hint = api_say(req, "dhint", hint, "", d->details),
					.progress = api_say(req, "dprogress", d->progress_code, "", d->progress_values) };
}

int api_project(struct request *req, struct response *res, int64_t id, enum action action, struct project *out)
{
	enum err e = model_projects_get(request_db(req), req->arena, id, out);
	if (!e)
		e = authorize(&req->actor, action, object_project(out->student_user_id));
	return e ? response_err(res, e, NULL) : 0;
}

int api_build(struct request *req, struct response *res, int64_t id, enum action action, struct build *out)
{
	enum err e = model_builds_get(request_db(req), req->arena, id, out);
	if (!e)
		e = authorize(&req->actor, action, object_project(out->student_user_id));
	return e ? response_err(res, e, NULL) : 0;
}

int api_cluster_trouble(struct response *res, enum err e, const char *why)
{
	const char *name = e == ERR_FORBIDDEN	? "resources.forbidden"
			   : e == ERR_GONE	? "resources.expired"
			   : e == ERR_INVALID	? "resources.invalid"
			   : e == ERR_NOT_FOUND ? NULL
						: "resources.away";
	const char *sentence = name ? response_sentence(res, name) : NULL;
	if (sentence && *why)
		sentence = arena_printf(res->req->arena, "%s %s", sentence, why);
	/* It is the cluster that refuses the portal, not the portal that refuses the person. */
	return response_error(res, e == ERR_FORBIDDEN ? 409 : err_http_status(e == ERR_UNAUTHORIZED ? ERR_UNAVAILABLE : e),
			      sentence);
}

const char *api_time(struct arena *a, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	if (len < 20)
		return NULL;
	char *out = arena_strdup(a, text);
	out[10] = 'T';
	if (str_ends(out, "+00")) {
		out[len - 3] = 'Z';
		out[len - 2] = 0;
	}
	return out;
}

const char *api_refusal(int refusal)
{
	return refusal ? deployment_refusal_name((enum deployment_refusal)refusal) : NULL;
}

static const char *etag(struct arena *a, int version)
{
	return arena_printf(a, "\"%d\"", version);
}

int api_changed(struct request *req, struct response *res)
{
	return response_error(res, 412, api_string(req, "refused.changed"));
}

/* Whether a tag is one of a list "\"1\", W/\"2\"". */
static bool names_tag(const char *list, const char *tag)
{
	size_t len = strlen(tag);
	for (const char *p = list; *p; p += strcspn(p, ",")) {
		p += strspn(p, ", \t");
		if (str_starts(p, "W/")) /* nginx makes the tag of what it compresses a weak one */
			p += 2;
		if (!strncmp(p, tag, len) && strchr(", \t", p[len]))
			return true;
	}
	return false;
}

int api_match_tag(struct request *req, struct response *res, const char *tag, bool *guarded)
{
	const char *match = request_header(req, "HTTP_IF_MATCH");
	/* One that cannot be read guards, too, and fits nothing. */
	*guarded = request_has_header(req, "HTTP_IF_MATCH") && strcmp(match, "*");
	return *guarded && !names_tag(match, tag) ? api_changed(req, res) : 0;
}

int api_match(struct request *req, struct response *res, int *version)
{
	bool guarded;
	int status = api_match_tag(req, res, etag(req->arena, *version), &guarded);
	if (!guarded)
		*version = 0;
	return status;
}

int api_version(struct response *res, int status, int version, const struct shape *s, const void *row)
{
	response_header(res, "ETag", etag(res->req->arena, version));
	return api_row(res, status, s, row);
}

int api_row(struct response *res, int status, const struct shape *s, const void *row)
{
	struct arena *a = res->req->arena;
	return response_json(res, status, json_own(a, shape_json(a, s, row)));
}

int api_rows(struct response *res, const void *rows, int count, const char *cursor)
{
	struct request *req = res->req;
	const struct shape *row = req->route->answer->of;
	json_object *o = json_own(req->arena, json_object_new_object()), *items = json_object_new_array();
	for (int i = 0; i < count; i++)
		json_object_array_add(items, shape_json(req->arena, row, (const char *)rows + (size_t)i * row->size));
	json_add(o, "items", items);
	json_add_text(o, "next_cursor", cursor);
	return response_json(res, 200, o);
}

const char *api_cursor(struct request *req, int64_t last)
{
	return last ? arena_printf(req->arena, "%lld", (long long)last) : NULL;
}
