/* The API for people: how it is used, and every route as the table of routes and its description have it. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "config.h"
#include "http/app.h"
#include "http/input.h"
#include "http/router.h"
#include "http/stream_route.h"
#include "pages/frame.h"
#include "pages/page.h"

enum { JSON_DEPTH = 64 };

static void show_fields(struct view *v, const char *list, const struct input_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct input_field *f = &set->fields[i];
		struct view *row = view_next(v, list);
		view_set(row, "name", f->name);
		view_set(row, "kind", frame_word(v, "api_kind", input_rule(f).kind));
		view_set(row, "choices", f->choices);
		view_set_bool(row, "required", f->required);
		view_set(row, "about", f->about);
		if (f->kind == IN_INT && (f->min || f->max)) {
			view_set(row, "min", frame_number(view_arena(v), f->min));
			view_set(row, "max", frame_number(view_arena(v), f->max));
		}
	}
}

/* A value for an example, as JSON. */
static const char *example_of(struct arena *a, const struct input_field *f)
{
	switch (f->kind) {
	case IN_INT:
	case IN_ID:
	case IN_PORT:
		return frame_number(a, f->min > 0 ? f->min : 7);
	case IN_BOOL:
		return "true";
	case IN_IDS:
		return "[7]";
	case IN_ENUM:
		return arena_printf(a, "\"%.*s\"", (int)strcspn(f->choices, "|"), f->choices);
	case IN_URL:
		return "\"https://gitea.example.edu\"";
	default:
		return "\"…\"";
	}
}

/* The body of an example: what is required, or the first field where nothing is. */
static const char *example_body(struct arena *a, const struct input_set *set)
{
	const char *text = "";
	for (size_t i = 0; i < set->count; i++)
		if (set->fields[i].required)
			text = arena_printf(a, "%s%s\"%s\": %s", text, *text ? ", " : "", set->fields[i].name,
					    example_of(a, &set->fields[i]));
	if (!*text && set->count)
		text = arena_printf(a, "\"%s\": %s", set->fields[0].name, example_of(a, &set->fields[0]));
	return arena_printf(a, "{%s}", text);
}

/* "/builds/:id" with a number in it. */
static const char *example_path(struct arena *a, const char *pattern)
{
	const char *out = "";
	while (*pattern) {
		size_t n = strcspn(pattern, ":");
		out = arena_printf(a, "%s%.*s", out, (int)n, pattern);
		pattern += n;
		if (!*pattern)
			break;
		n = strcspn(pattern, "/");
		out = arena_printf(a, "%s%s", out, n == 7 && !memcmp(pattern, ":action", n) ? "deploy" : "7");
		pattern += n;
	}
	return out;
}

/* "?seen=…": what the query must have. */
static const char *example_query(struct arena *a, const struct input_set *set)
{
	const char *text = "";
	for (size_t i = 0; i < set->count; i++)
		if (set->fields[i].required)
			text = arena_printf(a, "%s%s%s=…", text, *text ? "&" : "?", set->fields[i].name);
	return text;
}

/* What a token cannot do is shown with the cookie of a sign-in, which is kept where one is answered. */
static const char *example(struct arena *a, const char *portal, const struct route *r, const char *answer)
{
	const char *text = "curl";
	if (strcmp(r->method, "GET"))
		text = arena_printf(a, "%s -X %s", text, r->method);
	if (answer && !strcmp(answer, "Session"))
		text = arena_printf(a, "%s -c cookies", text);
	if (r->guards & SESSION_ONLY)
		text = arena_printf(a, "%s -b cookies%s", text, strcmp(r->method, "GET") ? " -H \"X-CSRF-Token: $CSRF\"" : "");
	else if (!(r->guards & PUBLIC))
		text = arena_printf(a, "%s -H \"Authorization: Bearer $TOKEN\"", text);
	if (r->guards & IF_MATCH)
		text = arena_printf(a, "%s -H 'If-Match: \"1\"'", text);
	if (r->guards & JSON_BODY && r->body->count)
		text = arena_printf(a, "%s -H 'Content-Type: application/json' -d '%s'", text, example_body(a, r->body));
	const char *query = example_query(a, r->query), *quote = *query ? "'" : ""; /* a shell would take the '?' for a pattern */
	return arena_printf(a, "%s %s%s%s%s%s", text, quote, portal, example_path(a, r->pattern), query, quote);
}

