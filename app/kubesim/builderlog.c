/* The log that a builder prints: Kaniko's and BuildKit's, for the Dockerfile that a commit really has. */
#include "kubesim/builderlog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "kubesim/dockerfile.h"
#include "kubesim/images.h"

enum { LINES = 6000 };

static void add_line(struct build *b, const char *text)
{
	struct build_script *s = b->script;
	if (s->n == s->room && s->n < LINES) {
		struct build_line *more = arena_alloc(b->arena, (s->room = s->room ? s->room * 2 : 128) * sizeof *more);
		if (s->n)
			memcpy(more, s->lines, s->n * sizeof *more);
		s->lines = more;
	}
	if (s->n < LINES)
		s->lines[s->n++] = (struct build_line){ (int64_t)(b->ms * b->scale), text };
}

void build_say(struct build *b, const char *format, ...)
{
	char text[4096];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	add_line(b, arena_strdup(b->arena, text));
}

void build_spend(struct build *b, double ms)
{
	b->ms += ms;
}

static double seconds(const struct build *b)
{
	return b->ms * b->scale / 1000;
}

/* Kaniko's line: logrus pads short messages. */
static void info(struct build *b, const char *format, ...) PRINTF_LIKE(2, 3);
static void info(struct build *b, const char *format, ...)
{
	char text[3072];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	build_say(b, "INFO[%04d] %-44s", (int)seconds(b), text);
}

static int finish(struct build *b, int code)
{
	b->script->ends_ms = (int64_t)(b->ms * b->scale) + 120;
	b->script->exit_code = code;
	return code;
}

static int refuse(struct build *b, const char *format, ...) PRINTF_LIKE(2, 3);
static int refuse(struct build *b, const char *format, ...)
{
	char text[3072];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	build_spend(b, 80);
	build_say(b, b->builder == BUILDER_KANIKO ? "error building image: %s" : "error: failed to solve: %s", text);
	return finish(b, 1);
}

/* The image of a FROM: the first word. "scratch" and names of earlier stages are not pulled. */
static const char *from_image(struct build *b, const struct instruction *i)
{
	size_t n;
	return dockerfile_words(b->arena, i, &n)[0];
}

static bool is_stage(struct build *b, const struct dockerfile *f, const struct instruction *before, const char *name)
{
	for (const struct instruction *i = f->at; i < before; i++) {
		size_t n;
		const char *const *w = dockerfile_words(b->arena, i, &n);
		if (!strcmp(i->word, "FROM") && n == 3 && !strcmp(w[2], name))
			return true;
	}
	return false;
}

static const char *registry_of(struct build *b, const char *image)
{
	size_t n = strcspn(image, "/");
	return image[n] && memchr(image, '.', n)   ? arena_printf(b->arena, "%.*s", (int)n, image)
	       : image[n] && memchr(image, ':', n) ? arena_printf(b->arena, "%.*s", (int)n, image)
						   : "index.docker.io";
}

/* The first source of a COPY or ADD that the context does not have; NULL: all are there. */
static const char *absent_source(struct build *b, const struct instruction *i)
{
	size_t n;
	const char *const *words = dockerfile_words(b->arena, i, &n);
	if (strstr(i->flags, "--from="))
		return NULL;
	for (size_t k = 0; k + 1 < n; k++)
		if (!strstr(words[k], "://") && !str_starts(words[k], "git@") && !str_starts(words[k], "<<") &&
		    !strchr(words[k], '$') && !source_has(b->source, words[k]))
			return words[k];
	return NULL;
}

static const char *context_file(struct build *b, const char *path)
{
	while (str_starts(path, "./") || *path == '/')
		path += *path == '/' ? 1 : 2;
	return arena_printf(b->arena, "%s/%s", b->source->root, path);
}

/* Kaniko */

