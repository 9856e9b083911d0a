/* The API's description (OpenAPI 3.1), written from the table of routes: GET /api/v1/openapi.json. */
#include <autoconf.h> /* autoconf's: PACKAGE_VERSION */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/openapi.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "config.h"
#include "http/app.h"

static json_object *object(void)
{
	return json_object_new_object();
}

static json_object *array_of(json_object *first)
{
	json_object *list = json_object_new_array();
	if (first)
		json_object_array_add(list, first);
	return list;
}

static json_object *child(json_object *o, const char *name)
{
	json_object *found;
	if (json_object_object_get_ex(o, name, &found))
		return found;
	found = object();
	json_add(o, name, found);
	return found;
}

/* --- what is sent ------------------------------------------------------------------------------------------------- */

json_object *openapi_choices(const char *words, bool nullable)
{
	json_object *list = json_object_new_array();
	for (const char *p = words; *p;) {
		size_t n = strcspn(p, "|");
		json_object_array_add(list, json_object_new_string_len(p, (int)n));
		p += n + (p[n] == '|');
	}
	if (nullable)
		json_object_array_add(list, NULL);
	return list;
}

static void add_range(json_object *o, const char *low, const char *high, const struct input_field *f)
{
	struct input_rule rule = input_rule(f);
	json_add_int(o, low, rule.min);
	json_add_int(o, high, rule.max);
}

static const char *type_of(enum input_kind kind)
{
	switch (kind) {
	case IN_INT:
	case IN_ID:
	case IN_PORT:
		return "integer";
	case IN_BOOL:
		return "boolean";
	case IN_IDS:
		return "array";
	case IN_JSON:
		return NULL;
	default:
		return "string";
	}
}

/* Characters beyond ASCII that nobody sees (see base/gitref.c). Short ranges: those who make up data go through each character.
 */
#define UNSEEN                                                                                                                   \
	"\\u0080-\\u00a0\\u00ad\\u200b-\\u200f\\u2028-\\u202f\\u2060-\\u206f\\u3000\\ufeff\\ufff0-\\uffff\U000e0000-\U000e0fff"

static const char *pattern_of(const struct input_field *f)
{
	switch (f->kind) {
	case IN_BRANCH:
		return "^(?!-)(?!@$)(?!.*(\\.\\.|@\\{))(?!(.*/)?\\.)(?!(.*/)?[^/]*\\.(lock)?(/|$))(?!/)(?!.*//)(?!.*/$)"
		       "[^\\u0000- ~^:?*\\[\\\\\\u007f" UNSEEN "]+$";
	case IN_PATH:
		return "^(?![/ -])(?!.*/[/ -])(?!.*[ /]$)(?!.* "
		       "/)(?!(.*/)?\\.\\.(/|$))[^\\u0000-\\u001f!-,:-@\\[-^`{-\\u007f" UNSEEN "]+$";
	case IN_LINES:
		return "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$";
	case IN_PASSWORD:
		return "^[^\\u0000]*$";
	case IN_TEXT:
		return input_rule(f).min ? "^(?![ \\u00a0\\u3000]*$)[^\\u0000-\\u001f\\u007f]*$" : "^[^\\u0000-\\u001f\\u007f]*$";
	case IN_SLUG:
		return "^[a-z0-9][a-z0-9-]*$";
	case IN_LOGIN:
		return "^[a-z0-9][a-z0-9._-]{0,62}$";
	case IN_SHA:
		return "^(?!0+$)([0-9a-f]{40}|[0-9a-f]{64})$";
	case IN_DATE:
		return "^(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$";
	case IN_NAME:
		return "^[A-Za-z_][A-Za-z0-9_]{0,63}$";
	case IN_URL:
		return "^https?://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$";
	default:
		return NULL;
	}
}

json_object *openapi_field(const struct input_field *f, bool nullable)
{
	json_object *o = object();
	const char *type = type_of(f->kind), *pattern = f->pattern ? f->pattern : pattern_of(f);
	if (type && nullable) {
		json_object *types = array_of(json_object_new_string(type));
		json_object_array_add(types, json_object_new_string("null"));
		json_add(o, "type", types);
	} else if (type) {
		json_add_text(o, "type", type);
	}
	if (f->kind == IN_TEXT || f->kind == IN_SLUG || f->kind == IN_BRANCH || f->kind == IN_PATH || f->kind == IN_PASSWORD)
		add_range(o, "minLength", "maxLength", f);
	else if (type && !strcmp(type, "integer"))
		add_range(o, "minimum", "maximum", f);
	else if (f->kind == IN_LINES && input_rule(f).min)
		json_add_int(o, "minLength", input_rule(f).min);
	if (pattern)
		json_add_text(o, "pattern", pattern);
	if (f->choices)
		json_add(o, "enum", openapi_choices(f->choices, nullable));
	if (f->kind == IN_IDS) {
		json_add(o, "items", openapi_field(&(struct input_field){ .kind = IN_ID }, false));
		json_add_int(o, "maxItems", input_rule(f).max);
		if (f->required)
			json_add_int(o, "minItems", 1);
	}
	return o;
}