/* "/builds/:id" as "/builds/{id}". */
static const char *template_of(struct arena *a, const char *pattern)
{
	const char *out = "";
	while (*pattern) {
		size_t n = strcspn(pattern, ":"), name = pattern[n] ? strcspn(pattern + n, "/") : 0;
		out = arena_printf(a, "%s%.*s", out, (int)n, pattern);
		if (name)
			out = arena_printf(a, "%s{%.*s}", out, (int)name - 1, pattern + n + 1);
		pattern += n + name;
	}
	return out;
}

/* The name of the object that a route answers, from the description: "Build"; NULL: none. */
static const char *answer_name(struct arena *a, json_object *description, const struct route *r)
{
	char *method = arena_strdup(a, r->method);
	for (char *c = method; *c; c++)
		*c = (char)(*c - 'A' + 'a');
	json_object *at = description;
	const char *const steps[] = {
		"paths",   template_of(a, r->pattern), method,	"responses", arena_printf(a, "%d", r->status),
		"content", "application/json",	       "schema"
	};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (!json_object_object_get_ex(at, steps[i], &at))
			return NULL;
	const char *name = strrchr(json_text(at, "$ref", ""), '/');
	return name ? name + 1 : NULL;
}

static const char *rights(const struct route *r)
{
	return r->guards & PUBLIC	  ? "api_guide.everybody"
	       : r->guards & NEED_ADMIN	  ? "api_guide.admins"
	       : r->guards & NEED_TEACHER ? "api_guide.teachers"
					  : "api_guide.signed_in";
}

/* In short where there is no description. */
static void show_route(struct view *v, struct request *req, json_object *description, const struct route *r)
{
	view_set(v, "method", r->method);
	view_set(v, "path", r->pattern);
	view_set(v, "summary", r->summary);
	if (!description)
		return;
	view_set(v, "who", view_string(v, rights(r)));
	view_set(v, "scope", route_scope(r));
	view_set_bool(v, "session_only", r->guards & SESSION_ONLY);
	view_set_bool(v, "idempotent", r->guards & IDEMPOTENT);
	view_set_bool(v, "shown_once", r->guards & SHOWN_ONCE);
	view_set_bool(v, "if_match", r->guards & IF_MATCH);
	view_set_int(v, "status", r->status);
	const char *answer = answer_name(req->arena, description, r);
	view_set(v, "answer", answer);
	view_set(v, "example", example(req->arena, req->app->config->portal_url, r, answer));
	show_fields(v, "query", r->query);
	show_fields(v, "body", r->body);
}

/* The type of a schema: its one, or the first of those that it may have; *nullable: it may be null. */
static const char *type_of(json_object *schema, bool *nullable)
{
	json_object *types = json_at(schema, "type");
	*nullable = json_object_is_type(types, json_type_array);
	if (!strcmp(json_text(schema, "format", ""), "date-time"))
		return "date-time";
	return *nullable ? json_object_get_string(json_object_array_get_idx(types, 0)) : json_text(schema, "type", NULL);
}

/* What a member is: a type, a list of a type, or another object. */
static void show_type(struct view *row, json_object *schema)
{
	bool nullable;
	json_object *items = json_at(schema, "items"), *one = items ? items : schema, *ref;
	const char *type = type_of(one, &nullable);
	view_set_bool(row, "list", items != NULL);
	view_set_bool(row, "nullable", nullable);
	view_set(row, "type", type);
	view_set(row, "about", json_text(schema, "description", NULL));
	if (one && json_object_object_get_ex(one, "$ref", &ref))
		view_set(row, "of", strrchr(json_object_get_string(ref), '/') + 1);
}

static void show_objects(struct view *v, json_object *description)
{
	json_object *schemas = json_at(description, "components.schemas");
	if (!schemas)
		return;
	json_object_object_foreach (schemas, name, schema) {
		json_object *properties;
		struct view *object = view_next(v, "Objects");
		view_set(object, "name", name);
		if (!json_object_object_get_ex(schema, "properties", &properties))
			continue;
		json_object_object_foreach (properties, member, of) {
			struct view *row = view_next(object, "members");
			view_set(row, "name", member);
			show_type(row, of);
		}
	}
}

