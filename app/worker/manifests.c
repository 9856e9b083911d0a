/* An application as Kubernetes objects. */
#include "worker/manifests.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "kube/names.h"
#include "model/variables.h"
#include "worker/job.h"
#include "worker/observe.h"

enum { PROBE_SECONDS = 2, STARTUP_MARGIN = 60, DEPTH = 4 };

static json_object *labels(struct arena *a, int64_t project_id)
{
	return json_object_get(json_build(a, "{'" LABEL_MANAGED_BY "':'" MANAGED_BY "','" LABEL_PROJECT "':%s}",
					  arena_printf(a, "%" PRId64, project_id)));
}

/* Never a build's or deployment's id: selectors cannot be changed later. */
static json_object *selector(struct arena *a, int64_t project_id)
{
	return json_object_get(json_build(a, "{'" LABEL_PROJECT "':%s}", arena_printf(a, "%" PRId64, project_id)));
}

static void add_variable(json_object *list, const char *name, const char *value)
{
	json_object *e = json_object_new_object();
	json_add_text(e, "name", name);
	json_add_text(e, "value", value);
	json_object_array_add(list, e);
}

/* The empty value is said, so that an apply takes away one that somebody else has put there: both together are invalid. */
static void add_secret(struct arena *a, json_object *list, const struct app_plan *p, const char *name)
{
	json_object_array_add(
		list, json_object_get(json_build(a, "{'name':%s,'value':'','valueFrom':{'secretKeyRef':{'name':%s,'key':%s}}}",
						 name, app_env_name(a, p->project_id, p->secret_id), name)));
}

/* Each name once: server-side apply refuses a second one. The portal's own come last and cannot be overridden. */
static json_object *environment(struct arena *a, const struct app_plan *p)
{
	json_object *list = json_object_new_array();
	for (int i = 0; i < p->variable_count; i++) {
		const struct app_variable *v = &p->variables[i];
		bool again = variable_is_given(v->name);
		for (int j = i + 1; j < p->variable_count && !again; j++)
			again = !strcmp(v->name, p->variables[j].name);
		if (!again && v->digest)
			add_secret(a, list, p, v->name);
		else if (!again)
			add_variable(list, v->name, v->value);
	}
	add_variable(list, "PORT", arena_printf(a, "%d", p->port));
	add_variable(list, "HYDROSIM_COMMIT", p->commit_sha ? p->commit_sha : "");
	return list;
}

static json_object *probe(struct arena *a, const struct app_plan *p, int64_t period, int64_t timeout, int64_t failures)
{
	json_object *how = p->health_path && *p->health_path
				   ? json_build(a, "{'httpGet':{'path':%s,'port':%d}}", p->health_path, (int64_t)p->port)
				   : json_build(a, "{'tcpSocket':{'port':%d}}", (int64_t)p->port);
	json_add_int(how, "periodSeconds", period);
	json_add_int(how, "timeoutSeconds", timeout);
	json_add_int(how, "failureThreshold", failures);
	json_add_int(how, "successThreshold", 1);
	return json_object_get(how);
}

/*
 * A slow start is not ended before the deployment's own time is over. Only an application with a health path of its own says
 * whether it is well; it is ended after a minute in which it did not.
 */
static void add_probes(struct arena *a, json_object *c, const struct app_plan *p)
{
	json_add(c, "startupProbe",
		 probe(a, p, PROBE_SECONDS, 3, (p->deadline_seconds + STARTUP_MARGIN + PROBE_SECONDS - 1) / PROBE_SECONDS));
	json_add(c, "readinessProbe", probe(a, p, PROBE_SECONDS, 3, 3));
	if (p->health_path && *p->health_path)
		json_add(c, "livenessProbe", probe(a, p, 10, 5, 6));
}

