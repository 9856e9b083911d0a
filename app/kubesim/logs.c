/* GET pods/<name>/log: what a container printed, at once or as it comes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "kubesim/api.h"
#include "kubesim/faults.h"
#include "kubesim/pods.h"
#include "kubesim/status.h"

enum { CHUNK = 64 * 1024 };

struct follow {
	struct stream stream; /* first */
	struct podlog *log;
	size_t at; /* the next line */
	bool follow, stamps;
	int64_t left; /* bytes that may still be sent; -1: any */
	size_t end;   /* without follow: the line behind the last one */
};

static void add_line(struct follow *f, const struct podlog_line *line)
{
	struct buf *out = &f->stream.out;
	size_t before = out->len;
	if (f->stamps) {
		char stamp[32];
		clock_format(line->at_us, stamp);
		buf_printf(out, "%.26s%03dZ ", stamp,
			   (int)(line->at_us % 997)); /* nanoseconds, as the container runtime writes them */
	}
	buf_add(out, line->text, line->len);
	buf_add(out, "\n", 1);
	if (f->left >= 0 && (int64_t)(out->len - before) >= f->left) {
		out->len = before + (size_t)f->left;
		f->stream.state = STREAM_ENDED;
	}
	if (f->left >= 0)
		f->left -= (int64_t)(out->len - before);
}

static void more(struct stream *s)
{
	struct follow *f = (struct follow *)s;
	int64_t now = clock_now_us();
	char room[PODLOG_LINE];
	size_t end = f->follow ? podlog_end(f->log, now) : f->end;
	if (f->at < f->log->dropped)
		f->at = f->log->dropped;
	for (; f->at < end && s->out.len < CHUNK && s->state == STREAM_OPEN; f->at++) {
		struct podlog_line line = podlog_line(f->log, f->at, room);
		add_line(f, &line);
	}
	if (f->at < end || s->state != STREAM_OPEN)
		return;
	int64_t due = podlog_due(f->log, f->at);
	if (!f->follow || (f->log->closed && due == INT64_MAX))
		s->state = STREAM_ENDED;
	else if (due != INT64_MAX)
		timer_at(s->w, &s->timer, clock_ms() + (due - now) / 1000 + 1);
}

static void close_follow(struct stream *s)
{
	struct follow *f = (struct follow *)s;
	podlog_put(f->log);
	free(f);
}

void sim_logs_wake(struct world *w, const struct podlog *log)
{
	for (struct stream *s = w->streams; s; s = s->next)
		if (!s->watch && ((struct follow *)s)->log == log)
			stream_wake(s);
}

static const char *names_of(struct request *r, struct podrun *run, size_t from, size_t to)
{
	const char *text = "";
	for (size_t i = from; i < to; i++)
		text = arena_printf(r->arena, "%s%s%s", text, *text ? " " : "", run->containers[i].name);
	return text;
}

static struct container *choose(struct request *r, struct answer *a, struct object *pod)
{
	struct podrun *run = sim_pod_run(r->w, pod);
	const char *name = request_arg(r, "container");
	if (name && *name) {
		struct container *c = sim_pod_container(run, name);
		if (!c)
			sim_status_bad(r, a, arena_printf(r->arena, "container %s is not valid for pod %s", name, pod->name));
		return c;
	}
	if (run->count - run->init_count == 1)
		return &run->containers[run->init_count];
	const char *init = run->init_count ? arena_printf(r->arena, " or one of the init containers: [%s]",
							  names_of(r, run, 0, run->init_count))
					   : "";
	sim_status_bad(r, a,
		       arena_printf(r->arena, "a container name must be specified for pod %s, choose one of: [%s]%s", pod->name,
				    names_of(r, run, run->init_count, run->count), init));
	return NULL;
}

