/* What containers do: clone, build and push of a build's Job, applications, and plain commands. Each fills its log and the plan
 * of its end. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "kubesim/builderlog.h"
#include "kubesim/controllers.h"
#include "kubesim/faults.h"
#include "kubesim/pods.h"
#include "kubesim/shell.h"

enum { MS = 1000, SECOND = 1000000 };

static int64_t at(struct world *w, const struct container *c, int64_t ms)
{
	return c->started_us + ms * MS / w->options.speed;
}

static void end_at(struct world *w, struct container *c, int64_t ms, int code, const char *message)
{
	c->plan.ends_us = at(w, c, ms);
	c->plan.exit_code = code;
	c->plan.message = message;
}

static bool is_build_job(struct podrun *run)
{
	return run->is_job && sim_pod_container(run, "build") && sim_pod_container(run, "push");
}

/* Orders of the control endpoint that change how a container ends */

static void cut_at(struct container *c, int64_t us)
{
	if (us < c->plan.ends_us)
		c->plan.ends_us = us;
}

static int64_t middle(struct world *w, const struct container *c)
{
	int64_t end = c->plan.ends_us == INT64_MAX ? at(w, c, 2000) : c->plan.ends_us;
	return c->started_us + (end - c->started_us) * 6 / 10;
}

static void flood(struct world *w, struct container *c, const struct fault *f)
{
	int64_t rate = (f->rate > 0 ? f->rate : 10 << 20), bytes = f->bytes > 0 ? f->bytes : 1 << 20;
	podlog_close(c->log, c->started_us);
	c->log->closed = false;
	c->log->generator = (struct podlog_generator){ bytes, rate, c->started_us + 10 * MS, f->ansi, f->invalid };
	c->plan.ends_us = c->log->generator.start_us + (int64_t)((double)bytes / (double)rate * 1e6) + 100 * MS;
	(void)w;
}

static void disturb(struct world *w, struct object *pod, struct container *c)
{
	struct podrun *run = pod->run;
	bool usual = !strcmp(c->name, "build") || !sim_pod_container(run, "build");
	const struct fault *f;
	if (!run->is_job && (f = sim_fault_for_pod(w, FAULT_CRASH_LOOP, pod, c->name, true))) {
		podlog_close(c->log, c->started_us);
		c->log->closed = false;
		podlog_printf(c->log, at(w, c, 100), "Traceback (most recent call last):");
		podlog_printf(c->log, at(w, c, 101), "  File \"/app/app.py\", line 1, in <module>");
		podlog_printf(c->log, at(w, c, 102), "RuntimeError: the application cannot start");
		end_at(w, c, 300, 1, "");
	}
	if ((f = sim_fault_for_pod(w, FAULT_BIG_LOG, pod, c->name, usual)))
		flood(w, c, f);
	if ((f = sim_fault_for_pod(w, FAULT_EXIT, pod, c->name, usual))) {
		cut_at(c, middle(w, c));
		c->plan.exit_code = (int)f->code;
	}
	if (sim_fault_for_pod(w, FAULT_OOM, pod, c->name, usual)) {
		cut_at(c, middle(w, c));
		c->plan.exit_code = 137;
		c->plan.reason = "OOMKilled";
		c->plan.message = "";
	}
	if (sim_fault_for_pod(w, FAULT_HANG, pod, c->name, usual)) {
		podlog_close(c->log, middle(w, c));
		c->log->closed = false;
		c->plan.ends_us = INT64_MAX;
	}
	static const struct {
		enum fault_type type;
		enum fate fate;
	} fates[] = { { FAULT_EVICT, FATE_EVICTED }, { FAULT_POD_DELETED, FATE_DELETED }, { FAULT_NODE_LOST, FATE_NODE_LOST } };
	for (size_t i = 0; i < sizeof fates / sizeof *fates; i++)
		if (sim_fault_for_pod(w, fates[i].type, pod, c->name, usual)) {
			cut_at(c, middle(w, c));
			c->plan.fate = fates[i].fate;
		}
}