static json_object *resources(struct arena *a, const struct app_plan *p)
{
	json_object *r = json_build(a, "{'limits':{'cpu':%s,'memory':%s},'requests':{'cpu':%s,'memory':%s}}", p->cpu, p->memory,
				    quantity_smaller(p->cpu, "100m"), quantity_smaller(p->memory, "128Mi"));
	if (*p->disk) {
		json_add_text(json_at(r, "limits"), "ephemeral-storage", p->disk);
		json_add_text(json_at(r, "requests"), "ephemeral-storage", quantity_smaller(p->disk, "64Mi"));
	}
	return json_object_get(r);
}

static json_object *container(struct arena *a, const struct app_plan *p)
{
	json_object *c =
		json_build(a,
			   "{'name':'" APP_CONTAINER
			   "','image':%s,'imagePullPolicy':'Always','ports':[{'containerPort':%d,'protocol':'TCP'}],'env':%o,"
			   "'resources':%o,'securityContext':{'privileged':false,'allowPrivilegeEscalation':false,"
			   "'capabilities':{'drop':['ALL']},'seccompProfile':{'type':'RuntimeDefault'}}}",
			   p->image, (int64_t)p->port, environment(a, p), resources(a, p));
	if (p->restricted)
		json_add_bool(json_at(c, "securityContext"), "runAsNonRoot", true);
	add_probes(a, c, p);
	return json_object_get(c);
}

static json_object *pod_spec(struct arena *a, const struct app_plan *p)
{
	json_object *spec =
		json_build(a,
			   "{'automountServiceAccountToken':false,'enableServiceLinks':false,'shareProcessNamespace':false,"
			   "'terminationGracePeriodSeconds':15,"
			   "'securityContext':{'seccompProfile':{'type':'RuntimeDefault'}},'containers':[%o]}",
			   container(a, p));
	if (p->restricted)
		json_add_bool(json_at(spec, "securityContext"), "runAsNonRoot", true);
	if (p->registry_id)
		json_add(spec, "imagePullSecrets",
			 json_object_get(json_build(a, "[{'name':%s}]", app_pull_name(a, p->project_id))));
	return json_object_get(spec);
}

static json_object *template(struct arena *a, const struct app_plan *p)
{
	json_object *t =
		json_build(a, "{'metadata':{'labels':%o,'annotations':{}},'spec':%o}", labels(a, p->project_id), pod_spec(a, p));
	json_object *annotations = json_at(t, "metadata.annotations");
	/* Always rendered: an apply that leaves it out would take it away, and that is a roll-out. */
	if (p->restarted_at)
		json_add_text(annotations, ANNOTATION_RESTARTED, p->restarted_at);
	json_add_text(annotations, ANNOTATION_TEMPLATE,
		      arena_printf(a, "%.16s", secret_digest(a, json_object_to_json_string_ext(t, JSON_PLAIN))));
	return json_object_get(t);
}

json_object *app_deployment(struct arena *a, const struct app_plan *p, const char *resource_version)
{
	json_object *o = json_build(
		a,
		"{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':%s,'labels':%o,"
		"'annotations':{'" ANNOTATION_DEPLOYMENT "':%s}},'spec':{'replicas':%d,'paused':false,'revisionHistoryLimit':3,"
		"'progressDeadlineSeconds':%d,'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':1,'"
		"maxUnavailable':0}},"
		"'selector':{'matchLabels':%o},'template':%o}}",
		app_name(a, p->project_id), labels(a, p->project_id), arena_printf(a, "%" PRId64, p->deployment_id),
		(int64_t)p->replicas, p->deadline_seconds, selector(a, p->project_id), template(a, p));
	if (resource_version)
		json_add_text(json_at(o, "metadata"), "resourceVersion", resource_version);
	return o;
}

/* The same value, but whatever else is in its place goes. */
static json_object *instead(json_object *value)
{
	json_object *copy = NULL;
	if (!value || json_object_deep_copy(value, &copy, NULL))
		return NULL;
	json_add_text(copy, "$patch", "replace");
	return copy;
}

