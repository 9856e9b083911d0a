/* The log of a made-up build as the archive has it: clone, build and push, as git, Kaniko and skopeo print. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "base/str.h"
#include "ctl/demo.h"
#include "model/log_chunks.h"

enum { BLOBS = 4 };

struct log {
	struct demo *d;
	const struct demo_build *b;
	struct buf *out;
	int cost, cost_all; /* of the steps so far, of all that ran */
};

static void say(struct log *l, const char *text)
{
	buf_puts(l->out, demo_expand(l->d->arena, l->b, text));
}

/* The builder's own line, padded and with the seconds since its start. */
static void info(struct log *l, const char *format, ...) PRINTF_LIKE(2, 3);
static void info(struct log *l, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	const struct demo_build *b = l->b;
	int64_t took = ((b->pushing ? b->pushing : b->finished) - b->building) / SECOND, usual = b->project->stack->seconds_hi;
	/* A step that never ends does not slow down those before it. */
	int64_t seconds = (took < usual ? took : usual) * l->cost / (l->cost_all ? l->cost_all : 1);
	buf_printf(l->out, "INFO[%04" PRId64 "] %-44s\n", seconds, demo_expand(l->d->arena, b, text));
}

static bool is(const struct demo_step *s, const char *word)
{
	return str_starts(s->instruction, word);
}

/* True: it failed here. */
static bool run_step(struct log *l, const struct demo_step *s, const struct demo_flaw *flaw, bool first)
{
	const char *command = s->instruction + strlen("RUN ");
	if (first) {
		info(l, "Initializing snapshotter ...");
		info(l, "Taking snapshot of full filesystem...");
	}
	info(l, "Cmd: /bin/sh");
	info(l, "Args: [-c %s]", command);
	info(l, "Running: [/bin/sh -c %s]", command);
	if (flaw && l->b->long_log)
		demo_long_log_write(l->out);
	if (flaw ? flaw->output : s->output)
		say(l, flaw ? flaw->output : s->output);
	l->cost += s->cost;
	if (flaw) {
		buf_printf(l->out,
			   "error building image: error building stage: failed to execute command: waiting for process to exit: "
			   "exit "
			   "status %d\n",
			   flaw->exit_code);
		return true;
	}
	info(l, "Taking snapshot of full filesystem...");
	return false;
}

static bool copy_step(struct log *l, const struct demo_step *s, const struct demo_flaw *flaw)
{
	if (flaw) {
		buf_printf(l->out,
			   "error building image: error building stage: failed to get files used from context: failed to get "
			   "fileinfo for "
			   "/hydrosim/src/%s: lstat /hydrosim/src/%s: no such file or directory\n",
			   flaw->missing, flaw->missing);
		return true;
	}
	l->cost += s->cost;
	info(l, "Taking snapshot of files...");
	return false;
}

static void plain_step(struct log *l, const struct demo_step *s)
{
	const char *rest = strchr(s->instruction, ' ') + 1;
	if (is(s, "WORKDIR")) {
		info(l, "Cmd: workdir");
		info(l, "Changed working directory to %s", rest);
		info(l, "Creating directory %s with uid -1 and gid -1", rest);
		info(l, "Taking snapshot of files...");
	} else if (is(s, "EXPOSE")) {
		info(l, "Cmd: EXPOSE");
		info(l, "Adding exposed port: %s/tcp", rest);
	}
	l->cost += s->cost;
}

static void from_step(struct log *l, const struct demo_step *s, int index)
{
	const char *image = s->instruction + strlen("FROM ");
	int len = (int)strcspn(image, " ");
	info(l, "Returning cached image manifest");
	info(l, "Executing 0 build triggers");
	info(l, "Building stage '%.*s' [idx: '%d', base-idx: '-1']", len, image, index);
	l->cost += s->cost;
}

static void retrieve(struct log *l)
{
	const struct demo_stack *s = l->b->project->stack;
	for (int i = 0; i < s->step_count; i++) {
		const char *image = s->steps[i].instruction + strlen("FROM ");
		if (!is(&s->steps[i], "FROM"))
			continue;
		int len = (int)strcspn(image, " ");
		info(l, "Retrieving image manifest %.*s", len, image);
		info(l, "Retrieving image %.*s from registry index.docker.io", len, image);
	}
}

/* The index of the step at which a fault strikes that is not one of the stack's flaws: its longest one. */
static int struck(const struct demo_stack *s)
{
	int at = 0;
	for (int i = 0; i < s->step_count; i++)
		if (is(&s->steps[i], "RUN") && s->steps[i].cost > s->steps[at].cost)
			at = i;
	return at;
}

