/* The API server's Status objects: refusals in exactly the form that it gives them. */
#include "kubesim/status.h"

#include <string.h>

void sim_status_answer(struct answer *a, struct arena *arena, int code, const char *reason, const char *message,
		       json_object *details)
{
	json_object *o =
		json_build(arena, "{'kind':'Status','apiVersion':'v1','metadata':{},'status':'Failure','message':%s}", message);
	if (*reason)
		json_add_text(o, "reason", reason);
	if (details)
		json_add(o, "details", details);
	json_add_int(o, "code", code);
	answer_json(a, code, json_object_get(o));
}

json_object *sim_status_details(enum sim_kind kind, const char *name)
{
	json_object *d = json_object_new_object();
	if (*name)
		json_add_text(d, "name", name);
	if (*sim_kinds[kind].group)
		json_add_text(d, "group", sim_kinds[kind].group);
	json_add_text(d, "kind", sim_kinds[kind].plural);
	return d;
}

void sim_status_not_found(struct request *r, struct answer *a, enum sim_kind kind, const char *name)
{
	sim_status_answer(a, r->arena, 404, "NotFound",
			  arena_printf(r->arena, "%s \"%s\" not found", sim_kind_resource(r->arena, kind), name),
			  sim_status_details(kind, name));
}

void sim_status_exists(struct request *r, struct answer *a, enum sim_kind kind, const char *name)
{
	sim_status_answer(a, r->arena, 409, "AlreadyExists",
			  arena_printf(r->arena, "%s \"%s\" already exists", sim_kind_resource(r->arena, kind), name),
			  sim_status_details(kind, name));
}

void sim_status_conflict(struct request *r, struct answer *a, enum sim_kind kind, const char *name, const char *why)
{
	sim_status_answer(a, r->arena, 409, "Conflict",
			  arena_printf(r->arena, "Operation cannot be fulfilled on %s \"%s\": %s",
				       sim_kind_resource(r->arena, kind), name, why),
			  sim_status_details(kind, name));
}

void sim_status_bad(struct request *r, struct answer *a, const char *message)
{
	sim_status_answer(a, r->arena, 400, "BadRequest", message, NULL);
}

void complain(struct complaints *c, const char *field, const char *reason, const char *message)
{
	json_object *cause = json_object_new_object();
	json_add_text(cause, "reason", reason);
	json_add_text(cause, "message", message);
	json_add_text(cause, "field", field);
	if (!c->causes)
		c->causes = json_object_new_array();
	json_object_array_add(c->causes, cause);
	buf_printf(&c->text, "%s%s: %s", c->n++ ? ", " : "", field, message);
}

void complaints_free(struct complaints *c)
{
	json_object_put(c->causes);
	c->causes = NULL;
	buf_free(&c->text);
}

void complaints_answer(struct complaints *c, struct request *r, struct answer *a, enum sim_kind kind, const char *name)
{
	const struct sim_kind_info *k = &sim_kinds[kind];
	const char *of = *k->group ? arena_printf(r->arena, "%s.%s", k->kind, k->group) : k->kind;
	json_object *details = json_object_new_object();
	if (*name)
		json_add_text(details, "name", name);
	if (*k->group)
		json_add_text(details, "group", k->group);
	json_add_text(details, "kind", k->kind);
	json_add(details, "causes", c->causes);
	c->causes = NULL;
	const char *list = c->n > 1 ? arena_printf(r->arena, "[%s]", c->text.data) : c->text.data;
	sim_status_answer(a, r->arena, 422, "Invalid", arena_printf(r->arena, "%s \"%s\" is invalid: %s", of, name, list),
			  details);
	complaints_free(c);
}

void sim_status_options(struct request *r, struct answer *a, const char *kind, const char *field, const char *reason,
			const char *message)
{
	json_object *details = json_object_get(
		json_build(r->arena, "{'group':'meta.k8s.io','kind':%s,'causes':[{'reason':%s,'message':%s,'field':%s}]}", kind,
			   reason, message, field));
	sim_status_answer(a, r->arena, 422, "Invalid",
			  arena_printf(r->arena, "%s.meta.k8s.io \"\" is invalid: %s: %s", kind, field, message), details);
}
