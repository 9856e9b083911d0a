/* The verbs that read and delete, and which verb a request is. */
#include "kubesim/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "kubesim/controllers.h"
#include "kubesim/selector.h"
#include "kubesim/status.h"
#include "kubesim/watch.h"

void sim_answer_object(struct answer *a, int status, const struct object *o)
{
	a->status = status;
	a->type = "application/json";
	buf_reset(&a->body);
	buf_add(&a->body, o->rev->json, o->rev->len);
	buf_puts(&a->body, "\n");
}

json_object *sim_body(struct request *r, struct answer *a, bool optional)
{
	const char *why;
	if (!r->body.len && optional) {
		a->status = 0;
		return NULL;
	}
	json_object *o = json_parse(r->arena, r->body.data ? r->body.data : "", r->body.len, 64, &why);
	if (!json_object_is_type(o, json_type_object)) {
		sim_status_bad(r, a,
			       arena_printf(r->arena, "couldn't get version/kind; json parse error: %s",
					    why ? why : "the body is not an object"));
		return NULL;
	}
	a->status = 0;
	return o;
}

/* Lists */

struct page {
	struct selector selector;
	int64_t limit;
	const char *from_ns, *from_name; /* behind which it goes on; NULL: from the start */
};

static bool read_continue(struct request *r, struct answer *a, struct page *p)
{
	const char *token = request_arg(r, "continue");
	size_t len;
	if (!token || !*token)
		return true;
	char *text = str_unbase64(r->arena, token, &len), *ns = text ? strchr(text, '\n') : NULL,
	     *name = ns ? strchr(ns + 1, '\n') : NULL;
	int64_t rv;
	if (!name) {
		sim_status_bad(r, a, "continue key is not valid: the token is broken");
		return false;
	}
	*ns++ = 0;
	*name++ = 0;
	if (!str_to_int(text, 0, INT64_MAX, &rv) || rv < r->w->compacted) {
		sim_status_answer(a, r->arena, 410, "Expired",
				  "The provided continue parameter is too old to display a consistent list result. You can start "
				  "a new list without the continue "
				  "parameter.",
				  NULL);
		return false;
	}
	p->from_ns = ns;
	p->from_name = name;
	return true;
}

static bool read_page(struct request *r, struct answer *a, struct page *p)
{
	const char *why, *limit = request_arg(r, "limit");
	if (!selector_labels(r->arena, &p->selector, request_arg(r, "labelSelector"), &why) ||
	    !selector_fields(r->arena, &p->selector, r->kind, request_arg(r, "fieldSelector"), &why) ||
	    (limit && *limit && !str_to_int(limit, 0, INT32_MAX, &p->limit) && (why = "limit is not a number"))) {
		sim_status_bad(r, a, why);
		return false;
	}
	return read_continue(r, a, p);
}

static void finish_list(struct request *r, struct buf *b, const struct object *last, int64_t remaining)
{
	char meta[1024];
	const struct sim_kind_info *k = &sim_kinds[r->kind];
	const char *more = "";
	if (last) {
		const char *token = arena_printf(r->arena, "%" PRId64 "\n%s\n%s", r->w->rv, last->ns, last->name);
		more = arena_printf(r->arena, ",\"continue\":\"%s\",\"remainingItemCount\":%" PRId64,
				    str_base64(r->arena, token, strlen(token)), remaining);
	}
	snprintf(meta, sizeof meta,
		 "{\"kind\":\"%sList\",\"apiVersion\":\"%s%s%s\",\"metadata\":{\"resourceVersion\":\"%" PRId64 "\"", k->kind,
		 k->group, *k->group ? "/" : "", k->version, r->w->rv);
	struct buf whole = { 0 };
	buf_puts(&whole, meta);
	buf_puts(&whole, more);
	buf_puts(&whole, "},\"items\":[");
	buf_add(&whole, b->data ? b->data : "", b->len);
	buf_puts(&whole, "]}\n");
	buf_free(b);
	*b = whole;
}

