/* POST, PUT, PATCH and /scale: decoding, defaults, rules, ownership of fields, and the new revision. */
#include <string.h>

#include "base/str.h"
#include "kubesim/api.h"
#include "kubesim/apply.h"
#include "kubesim/controllers.h"
#include "kubesim/defaults.h"
#include "kubesim/patch.h"
#include "kubesim/stats.h"
#include "kubesim/validate.h"

static json_object *member(json_object *o, const char *key)
{
	json_object *v = NULL;
	if (o)
		json_object_object_get_ex(o, key, &v);
	return v;
}

/* Only JSON is read here; the content types of YAML are taken for their JSON subset. */
static bool media_type(struct request *r, struct answer *a, const char *const *allowed)
{
	const char *type = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Content-Type");
	size_t n = type ? strcspn(type, "; ") : 0;
	const char *list = "";
	if (!n && !strcmp(r->method, "POST"))
		return true;
	for (; *allowed; allowed++) {
		if (type && n == strlen(*allowed) && !strncmp(type, *allowed, n))
			return true;
		list = arena_printf(r->arena, "%s%s%s", list, *list ? ", " : "", *allowed);
	}
	sim_status_answer(a, r->arena, 415, "UnsupportedMediaType",
			  arena_printf(r->arena,
				       "the body of the request was in an unknown format - accepted media types include: %s",
				       list),
			  NULL);
	return false;
}

static const char *field_manager(struct request *r)
{
	const char *name = request_arg(r, "fieldManager"), *agent;
	if (name && *name)
		return name;
	agent = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "User-Agent");
	return agent && *agent ? arena_memdup(r->arena, agent, strcspn(agent, "/ ")) : "unknown";
}

static bool dry_run(struct request *r)
{
	const char *v = request_arg(r, "dryRun");
	return v && !strcmp(v, "All");
}

/* Checks types and unknown fields; fills kind and apiVersion. */
static bool decode(struct request *r, struct answer *a, json_object *o)
{
	const struct sim_kind_info *k = &sim_kinds[r->kind];
	const char *version = sim_kind_group_version(r->arena, r->kind), *mode = request_arg(r, "fieldValidation");
	const char *kind = json_text(o, "kind", k->kind), *given = json_text(o, "apiVersion", version);
	struct buf wrong = { 0 }, unknown = { 0 };
	bool fine = true;
	if (strcmp(kind, k->kind) || strcmp(given, version)) {
		sim_status_bad(
			r, a,
			strcmp(kind, k->kind)
				? arena_printf(r->arena,
					       "%s in version \"%s\" cannot be handled as a %s: converting (%s) to (%s): unknown "
					       "conversion",
					       kind, k->version, k->kind, kind, k->kind)
				: arena_printf(r->arena,
					       "the API version in the data (%s) does not match the expected API version (%s)",
					       given, version));
		return false;
	}
	const char *prefix =
		arena_printf(r->arena, "%s in version \"%s\" cannot be handled as a %s: ", k->kind, k->version, k->kind);
	if (!schema_check(k->schema, o, &wrong, &unknown)) {
		sim_status_bad(r, a, arena_printf(r->arena, "%s%s", prefix, wrong.data));
		fine = false;
	} else if (unknown.len && mode && !strcmp(mode, "Strict")) {
		sim_status_bad(r, a, arena_printf(r->arena, "%sstrict decoding error: %s", prefix, unknown.data));
		fine = false;
	} else if (unknown.len && (!mode || strcmp(mode, "Ignore") != 0)) {
		a->header = "Warning";
		a->value = arena_printf(r->arena, "299 - \"%.200s\"", unknown.data);
		for (char *p = strchr(strchr(a->value, '"') + 1, '"'); p && p[1]; p = strchr(p + 1, '"'))
			*p = '\'';
	}
	json_add_text(o, "kind", k->kind);
	json_add_text(o, "apiVersion", version);
	buf_free(&wrong);
	buf_free(&unknown);
	return fine;
}

/* A fresh tree in the server's order: kind, apiVersion, metadata, the rest, status. Owned by the caller. */
static json_object *ordered(json_object *o)
{
	static const char *const first[] = { "kind", "apiVersion", "metadata", "spec" };
	json_object *tree = json_object_new_object();
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (member(o, first[i]))
			json_add(tree, first[i], patch_copy(member(o, first[i])));
	if (!member(tree, "metadata"))
		json_add(tree, "metadata", json_object_new_object());
	json_object_object_foreach (o, key, value) {
		if (strcmp(key, "status") && !member(tree, key))
			json_add(tree, key, patch_copy(value));
	}
	if (member(o, "status"))
		json_add(tree, "status", patch_copy(member(o, "status")));
	return tree;
}