json_object *openapi_parameter(const char *where, const char *name, bool required, const char *about, json_object *schema)
{
	json_object *o = object();
	json_add_text(o, "in", where);
	json_add_text(o, "name", name);
	json_add_bool(o, "required", required);
	if (about)
		json_add_text(o, "description", about);
	json_add(o, "schema", schema);
	return o;
}

/* The name of an object of a cluster. */
enum { OBJECT_NAME_MAX = 253 };
#define OBJECT_NAME "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"

/* ":action" is one of the acts; everything else in a path is an id, a name (of a variable or a cluster's object), or a word. */
static json_object *path_parameter(const char *pattern, const char *name, size_t len)
{
	bool is_id = len >= 2 && !memcmp(name + len - 2, "id", 2);
	struct input_field f = { .kind = is_id ? IN_ID : IN_NAME };
	char copy[64] = "";
	strncat(copy, name, len < sizeof copy ? len : sizeof copy - 1);
	if (!strcmp(copy, "action"))
		f = (struct input_field){ .kind = IN_ENUM, .choices = DEPLOYMENT_ASKS };
	else if (!strcmp(copy, "name") && !strstr(pattern, "/variables/"))
		f = (struct input_field){ .kind = IN_SLUG, .max = OBJECT_NAME_MAX, .pattern = OBJECT_NAME };
	return openapi_parameter("path", copy, true, NULL, openapi_field(&f, false));
}

json_object *openapi_parameters(const char *pattern, const struct input_set *query)
{
	json_object *list = json_object_new_array();
	for (const char *p = strstr(pattern, "/:"); p; p = strstr(p, "/:")) {
		p += 2;
		json_object_array_add(list, path_parameter(pattern, p, strcspn(p, "/")));
	}
	for (size_t i = 0; i < query->count; i++) {
		const struct input_field *f = &query->fields[i];
		json_object_array_add(list, openapi_parameter("query", f->name, f->required, f->about, openapi_field(f, false)));
	}
	return list;
}

static json_object *parameters(const struct route *r)
{
	json_object *list = openapi_parameters(r->pattern, r->query), *text;
	struct input_field key = { .kind = IN_ENUM };
	if (r->guards & IDEMPOTENT) {
		text = openapi_field(&key, false);
		json_add_text(text, "pattern", "^[A-Za-z0-9._:-]{1,128}$");
		json_object_array_add(list, openapi_parameter("header", "Idempotency-Key", false,
							      r->guards & SHOWN_ONCE
								      ? "Runs once for one key: sent again, it is answered "
									"with 409, for the secret is shown once."
								      : "Runs once for one key: sent again, the first "
									"answer comes again.",
							      text));
	}
	return list;
}

static json_object *body_schema(const struct input_set *set)
{
	json_object *o = object(), *properties = object(), *required = json_object_new_array();
	json_add_text(o, "type", "object");
	json_add_bool(o, "additionalProperties", false);
	for (size_t i = 0; i < set->count; i++) {
		const struct input_field *f = &set->fields[i];
		json_object *schema = openapi_field(f, !f->required);
		if (f->about)
			json_add_text(schema, "description", f->about);
		json_add(properties, f->name, schema);
		if (f->required)
			json_object_array_add(required, json_object_new_string(f->name));
	}
	json_add(o, "properties", properties);
	json_add(o, "required", required);
	return o;
}

static json_object *content(const char *type, json_object *schema)
{
	json_object *media = object(), *o = object();
	json_add(media, "schema", schema);
	json_add(o, type, media);
	return o;
}