json_object *app_deployment_unblock(struct arena *a, const struct app_plan *p)
{
	static const char *const whole[] = { "startupProbe", "readinessProbe", "livenessProbe" };
	json_object *c = json_own(a, container(a, p)), *env = json_object_new_array();
	for (size_t i = 0; i < json_len(c, "env"); i++) {
		json_object *ours = json_object_array_get_idx(json_at(c, "env"), i), *from = json_at(ours, "valueFrom");
		json_object *e = json_object_new_object();
		json_add_text(e, "name", json_text(ours, "name", ""));
		json_add_text(e, "value", from ? NULL : json_text(ours, "value", ""));
		json_add(e, "valueFrom", instead(from));
		json_object_array_add(env, e);
	}
	json_object *only = json_build(a, "{'name':'" APP_CONTAINER "','env':%o,'securityContext':{'seccompProfile':%o}}", env,
				       instead(json_at(c, "securityContext.seccompProfile")));
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (json_at(c, whole[i]))
			json_add(only, whole[i], instead(json_at(c, whole[i])));
	return json_build(a, "{'spec':{'template':{'spec':{'containers':[%o]}}}}", json_object_get(only));
}

json_object *app_service(struct arena *a, const struct app_plan *p)
{
	return json_build(a,
			  "{'apiVersion':'v1','kind':'Service','metadata':{'name':%s,'labels':%o},'spec':{'type':'ClusterIP',"
			  "'selector':%o,'ports':[{'name':'http','port':80,'protocol':'TCP','targetPort':%d}]}}",
			  app_front_name(a, p->project_id), labels(a, p->project_id), selector(a, p->project_id),
			  (int64_t)p->port);
}

json_object *app_ingress(struct arena *a, const struct app_plan *p)
{
	const char *name = app_front_name(a, p->project_id);
	json_object *o =
		json_build(a,
			   "{'apiVersion':'networking.k8s.io/v1','kind':'Ingress','metadata':{'name':%s,'labels':%o},'spec':{"
			   "'rules':[{'host':%s,'http':{'paths':[{'path':'/','pathType':'Prefix','backend':{'service':{'name':%s,"
			   "'port':{'number':80}}}}]}}]}}",
			   name, labels(a, p->project_id), p->host, name);
	if (*p->ingress_class)
		json_add_text(json_at(o, "spec"), "ingressClassName", p->ingress_class);
	if (*p->cluster_issuer) {
		json_add(json_at(o, "metadata"), "annotations",
			 json_object_get(json_build(a, "{'cert-manager.io/cluster-issuer':%s}", p->cluster_issuer)));
		json_add(json_at(o, "spec"), "tls",
			 json_object_get(
				 json_build(a, "[{'hosts':[%s],'secretName':%s}]", p->host, arena_printf(a, "%s-tls", name))));
	}
	return o;
}

json_object *app_pull_secret(struct arena *a, int64_t project_id, const char *address, const char *username, const char *password)
{
	const char *config = docker_config(a, address, username, password);
	return json_build(
		a,
		"{'apiVersion':'v1','kind':'Secret','type':'kubernetes.io/dockerconfigjson','metadata':{'name':%s,'labels':%o},"
		"'data':{'.dockerconfigjson':%s}}",
		app_pull_name(a, project_id), labels(a, project_id), str_base64(a, config, strlen(config)));
}

json_object *app_env_secret(struct arena *a, int64_t project_id, int64_t secret_id, const char *content)
{
	const char *why;
	json_object *values = json_parse(a, content, strlen(content), DEPTH, &why);
	if (!values || !json_object_is_type(values, json_type_object))
		return NULL;
	json_object *data = json_object_new_object();
	json_object_object_foreach (values, name, value) {
		const char *text = json_object_get_string(value);
		json_add_text(data, name, str_base64(a, text, strlen(text)));
	}
	return json_build(a,
			  "{'apiVersion':'v1','kind':'Secret','type':'Opaque','immutable':true,'metadata':{'name':%s,'labels':%o}"
			  ",'data':%o}",
			  app_env_name(a, project_id, secret_id), labels(a, project_id), data);
}

