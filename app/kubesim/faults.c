/* Faults that were ordered over the control endpoint and wait for their moment. */
#include "kubesim/faults.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const char *const names[FAULT__MAX] = {
	[FAULT_OOM] = "oom",
	[FAULT_EVICT] = "evict",
	[FAULT_IMAGE_PULL] = "image_pull",
	[FAULT_UNSCHEDULABLE] = "unschedulable",
	[FAULT_QUOTA] = "quota",
	[FAULT_HANG] = "hang",
	[FAULT_POD_DELETED] = "pod_deleted",
	[FAULT_NODE_LOST] = "node_lost",
	[FAULT_PUSH_DENIED] = "push_denied",
	[FAULT_GIT_AUTH] = "git_auth",
	[FAULT_DISK_FULL] = "disk_full",
	[FAULT_EXIT] = "exit",
	[FAULT_BIG_LOG] = "big_log",
	[FAULT_CRASH_LOOP] = "crash_loop",
	[FAULT_NEVER_READY] = "never_ready",
	[FAULT_HTTP_429] = "http_429",
	[FAULT_HTTP_500] = "http_500",
	[FAULT_HTTP_503] = "http_503",
	[FAULT_HTTP_410] = "http_410",
	[FAULT_STALL] = "stall",
	[FAULT_CUT] = "cut",
	[FAULT_DROP_ANSWER] = "drop_answer",
	[FAULT_WATCH_410] = "watch_410",
	[FAULT_WATCH_END] = "watch_end",
	[FAULT_WATCH_HALF_OPEN] = "watch_half_open",
	[FAULT_LOG_CUT] = "log_cut",
};

const char *fault_name(enum fault_type type)
{
	return names[type];
}

enum fault_type fault_type(const char *name)
{
	for (int t = 0; t < FAULT__MAX; t++)
		if (!strcmp(names[t], name))
			return (enum fault_type)t;
	return FAULT__MAX;
}

static void fault_free(struct fault *f)
{
	json_object_put(f->order);
	arena_free(f->arena);
	free(f);
}

static const char *text(struct fault *f, const char *name)
{
	return arena_strdup(f->arena, json_text(f->order, name, ""));
}

bool sim_faults_add(struct world *w, json_object *order, const char **why)
{
	enum fault_type type = fault_type(json_text(order, "fault", ""));
	if (type == FAULT__MAX) {
		*why = "fault is not one of the known names";
		return false;
	}
	struct fault *f = calloc(1, sizeof *f);
	struct arena *a = arena_new(64 * 1024);
	if (!f || !a) {
		log_event(LOG_ERROR, "out_of_memory");
		abort();
	}
	*f = (struct fault){ .type = type, .arena = a, .count = json_int(order, "count", 1), .order = json_object_get(order) };
	f->ns = text(f, "namespace");
	f->container = text(f, "container");
	f->verb = text(f, "verb");
	f->resource = text(f, "resource");
	f->seconds = json_int(order, "seconds", -1);
	f->bytes = json_int(order, "bytes", 0);
	f->rate = json_int(order, "rate", 0);
	f->code = json_int(order, "code", 1);
	f->ansi = json_flag(order, "ansi", false);
	f->invalid = json_flag(order, "invalid_utf8", false);
	const char *bad = NULL;
	if (!selector_labels(a, &f->selector, json_text(order, "selector", ""), &bad)) {
		*why = arena_strdup(w->scratch, bad);
		fault_free(f);
		return false;
	}
	struct fault **end = &w->faults;
	while (*end)
		end = &(*end)->next;
	*end = f;
	return true;
}

void sim_faults_clear(struct world *w)
{
	while (w->faults) {
		struct fault *f = w->faults;
		w->faults = f->next;
		fault_free(f);
	}
}

json_object *sim_faults_list(struct world *w)
{
	json_object *list = json_object_new_array();
	for (struct fault *f = w->faults; f; f = f->next) {
		json_add_int(f->order, "count", f->count);
		if (f->count > 0)
			json_object_array_add(list, json_object_get(f->order));
	}
	return list;
}

static void free_later(void *f)
{
	fault_free(f);
}

static const struct fault *use(struct world *w, struct fault **link)
{
	struct fault *f = *link;
	if (--f->count <= 0) {
		*link = f->next;
		arena_defer(w->scratch, free_later, f);
	}
	return f;
}

static bool any(const char *wanted, const char *value)
{
	return !*wanted || !strcmp(wanted, value);
}

const struct fault *sim_fault_for_pod(struct world *w, enum fault_type type, struct object *pod, const char *container,
				      bool usual)
{
	for (struct fault **link = &w->faults; *link; link = &(*link)->next) {
		struct fault *f = *link;
		if (f->type == type && any(f->ns, pod->ns) &&
		    (*f->container && container ? !strcmp(f->container, container) : usual) &&
		    selector_match_labels(&f->selector, json_at(pod->tree, "metadata.labels")))
			return use(w, link);
	}
	return NULL;
}

const struct fault *sim_fault_for_request(struct world *w, enum fault_type type, const char *verb, const char *resource,
					  const char *ns)
{
	for (struct fault **link = &w->faults; *link; link = &(*link)->next) {
		struct fault *f = *link;
		if (f->type == type && any(f->verb, verb) && any(f->resource, resource) && any(f->ns, ns))
			return use(w, link);
	}
	return NULL;
}
