/* The kubelet and the scheduler: takes a pod from Pending through its containers to its end. */
#include "kubesim/pods.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "kubesim/controllers.h"
#include "kubesim/faults.h"
#include "kubesim/images.h"
#include "kubesim/source.h"

enum { MS = 1000, SECOND = 1000000 };

static int64_t paced(struct world *w, int64_t us)
{
	return us / w->options.speed;
}

static void add_containers(struct podrun *run, json_object *list, bool init, size_t *at)
{
	for (size_t i = 0; i < json_len(list, ""); i++) {
		json_object *spec = json_object_array_get_idx(list, i);
		run->containers[(*at)++] = (struct container){ .name = json_text(spec, "name", ""),
							       .spec = spec,
							       .init = init,
							       .plan = { .ends_us = INT64_MAX, .message = "" },
							       .log = podlog_new() };
	}
}

struct podrun *sim_pod_run(struct world *w, struct object *pod)
{
	if (pod->run)
		return pod->run;
	struct arena *a = arena_new(64 << 20);
	if (!a) {
		log_event(LOG_ERROR, "out_of_memory");
		abort();
	}
	struct podrun *run = arena_alloc(a, sizeof *run);
	json_object *spec = NULL;
	json_object_deep_copy(json_at(pod->tree, "spec"), &spec, NULL);
	json_own(a, spec);
	run->arena = a;
	run->init_count = json_len(spec, "initContainers");
	run->count = run->init_count + json_len(spec, "containers");
	run->containers = arena_alloc(a, (run->count + 1) * sizeof *run->containers);
	size_t at = 0;
	add_containers(run, json_at(spec, "initContainers"), true, &at);
	add_containers(run, json_at(spec, "containers"), false, &at);
	struct object *owner = world_controller(w, pod);
	run->is_job = owner && owner->kind == SIM_JOB;
	pod->run = run;
	return run;
}

void sim_pod_forget(struct world *w, struct object *pod)
{
	struct podrun *run = pod->run;
	if (!run)
		return;
	for (size_t i = 0; i < run->count; i++) {
		struct container *c = &run->containers[i];
		podlog_close(c->log, clock_now_us());
		sim_logs_wake(w, c->log);
		podlog_put(c->log);
		podlog_put(c->previous);
		json_object_put(c->last);
	}
	source_put(run->source);
	arena_free(run->arena);
	pod->run = NULL;
}

struct container *sim_pod_container(struct podrun *run, const char *name)
{
	for (size_t i = 0; i < run->count; i++)
		if (!strcmp(run->containers[i].name, name))
			return &run->containers[i];
	return NULL;
}

const char *sim_pod_env(struct object *pod, const char *name)
{
	static const char *const lists[] = { "spec.initContainers", "spec.containers" };
	for (size_t l = 0; l < 2; l++) {
		json_object *list = json_at(pod->tree, lists[l]);
		for (size_t i = 0; i < json_len(list, ""); i++) {
			json_object *env = json_at(json_object_array_get_idx(list, i), "env");
			for (size_t k = 0; k < json_len(env, ""); k++) {
				json_object *e = json_object_array_get_idx(env, k);
				if (!strcmp(json_text(e, "name", ""), name) && json_text(e, "value", NULL))
					return json_text(e, "value", NULL);
			}
		}
	}
	return NULL;
}

bool sim_pod_ended(struct object *pod)
{
	const char *phase = json_text(pod->tree, "status.phase", "");
	return !strcmp(phase, "Succeeded") || !strcmp(phase, "Failed");
}

/* Scheduling */