static json_object *request_schema(const struct route *r)
{
	json_object *o = object(), *anything = object();
	json_add_bool(o, "required", true);
	if (r->guards & RAW_BODY)
		json_add_text(anything, "type", "object");
	else
		json_object_put(anything);
	json_add(o, "content", content("application/json", r->guards & RAW_BODY ? anything : body_schema(r->body)));
	bool needed = r->guards & RAW_BODY;
	for (size_t i = 0; i < r->body->count; i++)
		needed = needed || r->body->fields[i].required;
	json_add_bool(o, "required", needed);
	return o;
}

/* --- what is answered ------------------------------------------------------------------------------------------------ */

static json_object *good_answer(const struct route *r)
{
	json_object *o = object(), *text = object();
	json_add_text(o, "description", r->summary);
	json_add_text(text, "type", "string");
	if (r->answer->name)
		json_add(o, "content", content("application/json", shape_reference(r->answer->name)));
	else if (r->guards & JSON_DOCUMENT)
		json_add(o, "content", content("application/json", object()));
	else if (r->guards & CSV_ANSWER)
		json_add(o, "content", content("text/csv", json_object_get(text)));
	else if (r->status != 204)
		json_add(o, "content", content("text/plain", json_object_get(text)));
	json_object_put(text);
	return o;
}

json_object *openapi_problem(const char *about)
{
	json_object *o = object();
	json_add_text(o, "description", about);
	json_add(o, "content", content("application/problem+json", shape_reference("Problem")));
	return o;
}

static json_object *responses(const struct route *r)
{
	json_object *o = object();
	char status[12];
	snprintf(status, sizeof status, "%d", r->status);
	json_add(o, status, good_answer(r));
	if (r->guards & RAW_BODY)
		json_add(o, "200", good_answer(r)); /* a delivery that came before */
	if (r->guards & SHOWN_ONCE)
		json_add(o, "409",
			 openapi_problem(
				 "It does not fit what there is. With Idempotency-Replayed: the first request with this key was "
				 "done, and its secret is kept nowhere; made says where what was made is: delete or replace it "
				 "with a new key."));
	json_add(o, "default", openapi_problem("What went wrong, in words (RFC 9457)"));
	return o;
}

static json_object *security(const struct route *r)
{
	json_object *list = json_object_new_array();
	static const char *const ways[] = { "session", "token" };
	for (int i = 0; i < (r->guards & PUBLIC ? 0 : r->guards & SESSION_ONLY ? 1 : 2); i++) {
		json_object *way = object();
		json_add(way, ways[i], json_object_new_array());
		json_object_array_add(list, way);
	}
	return list;
}

/* Who may, and which scope a token needs, in words. */
static const char *rights(const struct route *r)
{
	if (r->guards & PUBLIC)
		return "For everybody.";
	if (r->guards & NEED_ADMIN)
		return "For admins.";
	return r->guards & NEED_TEACHER ? "For teachers and admins." : "For whoever may see the object; others get 404.";
}