/* clone */

static void lines_of(struct world *w, struct container *c, int64_t ms, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		podlog_add(c->log, at(w, c, ms++), text, n);
		text += n + (text[n] == '\n');
	}
}

/* The portal's own script tells by its exit code what was wrong; plain git has one for all. */
static int clone_code(const struct container *c, int code)
{
	return strstr(json_object_to_json_string_ext(c->spec, JSON_PLAIN), "exit 64") ? code : 128;
}

static void refuse_clone(struct world *w, struct container *c, int code, const char *text)
{
	lines_of(w, c, 400, text);
	end_at(w, c, 500, clone_code(c, code), "");
}

static void act_clone(struct world *w, struct object *pod, struct container *c)
{
	enum { NO_DOCKERFILE = 64, NO_CONTEXT = 66, NO_COMMIT = 67, REFUSED = 68 };
	struct source *s = pod->run->source;
	podlog_printf(c->log, at(w, c, 40), "Cloning %s at %s", s->url, s->sha);
	if (sim_fault_for_pod(w, FAULT_GIT_AUTH, pod, c->name, true))
		refuse_clone(w, c, REFUSED,
			     "git@gitea: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\n"
			     "Please make sure you have the correct access rights\nand the repository exists.");
	else if (s->failure && (strstr(s->failure, "not our ref") || strstr(s->failure, "remote ref")))
		refuse_clone(w, c, NO_COMMIT,
			     arena_printf(w->scratch, "%s\nCommit %s is not on branch %s.", s->failure, s->sha, s->branch));
	else if (s->failure)
		refuse_clone(w, c, REFUSED, s->failure);
	else if (clone_code(c, 0) == 0 && !s->dockerfile_text)
		refuse_clone(w, c, NO_DOCKERFILE, arena_printf(w->scratch, "Dockerfile not found: %s", s->dockerfile));
	else if (clone_code(c, 0) == 0 && !s->path_count)
		refuse_clone(w, c, NO_CONTEXT, arena_printf(w->scratch, "Context not found: %s", s->context));
	else {
		podlog_printf(c->log, at(w, c, 300), "From %s", s->url);
		podlog_printf(c->log, at(w, c, 301), " * branch            %s -> FETCH_HEAD", s->sha);
		podlog_printf(c->log, at(w, c, 420), "HEAD is now at %.7s %.200s", s->sha, s->subject);
		podlog_printf(c->log, at(w, c, 550), "Checked out %s", s->sha);
		end_at(w, c, 600, 0, "");
	}
}

/* build */

static enum builder builder_of(const struct container *c)
{
	const char *all = json_object_to_json_string_ext(c->spec, JSON_PLAIN);
	return strstr(all, "buildkit") || strstr(all, "buildctl") ? BUILDER_BUILDKIT : BUILDER_KANIKO;
}

static void act_build(struct world *w, struct object *pod, struct container *c)
{
	struct arena *a = arena_new(64 << 20);
	struct source *s = pod->run->source;
	if (!a)
		return;
	if (s->failure) {
		lines_of(w, c, 50, "error: the sources are not there");
		end_at(w, c, 100, 1, "");
		arena_free(a);
		return;
	}
	enum builder builder = builder_of(c);
	struct build_script *script = builderlog_write(a, s, builder);
	if (sim_fault_for_pod(w, FAULT_DISK_FULL, pod, c->name, true))
		builderlog_break(
			a, script, 70,
			builder == BUILDER_KANIKO
				? "error building image: error building stage: failed to take snapshot: write "
				  "/kaniko/1984.tar: no space left on device"
				: "error: failed to solve: failed to copy: write /out/ingest/data: no space left on device",
			1);
	for (size_t i = 0; i < script->n; i++)
		podlog_add(c->log, at(w, c, 150 + script->lines[i].at_ms), script->lines[i].text, strlen(script->lines[i].text));
	end_at(w, c, 150 + script->ends_ms, script->exit_code, "");
	arena_free(a);
}

