/* What the cluster says, cut down to the few fields that decisions need. */
#include "worker/observe.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "kube/kube.h"
#include "kube/names.h"

enum { SAID_BYTES = 160, ROWS = 12 };

const char *build_container_name(enum build_container c)
{
	static const char *const names[CONTAINER__MAX] = { "clone", "build", "push" };
	return names[c];
}

/* Copies at most size - 1 bytes, cut between characters: these texts end up in UTF-8 columns. */
static void copy(char *to, size_t size, const char *from)
{
	size_t len = from ? strlen(from) : 0;
	size_t n = from ? str_utf8_cut(from, len, size - 1) : 0;
	if (n)
		memcpy(to, from, n);
	to[n] = '\0';
}

int64_t observe_id(json_object *o, const char *label)
{
	const char *by = json_member(o, "metadata.labels", LABEL_MANAGED_BY), *id = json_member(o, "metadata.labels", label);
	int64_t n;
	return by && id && !strcmp(by, MANAGED_BY) && str_to_int(id, 1, INT64_MAX, &n) ? n : 0;
}

static int64_t time_at(json_object *o, const char *path)
{
	int64_t us;
	return clock_parse(json_text(o, path, ""), &us) ? us : 0;
}

static void read_state(json_object *status, struct seen_container *out)
{
	json_object *ended = json_at(status, "state.terminated"), *waiting = json_at(status, "state.waiting");
	if (ended) {
		out->state = CONTAINER_ENDED;
		out->exit_code = (int)json_int(ended, "exitCode", 0);
	} else if (json_at(status, "state.running")) {
		out->state = CONTAINER_RUNNING;
	} else if (waiting) {
		out->state = CONTAINER_WAITING;
	}
	json_object *why = ended ? ended : waiting;
	if (why) {
		copy(out->reason, sizeof out->reason, json_text(why, "reason", ""));
		copy(out->message, sizeof out->message, json_text(why, "message", ""));
	}
	out->started = json_flag(status, "started", false);
	out->started_us = time_at(status, "state.running.startedAt");
	out->restarts = (int)json_int(status, "restartCount", 0);
	out->last_exit_code = (int)json_int(status, "lastState.terminated.exitCode", 0);
	out->last_ended_us = time_at(status, "lastState.terminated.finishedAt");
	copy(out->last_reason, sizeof out->last_reason, json_text(status, "lastState.terminated.reason", ""));
	copy(out->last_message, sizeof out->last_message, json_text(status, "lastState.terminated.message", ""));
}

static void read_containers(json_object *o, const char *path, bool build, struct seen_pod *out)
{
	json_object *list = json_at(o, path);
	for (size_t i = 0; i < json_len(o, path); i++) {
		json_object *status = json_object_array_get_idx(list, i);
		const char *name = json_text(status, "name", "");
		if (!build && !strcmp(name, APP_CONTAINER))
			read_state(status, &out->containers[0]);
		for (int c = 0; c < CONTAINER__MAX; c++)
			if (!strcmp(name, build_container_name(c)))
				read_state(status, &out->containers[c]);
	}
}

static enum pod_phase pod_phase(const char *text)
{
	static const char *const names[] = { "Pending", "Running", "Succeeded", "Failed" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(text, names[i]))
			return (enum pod_phase)i;
	return POD_UNKNOWN;
}

static void add_line(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s=", name);
	for (const char *p = value ? value : ""; *p; p++)
		buf_add(b, *p == '\n' ? " " : p, 1);
	buf_puts(b, "\n");
}

static void add_json(struct buf *b, json_object *o, const char *name, const char *path)
{
	json_object *value = json_at(o, path);
	if (value)
		add_line(b, name, json_object_to_json_string_ext(value, JSON_PLAIN));
}

static void add_text(struct buf *b, json_object *o, const char *name, const char *path)
{
	const char *text = json_text(o, path, "");
	if (*text)
		add_line(b, name, text);
}

/* The portal's container among those that others may have put beside it. */
static json_object *app_container(json_object *meta_and_spec)
{
	json_object *list = json_at(meta_and_spec, "spec.containers");
	for (size_t i = 0; i < json_len(meta_and_spec, "spec.containers"); i++)
		if (!strcmp(json_text(json_object_array_get_idx(list, i), "name", ""), APP_CONTAINER))
			return json_object_array_get_idx(list, i);
	return NULL;
}

/* Values by digest: the text is kept in a row and shown in parts, and a value may be a password. A secret one by where it is
 * kept. */
