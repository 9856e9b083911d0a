/* What the API server fills in by itself. */
#include "kubesim/defaults.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "kubesim/patch.h"

static json_object *member(json_object *o, const char *key)
{
	json_object *v = NULL;
	if (o)
		json_object_object_get_ex(o, key, &v);
	return v;
}

static void text(json_object *o, const char *key, const char *value)
{
	if (!member(o, key))
		json_add_text(o, key, value);
}

static void number(json_object *o, const char *key, int64_t value)
{
	if (!member(o, key))
		json_add_int(o, key, value);
}

static void flag(json_object *o, const char *key, bool value)
{
	if (!member(o, key))
		json_add_bool(o, key, value);
}

static json_object *object(json_object *o, const char *key)
{
	if (!member(o, key))
		json_add(o, key, json_object_new_object());
	return member(o, key);
}

static json_object *item(json_object *list, size_t i)
{
	return json_object_array_get_idx(list, i);
}

static void probe(json_object *p)
{
	json_object *http = member(p, "httpGet");
	if (!p)
		return;
	number(p, "timeoutSeconds", 1);
	number(p, "periodSeconds", 10);
	number(p, "successThreshold", 1);
	number(p, "failureThreshold", 3);
	if (http) {
		text(http, "path", "/");
		text(http, "scheme", "HTTP");
	}
}

/* The whole reference decides: a digest or a tag other than latest is not pulled again. */
static const char *pull_policy(const char *image)
{
	const char *base = strrchr(image, '/');
	const char *tag = strchr(base ? base : image, ':');
	return strchr(image, '@') || (tag && strcmp(tag, ":latest")) ? "IfNotPresent" : "Always";
}

/* Limits stand in for requests that are missing. */
static void resources(json_object *container)
{
	json_object *r = object(container, "resources"), *limits = member(r, "limits");
	if (!limits)
		return;
	json_object *requests = object(r, "requests");
	json_object_object_foreach (limits, key, value) {
		if (!member(requests, key))
			json_add(requests, key, patch_copy(value));
	}
}

static void environment(json_object *container)
{
	json_object *env = member(container, "env");
	for (size_t i = 0; i < json_len(env, ""); i++) {
		json_object *ref = json_at(item(env, i), "valueFrom.fieldRef");
		if (ref)
			text(ref, "apiVersion", "v1");
	}
}

static void container(json_object *c)
{
	json_object *ports = member(c, "ports");
	for (size_t i = 0; i < json_len(ports, ""); i++)
		text(item(ports, i), "protocol", "TCP");
	object(c, "resources");
	environment(c);
	probe(member(c, "livenessProbe"));
	probe(member(c, "readinessProbe"));
	probe(member(c, "startupProbe"));
	text(c, "terminationMessagePath", "/dev/termination-log");
	text(c, "terminationMessagePolicy", "File");
	text(c, "imagePullPolicy", pull_policy(json_text(c, "image", "")));
}

static void volumes(json_object *list)
{
	for (size_t i = 0; i < json_len(list, ""); i++) {
		json_object *v = item(list, i), *secret = member(v, "secret"), *map = member(v, "configMap");
		if (secret)
			number(secret, "defaultMode", 0644);
		if (map)
			number(map, "defaultMode", 0644);
		if (json_object_object_length(v) == 1)
			object(v, "emptyDir");
	}
}

static void pod_spec(json_object *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < json_len(s, "initContainers"); i++)
		container(item(member(s, "initContainers"), i));
	for (size_t i = 0; i < json_len(s, "containers"); i++)
		container(item(member(s, "containers"), i));
	volumes(member(s, "volumes"));
	text(s, "restartPolicy", "Always");
	number(s, "terminationGracePeriodSeconds", 30);
	text(s, "dnsPolicy", "ClusterFirst");
	if (member(s, "serviceAccountName"))
		text(s, "serviceAccount", json_text(s, "serviceAccountName", ""));
	object(s, "securityContext");
	text(s, "schedulerName", "default-scheduler");
}

/* What pods get beyond templates: defaults of their own, and what admission adds. */
static void pod(json_object *s)
{
	static const char *const lists[] = { "initContainers", "containers" };
	pod_spec(s);
	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < json_len(s, lists[l]); i++)
			resources(item(member(s, lists[l]), i));
	flag(s, "enableServiceLinks", true);
	text(s, "serviceAccountName", "default");
	text(s, "serviceAccount", json_text(s, "serviceAccountName", ""));
	text(s, "preemptionPolicy", "PreemptLowerPriority");
	number(s, "priority", 0);
	if (!member(s, "tolerations")) {
		static const char *const keys[] = { "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable" };
		json_object *list = json_object_new_array();
		for (size_t i = 0; i < 2; i++) {
			json_object *t = json_object_new_object();
			json_add_text(t, "key", keys[i]);
			json_add_text(t, "operator", "Exists");
			json_add_text(t, "effect", "NoExecute");
			json_add_int(t, "tolerationSeconds", 300);
			json_object_array_add(list, t);
		}
		json_add(s, "tolerations", list);
	}
}

/* restartPolicy of a Job has no default: it must be said. */
static void job(json_object *s)
{
	json_object *pod = json_at(s, "template.spec");
	bool said = member(pod, "restartPolicy");
	pod_spec(pod);
	if (pod && !said)
		json_object_object_del(pod, "restartPolicy");
	if (!member(s, "completions") && !member(s, "parallelism")) {
		number(s, "completions", 1);
		number(s, "parallelism", 1);
	}
	number(s, "parallelism", 1);
	number(s, "backoffLimit", 6);
	text(s, "completionMode", "NonIndexed");
	flag(s, "suspend", false);
	flag(s, "manualSelector", false);
	text(s, "podReplacementPolicy", "TerminatingOrFailed");
}