static bool kaniko_from(struct build *b, const struct dockerfile *f, const struct instruction *i)
{
	const char *image = from_image(b, i);
	bool pulled = strcmp(image, "scratch") != 0 && !is_stage(b, f, i, image);
	if (pulled && sim_image_missing(image)) {
		refuse(b,
		       "unable to complete operation after 0 attempts, last error: GET https://%s/v2/%s/manifests/latest: "
		       "UNAUTHORIZED: authentication "
		       "required; [map[Action:pull Class: Name:%s Type:repository]]",
		       registry_of(b, image), image, image);
		return false;
	}
	build_spend(b, build_cost(i) / 2);
	if (pulled)
		info(b, "Returning cached image manifest");
	info(b, "Executing 0 build triggers");
	info(b, "Building stage '%s' [idx: '%d', base-idx: '-1']", image, i->stage);
	build_spend(b, build_cost(i) / 2);
	return true;
}

static bool kaniko_run(struct build *b, const struct instruction *i, bool first)
{
	if (first) {
		info(b, "Initializing snapshotter ...");
		info(b, "Taking snapshot of full filesystem...");
		build_spend(b, 500);
	}
	info(b, "Cmd: /bin/sh");
	info(b, "Args: [-c %s]", i->args);
	info(b, "Running: [/bin/sh -c %s]", i->args);
	int code = build_run(b, i);
	if (code) {
		refuse(b, "error building stage: failed to execute command: waiting for process to exit: exit status %d", code);
		return false;
	}
	info(b, "Taking snapshot of full filesystem...");
	build_spend(b, 250);
	return true;
}

static bool kaniko_copy(struct build *b, const struct instruction *i)
{
	const char *missing = absent_source(b, i);
	if (missing) {
		const char *path = context_file(b, missing);
		if (strpbrk(missing, "*?["))
			refuse(b,
			       "error building stage: failed to get files used from context: failed to resolve sources: no files "
			       "found matching %s",
			       missing);
		else
			refuse(b,
			       "error building stage: failed to get files used from context: failed to get fileinfo for %s: "
			       "lstat %s: no such file or "
			       "directory",
			       path, path);
		return false;
	}
	build_spend(b, build_cost(i));
	info(b, "Taking snapshot of files...");
	return true;
}

static void kaniko_plain(struct build *b, const struct instruction *i)
{
	if (!strcmp(i->word, "WORKDIR")) {
		info(b, "Cmd: workdir");
		info(b, "Changed working directory to %s", i->args);
		info(b, "Creating directory %s with uid -1 and gid -1", i->args);
		info(b, "Taking snapshot of files...");
	} else if (!strcmp(i->word, "EXPOSE")) {
		info(b, "Cmd: EXPOSE");
		info(b, "Adding exposed port: %s/tcp", i->args);
	} else if (!strcmp(i->word, "USER")) {
		info(b, "Cmd: USER");
	}
	build_spend(b, build_cost(i));
}

static bool kaniko_instruction(struct build *b, const struct dockerfile *f, const struct instruction *i, bool *ran)
{
	if (!strcmp(i->word, "FROM")) {
		*ran = false;
		return kaniko_from(b, f, i);
	}
	if (!strcmp(i->word, "ARG") && i == f->at)
		return true;
	const char *end = strchr(i->args, '\n');
	info(b, "%s %s%s%.*s", i->word, i->flags, *i->flags ? " " : "", end ? (int)(end - i->args) : (int)strlen(i->args),
	     i->args);
	if (!strcmp(i->word, "RUN")) {
		bool first = !*ran;
		*ran = true;
		return kaniko_run(b, i, first);
	}
	if (!strcmp(i->word, "COPY") || !strcmp(i->word, "ADD"))
		return kaniko_copy(b, i);
	kaniko_plain(b, i);
	return true;
}