static void add_variables(struct buf *b, json_object *container)
{
	json_object *list = json_at(container, "env");
	for (size_t i = 0; i < json_len(container, "env"); i++) {
		json_object *e = json_object_array_get_idx(list, i), *key = json_at(e, "valueFrom.secretKeyRef");
		const char *value = json_text(e, "value", "");
		unsigned char digest[SHA256_SIZE];
		char text[400], name[160];
		secret_sha256(value, strlen(value), digest);
		str_hex(digest, 8, text);
		if (key)
			snprintf(text, sizeof text, "secret %.253s %.128s", json_text(key, "name", ""),
				 json_text(key, "key", ""));
		snprintf(name, sizeof name, "env %.128s", json_text(e, "name", ""));
		add_line(b, name, key || !json_at(e, "valueFrom") ? text : "from elsewhere");
	}
}

/* What makes two pods the same: a new template is a new roll-out. */
static void mark(json_object *meta_and_spec, char out[20])
{
	struct buf b = { 0 };
	unsigned char digest[SHA256_SIZE];
	json_object *c = app_container(meta_and_spec);
	add_line(&b, "template", json_member(meta_and_spec, "metadata.annotations", ANNOTATION_TEMPLATE));
	add_line(&b, "image", json_text(c, "image", ""));
	add_line(&b, "restarted", json_member(meta_and_spec, "metadata.annotations", ANNOTATION_RESTARTED));
	add_json(&b, c, "port", "ports.0.containerPort");
	add_variables(&b, c);
	secret_sha256(b.data, b.len, digest);
	str_hex(digest, 8, out);
	buf_free(&b);
}

bool observe_pod(json_object *o, const char *id_label, struct seen_pod *out)
{
	*out = (struct seen_pod){ .present = true, .id = observe_id(o, id_label) };
	const char *uid = json_text(o, "metadata.uid", NULL), *name = json_text(o, "metadata.name", NULL);
	if (!out->id || !uid || !name)
		return false;
	bool build = !strcmp(id_label, LABEL_BUILD);
	if (!build && !app_named(KUBE_REPLICASET, out->id, json_text(o, "metadata.ownerReferences.0.name", "")))
		return false;
	const char *reason, *message;
	copy(out->uid, sizeof out->uid, uid);
	copy(out->name, sizeof out->name, name);
	out->created_us = time_at(o, "metadata.creationTimestamp");
	out->deleting = json_at(o, "metadata.deletionTimestamp") != NULL;
	out->phase = pod_phase(json_text(o, "status.phase", ""));
	copy(out->reason, sizeof out->reason, json_text(o, "status.reason", ""));
	copy(out->message, sizeof out->message, json_text(o, "status.message", ""));
	out->ready = kube_condition(o, "Ready", &reason, &message);
	if (kube_condition(o, "DisruptionTarget", &reason, &message))
		copy(out->disruption, sizeof out->disruption, reason);
	json_object *list = json_at(o, "status.conditions");
	for (size_t i = 0; i < json_len(o, "status.conditions"); i++) {
		json_object *c = json_object_array_get_idx(list, i);
		if (!strcmp(json_text(c, "type", ""), "PodScheduled") && !strcmp(json_text(c, "status", ""), "False"))
			copy(out->unschedulable, sizeof out->unschedulable, json_text(c, "message", "no node takes the pod"));
	}
	out->scheduled_us = time_at(o, "status.startTime");
	if (build)
		read_containers(o, "status.initContainerStatuses", true, out);
	read_containers(o, "status.containerStatuses", build, out);
	mark(o, out->template_mark);
	return true;
}

bool observe_job(json_object *o, struct seen_job *out)
{
	*out = (struct seen_job){ .present = true, .id = observe_id(o, LABEL_BUILD) };
	const char *uid = json_text(o, "metadata.uid", NULL), *reason = NULL, *message = NULL;
	if (!out->id || !uid)
		return false;
	copy(out->uid, sizeof out->uid, uid);
	out->deleting = json_at(o, "metadata.deletionTimestamp") != NULL;
	out->complete = kube_condition(o, "Complete", &reason, &message);
	/* FailureTarget comes first and says the same: its pods are being ended, and their ends are waited for anyway. */
	out->failed = kube_condition(o, "Failed", &reason, &message) || kube_condition(o, "FailureTarget", &reason, &message);
	if (out->failed) {
		copy(out->reason, sizeof out->reason, reason);
		copy(out->message, sizeof out->message, message);
	}
	return true;
}

