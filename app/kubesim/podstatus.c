/* The status of a pod, written anew from what its containers do. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "kubesim/controllers.h"
#include "kubesim/images.h"
#include "kubesim/pods.h"

json_object *sim_condition_find(json_object *o, const char *type)
{
	json_object *list = json_at(o, "status.conditions");
	for (size_t i = 0; i < json_len(list, ""); i++)
		if (!strcmp(json_text(json_object_array_get_idx(list, i), "type", ""), type))
			return json_object_array_get_idx(list, i);
	return NULL;
}

static json_object *condition_in(json_object *status, const char *type)
{
	json_object *list = json_at(status, "conditions");
	for (size_t i = 0; i < json_len(list, ""); i++)
		if (!strcmp(json_text(json_object_array_get_idx(list, i), "type", ""), type))
			return json_object_array_get_idx(list, i);
	return NULL;
}

void sim_condition(struct world *w, json_object *status, const char *type, const char *state, const char *reason,
		   const char *message, const char *probe_field)
{
	json_object *c = condition_in(status, type);
	bool moved = !c || strcmp(json_text(c, "status", ""), state) != 0;
	if (!c) {
		c = json_object_new_object();
		json_add_text(c, "type", type);
		if (!json_at(status, "conditions"))
			json_add(status, "conditions", json_object_new_array());
		json_object_array_add(json_at(status, "conditions"), c);
	}
	bool same = !moved && !strcmp(json_text(c, "reason", ""), reason) && !strcmp(json_text(c, "message", ""), message);
	json_add_text(c, "status", state);
	if (probe_field && !strcmp(probe_field, "lastProbeTime") && !json_at(c, "lastProbeTime"))
		json_add(c, "lastProbeTime", NULL);
	else if (probe_field && strcmp(probe_field, "lastProbeTime") && !same)
		json_add_text(c, probe_field, sim_stamp(w));
	if (moved)
		json_add_text(c, "lastTransitionTime", sim_stamp(w));
	json_object_object_del(c, "reason");
	json_object_object_del(c, "message");
	if (*reason)
		json_add_text(c, "reason", reason);
	if (*message)
		json_add_text(c, "message", message);
}

static const char *container_id(struct world *w, struct object *pod, const struct container *c)
{
	uint64_t a = sim_sum(sim_sum(SIM_SUM_START + (uint64_t)c->restarts, pod->uid), c->name), b = sim_sum(a, "id");
	return arena_printf(w->scratch, "containerd://%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, a, b, a ^ 0x5555,
			    b ^ 0x3333);
}

static json_object *state_of(struct world *w, struct object *pod, struct podrun *run, const struct container *c)
{
	json_object *s = json_object_new_object();
	if (c->state == CONTAINER_WAITING) {
		json_add_text(s, "reason", c->reason ? c->reason : run->init_count ? "PodInitializing" : "ContainerCreating");
		if (c->message && *c->message)
			json_add_text(s, "message", c->message);
		return sim_build(w, "{'waiting':%o}", s);
	}
	if (c->state == CONTAINER_RUNNING) {
		json_add_text(s, "startedAt", sim_stamp_us(w, c->started_us));
		return sim_build(w, "{'running':%o}", s);
	}
	json_add_int(s, "exitCode", c->exit_code);
	json_add_text(s, "reason", c->reason);
	if (c->message && *c->message)
		json_add_text(s, "message", c->message);
	json_add_text(s, "startedAt", sim_stamp_us(w, c->started_us));
	json_add_text(s, "finishedAt", sim_stamp_us(w, c->finished_us));
	json_add_text(s, "containerID", container_id(w, pod, c));
	return sim_build(w, "{'terminated':%o}", s);
}

static json_object *container_status(struct world *w, struct object *pod, struct podrun *run, const struct container *c)
{
	const char *image = json_text(c->spec, "image", "");
	bool begun = c->state != CONTAINER_WAITING;
	json_object *s = json_object_new_object(), *mounts = json_at(c->spec, "volumeMounts");
	json_add_text(s, "name", c->name);
	json_add(s, "state", state_of(w, pod, run, c));
	json_add(s, "lastState", c->last ? json_object_get(c->last) : json_object_new_object());
	json_add_bool(s, "ready", c->init ? c->state == CONTAINER_TERMINATED && !c->exit_code : c->ready);
	json_add_int(s, "restartCount", c->restarts);
	json_add_text(s, "image", image);
	json_add_text(s, "imageID", begun ? sim_image_id(w, image) : "");
	if (begun || c->restarts)
		json_add_text(s, "containerID", container_id(w, pod, c));
	json_add_bool(s, "started", c->state == CONTAINER_RUNNING);
	if (json_len(mounts, "")) {
		json_object *list = json_object_new_array();
		for (size_t i = 0; i < json_len(mounts, ""); i++) {
			json_object *m = json_object_array_get_idx(mounts, i), *copy = json_object_new_object();
			json_add_text(copy, "name", json_text(m, "name", ""));
			json_add_text(copy, "mountPath", json_text(m, "mountPath", ""));
			if (json_flag(m, "readOnly", false)) {
				json_add_bool(copy, "readOnly", true);
				json_add_text(copy, "recursiveReadOnly", "Disabled");
			}
			json_object_array_add(list, copy);
		}
		json_add(s, "volumeMounts", list);
	}
	return s;
}

/* The phase that the containers' ends lead to; the kubelet reports the ends first and the phase a moment later. */
static const char *phase_to_be(struct object *pod, const struct podrun *run)
{
	const char *policy = json_text(pod->tree, "spec.restartPolicy", "Always");
	size_t running = 0, ended = 0, failed = 0;
	if (run->failed_reason)
		return "Failed";
	for (size_t i = 0; i < run->init_count; i++) {
		const struct container *c = &run->containers[i];
		if (c->state == CONTAINER_TERMINATED && c->exit_code && !strcmp(policy, "Never"))
			return "Failed";
		if (c->state != CONTAINER_TERMINATED || c->exit_code)
			return run->killed ? "Failed" : "Pending";
	}
	for (size_t i = run->init_count; i < run->count; i++) {
		const struct container *c = &run->containers[i];
		running += c->state == CONTAINER_RUNNING || c->restarts;
		ended += c->state == CONTAINER_TERMINATED;
		failed += c->state == CONTAINER_TERMINATED && c->exit_code;
	}
	if (ended == run->count - run->init_count)
		return failed ? "Failed" : "Succeeded";
	return running || ended ? "Running" : "Pending";
}