static int kaniko(struct build *b, const struct dockerfile *f)
{
	bool ran = false;
	if (!f) {
		build_spend(b, 200);
		build_say(b, "Error: error resolving dockerfile path: please provide a valid path to a Dockerfile within the "
			     "build context with --dockerfile");
		build_say(b, "Usage:");
		build_say(b, "  executor [flags]");
		build_say(b, "  executor [command]");
		return finish(b, 1);
	}
	if (f->error && f->error_line)
		return refuse(b, "parsing dockerfile: dockerfile parse error on line %d: %s", f->error_line, f->error);
	if (f->error)
		return refuse(b, "parsing dockerfile: %s", f->error);
	for (const struct instruction *i = f->at; i < f->at + f->n; i++) {
		const char *image = !strcmp(i->word, "FROM") ? from_image(b, i) : "scratch";
		if (!strcmp(image, "scratch") || is_stage(b, f, i, image))
			continue;
		info(b, "Retrieving image manifest %s", image);
		build_spend(b, 120);
		info(b, "Retrieving image %s from registry %s", image, registry_of(b, image));
		build_spend(b, 300);
	}
	info(b, "Built cross stage deps: map[]");
	for (const struct instruction *i = f->at; i < f->at + f->n; i++)
		if (!kaniko_instruction(b, f, i, &ran))
			return b->script->exit_code;
	info(b, "Skipping push to container registry due to --no-push flag");
	return finish(b, 0);
}

/* BuildKit */

static void excerpt(struct build *b, int line)
{
	const char *name = b->source->dockerfile;
	build_say(b, "%s:%d", name, line);
	build_say(b, "--------------------");
	for (int n = line > 2 ? line - 2 : 1; n <= line + 2; n++) {
		const char *text = dockerfile_line(b->arena, b->source->dockerfile_text, n);
		if (text)
			build_say(b, "%4d | %s %s", n, n == line ? ">>>" : "   ", text);
	}
	build_say(b, "--------------------");
}

static void step(struct build *b, const char *format, ...) PRINTF_LIKE(2, 3);
static void step(struct build *b, const char *format, ...)
{
	char text[3072];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	build_say(b, "#%d %s", ++b->step, text);
}

static void step_done(struct build *b, double ms)
{
	build_spend(b, ms);
	build_say(b, "#%d DONE %.1fs", b->step, ms * b->scale / 1000);
	build_say(b, "%s", "");
}

static bool buildkit_prepare(struct build *b, const struct dockerfile *f)
{
	step(b, "[internal] load build definition from %s", b->source->dockerfile);
	if (!f) {
		build_say(b, "#1 transferring dockerfile: 2B done");
		step_done(b, 60);
		refuse(b, "failed to read dockerfile: open %s: no such file or directory", b->source->dockerfile);
		return false;
	}
	build_say(b, "#1 transferring dockerfile: %zuB done", strlen(b->source->dockerfile_text));
	step_done(b, 60);
	if (f->error) {
		if (f->error_line) {
			excerpt(b, f->error_line);
			refuse(b, "dockerfile parse error on line %d: %s", f->error_line, f->error);
		} else {
			refuse(b, "%s", f->error);
		}
		return false;
	}
	for (const struct instruction *i = f->at; i < f->at + f->n; i++) {
		const char *image = !strcmp(i->word, "FROM") ? from_image(b, i) : "scratch";
		if (!strcmp(image, "scratch") || is_stage(b, f, i, image))
			continue;
		step(b, "[internal] load metadata for %s%s", strstr(registry_of(b, image), "index") ? "docker.io/library/" : "",
		     image);
		if (sim_image_missing(image)) {
			build_say(b, "#%d ERROR: pull access denied, repository does not exist or may require authorization",
				  b->step);
			excerpt(b, i->line);
			refuse(b,
			       "%s: failed to resolve source metadata for docker.io/%s:latest: pull access denied, repository "
			       "does not exist or may "
			       "require authorization: server message: insufficient_scope: authorization failed",
			       image, image);
			return false;
		}
		step_done(b, 500);
	}
	step(b, "[internal] load .dockerignore");
	build_say(b, "#%d transferring context: 2B done", b->step);
	step_done(b, 30);
	step(b, "[internal] load build context");
	build_say(b, "#%d transferring context: %zu.%02zukB done", b->step, b->source->path_count / 2,
		  b->source->path_count % 100);
	step_done(b, 40);
	return true;
}

static bool counts_as_step(const struct instruction *i)
{
	static const char *const words[] = { "FROM", "RUN", "COPY", "ADD", "WORKDIR" };
	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (!strcmp(words[k], i->word))
			return true;
	return false;
}