bool observe_app(json_object *o, struct seen_app *out)
{
	*out = (struct seen_app){ .present = true, .id = observe_id(o, LABEL_PROJECT) };
	const char *uid = json_text(o, "metadata.uid", NULL), *message = NULL, *reason = NULL;
	if (!out->id || !uid || !app_named(KUBE_DEPLOYMENT, out->id, json_text(o, "metadata.name", "")))
		return false;
	copy(out->uid, sizeof out->uid, uid);
	copy(out->resource_version, sizeof out->resource_version, json_text(o, "metadata.resourceVersion", ""));
	out->deleting = json_at(o, "metadata.deletionTimestamp") != NULL;
	const char *id = json_member(o, "metadata.annotations", ANNOTATION_DEPLOYMENT);
	if (!id || !str_to_int(id, 1, INT64_MAX, &out->deployment_id))
		out->deployment_id = 0;
	out->replicas = (int)json_int(o, "spec.replicas", 1);
	out->ready = (int)json_int(o, "status.readyReplicas", 0);
	out->available = (int)json_int(o, "status.availableReplicas", 0);
	enum kube_rollout r = kube_rollout(o, &message);
	out->rollout = r == ROLLOUT_DONE ? SEEN_DONE : r == ROLLOUT_FAILED ? SEEN_FAILED : SEEN_WAITING;
	copy(out->rollout_message, sizeof out->rollout_message, message);
	if (kube_condition(o, "ReplicaFailure", &reason, &message))
		copy(out->replica_failure, sizeof out->replica_failure, message);
	json_object *template = json_at(o, "spec.template");
	if (template)
		mark(template, out->template_mark);
	return true;
}

/* The portal's pull secret among those that are named; somebody else's are none of its business. */
static const char *own_pull_secret(json_object *template)
{
	json_object *list = json_at(template, "spec.imagePullSecrets");
	for (size_t i = 0; i < json_len(template, "spec.imagePullSecrets"); i++) {
		const char *name = json_text(json_object_array_get_idx(list, i), "name", "");
		if (app_pull_named(name))
			return name;
	}
	return "";
}

/* Only what the portal sets, value by value: what it does not own, an apply does not put back. */
static void add_container(struct buf *b, json_object *c)
{
	static const char *const fields[][2] = {
		{ "port", "ports.0.containerPort" },
		{ "CPU limit", "resources.limits.cpu" },
		{ "memory limit", "resources.limits.memory" },
		{ "disk limit", "resources.limits.ephemeral-storage" },
		{ "CPU request", "resources.requests.cpu" },
		{ "memory request", "resources.requests.memory" },
		{ "disk request", "resources.requests.ephemeral-storage" },
		{ "probe path", "readinessProbe.httpGet.path" },
		{ "probe port", "readinessProbe.httpGet.port" },
		{ "probe socket", "readinessProbe.tcpSocket.port" },
		{ "probe period", "readinessProbe.periodSeconds" },
		{ "probe limit", "readinessProbe.timeoutSeconds" },
		{ "probe failures", "readinessProbe.failureThreshold" },
		{ "startup path", "startupProbe.httpGet.path" },
		{ "startup port", "startupProbe.httpGet.port" },
		{ "startup socket", "startupProbe.tcpSocket.port" },
		{ "startup period", "startupProbe.periodSeconds" },
		{ "startup limit", "startupProbe.timeoutSeconds" },
		{ "startup failures", "startupProbe.failureThreshold" },
		{ "liveness path", "livenessProbe.httpGet.path" },
		{ "liveness port", "livenessProbe.httpGet.port" },
		{ "liveness period", "livenessProbe.periodSeconds" },
		{ "liveness limit", "livenessProbe.timeoutSeconds" },
		{ "liveness failures", "livenessProbe.failureThreshold" },
		{ "pull policy", "imagePullPolicy" },
		{ "privileged", "securityContext.privileged" },
		{ "privilege escalation", "securityContext.allowPrivilegeEscalation" },
		{ "dropped capabilities", "securityContext.capabilities.drop" },
		{ "seccomp", "securityContext.seccompProfile.type" },
		{ "not as root", "securityContext.runAsNonRoot" },
	};
	add_text(b, c, "image", "image");
	add_variables(b, c);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		add_json(b, c, fields[i][0], fields[i][1]);
}

/* Not when it was restarted: a restart by hand changes nothing of the application, and to undo it would be another one. */
static void add_deployment(struct buf *b, json_object *o)
{
	json_object *template = json_at(o, "spec.template");
	const char *template_of = json_member(template, "metadata.annotations", ANNOTATION_TEMPLATE),
		   *pull = own_pull_secret(template);
	add_json(b, o, "replicas", "spec.replicas");
	add_json(b, o, "surge", "spec.strategy.rollingUpdate.maxSurge");
	add_json(b, o, "unavailable", "spec.strategy.rollingUpdate.maxUnavailable");
	add_json(b, o, "deadline", "spec.progressDeadlineSeconds");
	add_json(b, o, "selector", "spec.selector.matchLabels");
	add_container(b, app_container(template));
	add_json(b, template, "service account token", "spec.automountServiceAccountToken");
	add_json(b, template, "service links", "spec.enableServiceLinks");
	add_json(b, template, "shared processes", "spec.shareProcessNamespace");
	add_json(b, template, "pod seccomp", "spec.securityContext.seccompProfile.type");
	add_json(b, template, "pod not as root", "spec.securityContext.runAsNonRoot");
	if (template_of)
		add_line(b, "template", template_of);
	if (*pull)
		add_line(b, "pull secret", pull);
}

