/* The world on disk: one JSON object a line; a new file takes the old one's place. */
#include "kubesim/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "kubesim/controllers.h"
#include "kubesim/images.h"
#include "kubesim/pods.h"

enum { EVERY_MS = 5000, LINE_MAX_BYTES = 4 << 20 };

static char *path_of(const struct world *w, const char *name, char out[1024])
{
	snprintf(out, 1024, "%s/%s", w->options.state_dir, name);
	return out;
}

static void collect(struct world *w, struct buf *b)
{
	buf_printf(b, "{\"resourceVersion\":%" PRId64 ",\"addresses\":%u}\n", w->rv, w->next_ip);
	for (const struct image *i = w->images; i; i = i->next) {
		json_object *o = json_build(w->scratch, "{'image':%s,'digest':%s,'commit':%s}",
					    arena_printf(w->scratch, "%s:%s", i->repository, i->tag), i->digest, i->commit);
		buf_printf(b, "%s\n", json_object_to_json_string_ext(o, JSON_PLAIN));
	}
	for (int k = 0; k < SIM_KIND__MAX; k++)
		for (size_t i = 0; k != SIM_EVENT && i < w->tables[k].n; i++) {
			struct object *o = w->tables[k].at[i];
			buf_printf(b, "{\"managers\":%s,\"object\":",
				   o->managers ? json_object_to_json_string_ext(o->managers, JSON_PLAIN) : "null");
			buf_add(b, o->rev->json, o->rev->len);
			buf_puts(b, "}\n");
		}
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno != EINTR)
			return false;
		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
	}
	return true;
}

/* The lock is held only while the text is made, not while it is written. */
void state_save(struct world *w)
{
	struct buf text = { 0 };
	char path[1024], fresh[1024];
	if (!w->options.state_dir)
		return;
	world_lock(w);
	collect(w, &text);
	w->dirty = false;
	world_unlock(w);
	int fd = open(path_of(w, "state.json.new", fresh), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool fine = fd >= 0 && !text.failed && write_all(fd, text.data, text.len);
	if (fd >= 0 && (close(fd) || !fine))
		fine = false;
	if (!fine || rename(fresh, path_of(w, "state.json", path)))
		log_event(LOG_ERROR, "state_not_saved", LOG_STR("dir", w->options.state_dir), LOG_STR("error", strerror(errno)));
	buf_free(&text);
}

static void save_by_timer(struct world *w, void *context)
{
	(void)context;
	if (w->dirty && !w->stopping) {
		pthread_mutex_unlock(&w->lock); /* the ticker's own lock: state_save takes it for the moment it needs */
		state_save(w);
		pthread_mutex_lock(&w->lock);
	}
	timer_at(w, &w->keep, clock_ms() + EVERY_MS);
}

void state_keep(struct world *w)
{
	if (!w->options.state_dir)
		return;
	w->keep.fire = save_by_timer;
	timer_at(w, &w->keep, clock_ms() + EVERY_MS);
}

/* A pod that ran is found again as after a crash of its node: an application starts once more, a Job's container is lost. */
static void revive(struct world *w, struct object *pod)
{
	if (sim_pod_ended(pod) || !*json_text(pod->tree, "spec.nodeName", ""))
		return;
	struct podrun *run = sim_pod_run(w, pod);
	run->scheduled = true;
	run->scheduled_us = clock_now_us();
	run->node = json_text(pod->tree, "spec.nodeName", "");
	run->ip = arena_strdup(run->arena, json_text(pod->tree, "status.podIP", "10.244.0.2"));
	for (size_t i = 0; i < run->count; i++) {
		struct container *c = &run->containers[i];
		c->pulled = true;
		c->restarts = (int)json_int(
			pod->tree, arena_printf(w->scratch, "status.containerStatuses.%zu.restartCount", i - run->init_count), 0);
		c->started_us = c->finished_us = clock_now_us();
		if (run->is_job)
			c->state = CONTAINER_RUNNING;
		else if (!c->init)
			c->restarts++;
	}
	if (run->is_job)
		sim_pod_fail(w, pod, NULL, "", 255, "Unknown");
}

static enum sim_kind kind_of(json_object *o)
{
	int k = 0;
	while (k < SIM_KIND__MAX && strcmp(sim_kinds[k].kind, json_text(o, "kind", "")) != 0)
		k++;
	return (enum sim_kind)k;
}

static bool load_line(struct world *w, const char *line, size_t len)
{
	const char *why;
	json_object *o = json_parse(w->scratch, line, len, 64, &why), *tree = json_at(o, "object"),
		    *managers = json_at(o, "managers");
	if (!o)
		return false;
	if (json_at(o, "resourceVersion")) {
		w->rv = json_int(o, "resourceVersion", 1000);
		w->compacted = w->rv;
		w->next_ip = (unsigned)json_int(o, "addresses", 0);
	} else if (json_text(o, "image", NULL)) {
		sim_images_add(w, json_text(o, "image", ""), json_text(o, "digest", ""), json_text(o, "commit", ""));
	} else if (tree && kind_of(tree) != SIM_KIND__MAX) {
		const char *ns = json_text(tree, "metadata.namespace", ""), *name = json_text(tree, "metadata.name", "");
		struct object *old = world_find(w, kind_of(tree), ns, name);
		if (old)
			world_remove(w, old);
		struct object *made = world_add(w, kind_of(tree), json_object_get(tree));
		made->managers = managers ? json_object_get(managers) : NULL;
		made->seen_sum = made->spec_sum;
	}
	return true;
}

static bool load_file(struct world *w, FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	bool fine = true;
	while (fine && (n = getline(&line, &size, f)) > 0) {
		world_lock(w);
		fine = load_line(w, line, (size_t)n - (line[n - 1] == '\n'));
		world_unlock(w);
	}
	free(line);
	return fine;
}

bool state_load(struct world *w)
{
	char path[1024];
	if (!w->options.state_dir)
		return true;
	if (mkdir(w->options.state_dir, 0700) && errno != EEXIST) {
		log_event(LOG_ERROR, "state_dir_unusable", LOG_STR("path", w->options.state_dir),
			  LOG_STR("error", strerror(errno)));
		return false;
	}
	FILE *f = fopen(path_of(w, "state.json", path), "re");
	if (!f)
		return errno == ENOENT;
	bool fine = load_file(w, f);
	fclose(f);
	world_lock(w);
	for (size_t i = 0; i < w->tables[SIM_POD].n; i++)
		revive(w, w->tables[SIM_POD].at[i]);
	world_unlock(w);
	if (!fine)
		log_event(LOG_ERROR, "state_broken", LOG_STR("dir", w->options.state_dir));
	return fine;
}