static bool buildkit_instruction(struct build *b, const struct instruction *i, int at, int of)
{
	const char *missing = !strcmp(i->word, "COPY") || !strcmp(i->word, "ADD") ? absent_source(b, i) : NULL;
	const char *end = strchr(i->args, '\n');
	int cut = end ? (int)(end - i->args) : (int)strlen(i->args);
	double before = b->ms;
	step(b, "[%d/%d] %s %.*s", at, of, i->word, cut, i->args);
	if (missing) {
		build_say(b, "#%d ERROR: failed to calculate checksum of ref: \"/%s\": not found", b->step, missing);
		build_say(b, "------");
		build_say(b, " > [%d/%d] %s %.*s:", at, of, i->word, cut, i->args);
		build_say(b, "------");
		excerpt(b, i->line);
		refuse(b, "failed to compute cache key: failed to calculate checksum of ref: \"/%s\": not found", missing);
		return false;
	}
	int code = !strcmp(i->word, "RUN") ? build_run(b, i) : 0;
	if (code) {
		build_say(b, "#%d ERROR: process \"/bin/sh -c %.*s\" did not complete successfully: exit code: %d", b->step, cut,
			  i->args, code);
		build_say(b, "------");
		build_say(b, " > [%d/%d] %s %.*s:", at, of, i->word, cut, i->args);
		build_say(b, "------");
		excerpt(b, i->line);
		refuse(b, "process \"/bin/sh -c %.*s\" did not complete successfully: exit code: %d", cut, i->args, code);
		return false;
	}
	if (strcmp(i->word, "RUN") != 0)
		build_spend(b, build_cost(i));
	build_say(b, "#%d DONE %.1fs", b->step, (b->ms - before) * b->scale / 1000);
	build_say(b, "%s", "");
	return true;
}

static int buildkit(struct build *b, const struct dockerfile *f)
{
	int of = 0, at = 0;
	if (!buildkit_prepare(b, f))
		return b->script->exit_code;
	for (size_t i = 0; i < f->n; i++)
		of += counts_as_step(&f->at[i]);
	for (const struct instruction *i = f->at; i < f->at + f->n; i++)
		if (counts_as_step(i) && !buildkit_instruction(b, i, ++at, of))
			return b->script->exit_code;
	step(b, "exporting to oci image format");
	build_say(b, "#%d exporting layers", b->step);
	build_spend(b, 400);
	build_say(b, "#%d exporting layers %.1fs done", b->step, 0.4 * b->scale);
	build_say(b, "#%d sending tarball", b->step);
	step_done(b, 300);
	return finish(b, 0);
}

struct build_script *builderlog_write(struct arena *a, const struct source *source, enum builder builder)
{
	struct build b = { .arena = a,
			   .source = source,
			   .builder = builder,
			   .scale = 1,
			   .script = arena_alloc(a, sizeof(struct build_script)) };
	struct dockerfile *f = source->dockerfile_text ? dockerfile_parse(a, source->dockerfile_text) : NULL;
	double all = 1500;
	for (size_t i = 0; f && i < f->n; i++)
		all += build_cost(&f->at[i]);
	double wanted = 8000 + (double)(sim_sum(SIM_SUM_START, source->sha) % 4000);
	b.scale = wanted / all;
	if (b.scale > 4)
		b.scale = 4;
	if (builder == BUILDER_KANIKO)
		kaniko(&b, f);
	else
		buildkit(&b, f);
	return b.script;
}

void builderlog_break(struct arena *a, struct build_script *s, int share, const char *line, int exit_code)
{
	int64_t at = s->ends_ms * share / 100;
	while (s->n && s->lines[s->n - 1].at_ms > at)
		s->n--;
	struct build_line *more = arena_alloc(a, (s->n + 1) * sizeof *more);
	if (s->n)
		memcpy(more, s->lines, s->n * sizeof *more);
	s->lines = more;
	s->lines[s->n++] = (struct build_line){ at, line };
	s->ends_ms = at + 100;
	s->exit_code = exit_code;
}