static bool schedule(struct world *w, struct object *pod, struct podrun *run, int64_t now)
{
	const struct fault *f;
	if (!run->unschedulable_until_us && (f = sim_fault_for_pod(w, FAULT_UNSCHEDULABLE, pod, NULL, true)))
		run->unschedulable_until_us = f->seconds >= 0 ? now + f->seconds * SECOND : INT64_MAX;
	if (run->unschedulable_until_us > now) {
		const char *why = "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No "
				  "preemption victims found "
				  "for incoming pod.";
		sim_event(w, pod, "Warning", "default-scheduler", "FailedScheduling", why);
		if (run->unschedulable_until_us != INT64_MAX)
			object_wake(w, pod, (run->unschedulable_until_us - now) / MS + 1);
		return false;
	}
	unsigned n = ++w->next_ip;
	run->unschedulable_until_us = 0;
	run->scheduled = true;
	run->scheduled_us = now;
	run->node = "sim-node-1";
	run->ip = arena_printf(run->arena, "10.244.%u.%u", n / 250 % 250, n % 250 + 2);
	json_add_text(json_at(pod->tree, "spec"), "nodeName", run->node);
	object_uncounted(pod);
	sim_event(w, pod, "Normal", "default-scheduler", "Scheduled",
		  arena_printf(w->scratch, "Successfully assigned %s/%s to %s", pod->ns, pod->name, run->node));
	return true;
}

/* What a container needs before it can be created */

static const char *missing_volume(struct world *w, struct object *pod)
{
	json_object *volumes = json_at(pod->tree, "spec.volumes");
	for (size_t i = 0; i < json_len(volumes, ""); i++) {
		json_object *v = json_object_array_get_idx(volumes, i);
		const char *secret = json_text(v, "secret.secretName", NULL), *map = json_text(v, "configMap.name", NULL);
		if (secret && !json_flag(v, "secret.optional", false) && !world_find(w, SIM_SECRET, pod->ns, secret))
			return arena_printf(w->scratch, "MountVolume.SetUp failed for volume \"%s\" : secret \"%s\" not found",
					    json_text(v, "name", ""), secret);
		if (map && !json_flag(v, "configMap.optional", false) && !world_find(w, SIM_CONFIG_MAP, pod->ns, map))
			return arena_printf(w->scratch, "MountVolume.SetUp failed for volume \"%s\" : configmap \"%s\" not found",
					    json_text(v, "name", ""), map);
	}
	return NULL;
}

static const char *missing_reference(struct world *w, struct object *pod, struct container *c)
{
	static const struct {
		const char *list, *path;
		enum sim_kind kind;
	} refs[] = { { "env", "valueFrom.secretKeyRef", SIM_SECRET },
		     { "env", "valueFrom.configMapKeyRef", SIM_CONFIG_MAP },
		     { "envFrom", "secretRef", SIM_SECRET },
		     { "envFrom", "configMapRef", SIM_CONFIG_MAP } };
	for (size_t r = 0; r < sizeof refs / sizeof *refs; r++)
		for (size_t i = 0; i < json_len(c->spec, refs[r].list); i++) {
			json_object *ref = json_at(json_object_array_get_idx(json_at(c->spec, refs[r].list), i), refs[r].path);
			if (ref && !json_flag(ref, "optional", false) &&
			    !world_find(w, refs[r].kind, pod->ns, json_text(ref, "name", "")))
				return arena_printf(w->scratch, "%s \"%s\" not found", sim_kinds[refs[r].kind].singular,
						    json_text(ref, "name", ""));
		}
	return NULL;
}

