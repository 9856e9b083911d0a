/* What a path names, and the documents by which clients discover what is served. */
#include <string.h>

#include "base/str.h"
#include "kubesim/status.h"

enum { PARTS = 10 };

static size_t split(struct arena *a, const char *path, const char *parts[PARTS])
{
	size_t n = 0;
	for (char *p = arena_strdup(a, path); p && n < PARTS;) {
		p += strspn(p, "/");
		if (!*p)
			break;
		parts[n++] = p;
		p = strchr(p, '/');
		if (p)
			*p++ = 0;
	}
	return n;
}

static bool find_kind(struct request *r, const char *group, const char *version, const char *plural)
{
	for (int k = 0; k < SIM_KIND__MAX; k++)
		if (!strcmp(sim_kinds[k].group, group) && !strcmp(sim_kinds[k].version, version) &&
		    !strcmp(sim_kinds[k].plural, plural)) {
			r->kind = (enum sim_kind)k;
			return true;
		}
	return false;
}

static const char *verb_of(struct request *r)
{
	static const char *const verbs[][3] = {
		{ "POST", "create", "create" },
		{ "PUT", "update", "update" },
		{ "PATCH", "patch", "patch" },
		{ "DELETE", "deletecollection", "delete" },
	};
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(r->method, verbs[i][0]))
			return verbs[i][*r->name ? 2 : 1];
	if (*r->name)
		return "get";
	return request_flag(r, "watch") ? "watch" : "list";
}

void sim_route(struct request *r)
{
	const char *p[PARTS] = { 0 };
	size_t n = split(r->arena, r->path, p), i;
	const char *group = "", *version;
	r->ns = r->name = r->sub = "";
	r->has_kind = false;
	r->verb = "get";
	if (n >= 2 && !strcmp(p[0], "api")) {
		version = p[1];
		i = 2;
	} else if (n >= 3 && !strcmp(p[0], "apis")) {
		group = p[1];
		version = p[2];
		i = 3;
	} else {
		return;
	}
	bool whole = i + 1 == n || (i + 2 == n && !strcmp(p[i], "namespaces")); /* the kind of namespaces itself */
	if (i < n && !strcmp(p[i], "namespaces") && !whole) {
		r->ns = p[i + 1];
		i += 2;
	}
	if (i >= n || !find_kind(r, group, version, p[i]) || (*r->ns && !sim_kinds[r->kind].namespaced))
		return;
	r->has_kind = true;
	if (i + 1 < n)
		r->name = p[i + 1];
	if (i + 2 < n)
		r->sub = p[i + 2];
	r->verb = verb_of(r);
}

/* The abbreviations that kubectl's users type. */
static const char *const short_names[SIM_KIND__MAX] = {
	[SIM_CONFIG_MAP] = "cm",	[SIM_DEPLOYMENT] = "deploy",  [SIM_EVENT] = "ev",
	[SIM_INGRESS] = "ing",		[SIM_NAMESPACE] = "ns",	      [SIM_POD] = "po",
	[SIM_REPLICA_SET] = "rs",	[SIM_SERVICE] = "svc",	      [SIM_NETWORK_POLICY] = "netpol",
	[SIM_RESOURCE_QUOTA] = "quota", [SIM_LIMIT_RANGE] = "limits",
};

static json_object *subresource(struct arena *a, const struct sim_kind_info *k, const char *sub, const char *kind)
{
	return json_object_get(
		json_build(a, "{'name':%s,'singularName':'','namespaced':true,'kind':%s,'verbs':['get','patch','update']}",
			   arena_printf(a, "%s/%s", k->plural, sub), kind));
}

static void resource_list(struct request *r, struct answer *a, const char *group, const char *version)
{
	json_object *list = json_object_new_array();
	for (int k = 0; k < SIM_KIND__MAX; k++) {
		const struct sim_kind_info *i = &sim_kinds[k];
		if (strcmp(i->group, group) || strcmp(i->version, version))
			continue;
		json_object *o = json_build(r->arena,
					    "{'name':%s,'singularName':%s,'namespaced':%b,'kind':%s,'verbs':['create','delete',"
					    "'deletecollection','get','list','patch','update','watch']}",
					    i->plural, i->singular, i->namespaced, i->kind);
		if (short_names[k])
			json_add(o, "shortNames", json_object_get(json_build(r->arena, "[%s]", short_names[k])));
		json_object_array_add(list, json_object_get(o));
		if (k == SIM_DEPLOYMENT || k == SIM_REPLICA_SET)
			json_object_array_add(list, subresource(r->arena, i, "scale", "Scale"));
		if (k == SIM_POD)
			json_object_array_add(list, subresource(r->arena, i, "log", "Pod"));
	}
	const char *of = *group ? arena_printf(r->arena, "%s/%s", group, version) : version;
	answer_json(a, 200,
		    json_object_get(json_build(r->arena,
					       "{'kind':'APIResourceList','apiVersion':'v1','groupVersion':%s,'resources':%o}",
					       of, list)));
}