/* push */

/* The digest comes from what was built: the tree of the commit, the Dockerfile's path and the context. */
static const char *digest_of(struct arena *a, const struct source *s)
{
	return arena_printf(
		a, "sha256:%s",
		secret_digest(a, arena_printf(a, "%s\n%s\n%s", s->tree ? s->tree : s->sha, s->dockerfile, s->context)));
}

/* Where it goes: the first word of the command, the arguments or the environment that is a docker:// address or follows
 * --destination. */
static const char *find_destination(struct arena *a, json_object *list)
{
	for (size_t i = 0; i < json_len(list, ""); i++) {
		const char *word = json_object_get_string(json_object_array_get_idx(list, i)), *p = strstr(word, "docker://");
		const char *flag = strstr(word, "--destination");
		if (p)
			return arena_memdup(a, p + 9, strcspn(p + 9, " \t\n\"'"));
		if (flag && strpbrk(flag, "= "))
			return arena_memdup(a, strpbrk(flag, "= ") + 1, strcspn(strpbrk(flag, "= ") + 1, " \t\n\"'"));
		if (flag && i + 1 < json_len(list, ""))
			return arena_strdup(a, json_object_get_string(json_object_array_get_idx(list, i + 1)));
	}
	return NULL;
}

static const char *destination(struct world *w, struct object *pod, const struct container *c)
{
	static const char *const names[] = { "IMAGE", "DESTINATION", "IMAGE_REF" };
	const char *repository = sim_pod_env(pod, "IMAGE_REPO"), *tag = sim_pod_env(pod, "IMAGE_TAG");
	if (repository && tag)
		return arena_printf(w->scratch, "%s:%s", repository, tag);
	const char *found = find_destination(w->scratch, json_at(c->spec, "args"));
	if (!found || strchr(found, '$'))
		found = find_destination(w->scratch, json_at(c->spec, "command"));
	for (size_t i = 0; (!found || strchr(found, '$')) && i < sizeof names / sizeof *names; i++)
		found = sim_pod_env(pod, names[i]);
	return found && *found && !strchr(found, '$') ? found : NULL;
}

static void deny_push(struct world *w, struct container *c, const char *blob)
{
	podlog_printf(c->log, at(w, c, 300), "Copying blob sha256:%.64s", blob);
	podlog_printf(c->log, at(w, c, 500),
		      "time=\"%s\" level=fatal msg=\"trying to reuse blob sha256:%.64s at destination: unable to retrieve auth "
		      "token: invalid "
		      "username/password: unauthorized: authentication required\"",
		      sim_stamp(w), blob);
	end_at(w, c, 600, 1, "");
}

static void act_push(struct world *w, struct object *pod, struct container *c)
{
	struct podrun *run = pod->run;
	struct source *s = run->source;
	const char *digest = digest_of(run->arena, s), *to = destination(w, pod, c), *id = digest + 7;
	if (to)
		podlog_printf(c->log, at(w, c, 30), "Pushing %s", to);
	podlog_printf(c->log, at(w, c, 60), "Getting image source signatures");
	if (sim_fault_for_pod(w, FAULT_PUSH_DENIED, pod, c->name, true)) {
		deny_push(w, c, id);
		return;
	}
	for (int i = 0; i < 4; i++)
		podlog_printf(c->log, at(w, c, 250 + i * 160), "Copying blob sha256:%s",
			      secret_digest(w->scratch, arena_printf(w->scratch, "%s%d", id, i)));
	podlog_printf(c->log, at(w, c, 950), "Copying config sha256:%s", secret_digest(w->scratch, id));
	podlog_printf(c->log, at(w, c, 1050), "Writing manifest to image destination");
	run->commit = s->sha;
	run->digest = digest;
	end_at(w, c, 1250, 0, digest);
	run->destination = arena_strdup(run->arena, to);
	if (to)
		podlog_printf(c->log, at(w, c, 1150), "Pushed %.*s@%s", (int)(strrchr(to, ':') - to), to, digest);
}