const char *openapi_operation_id(struct arena *a, const char *method, const char *pattern)
{
	char *id = arena_printf(a, "%s%s", method, pattern);
	for (char *p = id; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : strchr("/:.-", *p) ? '_' : *p;
	return id;
}

static json_object *operation(struct arena *a, const struct route *r)
{
	json_object *o = object();
	const char *tag = strstr(r->pattern, "/v1/") ? strstr(r->pattern, "/v1/") + 4 : r->pattern + 5;
	json_add_text(o, "operationId", openapi_operation_id(a, r->method, r->pattern));
	json_add(o, "tags", array_of(json_object_new_string(arena_memdup(a, tag, strcspn(tag, "/")))));
	json_add_text(o, "summary", r->summary);
	const char *scope = route_scope(r);
	json_add_text(o, "description",
		      arena_printf(a, "%s%s%s%s%s%s", rights(r), scope ? " A token needs the scope " : "", scope ? scope : "",
				   scope ? "." : "", r->guards & BODY_2M ? " The body may have 2 MiB." : "",
				   r->guards & IF_MATCH ? " With If-Match, the ETag that was read, it is refused with 412 when "
							  "somebody else changed it since."
							: ""));
	json_add(o, "parameters", parameters(r));
	if ((r->guards & JSON_BODY && r->body->count) || r->guards & RAW_BODY)
		json_add(o, "requestBody", request_schema(r));
	json_add(o, "responses", responses(r));
	json_add(o, "security", security(r));
	return o;
}

const char *openapi_path(struct arena *a, const char *pattern)
{
	char *out = arena_alloc(a, 2 * strlen(pattern) + 1), *to = out;
	for (const char *p = pattern; *p;) {
		if (*p != ':') {
			*to++ = *p++;
			continue;
		}
		size_t n = strcspn(++p, "/");
		*to++ = '{';
		memcpy(to, p, n);
		to += n;
		*to++ = '}';
		p += n;
	}
	return out;
}

/* A shape and all shapes inside it. */
static void add_shape(json_object *schemas, const struct shape *s)
{
	if (!s->name || json_object_object_get_ex(schemas, s->name, NULL))
		return;
	json_add(schemas, s->name, shape_schema(s));
	if (s->of)
		add_shape(schemas, s->of);
	for (size_t i = 0; i < s->count; i++)
		if (s->members[i].of)
			add_shape(schemas, s->members[i].of);
}

static const char problem_schema[] =
	"{'type': 'object', 'required': ['type', 'title', 'status', 'detail', 'request_id'], 'properties': {"
	"'type': {'type': 'string'}, 'title': {'type': 'string'}, 'status': {'type': 'integer'}, 'detail': {'type': 'string'},"
	"'instance': {'type': 'string'}, 'request_id': {'type': 'string', 'description': 'tell it to whoever runs the portal'},"
	"'errors': {'type': 'array', 'items': {'type': 'object', 'properties': {'field': {'type': 'string'}, 'detail': {'type': "
	"'string'}}}},"
	"'made': {'type': 'string', 'description': 'of a request that was done before: the address of what it made'},"
	"'quota': {'type': 'object', 'description': 'of a refusal by a quota: what it is, and what takes of it', 'properties': {"
	"'name': {'type': 'string'}, 'limit': {'type': 'string'}, 'used': {'type': 'string'}, 'asked': {'type': 'string'},"
	"'more': {'type': 'integer', 'description': 'applications beside these'}, 'applications': {'type': 'array', 'items': {"
	"'type': 'object', 'properties': {'project_id': {'type': 'integer'}, 'name': {'type': 'string'}, 'student': {'type': "
	"'string'}, 'state': {'type': 'string'}, 'cpu': {'type': 'string'}, 'memory': {'type': 'string'}, 'active_at': {'type': "
	"'string'}, 'enough': {'type': 'boolean', 'description': 'stopping it and those before it makes room'}}}}}}}}";
static const char session_schema[] =
	"{'type': 'apiKey', 'in': 'cookie', 'name': %s, 'description': 'set by POST /api/v1/auth/login; what changes something "
	"also needs its csrf_token in X-CSRF-Token'}";
static const char info[] =
	"{'title': 'HydroSim Portal', 'version': %s, 'description': 'Lists hold items and next_cursor: send it as "
	"cursor to read on. Errors are application/problem+json. Times are RFC 3339 in UTC. A body has at most 64 KiB unless "
	"said, 16 levels, and no name twice. An Idempotency-Key counts for its user, for a day.'}";

const char *api_description(struct arena *a, const struct app *app)
{
	json_object *doc = json_own(a, object()), *components = object(), *schemas = object(), *paths = object();
	json_add_text(doc, "openapi", "3.1.0");
	json_add(doc, "info", json_object_get(json_build(a, info, PACKAGE_VERSION)));
	json_object *server = object();
	json_add_text(server, "url", app->config->portal_url);
	json_add(doc, "servers", array_of(server));
	json_add(doc, "paths", paths);
	for (size_t i = 0; i < app->route_count; i++) {
		const struct route *r = &app->routes[i];
		if (!r->status)
			continue;
		char *method = arena_strdup(a, r->method);
		for (char *p = method; *p; p++)
			*p = (char)(*p - 'A' + 'a');
		json_add(child(paths, openapi_path(a, r->pattern)), method, operation(a, r));
		add_shape(schemas, r->answer);
	}
	openapi_streams(a, app, paths, schemas);
	json_add(schemas, "Problem", json_object_get(json_build(a, problem_schema)));
	json_add(components, "schemas", schemas);
	json_object *ways = child(components, "securitySchemes");
	json_add(ways, "token", json_object_get(json_build(a, "{'type': 'http', 'scheme': 'bearer'}")));
	json_add(ways, "session", json_object_get(json_build(a, session_schema, session_cookie_name(app))));
	json_add(doc, "components", components);
	return json_object_to_json_string_ext(doc, JSON_PLAIN);
}

/* GET /api/v1/openapi.json */
int api_openapi(struct request *req, struct response *res)
{
	res->content_type = "application/json";
	buf_puts(&res->body, req->app->api_description);
	return res->body.failed ? response_error(res, 500, NULL) : 200;
}