char *observe_applied(struct arena *a, json_object *o)
{
	struct buf b = { .cap = 1 << 20 };
	json_object *ports = json_at(o, "spec.ports");
	if (json_at(o, "spec.template")) {
		add_deployment(&b, o);
	} else if (ports) {
		json_object *port = json_object_array_get_idx(ports, 0);
		add_json(&b, o, "service selector", "spec.selector");
		add_json(&b, port, "service port", "port");
		add_json(&b, port, "service target", "targetPort");
		add_text(&b, o, "service type", "spec.type");
	} else {
		add_text(&b, o, "ingress class", "spec.ingressClassName");
		add_json(&b, o, "ingress rules", "spec.rules");
		add_json(&b, o, "ingress tls", "spec.tls");
	}
	char *text = arena_memdup(a, b.data ? b.data : "", b.len);
	buf_free(&b);
	return text;
}

/* The value behind "name=" in a text of lines; NULL when no line has that name. */
static const char *value_of(const char *text, const char *name, size_t name_len, size_t *len)
{
	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		if ((size_t)(end - line) > name_len && line[name_len] == '=' && !strncmp(line, name, name_len)) {
			*len = (size_t)(end - line) - name_len - 1;
			return line + name_len + 1;
		}
		line = *end ? end + 1 : end;
	}
	return NULL;
}

/* Of "CPU limit" the word of the catalogues, "cpu_limit". */
static const char *word_of(struct arena *a, const char *name, size_t len)
{
	char *word = arena_memdup(a, name, len);
	for (char *p = word; *p; p++)
		*p = *p == ' ' ? '_' : (char)tolower((unsigned char)*p);
	return word;
}

/* Texts without their quotes; NULL: too long to be said. */
static const char *value_said(struct arena *a, const char *value, size_t len)
{
	bool quoted = len > 1 && value[0] == '"' && value[len - 1] == '"';
	if (len > SAID_BYTES || str_utf8_cut(value, len, len) != len)
		return NULL;
	return arena_memdup(a, value + quoted, len - 2 * (size_t)quoted);
}

static json_object *row_of(struct arena *a, const char *name, size_t name_len, const char *was, size_t was_len, const char *is,
			   size_t is_len)
{
	bool variable = name_len > 4 && !strncmp(name, "env ", 4);
	json_object *row = json_object_new_object();
	json_add_text(row, "what", variable ? "env" : word_of(a, name, name_len));
	if (variable)
		json_add_text(row, "variable", arena_memdup(a, name + 4, name_len - 4));
	if (!is)
		json_add_bool(row, "gone", true);
	const char *before = variable ? NULL : value_said(a, was, was_len),
		   *now = is && before ? value_said(a, is, is_len) : NULL;
	if (now) {
		json_add_text(row, "was", before);
		json_add_text(row, "is", now);
	}
	return row;
}

json_object *observe_difference(struct arena *a, const char *wanted, const char *is)
{
	json_object *rows = json_own(a, json_object_new_array());
	for (const char *line = wanted; *line && json_len(rows, "") < ROWS;) {
		const char *end = strchrnul(line, '\n'), *equals = memchr(line, '=', (size_t)(end - line));
		size_t len = 0, name_len = equals ? (size_t)(equals - line) : 0;
		const char *other = equals ? value_of(is, line, name_len, &len) : NULL;
		size_t own = equals ? (size_t)(end - equals) - 1 : 0;
		if (own && (!other || len != own || memcmp(other, equals + 1, own) != 0))
			json_object_array_add(rows, row_of(a, line, name_len, equals + 1, own, other, len));
		line = *end ? end + 1 : end;
	}
	return json_len(rows, "") ? rows : NULL;
}

char *observe_owned(struct arena *a, const char *is, const char *sent)
{
	struct buf b = { .cap = 1 << 20 };
	for (const char *line = is; *line;) {
		const char *end = strchrnul(line, '\n'), *equals = memchr(line, '=', (size_t)(end - line));
		size_t len;
		if (equals && value_of(sent, line, (size_t)(equals - line), &len))
			buf_add(&b, line, (size_t)(end - line) + (*end == '\n'));
		line = *end ? end + 1 : end;
	}
	char *text = arena_memdup(a, b.data ? b.data : "", b.len);
	buf_free(&b);
	return text;
}