/* Plain commands */

struct acting {
	struct world *w;
	struct container *c;
	struct arena *arena;
	int64_t ms;
};

static void act_print(void *context, const char *text, const char *file)
{
	struct acting *a = context;
	if (!file)
		podlog_add(a->c->log, at(a->w, a->c, a->ms), text, strlen(text));
	else if (!strcmp(file, json_text(a->c->spec, "terminationMessagePath", "/dev/termination-log")))
		a->c->plan.message = arena_strdup(a->arena, text);
	a->ms += 1;
}

static void act_sleep(void *context, double seconds)
{
	struct acting *a = context;
	a->ms += (int64_t)(seconds * 1000);
}

static void command(struct world *w, struct object *pod, struct container *c)
{
	struct acting a = { w, c, pod->run->arena, 20 };
	struct shell s = { .arena = w->scratch, .context = &a, .print = act_print, .sleep = act_sleep };
	const char *argv[64];
	size_t n = 0;
	static const char *const lists[] = { "command", "args" };
	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < json_len(c->spec, lists[l]) && n < 63; i++)
			argv[n++] = json_object_get_string(json_object_array_get_idx(json_at(c->spec, lists[l]), i));
	argv[n] = NULL;
	int code = n ? shell_run_argv(&s, argv) : 0;
	c->plan.exit_code = code;
	c->plan.ends_us = at(w, c, a.ms + 30);
}

/* Applications run for ever and say so. */
static void application(struct world *w, struct object *pod, struct container *c)
{
	json_object *port = json_at(c->spec, "ports.0.containerPort");
	int64_t number = port ? json_object_get_int64(port) : 8000;
	(void)pod;
	podlog_printf(c->log, at(w, c, 150), "Starting application (image %s)", json_text(c->spec, "image", ""));
	podlog_printf(c->log, at(w, c, 420), "Listening at: http://0.0.0.0:%" PRId64, number);
	podlog_printf(c->log, at(w, c, 430), "Booting worker with pid: 7");
}

static void act(struct world *w, struct object *pod, struct container *c)
{
	struct podrun *run = pod->run;
	bool part = is_build_job(run);
	if (part && !strcmp(c->name, "clone"))
		act_clone(w, pod, c);
	else if (part && !strcmp(c->name, "build"))
		act_build(w, pod, c);
	else if (part && !strcmp(c->name, "push"))
		act_push(w, pod, c);
	else if (run->is_job || c->init || json_len(c->spec, "command"))
		command(w, pod, c);
	else
		application(w, pod, c);
	disturb(w, pod, c);
	sim_logs_wake(w, c->log);
}

static bool needs_source(struct podrun *run, const struct container *c)
{
	return is_build_job(run) && (!strcmp(c->name, "clone") || !strcmp(c->name, "build") || !strcmp(c->name, "push"));
}

void sim_container_start(struct world *w, struct object *pod, struct container *c)
{
	struct podrun *run = pod->run;
	if (needs_source(run, c) && !run->source_asked) {
		run->source_asked = true;
		run->source = source_ask(w, pod, c->name);
		return;
	}
	act(w, pod, c);
}

void sim_container_source(struct world *w, struct object *pod, struct container *c)
{
	act(w, pod, c);
}

void sim_pod_served(struct world *w, struct object *pod, const char *method, const char *path, int status)
{
	struct podrun *run = pod->run;
	int64_t now = clock_now_us();
	if (!run || run->init_count == run->count)
		return;
	struct container *c = &run->containers[run->init_count];
	podlog_printf(c->log, now, "10.244.0.1 - - [%s] \"%s %.200s HTTP/1.1\" %d", sim_stamp_us(w, now), method, path, status);
	sim_logs_wake(w, c->log);
}