static bool number(struct request *r, struct answer *a, const char *name, int64_t min, int64_t *out)
{
	const char *text = request_arg(r, name);
	if (!text || str_to_int(text, min, INT64_MAX / 2, out))
		return true;
	struct complaints c = { .arena = r->arena };
	complain(&c, name, "FieldValueInvalid",
		 arena_printf(r->arena, "Invalid value: \"%s\": must be greater than or equal to %d", text, (int)min));
	json_object *details = json_object_get(
		json_build(r->arena, "{'name':%s,'kind':'PodLogOptions','causes':%o}", r->name, json_object_get(c.causes)));
	sim_status_answer(a, r->arena, 422, "Invalid",
			  arena_printf(r->arena, "PodLogOptions \"%s\" is invalid: %s", r->name, c.text.data), details);
	complaints_free(&c);
	return false;
}

/* The first line that is wanted; sinceTime is cut to whole seconds on its way, as in the real API. */
static bool find_start(struct request *r, struct answer *a, struct follow *f, int64_t now)
{
	int64_t since = -1, tail = -1, at_us;
	const char *time = request_arg(r, "sinceTime");
	if (!number(r, a, "sinceSeconds", 1, &since) || !number(r, a, "tailLines", 0, &tail) ||
	    !number(r, a, "limitBytes", 1, &f->left))
		return false;
	if (time && !clock_parse(time, &at_us)) {
		sim_status_bad(
			r, a,
			arena_printf(r->arena, "parsing time \"%.60s\" as \"2006-01-02T15:04:05Z07:00\": cannot parse", time));
		return false;
	}
	f->at = f->log->dropped;
	if (time)
		f->at = podlog_since(f->log, at_us / 1000000 * 1000000);
	else if (since >= 0)
		f->at = podlog_since(f->log, now - since * 1000000);
	f->end = podlog_end(f->log, now);
	if (tail >= 0 && f->end > (size_t)tail && f->end - (size_t)tail > f->at)
		f->at = f->end - (size_t)tail;
	return true;
}

static struct podlog *log_of(struct request *r, struct answer *a, struct object *pod, struct container *c)
{
	const char *reason = c->reason && c->state == CONTAINER_WAITING ? c->reason
			     : pod->run->init_count			? "PodInitializing"
									: "ContainerCreating";
	if (request_flag(r, "previous")) {
		if (!c->previous)
			sim_status_bad(r, a,
				       arena_printf(r->arena, "previous terminated container \"%s\" in pod \"%s\" not found",
						    c->name, pod->name));
		return c->previous;
	}
	if (c->state != CONTAINER_WAITING)
		return c->log;
	if (c->previous) /* between two runs the last one is shown */
		return c->previous;
	sim_status_bad(r, a,
		       !strcmp(reason, "PodInitializing") || !strcmp(reason, "ContainerCreating")
			       ? arena_printf(r->arena, "container \"%s\" in pod \"%s\" is waiting to start: %s", c->name,
					      pod->name, reason)
			       : arena_printf(r->arena, "container \"%s\" in pod \"%s\" is waiting to start: %s", c->name,
					      pod->name,
					      !strcmp(reason, "ErrImagePull") || !strcmp(reason, "ImagePullBackOff")
						      ? "trying and failing to pull image"
						      : reason));
	return NULL;
}

void sim_logs_answer(struct request *r, struct answer *a, struct object *pod)
{
	struct container *c = choose(r, a, pod);
	struct podlog *log = c ? log_of(r, a, pod, c) : NULL;
	if (!log)
		return;
	struct follow *f = calloc(1, sizeof *f);
	if (!f) {
		log_event(LOG_ERROR, "out_of_memory");
		abort();
	}
	*f = (struct follow){
		.log = log, .follow = request_flag(r, "follow"), .stamps = request_flag(r, "timestamps"), .left = -1
	};
	log->refs++;
	f->stream = (struct stream){ .more = more, .close = close_follow, .cut_after = -1 };
	if (!find_start(r, a, f, clock_now_us())) {
		close_follow(&f->stream);
		return;
	}
	const struct fault *cut = sim_fault_for_request(r->w, FAULT_LOG_CUT, "get", "pods", r->ns);
	if (cut)
		f->stream.cut_after = cut->bytes;
	a->status = 200;
	a->type = "text/plain";
	a->stream = &f->stream;
}
