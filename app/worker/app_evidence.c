/* What a cluster and an application say for themselves. */
#include "worker/app_evidence.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/kube.h"
#include "kube/labels.h"
#include "kube/pods.h"
#include "model/app_secrets.h"
#include "model/variables.h"
#include "worker/classify.h"
#include "worker/manifests.h"
#include "worker/mask.h"
#include "worker/reasons.h"

enum { EVIDENCE_LINES = 20, LOG_BYTES = 64 << 10, EVIDENCE_BYTES = 1900, DEPTH = 4 };

/* What the kubelet says when it has no log is none. */
static bool is_log(const char *text)
{
	return *text && !str_starts(text, "failed to try resolving symlinks") &&
	       !str_starts(text, "unable to retrieve container logs");
}

/* As one text, whatever bytes it holds: an application may print zeros, as one that writes UTF-16 does. */
static const char *without_zeros(struct arena *a, const char *log, size_t len)
{
	char *text = arena_memdup(a, log, len), *to = text;
	for (size_t i = 0; i < len; i++)
		if (log[i])
			*to++ = log[i];
	*to = '\0';
	return text;
}

/* An application that prints its own password does not do so into the portal's rows. */
static const char *without_secrets(const struct app_scene *x, const char *text)
{
	const char *content, *why;
	json_object *values = NULL;
	if (x->plan && x->plan->secret_id &&
	    !model_app_secrets_content(x->db, x->arena, x->keys, x->project_id, x->plan->secret_id, &content))
		values = json_parse(x->arena, content, strlen(content), DEPTH, &why);
	struct mask *mask = values ? mask_new() : NULL;
	if (!mask)
		return text;
	struct buf carry = { .cap = LOG_BYTES }, out = { .cap = LOG_BYTES };
	json_object_object_foreach (values, name, value) {
		(void)name;
		mask_add(mask, x->arena, json_object_get_string(value));
	}
	mask_run(mask, &carry, text, strlen(text), &out);
	mask_run(mask, &carry, "", 0, &out);
	text = arena_memdup(x->arena, out.data ? out.data : "", out.len);
	buf_free(&carry);
	buf_free(&out);
	mask_free(mask);
	return text;
}

const char *app_last_lines(const struct app_scene *x, const char *pod, int lines)
{
	struct kube_answer answer;
	const char *path = kube_path(x->arena, KUBE_POD, x->ns, pod), *text;
	size_t len;
	for (int previous = 0; previous <= 1; previous++) {
		const char *one = arena_printf(x->arena, "%s/log?container=" APP_CONTAINER "&tailLines=%d&limitBytes=%d%s", path,
					       EVIDENCE_LINES, LOG_BYTES, previous ? "&previous=true" : "");
		if (kube_text(x->kube, x->arena, one, LOG_BYTES + 4096, &text, &len, &answer))
			continue;
		text = without_zeros(x->arena, text, len);
		if (is_log(text))
			return str_last_lines(x->arena, without_secrets(x, text), lines, EVIDENCE_BYTES);
	}
	return NULL;
}

void app_events_read(const struct kube_event *events, int count, struct app_events *out)
{
	bool fetched = false;
	*out = (struct app_events){ .probe = "", .trouble = "" };
	for (int i = 0; i < count; i++) {
		const struct kube_event *e = &events[i];
		bool probe = !strcmp(e->reason, "Unhealthy") || (!strcmp(e->reason, "Killing") && strstr(e->message, "probe"));
		if (!strcmp(e->reason, "Pulled") || !strcmp(e->reason, "Failed") || !strcmp(e->reason, "Created"))
			fetched = true;
		else if (!strcmp(e->reason, "Pulling") && !fetched && !out->pulling_us &&
			 !clock_parse(e->last_at, &out->pulling_us))
			out->pulling_us = 0;
		if (probe && !*out->probe)
			out->probe = e->message;
		else if (!probe && !*out->trouble && !strcmp(e->type, "Warning"))
			out->trouble = e->message;
	}
}

void app_pod_events(const struct app_scene *x, const char *pod, struct app_events *out)
{
	struct kube_event *events;
	const char *why;
	int count;
	if (kube_events_of(x->kube, x->arena, x->ns, pod, &events, &count, &why))
		count = 0; /* the Role that reads events may be left out */
	app_events_read(count ? events : NULL, count, out);
}

static bool is_variable(void *plan, const char *name)
{
	const struct app_plan *p = plan;
	for (int i = 0; p && i < p->variable_count; i++)
		if (!strcmp(p->variables[i].name, name))
			return true;
	return variable_is_given(name);
}

static void add_hint(const struct app_scene *x, json_object *o, const char *log)
{
	struct reason_hint hint;
	if (!log || !reason_hint_find(log, x->plan ? x->plan->port : 0, is_variable, (void *)(uintptr_t)x->plan, &hint))
		return;
	json_add_text(o, "hint", hint.code);
	if (*hint.value)
		json_add_text(o, "hint_value", str_utf8_clean(x->arena, hint.value, strlen(hint.value)));
}

static void add_quota(json_object *o, const char *message)
{
	struct reason_quota q;
	if (!message || !reason_quota_parse(message, &q))
		return;
	json_add_text(o, "quota", q.name);
	json_add_text(o, "resource", q.resource);
	json_add_text(o, "asked", q.asked);
	json_add_text(o, "used", q.used);
	json_add_text(o, "limit", q.limit);
}

/* What was said of the application's end or silence, beside its own lines. */
static const char *words(const struct app_scene *x, const struct deploy_step *s, const struct app_events *events)
{
	const char *said = s->message && *s->message ? s->message : *events->probe ? events->probe : events->trouble;
	return *said ? arena_strdup(x->arena, said) : NULL;
}

void app_examine(const struct app_scene *x, const struct deploy_step *s, const char *what, struct app_findings *out)
{
	struct app_events events = { .probe = "", .trouble = "" };
	const char *log = NULL;
	json_object *o = json_own(x->arena, json_object_new_object());
	if (s->pod) {
		app_pod_events(x, s->pod, &events);
		log = app_last_lines(x, s->pod, EVIDENCE_LINES);
	}
	*out = (struct app_findings){ .code = reason_with_log(reason_with_probe(s->code, events.probe), log ? log : "") };
	out->message = words(x, s, &events);
	out->evidence = log;
	if (s->restarts || s->exit_code) {
		json_add_int(o, "exit_code", s->exit_code);
		json_add_int(o, "restarts", s->restarts);
	}
	if (x->plan) {
		json_add_int(o, "port", x->plan->port);
		json_add_text(o, "memory", x->plan->memory);
		json_add_text(o, "disk", x->plan->disk);
		if (x->plan->health_path)
			json_add_text(o, "path", x->plan->health_path);
	}
	if (what)
		json_add_text(o, "what", what);
	if (!log && out->message)
		json_add_text(o, "said", out->message);
	add_quota(o, s->message);
	add_hint(x, o, log);
	out->details = arena_strdup(x->arena, json_object_to_json_string_ext(o, JSON_PLAIN));
}