static void group_list(struct request *r, struct answer *a)
{
	static const char *const groups[] = { "apps", "batch", "networking.k8s.io", "authorization.k8s.io" };
	json_object *list = json_object_new_array();
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		const char *of = arena_printf(r->arena, "%s/v1", groups[i]);
		json_object_array_add(list,
				      json_object_get(json_build(r->arena,
								 "{'name':%s,'versions':[{'groupVersion':%s,'version':'v1'}],"
								 "'preferredVersion':{'groupVersion':%s,'version':'v1'}}",
								 groups[i], of, of)));
	}
	answer_json(a, 200, json_object_get(json_build(r->arena, "{'kind':'APIGroupList','apiVersion':'v1','groups':%o}", list)));
}

/* Everybody who gets in may do everything: there is no RBAC here. */
static void access_review(struct request *r, struct answer *a)
{
	const char *why;
	json_object *o = json_parse(r->arena, r->body.data ? r->body.data : "", r->body.len, 64, &why);
	if (!json_object_is_type(o, json_type_object)) {
		sim_status_bad(r, a, why ? why : "the body is not an object");
		return;
	}
	json_object *spec = json_at(o, "spec");
	if (!json_at(spec, "resourceAttributes") && !json_at(spec, "nonResourceAttributes")) {
		struct complaints c = { .arena = r->arena };
		complain(&c, "spec.resourceAttributes", "FieldValueInvalid",
			 "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified");
		sim_status_answer(a, r->arena, 422, "Invalid", c.text.data, NULL);
		complaints_free(&c);
		return;
	}
	answer_json(a, 201,
		    json_object_get(
			    json_build(r->arena,
				       "{'kind':'SelfSubjectAccessReview','apiVersion':'authorization.k8s.io/v1','metadata':{},"
				       "'spec':%o,'status':{'allowed':true,'reason':'simulated cluster'}}",
				       json_object_get(spec))));
}

void sim_discovery_answer(struct request *r, struct answer *a)
{
	const char *p[PARTS] = { 0 };
	size_t n = split(r->arena, r->path, p);
	bool read = !strcmp(r->method, "GET");
	if (read && n == 1 && !strcmp(p[0], "version"))
		answer_json(
			a, 200,
			json_object_get(json_build(
				r->arena,
				"{'major':'1','minor':'34','gitVersion':'v1.34.0+kubesim','gitCommit':'0','gitTreeState':'clean',"
				"'buildDate':'2026-01-01T00:00:00Z','goVersion':'','compiler':'','platform':'linux/amd64'}")));
	else if (read && n == 1 && (!strcmp(p[0], "readyz") || !strcmp(p[0], "livez") || !strcmp(p[0], "healthz")))
		answer_text(a, 200, "text/plain; charset=utf-8", "ok");
	else if (read && n == 1 && !strcmp(p[0], "api"))
		answer_json(a, 200,
			    json_object_get(json_build(
				    r->arena, "{'kind':'APIVersions','versions':['v1'],'serverAddressByClientCIDRs':[]}")));
	else if (read && n == 2 && !strcmp(p[0], "api") && !strcmp(p[1], "v1"))
		resource_list(r, a, "", "v1");
	else if (read && n == 1 && !strcmp(p[0], "apis"))
		group_list(r, a);
	else if (read && n == 3 && !strcmp(p[0], "apis") && !strcmp(p[2], "v1"))
		resource_list(r, a, p[1], p[2]);
	else if (!strcmp(r->method, "POST") && n == 4 && !strcmp(p[1], "authorization.k8s.io") &&
		 !strcmp(p[3], "selfsubjectaccessreviews"))
		access_review(r, a);
	else if (n >= 2 && (!strcmp(p[0], "api") || !strcmp(p[0], "apis")))
		sim_status_answer(a, r->arena, 404, "NotFound", "the server could not find the requested resource",
				  json_object_new_object());
	else
		answer_text(a, 404, "text/plain; charset=utf-8", "404 page not found\n");
}
