/* An application as Kubernetes objects. */
#include "worker/manifests.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "worker/job.h"
#include "worker/observe.h"

const char *app_name(struct arena *a, int64_t project_id)
{
	return arena_printf(a, "prj-%" PRId64, project_id);
}

const char *app_front_name(struct arena *a, int64_t project_id)
{
	return arena_printf(a, "student-%" PRId64, project_id);
}

const char *app_pull_name(struct arena *a, int64_t project_id)
{
	return arena_printf(a, "prj-%" PRId64 "-pull", project_id);
}

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

/* Each name once: server-side apply refuses a second one. The portal's own come last and cannot be overridden. */
static json_object *environment(struct arena *a, const struct app_plan *p)
{
	json_object *list = json_object_new_array();
	for (int i = 0; i < p->variable_count; i++) {
		const char *name = p->variables[i].name;
		bool again = !strcmp(name, "PORT") || !strcmp(name, "HYDROSIM_COMMIT");
		for (int j = i + 1; j < p->variable_count && !again; j++)
			again = !strcmp(name, p->variables[j].name);
		if (!again)
			add_variable(list, name, p->variables[i].value);
	}
	add_variable(list, "PORT", arena_printf(a, "%d", p->port));
	add_variable(list, "HYDROSIM_COMMIT", p->commit_sha ? p->commit_sha : "");
	return list;
}

static json_object *probe(struct arena *a, const struct app_plan *p)
{
	json_object *how = p->health_path && *p->health_path
				   ? json_build(a, "{'httpGet':{'path':%s,'port':%d}}", p->health_path, (int64_t)p->port)
				   : json_build(a, "{'tcpSocket':{'port':%d}}", (int64_t)p->port);
	json_add_int(how, "periodSeconds", 2);
	json_add_int(how, "timeoutSeconds", 3);
	json_add_int(how, "failureThreshold", 3);
	json_add_int(how, "successThreshold", 1);
	return json_object_get(how);
}

static json_object *container(struct arena *a, const struct app_plan *p)
{
	return json_object_get(json_build(
		a,
		"{'name':'app','image':%s,'imagePullPolicy':'Always','ports':[{'containerPort':%d,'protocol':'TCP'}],'env':%o,"
		"'resources':{'limits':{'cpu':%s,'memory':%s},'requests':{'cpu':%s,'memory':%s}},'readinessProbe':%o,"
		"'securityContext':{'allowPrivilegeEscalation':false,'capabilities':{'drop':['ALL']},"
		"'seccompProfile':{'type':'RuntimeDefault'}}}",
		p->image, (int64_t)p->port, environment(a, p), p->cpu, p->memory, quantity_smaller(p->cpu, "100m"),
		quantity_smaller(p->memory, "128Mi"), probe(a, p)));
}

json_object *app_deployment(struct arena *a, const struct app_plan *p, const char *resource_version)
{
	json_object *template = json_object_get(
		json_build(a,
			   "{'metadata':{'labels':%o},'spec':{'automountServiceAccountToken':false,'enableServiceLinks':false,"
			   "'terminationGracePeriodSeconds':15,'containers':[%o]}}",
			   labels(a, p->project_id), container(a, p)));
	if (p->registry_id)
		json_add(json_at(template, "spec"), "imagePullSecrets",
			 json_object_get(json_build(a, "[{'name':%s}]", app_pull_name(a, p->project_id))));
	/* Always rendered: an apply that leaves it out would take it away, and that is a roll-out. */
	if (p->restarted_at)
		json_add(json_at(template, "metadata"), "annotations",
			 json_object_get(json_build(a, "{'" ANNOTATION_RESTARTED "':%s}", p->restarted_at)));
	json_object *o =
		json_build(a,
			   "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':%s,'labels':%o,"
			   "'annotations':{'" ANNOTATION_DEPLOYMENT "':%s}},'spec':{'replicas':%d,'revisionHistoryLimit':3,"
			   "'progressDeadlineSeconds':%d,'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':1,'"
			   "maxUnavailable':0}},"
			   "'selector':{'matchLabels':%o},'template':%o}}",
			   app_name(a, p->project_id), labels(a, p->project_id), arena_printf(a, "%" PRId64, p->deployment_id),
			   (int64_t)p->replicas, p->deadline_seconds, selector(a, p->project_id), template);
	if (resource_version)
		json_add_text(json_at(o, "metadata"), "resourceVersion", resource_version);
	return o;
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

const char *app_plan_text(struct arena *a, const struct app_plan *p)
{
	json_object *variables = json_object_new_array();
	for (int i = 0; i < p->variable_count; i++)
		add_variable(variables, p->variables[i].name, p->variables[i].value);
	json_object *o = json_build(
		a,
		"{'project_id':%d,'deployment_id':%d,'image':%s,'commit_sha':%s,'replicas':%d,'port':%d,'health_path':%s,"
		"'restarted_at':%s,'cpu':%s,'memory':%s,'host':%s,'ingress_class':%s,'cluster_issuer':%s,'deadline_seconds':%d,"
		"'registry_id':%d,'env':%o}",
		p->project_id, p->deployment_id, p->image, p->commit_sha, (int64_t)p->replicas, (int64_t)p->port, p->health_path,
		p->restarted_at, p->cpu, p->memory, p->host, p->ingress_class, p->cluster_issuer, p->deadline_seconds,
		p->registry_id, variables);
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
		variables[i] = (struct app_variable){ json_text(e, "name", ""), json_text(e, "value", "") };
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
		.host = json_text(o, "host", ""),
		.ingress_class = json_text(o, "ingress_class", ""),
		.cluster_issuer = json_text(o, "cluster_issuer", ""),
		.deadline_seconds = json_int(o, "deadline_seconds", 600),
		.registry_id = json_int(o, "registry_id", 0),
		.variables = variables,
		.variable_count = count,
	};
	return out->project_id && out->deployment_id && out->image;
}
