/* portalctl clusters: each cluster as its page's test sees it, and what guards the applications there. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "config.h"
#include "ctl/ctl.h"
#include "kube/kube.h"
#include "kube/rights.h"
#include "model/clusters.h"
#include "model/settings.h"

static bool line(const struct cluster *c, const char *what, const char *outcome, const char *detail)
{
	printf("%s\t%s\t%s\t%s\n", c->name, what, outcome, detail ? detail : "");
	return strcmp(outcome, "FAILED") != 0;
}

/* Returns how many needed ones are missing; those that may be left out only cost what they are for. */
static int print_rights(struct ctl *ctl, const struct cluster *c, const struct kube_test *t)
{
	for (int i = 0; i < t->count; i++) {
		const struct kube_right_seen *r = &t->rights[i];
		const char *what = arena_printf(ctl->arena, "right %s/%s%s%s", r->ns, r->right->resource,
						*r->right->group ? "." : "", r->right->group);
		line(c, what,
		     !r->asked		? "unknown"
		     : !r->missing	? "ok"
		     : r->right->needed ? "FAILED"
					: "missing",
		     r->missing ? arena_printf(ctl->arena, "%s (Role %s)", r->missing, r->right->role) : r->right->role);
	}
	return t->missing_needed;
}

/* As the worker saw them last. Returns how many are not as they should be. */
static int print_guards(struct ctl *ctl, const struct cluster *c)
{
	const char *why;
	json_object *list = c->guard_faults ? json_parse(ctl->arena, c->guard_faults, strlen(c->guard_faults), 8, &why) : NULL;
	bool known = list && json_object_is_type(list, json_type_array);
	int count = known ? (int)json_object_array_length(list) : 0;
	for (int i = 0; i < count; i++) {
		json_object *o = json_object_array_get_idx(list, (size_t)i);
		const char *word = arena_printf(ctl->arena, "guard.%s", json_text(o, "why", "failed"));
		line(c, json_text(o, "what", ""), "FAILED",
		     arena_printf(ctl->arena, "%s %s", ctl_words(ctl, word), json_text(o, "detail", "")));
	}
	if (!count)
		line(c, "guards", known ? "ok" : "unknown",
		     known ? "network policy, quota, default limits and label are as the settings say" : "no worker looked yet");
	line(c, "processes", "unknown", "a pod's limit is the kubelet's podPidsLimit, which the portal cannot see");
	return count;
}

/* Returns how much of it fails. */
static int check(struct ctl *ctl, const struct settings *s, struct kube *own, const char *own_why, const struct cluster *c)
{
	struct kube_test t;
	const char *why;
	int failed = 0;
	if (!cluster_test(ctl->arena, ctl->keyring, own, c, s, ctl->config->cluster_local, &t, &why))
		return !line(c, "open", "FAILED", why ? why : own_why);
	for (int i = 0; i < t.probe.count; i++) {
		const struct probe_step *step = &t.probe.steps[i];
		bool rights = !strcmp(step->name, "cluster_rights");
		const char *outcome = step->outcome == PROBE_PASSED    ? "ok"
				      : step->outcome == PROBE_SKIPPED ? "skipped"
								       : "FAILED";
		if (!rights)
			failed += !line(c, step->name, outcome, step->said);
	}
	failed += print_rights(ctl, c, &t);
	failed += print_guards(ctl, c);
	const char *roles = kube_roles_text(ctl->arena, &t);
	if (roles)
		fprintf(stderr, "# missing in %s; for kubectl apply -f -\n%s", c->name, roles);
	return failed;
}

enum ctl_exit ctl_clusters_check(struct ctl *ctl, int argc, char **argv)
{
	const char *name = NULL, *own_why = "";
	const struct ctl_option options[] = { { .name = "--cluster", .text = &name }, { 0 } };
	struct settings *s;
	struct cluster *rows;
	int count, failed = 0, asked = 0;
	if (!ctl_parse(argc, argv, options, NULL, 0))
		return CTL_USAGE;
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	if (!e)
		e = model_clusters_list(ctl->db, ctl->arena, &rows, &count);
	if (e)
		return ctl_fail_err(e, "read the clusters");
	struct kube *own = kube_open(ctl->arena, ctl->config->k8s_config_path, &own_why);
	for (int i = 0; i < count; i++)
		if (!name || !strcmp(name, rows[i].name)) {
			failed += check(ctl, s, own, own_why, &rows[i]);
			asked++;
		}
	kube_free(own);
	if (!asked)
		return name ? ctl_fail("there is no cluster %s", name) : ctl_fail("there is no cluster");
	return failed ? CTL_FAILED : CTL_DONE;
}