/* A fault that strikes in the midst of a step. */
static void strike(struct log *l, const struct demo_step *s, const struct demo_fault *f)
{
	const struct demo_stack *stack = l->b->project->stack;
	bool endless = f->reason == REASON_TIMEOUT, killed = f->end_reason && f->reason == REASON_OUT_OF_MEMORY;
	const char *command = endless ? stack->endless : s->instruction + strlen("RUN ");
	const char *output = endless ? stack->endless_output : s->output;
	info(l, "RUN %s", command);
	info(l, "Cmd: /bin/sh");
	info(l, "Args: [-c %s]", command);
	info(l, "Running: [/bin/sh -c %s]", command);
	size_t len = endless || killed ? strlen(output) : strcspn(output, "\n") + 1;
	say(l, arena_memdup(l->d->arena, output, len));
	if (killed)
		info(l, "Taking snapshot of full filesystem...");
}

/* Runs the Dockerfile as far as it came. */
static void run_steps(struct log *l, int last, const struct demo_flaw *flaw, const struct demo_fault *f)
{
	const struct demo_stack *stack = l->b->project->stack;
	int stage = 0;
	bool ran = false;
	for (int i = 0; i <= last; i++)
		l->cost_all += stack->steps[i].cost;
	info(l, "Built cross stage deps: map[]");
	for (int i = 0; i <= last; i++) {
		const struct demo_step *s = &stack->steps[i];
		const struct demo_flaw *here = flaw && flaw->step == i ? flaw : NULL;
		if (is(s, "FROM")) {
			from_step(l, s, stage++);
			continue;
		}
		if (f && !flaw && i == last) {
			strike(l, s, f);
			return;
		}
		info(l, "%s", s->instruction);
		if (is(s, "RUN")) {
			if (run_step(l, s, here, !ran))
				return;
			ran = true;
		} else if (is(s, "COPY")) {
			if (copy_step(l, s, here))
				return;
		} else {
			plain_step(l, s);
		}
	}
}

static void build_part(struct log *l)
{
	const struct demo_stack *s = l->b->project->stack;
	const struct demo_fault *f = l->b->pushing ? NULL : l->b->fault;
	const struct demo_flaw *flaw = l->b->flaw;
	bool early = f && f->seconds_hi && f->seconds_hi < 60; /* before the first instruction */
	if (!early) {
		retrieve(l);
		run_steps(l, !f ? s->step_count - 1 : flaw ? flaw->step : struck(s), flaw, f);
	}
	if (early && f->reason == REASON_IMAGE_PULL)
		info(l, "Retrieving image manifest %s", f->own ? s->wrong_image : s->image);
	if (!f)
		info(l, "Skipping push to container registry due to --no-push flag");
	else if (f->tail)
		say(l, f->tail);
}

static void clone_part(struct log *l)
{
	const struct demo_fault *f = l->b->building ? NULL : l->b->fault;
	say(l, "Cloning {repo} at {sha}\n");
	say(l, f ? f->tail : "Checked out {sha}\n");
}

static void push_part(struct log *l)
{
	const struct demo_fault *f = l->b->fault;
	struct arena *a = l->d->arena;
	const char *from = secret_digest(a, l->b->project->stack->image);
	say(l, "Pushing {image}:{tag}\nGetting image source signatures\n");
	for (int i = 0; i < (f ? 1 : BLOBS); i++)
		buf_printf(l->out, "Copying blob sha256:%s\n",
			   secret_digest(a, arena_printf(a, "%s %d", i < 2 ? from : l->b->sha, i)));
	if (f) {
		say(l, f->tail);
		return;
	}
	buf_printf(l->out, "Copying config sha256:%s\nWriting manifest to image destination\n", secret_digest(a, l->b->sha));
	buf_printf(l->out, "Pushed %s@%s\n", l->b->project->image, l->b->digest);
}

size_t demo_log_write(struct demo *d, struct demo_build *b, struct buf *out)
{
	static void (*const parts[LOG_PARTS])(struct log *) = { clone_part, build_part, push_part };
	struct log l = { .d = d, .b = b, .out = out };
	const int64_t began[LOG_PARTS] = { b->cloning, b->building, b->pushing };
	size_t tail = 0;
	int last = 0;
	for (int i = 0; i < LOG_PARTS; i++) {
		size_t before = out->len;
		if (began[i]) {
			tail = before;
			last = i;
			parts[i](&l);
		}
		b->log_part_bytes[i] = (int64_t)(out->len - before);
	}
	if (b->fault && b->fault->lost) {
		size_t before = out->len;
		buf_printf(out, "%s\n", phrase(d->arena, PHRASE_LOG_LOST, phrase_text(PHRASE_LOG_POD_GONE)));
		b->log_part_bytes[last] += (int64_t)(out->len - before);
	}
	b->log_lines = log_lines_in(out->data, out->len);
	return tail;
}