static void list(struct request *r, struct answer *a)
{
	struct page p = { .limit = 0 };
	struct table *t = &r->w->tables[r->kind];
	if (!read_page(r, a, &p))
		return;
	size_t i = *r->ns ? world_place(r->w, r->kind, r->ns, "") : 0;
	if (p.from_ns) {
		i = world_place(r->w, r->kind, p.from_ns, p.from_name);
		i += i < t->n && !strcmp(t->at[i]->ns, p.from_ns) && !strcmp(t->at[i]->name, p.from_name);
	}
	const struct object *last = NULL, *more = NULL;
	int64_t n = 0, remaining = 0;
	for (; i < t->n && (!*r->ns || !strcmp(t->at[i]->ns, r->ns)); i++) {
		const struct revision *v = t->at[i]->rev;
		if (!selector_match(&p.selector, v))
			continue;
		if (p.limit && n == p.limit) {
			more = last;
			remaining++;
			continue;
		}
		buf_puts(&a->body, n++ ? ",{" : "{");
		buf_add(&a->body, v->json + v->bare, v->len - v->bare);
		last = t->at[i];
	}
	finish_list(r, &a->body, more, remaining);
	a->status = 200;
	a->type = "application/json";
}

/* Deletion */

static bool preconditions(struct request *r, struct answer *a, json_object *options, struct object *o)
{
	const char *uid = json_text(options, "preconditions.uid", o->uid);
	const char *rv = json_text(options, "preconditions.resourceVersion", NULL),
		   *now = json_text(o->tree, "metadata.resourceVersion", "");
	const char *text = NULL;
	if (strcmp(uid, o->uid) != 0)
		text = arena_printf(r->arena,
				    "the UID in the precondition (%s) does not match the UID in record (%s). The object might "
				    "have been deleted and then recreated",
				    uid, o->uid);
	else if (rv && strcmp(rv, now) != 0)
		text = arena_printf(r->arena,
				    "the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record "
				    "(%s). The object might have been modified",
				    rv, now);
	if (text) {
		json_object *details = sim_status_details(o->kind, o->name);
		json_add_text(details, "kind", sim_kinds[o->kind].kind);
		sim_status_answer(a, r->arena, 409, "Conflict",
				  arena_printf(r->arena, "Operation cannot be fulfilled on %s \"%s\": %s",
					       sim_kind_resource(r->arena, o->kind), o->name, text),
				  details);
	}
	return !text;
}

/* Pods and Services answer with themselves; what is gone at once answers with a Status. */
static void answer_deleted(struct request *r, struct answer *a, struct object *o, bool gone)
{
	if (!gone || o->kind == SIM_POD || o->kind == SIM_SERVICE) {
		sim_answer_object(a, 200, o);
		return;
	}
	json_object *details = sim_status_details(o->kind, o->name);
	json_add_text(details, "uid", o->uid);
	answer_json(
		a, 200,
		json_object_get(json_build(
			r->arena, "{'kind':'Status','apiVersion':'v1','metadata':{},'status':'Success','details':%o}", details)));
}

void sim_delete(struct request *r, struct answer *a, struct object *o)
{
	json_object *options = sim_body(r, a, true);
	if (a->status)
		return;
	const char *policy = request_arg(r, "propagationPolicy"), *grace_text = request_arg(r, "gracePeriodSeconds");
	int64_t grace = json_int(options, "gracePeriodSeconds", -1);
	bool asked = policy || json_text(options, "propagationPolicy", NULL);
	policy = json_text(options, "propagationPolicy", policy ? policy : o->kind == SIM_JOB ? "Orphan" : "Background");
	if (strcmp(policy, "Orphan") && strcmp(policy, "Background") && strcmp(policy, "Foreground")) {
		sim_status_options(r, a, "DeleteOptions", "propagationPolicy", "FieldValueNotSupported",
				   arena_printf(r->arena,
						"Unsupported value: \"%s\": supported values: \"Foreground\", \"Background\", "
						"\"Orphan\", \"nil\"",
						policy));
		return;
	}
	if (grace_text && !str_to_int(grace_text, 0, INT32_MAX, &grace))
		grace = -1;
	if (!preconditions(r, a, options, o))
		return;
	const char *dry = request_arg(r, "dryRun");
	if ((dry && !strcmp(dry, "All")) || json_len(options, "dryRun")) {
		answer_deleted(r, a, o, true);
		return;
	}
	if (o->kind == SIM_JOB && !asked) {
		a->header = "Warning";
		a->value = "299 - \"child pods are preserved by default when jobs are deleted; set propagationPolicy=Background "
			   "to remove them or set "
			   "propagationPolicy=Orphan to suppress this warning\"";
	}
	answer_deleted(r, a, o, sim_gc_delete(r->w, o, policy, grace));
}