/* true: the image is on the node */
static bool pull(struct world *w, struct object *pod, struct podrun *run, struct container *c, int64_t now)
{
	const char *image = json_text(c->spec, "image", "");
	bool usual = !strcmp(c->name, "build") || !sim_pod_container(run, "build");
	if (!c->pull_broken && sim_fault_for_pod(w, FAULT_IMAGE_PULL, pod, c->name, usual))
		c->pull_broken = true;
	if (!c->pull_broken && sim_image_pullable(w, image, run->is_job)) {
		c->pulled = true;
		sim_event(w, pod, "Normal", "kubelet", "Pulled",
			  arena_printf(w->scratch, "Successfully pulled image \"%s\" in %dms (%dms including waiting)", image,
				       640, 640));
		return true;
	}
	const char *what = arena_printf(
		run->arena, "failed to pull and unpack image \"%s\": failed to resolve reference \"%s\": %s: not found", image,
		image, image);
	bool first = !c->reason || strcmp(c->reason, "ErrImagePull") != 0;
	if (first) {
		c->pull_failures++;
		c->reason = "ErrImagePull";
		c->message = arena_printf(run->arena, "rpc error: code = NotFound desc = %s", what);
		sim_event(w, pod, "Warning", "kubelet", "Failed",
			  arena_printf(w->scratch, "Failed to pull image \"%s\": %s", image, c->message));
		c->next_us = now + paced(w, 3 * SECOND);
	} else {
		int shift = c->pull_failures < 5 ? c->pull_failures : 5;
		c->reason = "ImagePullBackOff";
		c->message = arena_printf(run->arena,
					  "Back-off pulling image \"%s\": ErrImagePull: rpc error: code = NotFound desc = %s",
					  image, what);
		sim_event(w, pod, "Normal", "kubelet", "BackOff",
			  arena_printf(w->scratch, "Back-off pulling image \"%s\"", image));
		c->next_us = now + paced(w, (int64_t)(10 << shift) * SECOND);
	}
	return false;
}

static void begin_waiting(struct world *w, struct object *pod, struct podrun *run, struct container *c, int64_t now)
{
	const char *missing;
	if ((missing = missing_volume(w, pod))) {
		sim_event(w, pod, "Warning", "kubelet", "FailedMount", missing);
		c->next_us = now + 2 * SECOND;
		return;
	}
	if (!c->pulled && !c->next_us) {
		sim_event(w, pod, "Normal", "kubelet", "Pulling",
			  arena_printf(w->scratch, "Pulling image \"%s\"", json_text(c->spec, "image", "")));
		c->next_us = now + paced(w, (c->init && c != run->containers ? 250 : 700) * MS);
		return;
	}
	c->next_us = now;
}

static void start(struct world *w, struct object *pod, struct podrun *run, struct container *c, int64_t now)
{
	c->state = CONTAINER_RUNNING;
	c->reason = c->message = NULL;
	c->next_us = 0;
	c->started_us = now;
	c->plan = (struct plan){ .ends_us = INT64_MAX, .message = "" };
	sim_event(w, pod, "Normal", "kubelet", "Created", arena_printf(w->scratch, "Created container: %s", c->name));
	sim_event(w, pod, "Normal", "kubelet", "Started", arena_printf(w->scratch, "Started container %s", c->name));
	sim_container_start(w, pod, c);
	int64_t delay = json_int(c->spec, "readinessProbe.initialDelaySeconds", 0) * SECOND +
			(json_at(c->spec, "readinessProbe") ? 700 * MS : 0);
	c->ready_us = now + paced(w, delay);
	c->never_ready =
		!run->is_job && json_at(c->spec, "readinessProbe") && sim_fault_for_pod(w, FAULT_NEVER_READY, pod, c->name, true);
}

static void drive_waiting(struct world *w, struct object *pod, struct podrun *run, struct container *c, int64_t now)
{
	const char *missing;
	if (!c->next_us)
		begin_waiting(w, pod, run, c, now);
	if (c->next_us > now)
		return;
	if (missing_volume(w, pod)) {
		begin_waiting(w, pod, run, c, now);
		return;
	}
	if (!c->pulled && !pull(w, pod, run, c, now))
		return;
	if ((missing = missing_reference(w, pod, c))) {
		c->reason = "CreateContainerConfigError";
		c->message = arena_strdup(run->arena, missing);
		sim_event(w, pod, "Warning", "kubelet", "Failed", arena_printf(w->scratch, "Error: %s", missing));
		c->next_us = now + 5 * SECOND;
		return;
	}
	start(w, pod, run, c, now);
}

static void terminate(struct world *w, struct container *c, int64_t at, int code, const char *reason, const char *message)
{
	c->state = CONTAINER_TERMINATED;
	c->finished_us = at;
	c->exit_code = code;
	c->reason = reason ? reason : code ? "Error" : "Completed";
	c->message = message;
	c->ready = false;
	podlog_close(c->log, at);
	sim_logs_wake(w, c->log);
}