static void tidy(json_object *tree)
{
	static const char *const maps[] = { "labels", "annotations", "ownerReferences", "finalizers" };
	json_object *meta = member(tree, "metadata");
	json_object_object_del(meta, "managedFields");
	json_object_object_del(meta, "selfLink");
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		json_object *v = member(meta, maps[i]);
		if (v &&
		    (json_object_is_type(v, json_type_object) ? !json_object_object_length(v) : !json_object_array_length(v)))
			json_object_object_del(meta, maps[i]);
	}
}

/* Create */

static bool place(struct request *r, struct answer *a, json_object *o)
{
	json_object *meta = member(o, "metadata");
	const char *ns = json_text(meta, "namespace", "");
	if (*ns && strcmp(ns, r->ns) != 0) {
		sim_status_bad(r, a, "the namespace of the provided object does not match the namespace sent on the request");
		return false;
	}
	if (*r->ns)
		json_add_text(meta, "namespace", r->ns);
	struct object *space = *r->ns ? world_find(r->w, SIM_NAMESPACE, "", r->ns) : NULL;
	if (*r->ns && !space) {
		sim_status_not_found(r, a, SIM_NAMESPACE, r->ns);
		return false;
	}
	if (space && json_at(space->tree, "metadata.deletionTimestamp")) {
		const char *name = json_text(meta, "name", "");
		json_object *details = sim_status_details(r->kind, name);
		json_add(details, "causes",
			 json_object_get(json_build(
				 r->arena, "[{'reason':'NamespaceTerminating','message':%s,'field':'metadata.namespace'}]",
				 arena_printf(r->arena, "namespace %s is being terminated", r->ns))));
		sim_status_answer(a, r->arena, 403, "Forbidden",
				  arena_printf(r->arena,
					       "%s \"%s\" is forbidden: unable to create new content in namespace %s because it "
					       "is being terminated",
					       sim_kind_resource(r->arena, r->kind), name, r->ns),
				  details);
		return false;
	}
	return true;
}

static void generate_name(struct request *r, json_object *meta)
{
	char tail[6];
	const char *base = json_text(meta, "generateName", "");
	if (*json_text(meta, "name", "") || !*base)
		return;
	sim_suffix(tail);
	json_add_text(meta, "name", arena_printf(r->arena, "%.58s%s", base, tail));
}

static void forget_identity(json_object *meta)
{
	static const char *const fields[] = { "uid",	    "resourceVersion",	 "creationTimestamp",
					      "generation", "deletionTimestamp", "deletionGracePeriodSeconds" };
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		json_object_object_del(meta, fields[i]);
}

static void answer_tree(struct answer *a, int status, json_object *tree)
{
	answer_json(a, status, json_object_get(tree));
}

/* The last steps of a create; `tree` is kept or put. */
static struct object *add_object(struct request *r, struct answer *a, json_object *tree)
{
	struct complaints c = { .arena = r->arena };
	json_object *meta = member(tree, "metadata");
	char uid[40];
	forget_identity(meta);
	generate_name(r, meta);
	const char *name = json_text(meta, "name", "");
	sim_uuid(uid);
	json_add_text(meta, "uid", uid);
	tidy(tree);
	sim_defaults(r->w, r->kind, tree);
	sim_validate(&c, r->kind, tree);
	if (c.n) {
		complaints_answer(&c, r, a, r->kind, name);
	} else if (world_find(r->w, r->kind, r->ns, name)) {
		sim_status_exists(r, a, r->kind, name);
	} else {
		sim_defaults_create(r->w, r->kind, tree, uid);
		if (!dry_run(r))
			return world_add(r->w, r->kind, tree);
		json_add_text(meta, "creationTimestamp", sim_stamp(r->w));
		if (sim_kinds[r->kind].generation)
			json_add_int(meta, "generation", 1);
		answer_tree(a, 201, tree);
	}
	json_object_put(tree);
	return NULL;
}