static json_object *plan_variables(const struct app_plan *p)
{
	json_object *list = json_object_new_array();
	for (int i = 0; i < p->variable_count; i++) {
		const struct app_variable *v = &p->variables[i];
		json_object *e = json_object_new_object();
		json_add_text(e, "name", v->name);
		if (v->digest) {
			json_add_bool(e, "secret", true);
			json_add_text(e, "digest", v->digest);
		} else {
			json_add_text(e, "value", v->value);
		}
		json_object_array_add(list, e);
	}
	return list;
}

const char *app_plan_text(struct arena *a, const struct app_plan *p)
{
	json_object *o = json_build(
		a,
		"{'project_id':%d,'deployment_id':%d,'image':%s,'commit_sha':%s,'replicas':%d,'port':%d,'health_path':%s,"
		"'restarted_at':%s,'cpu':%s,'memory':%s,'disk':%s,'pod_security':%s,'host':%s,'ingress_class':%s,"
		"'cluster_issuer':%s,'deadline_seconds':%d,'registry_id':%d,'secret_id':%o,'env':%o}",
		p->project_id, p->deployment_id, p->image, p->commit_sha, (int64_t)p->replicas, (int64_t)p->port, p->health_path,
		p->restarted_at, p->cpu, p->memory, p->disk, p->restricted ? "restricted" : "baseline", p->host, p->ingress_class,
		p->cluster_issuer, p->deadline_seconds, p->registry_id, p->secret_id ? json_object_new_int64(p->secret_id) : NULL,
		plan_variables(p));
	return arena_strdup(a, json_object_to_json_string_ext(o, JSON_PLAIN));
}

bool app_plan_parse(struct arena *a, const char *text, struct app_plan *out)
{
	const char *why;
	json_object *o = json_parse(a, text, strlen(text), 16, &why);
	if (!o)
		return false;
	int count = (int)json_len(o, "env");
	struct app_variable *variables = arena_alloc(a, (size_t)(count + 1) * sizeof *variables);
	for (int i = 0; i < count; i++) {
		json_object *e = json_object_array_get_idx(json_at(o, "env"), (size_t)i);
		variables[i] = (struct app_variable){ .name = json_text(e, "name", "") };
		if (json_flag(e, "secret", false))
			variables[i].digest = json_text(e, "digest", "");
		else
			variables[i].value = json_text(e, "value", "");
	}
	*out = (struct app_plan){
		.project_id = json_int(o, "project_id", 0),
		.deployment_id = json_int(o, "deployment_id", 0),
		.image = json_text(o, "image", NULL),
		.commit_sha = json_text(o, "commit_sha", NULL),
		.replicas = (int)json_int(o, "replicas", 1),
		.port = (int)json_int(o, "port", 8000),
		.health_path = json_text(o, "health_path", NULL),
		.restarted_at = json_text(o, "restarted_at", NULL),
		.cpu = json_text(o, "cpu", "500m"),
		.memory = json_text(o, "memory", "512Mi"),
		.disk = json_text(o, "disk", ""),
		.restricted = !strcmp(json_text(o, "pod_security", ""), "restricted"),
		.host = json_text(o, "host", ""),
		.ingress_class = json_text(o, "ingress_class", ""),
		.cluster_issuer = json_text(o, "cluster_issuer", ""),
		.deadline_seconds = json_int(o, "deadline_seconds", 600),
		.registry_id = json_int(o, "registry_id", 0),
		.secret_id = json_int(o, "secret_id", 0),
		.variables = variables,
		.variable_count = count,
	};
	return out->project_id && out->deployment_id && out->image;
}