static void deployment(json_object *s)
{
	pod_spec(json_at(s, "template.spec"));
	number(s, "replicas", 1);
	json_object *strategy = object(s, "strategy");
	text(strategy, "type", "RollingUpdate");
	if (!strcmp(json_text(strategy, "type", ""), "RollingUpdate")) {
		json_object *rolling = object(strategy, "rollingUpdate");
		text(rolling, "maxUnavailable", "25%");
		text(rolling, "maxSurge", "25%");
	}
	number(s, "revisionHistoryLimit", 10);
	number(s, "progressDeadlineSeconds", 600);
}

static void service(json_object *s)
{
	for (size_t i = 0; i < json_len(s, "ports"); i++) {
		json_object *p = item(member(s, "ports"), i);
		text(p, "protocol", "TCP");
		if (!member(p, "targetPort"))
			json_add_int(p, "targetPort", json_int(p, "port", 0));
	}
	text(s, "type", "ClusterIP");
	text(s, "sessionAffinity", "None");
	text(s, "internalTrafficPolicy", "Cluster");
}

static void secret(struct world *w, json_object *o)
{
	json_object *plain = member(o, "stringData");
	text(o, "type", "Opaque");
	if (plain) {
		json_object *data = object(o, "data");
		json_object_object_foreach (plain, key, value) {
			const char *bytes = json_object_get_string(value);
			json_add_text(data, key, str_base64(w->scratch, bytes, strlen(bytes)));
		}
		json_object_object_del(o, "stringData");
	}
}

void sim_defaults(struct world *w, enum sim_kind kind, json_object *tree)
{
	json_object *spec = member(tree, "spec");
	switch (kind) {
	case SIM_JOB:
		if (spec)
			job(spec);
		break;
	case SIM_POD:
		if (spec)
			pod(spec);
		break;
	case SIM_DEPLOYMENT:
	case SIM_REPLICA_SET:
		if (spec && kind == SIM_DEPLOYMENT)
			deployment(spec);
		else if (spec)
			number(spec, "replicas", 1), pod_spec(json_at(spec, "template.spec"));
		break;
	case SIM_SERVICE:
		if (spec)
			service(spec);
		break;
	case SIM_SECRET:
		secret(w, tree);
		break;
	case SIM_INGRESS:
		object(tree, "spec");
		break;
	case SIM_NETWORK_POLICY:
	case SIM_RESOURCE_QUOTA:
	case SIM_LIMIT_RANGE:
	case SIM_NAMESPACE:
	case SIM_CONFIG_MAP:
	case SIM_EVENT:
	case SIM_KIND__MAX:
		break;
	}
}

static void job_selector(struct world *w, json_object *tree, const char *uid)
{
	json_object *spec = member(tree, "spec"), *labels = object(object(object(spec, "template"), "metadata"), "labels");
	const char *name = json_text(tree, "metadata.name", "");
	if (json_flag(spec, "manualSelector", false))
		return;
	json_add_text(labels, "batch.kubernetes.io/controller-uid", uid);
	json_add_text(labels, "batch.kubernetes.io/job-name", name);
	json_add_text(labels, "controller-uid", uid);
	json_add_text(labels, "job-name", name);
	json_add(spec, "selector", sim_build(w, "{'matchLabels':{'batch.kubernetes.io/controller-uid':%s}}", uid));
}

static void service_address(struct world *w, json_object *spec)
{
	if (!strcmp(json_text(spec, "type", ""), "ExternalName"))
		return;
	if (!member(spec, "clusterIP")) {
		unsigned n = ++w->next_ip;
		text(spec, "clusterIP", arena_printf(w->scratch, "10.96.%u.%u", n / 250 % 250, n % 250 + 2));
	}
	json_add(spec, "clusterIPs", sim_build(w, "[%s]", json_text(spec, "clusterIP", "")));
	if (!member(spec, "ipFamilies"))
		json_add(spec, "ipFamilies", sim_build(w, "['IPv4']"));
	text(spec, "ipFamilyPolicy", "SingleStack");
}

void sim_defaults_create(struct world *w, enum sim_kind kind, json_object *tree, const char *uid)
{
	json_object *spec = member(tree, "spec");
	json_object_object_del(tree, "status");
	if (kind == SIM_JOB)
		job_selector(w, tree, uid);
	if (kind == SIM_SERVICE && spec)
		service_address(w, spec);
	if (kind == SIM_NAMESPACE) {
		json_add(tree, "spec", sim_build(w, "{'finalizers':['kubernetes']}"));
		json_add_text(object(object(tree, "metadata"), "labels"), "kubernetes.io/metadata.name",
			      json_text(tree, "metadata.name", ""));
		json_add(tree, "status", sim_build(w, "{'phase':'Active'}"));
	} else if (kind == SIM_POD) {
		json_add(tree, "status", sim_build(w, "{'phase':'Pending','qosClass':'Burstable'}"));
	} else if (kind == SIM_SERVICE || kind == SIM_INGRESS) {
		json_add(tree, "status", sim_build(w, "{'loadBalancer':{}}"));
	} else if (kind == SIM_JOB || kind == SIM_DEPLOYMENT) {
		json_add(tree, "status", json_object_new_object());
	} else if (kind == SIM_REPLICA_SET) {
		json_add(tree, "status", sim_build(w, "{'replicas':0}"));
	}
}