void sim_create(struct request *r, struct answer *a)
{
	static const char *const types[] = { "application/json", "application/yaml", NULL };
	json_object *o = media_type(r, a, types) ? sim_body(r, a, false) : NULL;
	if (!o || !decode(r, a, o))
		return;
	if (!member(o, "metadata"))
		json_add(o, "metadata", json_object_new_object());
	if (!place(r, a, o))
		return;
	struct object *made = add_object(r, a, ordered(o));
	if (!made)
		return;
	made->managers = json_object_new_object();
	apply_record_update(made->managers, arena_printf(r->arena, "%s (update)", field_manager(r)), sim_kinds[r->kind].schema,
			    NULL, made->tree);
	if (r->kind == SIM_JOB)
		sim_stats_job(r->w, made->ns, made->name);
	sim_answer_object(a, 201, made);
}

/* Update */

static void keep_identity(json_object *tree, const struct object *old)
{
	static const char *const fields[] = { "name",
					      "namespace",
					      "uid",
					      "creationTimestamp",
					      "generation",
					      "deletionTimestamp",
					      "deletionGracePeriodSeconds",
					      "generateName",
					      "resourceVersion" };
	json_object *meta = member(tree, "metadata"), *was = member(old->tree, "metadata");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		json_object_object_del(meta, fields[i]);
		if (member(was, fields[i]))
			json_add(meta, fields[i], patch_copy(member(was, fields[i])));
	}
}

/* The status belongs to /status, everything else to the object itself. */
static void keep_status(struct request *r, json_object *tree, const struct object *old)
{
	if (!strcmp(r->sub, "status")) {
		if (member(old->tree, "spec"))
			json_add(tree, "spec", patch_copy(member(old->tree, "spec")));
		return;
	}
	json_object_object_del(tree, "status");
	if (member(old->tree, "status"))
		json_add(tree, "status", patch_copy(member(old->tree, "status")));
}

static bool current(struct request *r, struct answer *a, json_object *tree, const struct object *old)
{
	const char *rv = json_text(tree, "metadata.resourceVersion", ""), *uid = json_text(tree, "metadata.uid", "");
	if (*uid && strcmp(uid, old->uid) != 0)
		sim_status_conflict(r, a, old->kind, old->name,
				    arena_printf(r->arena, "Precondition failed: UID in precondition: %s, UID in object meta: %s",
						 uid, old->uid));
	else if (*rv && strcmp(rv, json_text(old->tree, "metadata.resourceVersion", "")) != 0)
		sim_status_conflict(
			r, a, old->kind, old->name,
			"the object has been modified; please apply your changes to the latest version and try again");
	else
		return true;
	return false;
}