static void restart(struct world *w, struct object *pod, struct podrun *run, struct container *c, int64_t now)
{
	int shift = c->restarts < 5 ? c->restarts : 5;
	json_object_put(c->last);
	c->last = sim_build(
		w, "{'terminated':{'exitCode':%d,'reason':%s,'startedAt':%s,'finishedAt':%s,'containerID':%s}}",
		(int64_t)c->exit_code, c->reason, sim_stamp_us(w, c->started_us), sim_stamp_us(w, c->finished_us),
		arena_printf(w->scratch, "containerd://%016" PRIx64, sim_sum(sim_sum(SIM_SUM_START, pod->uid), c->name)));
	podlog_put(c->previous);
	c->previous = c->log;
	c->log = podlog_new();
	c->state = CONTAINER_WAITING;
	c->next_us = now + (c->restarts ? paced(w, (int64_t)(5 << shift) * SECOND) : paced(w, SECOND));
	c->reason = "CrashLoopBackOff";
	c->message = arena_printf(run->arena, "back-off %ds restarting failed container=%s pod=%s_%s(%s)",
				  c->restarts ? 5 << shift : 10, c->name, pod->name, pod->ns, pod->uid);
	if (c->restarts)
		sim_event(w, pod, "Warning", "kubelet", "BackOff",
			  arena_printf(w->scratch, "Back-off restarting failed container %s in pod %s_%s(%s)", c->name, pod->name,
				       pod->ns, pod->uid));
	c->restarts++;
}

/* The image is there for whoever pulls it, under its tags and its digest. */
static void record_push(struct world *w, struct object *pod)
{
	struct podrun *run = pod->run;
	const char *extra = sim_pod_env(pod, "IMAGE_EXTRA_TAG"), *repository = sim_pod_env(pod, "IMAGE_REPO");
	if (extra && *extra && repository)
		sim_images_add(w, arena_printf(w->scratch, "%s:%s", repository, extra), run->digest, run->commit);
	sim_images_add(w, run->destination, run->digest, run->commit);
}

static void end_run(struct world *w, struct object *pod, struct container *c)
{
	struct plan plan = c->plan;
	if (plan.fate == FATE_EVICTED) {
		sim_pod_fail(w, pod, "Evicted",
			     "The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, available: 512Mi. ", 137,
			     NULL);
	} else if (plan.fate == FATE_NODE_LOST) {
		sim_pod_fail(w, pod, NULL, "", 255, "Unknown");
	} else if (plan.fate == FATE_DELETED) {
		c->plan.ends_us = INT64_MAX;
		sim_gc_delete(w, pod, "Background", -1);
	} else {
		terminate(w, c, plan.ends_us, plan.exit_code, plan.reason, plan.message);
		if (!strcmp(c->name, "push") && !plan.exit_code && pod->run->destination)
			record_push(w, pod);
	}
}

static void drive(struct world *w, struct object *pod, struct podrun *run, struct container *c, int64_t now)
{
	const char *policy = json_text(pod->tree, "spec.restartPolicy", "Always");
	if (c->state == CONTAINER_WAITING)
		drive_waiting(w, pod, run, c, now);
	if (c->state == CONTAINER_RUNNING && c->plan.ends_us <= now)
		end_run(w, pod, c);
	if (c->state == CONTAINER_RUNNING && !c->init && !c->ready && !c->never_ready && c->ready_us <= now)
		c->ready = true;
	bool again = !strcmp(policy, "Always") ? !c->init || c->exit_code : !strcmp(policy, "OnFailure") && c->exit_code;
	if (c->state == CONTAINER_TERMINATED && again && !run->failed_reason && !run->killed)
		restart(w, pod, run, c, now);
}