static const char *phase_of(struct world *w, struct object *pod, struct podrun *run)
{
	const char *phase = phase_to_be(pod, run);
	bool ended = !strcmp(phase, "Succeeded") || !strcmp(phase, "Failed");
	if (!ended || run->failed_reason || run->settled)
		return phase;
	int64_t now = clock_now_us();
	if (!run->settles_us)
		run->settles_us = now + 250000 / w->options.speed;
	run->settled = run->settles_us <= now;
	if (run->settled)
		return phase;
	object_wake(w, pod, (run->settles_us - now) / 1000 + 1);
	const struct container *last = run->init_count ? &run->containers[run->init_count - 1] : NULL;
	return last && (last->state != CONTAINER_TERMINATED || last->exit_code) ? "Pending" : "Running";
}

static bool all_done(const struct podrun *run, size_t from, size_t to, bool ready)
{
	for (size_t i = from; i < to; i++) {
		const struct container *c = &run->containers[i];
		if (ready ? !c->ready : c->state != CONTAINER_TERMINATED || c->exit_code)
			return false;
	}
	return true;
}

static const char *unready_names(struct world *w, const struct podrun *run, size_t from, size_t to, bool init)
{
	const char *names = "";
	for (size_t i = from; i < to; i++) {
		const struct container *c = &run->containers[i];
		if (init ? c->state != CONTAINER_TERMINATED || c->exit_code : !c->ready)
			names = arena_printf(w->scratch, "%s%s%s", names, *names ? " " : "", c->name);
	}
	return arena_printf(w->scratch, "containers with %s status: [%s]", init ? "incomplete" : "unready", names);
}