/* A Service keeps its address when the new version does not name one. */
static void keep_assigned(json_object *tree, const struct object *old)
{
	static const char *const fields[] = { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy" };
	json_object *spec = member(tree, "spec"), *was = member(old->tree, "spec");
	for (size_t i = 0; old->kind == SIM_SERVICE && spec && i < sizeof fields / sizeof *fields; i++)
		if (!member(spec, fields[i]) && member(was, fields[i]))
			json_add(spec, fields[i], patch_copy(member(was, fields[i])));
	static const char *const job[] = { "selector" };
	for (size_t i = 0; old->kind == SIM_JOB && spec && i < 1; i++)
		if (!member(spec, job[i]) && member(was, job[i]))
			json_add(spec, job[i], patch_copy(member(was, job[i])));
	if (old->kind == SIM_NAMESPACE && !spec && was)
		json_add(tree, "spec", patch_copy(was));
}

/* Replaces an object by `tree`, which is kept or put. `managers` (may be NULL) replaces the owners of fields. */
static bool replace(struct request *r, struct answer *a, struct object *old, json_object *tree, json_object *managers)
{
	struct complaints c = { .arena = r->arena };
	keep_identity(tree, old);
	keep_status(r, tree, old);
	keep_assigned(tree, old);
	tidy(tree);
	sim_defaults(r->w, r->kind, tree);
	sim_validate(&c, r->kind, tree);
	sim_validate_update(&c, r->kind, tree, old->tree);
	if (c.n || dry_run(r)) {
		if (c.n)
			complaints_answer(&c, r, a, r->kind, old->name);
		else
			answer_tree(a, 200, tree);
		json_object_put(tree);
		json_object_put(managers);
		return false;
	}
	if (managers) {
		json_object_put(old->managers);
		old->managers = managers;
	} else {
		if (!old->managers)
			old->managers = json_object_new_object();
		apply_record_update(old->managers, arena_printf(r->arena, "%s (update)", field_manager(r)),
				    sim_kinds[r->kind].schema, old->tree, tree);
	}
	json_object_put(old->tree);
	old->tree = tree;
	object_commit(r->w, old);
	if (json_at(tree, "metadata.deletionTimestamp") && !json_at(tree, "metadata.finalizers"))
		object_wake(r->w, old, 0);
	sim_answer_object(a, 200, old);
	return true;
}

void sim_update(struct request *r, struct answer *a, struct object *old)
{
	static const char *const types[] = { "application/json", "application/yaml", NULL };
	json_object *o = media_type(r, a, types) ? sim_body(r, a, false) : NULL;
	if (!o || !decode(r, a, o))
		return;
	const char *name = json_text(o, "metadata.name", "");
	if (strcmp(name, r->name) != 0) {
		sim_status_bad(r, a,
			       *name ? arena_printf(r->arena,
						    "the name of the object (%s) does not match the name on the URL (%s)", name,
						    r->name)
				     : "the name of the object (<nil>) does not match the name on the URL");
		return;
	}
	if (current(r, a, o, old))
		replace(r, a, old, ordered(o), NULL);
}

/* Patch */

static void answer_conflicts(struct request *r, struct answer *a, const struct apply *p)
{
	json_object *causes = json_object_new_array(), *details = json_object_new_object();
	const char *text = "";
	const char *version = sim_kind_group_version(r->arena, r->kind);
	for (size_t i = 0; i < p->conflict_count; i++) {
		const char *manager = arena_strdup(r->arena, p->conflicts[i].manager);
		char *mark = strstr(manager, " (update)");
		const char *who =
			mark ? arena_printf(r->arena, "conflict with \"%.*s\" using %s", (int)(mark - manager), manager, version)
			     : arena_printf(r->arena, "conflict with \"%s\"", manager);
		json_object_array_add(
			causes, json_object_get(json_build(r->arena, "{'reason':'FieldManagerConflict','message':%s,'field':%s}",
							   who, p->conflicts[i].path)));
		text = arena_printf(r->arena, "%s%s%s: %s", text, *text ? ", " : "", who, p->conflicts[i].path);
	}
	json_add(details, "causes", causes);
	sim_status_answer(a, r->arena, 409, "Conflict",
			  arena_printf(r->arena, "Apply failed with %zu conflict%s: %s", p->conflict_count,
				       p->conflict_count > 1 ? "s" : "", text),
			  details);
}

static void create_by_apply(struct request *r, struct answer *a, json_object *config, const char *manager)
{
	if (!place(r, a, config))
		return;
	struct object *made = add_object(r, a, ordered(config));
	if (!made)
		return;
	made->managers = json_object_new_object();
	json_add(made->managers, manager, patch_copy(config));
	if (r->kind == SIM_JOB)
		sim_stats_job(r->w, made->ns, made->name);
	sim_answer_object(a, 201, made);
}

static void apply(struct request *r, struct answer *a, struct object *old, json_object *config)
{
	const char *manager = request_arg(r, "fieldManager"), *name = json_text(config, "metadata.name", "");
	if (!manager || !*manager) {
		sim_status_options(r, a, "PatchOptions", "fieldManager", "FieldValueRequired",
				   "Required value: is required for apply patch");
		return;
	}
	if (!json_text(config, "kind", NULL) || !json_text(config, "apiVersion", NULL)) {
		sim_status_bad(r, a, "invalid object type: /, Kind=");
		return;
	}
	if (json_at(config, "metadata.managedFields")) {
		sim_status_bad(r, a, "metadata.managedFields must be nil");
		return;
	}
	if (!decode(r, a, config))
		return;
	if (!member(config, "metadata"))
		json_add(config, "metadata", json_object_new_object());
	if (*name && strcmp(name, r->name) != 0) {
		sim_status_bad(r, a,
			       arena_printf(r->arena, "the name of the object (%s) does not match the name on the URL (%s)", name,
					    r->name));
		return;
	}
	json_add_text(member(config, "metadata"), "name", r->name);
	if (!old) {
		create_by_apply(r, a, config, manager);
		return;
	}
	if (!current(r, a, config, old))
		return;
	struct apply p = { .arena = r->arena,
			   .schema = sim_kinds[r->kind].schema,
			   .manager = manager,
			   .force = request_flag(r, "force"),
			   .managers = old->managers ? patch_copy(old->managers) : json_object_new_object() };
	json_object *live = patch_copy(old->tree);
	if (apply_configuration(&p, live, config)) {
		replace(r, a, old, ordered(live), p.managers);
	} else {
		answer_conflicts(r, a, &p);
		json_object_put(p.managers);
	}
	json_object_put(live);
}

static void patch_with(struct request *r, struct answer *a, struct object *old, const char *type)
{
	const char *why = NULL;
	json_object *live = patch_copy(old->tree), *body;
	if (str_starts(type, "application/json-patch+json")) {
		body = json_parse(r->arena, r->body.data ? r->body.data : "", r->body.len, 64, &why);
		if (body && !patch_json(r->arena, live, body, &why))
			sim_status_answer(a, r->arena, 422, "Invalid", why, NULL);
		else if (!body)
			sim_status_bad(r, a, why);
	} else if ((body = sim_body(r, a, false))) {
		if (str_starts(type, "application/strategic"))
			patch_strategic(sim_kinds[r->kind].schema, live, body);
		else
			patch_merge(live, body);
		a->status = 0;
	}
	bool fine = body && (a->status == 0 || a->status == 500) && decode(r, a, live) && current(r, a, live, old);
	if (fine)
		replace(r, a, old, ordered(live), NULL);
	json_object_put(live);
}

void sim_patch(struct request *r, struct answer *a, struct object *old)
{
	static const char *const types[] = { "application/json-patch+json", "application/merge-patch+json",
					     "application/strategic-merge-patch+json", "application/apply-patch+yaml", NULL };
	if (!media_type(r, a, types))
		return;
	const char *type = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Content-Type");
	a->status = 0;
	if (str_starts(type, "application/apply-patch+yaml")) {
		json_object *config = sim_body(r, a, false);
		if (config)
			apply(r, a, old, config);
	} else if (!old) {
		sim_status_not_found(r, a, r->kind, r->name);
	} else {
		patch_with(r, a, old, type);
	}
}

/* Scale */

static void answer_scale(struct request *r, struct answer *a, const struct object *o)
{
	json_object *labels = json_at(o->tree, "spec.selector.matchLabels"), *spec = json_object_new_object();
	const char *selector = "";
	if (labels) {
		json_object_object_foreach (labels, key, value)
			selector = arena_printf(r->arena, "%s%s%s=%s", selector, *selector ? "," : "", key,
						json_object_get_string(value));
	}
	if (json_int(o->tree, "spec.replicas", 1)) /* zero is left out, as Go does */
		json_add_int(spec, "replicas", json_int(o->tree, "spec.replicas", 1));
	answer_json(a, 200,
		    json_object_get(json_build(
			    r->arena,
			    "{'kind':'Scale','apiVersion':'autoscaling/v1','metadata':{'name':%s,'namespace':%s,'uid':%s,"
			    "'resourceVersion':%s,'creationTimestamp':%s},'spec':%o,'status':{'replicas':%d,'selector':%s}}",
			    o->name, o->ns, o->uid, json_text(o->tree, "metadata.resourceVersion", ""),
			    json_text(o->tree, "metadata.creationTimestamp", ""), spec, json_int(o->tree, "status.replicas", 0),
			    selector)));
}

void sim_scale(struct request *r, struct answer *a, struct object *o)
{
	if (!strcmp(r->verb, "get")) {
		answer_scale(r, a, o);
		return;
	}
	if (strcmp(r->verb, "patch") && strcmp(r->verb, "update")) {
		sim_status_answer(a, r->arena, 405, "MethodNotAllowed",
				  "the server does not allow this method on the requested resource", json_object_new_object());
		return;
	}
	json_object *body = sim_body(r, a, false), *replicas = json_at(body, "spec.replicas");
	if (!body)
		return;
	if (!json_object_is_type(replicas, json_type_int) || json_object_get_int64(replicas) < 0) {
		struct complaints c = { .arena = r->arena };
		complain(&c, "spec.replicas", "FieldValueInvalid",
			 arena_printf(r->arena, "Invalid value: %s: must be greater than or equal to 0",
				      replicas ? json_object_get_string(replicas) : "null"));
		complaints_answer(&c, r, a, o->kind, o->name);
		return;
	}
	if (!current(r, a, body, o))
		return;
	json_add_int(json_at(o->tree, "spec"), "replicas", json_object_get_int64(replicas));
	object_commit(r->w, o);
	answer_scale(r, a, o);
}