/* The noun behind /api/v1/. */
static const char *noun(struct arena *a, const char *pattern)
{
	const char *rest = strstr(pattern, "/v1/");
	rest = rest ? rest + 4 : pattern + 5;
	return arena_memdup(a, rest, strcspn(rest, "/"));
}

/* Routes of one noun stand together, wherever the table has them: those of `only` with all particulars, else all of them in
 * short. False: there is no such noun. */
static bool show_routes(struct view *v, struct request *req, json_object *description, const char *only)
{
	const struct app *app = req->app;
	const char **nouns = arena_alloc(req->arena, app->route_count * sizeof *nouns);
	bool found = false;
	for (size_t i = 0; i < app->route_count; i++)
		nouns[i] = app->routes[i].status ? noun(req->arena, app->routes[i].pattern) : NULL;
	for (size_t i = 0; i < app->route_count; i++) {
		if (!nouns[i] || (*only && strcmp(nouns[i], only)))
			continue;
		const char *of = nouns[i];
		struct view *group = view_next(v, "Groups");
		view_set(group, "name", of);
		found = true;
		for (size_t j = i; j < app->route_count; j++)
			if (nouns[j] && !strcmp(nouns[j], of)) {
				show_route(view_next(group, "routes"), req, *only ? description : NULL, &app->routes[j]);
				nouns[j] = NULL;
			}
	}
	return found;
}

/* "?builds=7&projects=7": every field of a stream's query is a number, or a list of them. */
static const char *example_stream_query(struct arena *a, const struct input_set *set)
{
	const char *text = "";
	for (size_t i = 0; i < set->count; i++)
		text = arena_printf(a, "%s%s%s=7", text, *text ? "&" : "?", set->fields[i].name);
	return text;
}

/* The live streams: addresses, what they read, events, and an example. */
static void show_streams(struct view *v, struct request *req)
{
	const struct app *app = req->app;
	for (size_t i = 0; i < app->stream_count; i++) {
		const struct stream_route *s = &app->streams[i];
		struct view *row = view_next(v, "Streams");
		view_set(row, "path", s->pattern);
		view_set(row, "summary", s->summary);
		view_set_bool(row, "resumes", s->resumes);
		show_fields(row, "query", s->query);
		view_set(row, "example",
			 arena_printf(req->arena, "curl -N -H \"Authorization: Bearer $TOKEN\" '%s%s%s'", app->config->portal_url,
				      example_path(req->arena, s->pattern), example_stream_query(req->arena, s->query)));
		for (size_t j = 0; j < s->event_count; j++) {
			struct view *event = view_next(row, "events");
			view_set(event, "name", s->events[j].name);
			view_set(event, "of", s->events[j].object);
			view_set(event, "about", s->events[j].about);
		}
	}
}

INPUT_SET(query_api_guide, { .name = "of", .kind = IN_TEXT, .max = 40 });

/* GET /api: every route in a line; with ?of=NOUN those of one noun with their fields and an example, with ?of=objects what they
 * answer. */
int page_api(struct request *req, struct response *res)
{
	const struct app *app = req->app;
	struct input_value in[1];
	const char *why;
	int refused = input_check(req, res, INPUT_QUERY, in);
	if (refused)
		return refused;
	bool objects = !strcmp(in[0].text, "objects");
	json_object *description = json_parse(req->arena, app->api_description, strlen(app->api_description), JSON_DEPTH, &why);
	struct view *v = page_view(req);
	const char *title = view_string(v, "api_guide.title");
	if (objects)
		show_objects(v, description);
	else if (!show_routes(v, req, description, in[0].text))
		return response_err(res, ERR_NOT_FOUND, NULL);
	if (!*in[0].text)
		show_streams(v, req);
	if (*in[0].text) {
		frame_crumb(v, "/api", title);
		frame_crumb(v, NULL, objects ? view_string(v, "api_guide.objects") : in[0].text);
		title = arena_printf(req->arena, "%s · %s", objects ? view_string(v, "api_guide.objects") : in[0].text, title);
	}
	view_set(v, "Page.title", title);
	view_set(v, "Of", in[0].text);
	view_set(v, "Portal", app->config->portal_url);
	return page_answer(res, 200, v, "api_guide");
}