void sim_delete_collection(struct request *r, struct answer *a)
{
	struct page p = { .limit = 0 };
	struct table *t = &r->w->tables[r->kind];
	if (!read_page(r, a, &p))
		return;
	struct object **chosen = arena_alloc(r->arena, (t->n + 1) * sizeof *chosen);
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++)
		if ((!*r->ns || !strcmp(t->at[i]->ns, r->ns)) && selector_match(&p.selector, t->at[i]->rev))
			chosen[n++] = t->at[i];
	list(r, a);
	const char *policy = request_arg(r, "propagationPolicy");
	for (size_t i = 0; i < n; i++)
		if (!chosen[i]->dead)
			sim_gc_delete(r->w, chosen[i], policy ? policy : r->kind == SIM_JOB ? "Orphan" : "Background", -1);
}

/* Which verb */

static bool wrong_method(struct request *r, struct answer *a)
{
	sim_status_answer(a, r->arena, 405, "MethodNotAllowed", "the server does not allow this method on the requested resource",
			  json_object_new_object());
	return false;
}

static void one_object(struct request *r, struct answer *a)
{
	struct object *o = world_find(r->w, r->kind, r->ns, r->name);
	bool workload = r->kind == SIM_DEPLOYMENT || r->kind == SIM_REPLICA_SET, get = !strcmp(r->verb, "get");
	if (!strcmp(r->method, "POST") && !*r->sub) {
		wrong_method(r, a);
		return;
	}
	if (!o && strcmp(r->verb, "patch")) {
		sim_status_not_found(r, a, r->kind, r->name);
		return;
	}
	if (o && !strcmp(r->sub, "log") && r->kind == SIM_POD && get)
		sim_logs_answer(r, a, o);
	else if (o && !strcmp(r->sub, "scale") && workload)
		sim_scale(r, a, o);
	else if (*r->sub && strcmp(r->sub, "status") != 0)
		sim_status_answer(a, r->arena, 404, "NotFound", "the server could not find the requested resource",
				  json_object_new_object());
	else if (get)
		sim_answer_object(a, 200, o);
	else if (!strcmp(r->verb, "update"))
		sim_update(r, a, o);
	else if (!strcmp(r->verb, "patch"))
		sim_patch(r, a, o);
	else if (!strcmp(r->verb, "delete"))
		sim_delete(r, a, o);
	else
		wrong_method(r, a);
}

void sim_api_answer(struct request *r, struct answer *a)
{
	if (*r->name && sim_kinds[r->kind].namespaced && !*r->ns)
		sim_status_answer(a, r->arena, 404, "NotFound", "the server could not find the requested resource",
				  json_object_new_object());
	else if (*r->name)
		one_object(r, a);
	else if (!strcmp(r->verb, "watch"))
		sim_watch_answer(r, a);
	else if (!strcmp(r->verb, "list"))
		list(r, a);
	else if (!strcmp(r->verb, "create") && (*r->ns || !sim_kinds[r->kind].namespaced))
		sim_create(r, a);
	else if (!strcmp(r->verb, "deletecollection") && (*r->ns || !sim_kinds[r->kind].namespaced))
		sim_delete_collection(r, a);
	else
		wrong_method(r, a);
}