static void conditions(struct world *w, json_object *s, const struct podrun *run, const char *phase)
{
	bool succeeded = !strcmp(phase, "Succeeded"), failed = !strcmp(phase, "Failed"), lives = !succeeded && !failed;
	bool initialized = all_done(run, 0, run->init_count, false), ready = all_done(run, run->init_count, run->count, true);
	const char *probe = "lastProbeTime";
	if (!run->scheduled) {
		sim_condition(w, s, "PodScheduled", "False", "Unschedulable",
			      "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption "
			      "victims found for "
			      "incoming pod.",
			      probe);
		return;
	}
	const char *unready = unready_names(w, run, run->init_count, run->count, false);
	sim_condition(w, s, "PodReadyToStartContainers",
		      lives && run->containers[0].state != CONTAINER_WAITING ? "True" : "False", "", "", probe);
	if (initialized)
		sim_condition(w, s, "Initialized", "True", succeeded ? "PodCompleted" : "", "", probe);
	else
		sim_condition(w, s, "Initialized", "False", "ContainersNotInitialized",
			      unready_names(w, run, 0, run->init_count, true), probe);
	const char *why = succeeded ? "PodCompleted" : failed ? "PodFailed" : "ContainersNotReady";
	const char *text = lives ? unready : "";
	sim_condition(w, s, "Ready", ready ? "True" : "False", ready ? "" : why, ready ? "" : text, probe);
	sim_condition(w, s, "ContainersReady", ready ? "True" : "False", ready ? "" : why, ready ? "" : text, probe);
	sim_condition(w, s, "PodScheduled", "True", "", "", probe);
	if (run->failed_reason && !strcmp(run->failed_reason, "Evicted"))
		sim_condition(w, s, "DisruptionTarget", "True", "TerminationByKubelet", run->failed_message, probe);
}

static const char *qos_class(struct object *pod)
{
	static const char *const lists[] = { "spec.initContainers", "spec.containers" };
	bool any = false, all = true;
	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < json_len(pod->tree, lists[l]); i++) {
			json_object *r = json_at(json_object_array_get_idx(json_at(pod->tree, lists[l]), i), "resources");
			json_object *limits = json_at(r, "limits"), *requests = json_at(r, "requests");
			any |= limits || requests;
			all &= limits && json_at(limits, "cpu") && json_at(limits, "memory") &&
			       json_object_equal(limits, requests);
		}
	return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
}

static json_object *statuses(struct world *w, struct object *pod, struct podrun *run, size_t from, size_t to)
{
	json_object *list = json_object_new_array();
	for (size_t i = from; i < to; i++)
		json_object_array_add(list, container_status(w, pod, run, &run->containers[i]));
	return list;
}

void sim_pod_show(struct world *w, struct object *pod)
{
	struct podrun *run = sim_pod_run(w, pod);
	json_object *s = json_at(pod->tree, "status");
	const char *phase = phase_of(w, pod, run);
	json_add_int(s, "observedGeneration", json_int(pod->tree, "metadata.generation", 1));
	json_add_text(s, "phase", phase);
	conditions(w, s, run, phase);
	for (size_t i = 0; i < json_len(s, "conditions"); i++)
		json_add_int(json_object_array_get_idx(json_at(s, "conditions"), i), "observedGeneration",
			     json_int(pod->tree, "metadata.generation", 1));
	if (run->failed_reason && *run->failed_reason) {
		json_add_text(s, "reason", run->failed_reason);
		json_add_text(s, "message", run->failed_message);
	}
	json_add_text(s, "qosClass", qos_class(pod));
	if (run->scheduled) {
		json_add_text(s, "hostIP", "10.77.0.1");
		json_add(s, "hostIPs", sim_build(w, "[{'ip':'10.77.0.1'}]"));
		json_add_text(s, "startTime", sim_stamp_us(w, run->scheduled_us));
		if (run->containers[0].state != CONTAINER_WAITING) {
			json_add_text(s, "podIP", run->ip);
			json_add(s, "podIPs", sim_build(w, "[{'ip':%s}]", run->ip));
		}
		if (run->init_count)
			json_add(s, "initContainerStatuses", statuses(w, pod, run, 0, run->init_count));
		json_add(s, "containerStatuses", statuses(w, pod, run, run->init_count, run->count));
	}
	object_commit(w, pod);
}