/* The moment at which something is due next; INT64_MAX: nothing by itself. */
static int64_t next_moment(const struct container *c)
{
	int64_t next = INT64_MAX;
	if (c->state == CONTAINER_WAITING && c->next_us)
		next = c->next_us;
	if (c->state == CONTAINER_RUNNING) {
		next = c->plan.ends_us;
		if (!c->init && !c->ready && !c->never_ready && c->ready_us < next)
			next = c->ready_us;
	}
	return next;
}

static void drive_all(struct world *w, struct object *pod, struct podrun *run, int64_t now)
{
	for (size_t i = 0; i < run->init_count; i++) {
		struct container *c = &run->containers[i];
		if (c->state == CONTAINER_TERMINATED && !c->exit_code)
			continue;
		drive(w, pod, run, c, now);
		if (c->state != CONTAINER_TERMINATED || c->exit_code)
			return;
	}
	for (size_t i = run->init_count; i < run->count; i++)
		drive(w, pod, run, &run->containers[i], now);
}

static void plan_next_look(struct world *w, struct object *pod, struct podrun *run, int64_t now)
{
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < run->count; i++) {
		int64_t t = next_moment(&run->containers[i]);
		if (t < next)
			next = t;
		/* A container that waits its turn begins when the one before it has ended. */
		if (i < run->init_count && run->containers[i].state != CONTAINER_TERMINATED)
			break;
		if (i + 1 < run->count && run->containers[i + 1].state == CONTAINER_WAITING && !run->containers[i + 1].next_us &&
		    i < run->init_count && !run->containers[i].exit_code)
			next = now;
	}
	if (next != INT64_MAX && !pod->dead && !sim_pod_ended(pod))
		object_wake(w, pod, next > now ? (next - now) / MS + 1 : 0);
}

static void end_deleted(struct world *w, struct object *pod, struct podrun *run)
{
	int64_t now = clock_now_us(), due;
	if (!clock_parse(json_text(pod->tree, "metadata.deletionTimestamp", ""), &due))
		due = now;
	if (!run->killed) {
		run->killed = true;
		run->killed_us = now;
		sim_event(w, pod, "Normal", "kubelet", "Killing",
			  arena_printf(w->scratch, "Stopping container %s", run->containers[run->count - 1].name));
		object_wake(w, pod, world_pace(w, 300));
		return;
	}
	for (size_t i = 0; i < run->count; i++)
		if (run->containers[i].state == CONTAINER_RUNNING)
			terminate(w, &run->containers[i], now, 137, NULL, "");
	run->settled = true;
	/* The kubelet's own delete, by which the Job's controller counts a pod that never ran. */
	json_add_int(json_at(pod->tree, "metadata"), "deletionGracePeriodSeconds", 0);
	sim_pod_show(w, pod);
	sim_gc_finish(w, pod);
}

void sim_pod_fail(struct world *w, struct object *pod, const char *reason, const char *message, int code,
		  const char *container_reason)
{
	struct podrun *run = sim_pod_run(w, pod);
	int64_t now = clock_now_us();
	for (size_t i = 0; i < run->count; i++)
		if (run->containers[i].state == CONTAINER_RUNNING)
			terminate(w, &run->containers[i], now, code, container_reason, "");
	run->killed = true;
	run->failed_reason = reason ? reason : "";
	run->failed_message = arena_strdup(run->arena, message);
	if (reason && !strcmp(reason, "Evicted"))
		sim_event(w, pod, "Warning", "kubelet", "Evicted", message);
	sim_pod_show(w, pod);
}

void sim_pod_step(struct world *w, struct object *pod)
{
	struct podrun *run = sim_pod_run(w, pod);
	int64_t now = clock_now_us();
	if (json_at(pod->tree, "metadata.deletionTimestamp")) {
		end_deleted(w, pod, run);
		return;
	}
	if (sim_pod_ended(pod))
		return;
	if (!run->scheduled && !schedule(w, pod, run, now)) {
		sim_pod_show(w, pod);
		return;
	}
	drive_all(w, pod, run, now);
	if (pod->dead)
		return;
	sim_pod_show(w, pod);
	plan_next_look(w, pod, run, now);
}
