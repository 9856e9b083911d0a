/* What is said of a made-up build that failed: as the worker says it of the same log and the same pod. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "ctl/demo.h"

enum { EVIDENCE_LINES = 20, EVIDENCE_MAX = 1900, DETAIL_MAX = 260, STAMP = 32 };

/* Where a registry has an image's manifest. */
static const char *manifest(struct arena *a, const char *image)
{
	int name = (int)strcspn(image, ":");
	return arena_printf(a, "%.*s/manifests/%s", name, image, image + name + 1);
}

/* The word of a place, or NULL. */
static const char *word(struct arena *a, const struct demo_build *b, const char *name, size_t len)
{
	const struct demo_project *p = b->project;
	char stamp[STAMP];
	clock_format(b->finished, stamp);
	const struct {
		const char *name, *text;
	} words[] = { { "sha", b->sha },
		      { "branch", b->branch },
		      { "project", p->name },
		      { "project_id", arena_printf(a, "%" PRId64, p->id) },
		      { "pod", arena_printf(a, "build-%" PRId64 "-%.5s", b->id, b->sha + 8) },
		      { "repo", p->repo_url },
		      { "image", p->image },
		      { "tag", arena_memdup(a, b->sha, 7) },
		      { "base_path", manifest(a, p->stack->image) },
		      { "wrong_path", manifest(a, p->stack->wrong_image) },
		      { "code", arena_printf(a, "%d", p->stack->crash_code) },
		      { "stamp", arena_printf(a, "%.19sZ", stamp) } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].name) == len && !strncmp(words[i].name, name, len))
			return words[i].text;
	return NULL;
}

const char *demo_expand(struct arena *a, const struct demo_build *b, const char *text)
{
	struct buf out = { 0 };
	if (!strchr(text, '{'))
		return text;
	while (*text) {
		size_t plain = strcspn(text, "{"), len = 0;
		buf_add(&out, text, plain);
		text += plain;
		if (!*text)
			break;
		len = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_");
		const char *found = text[1 + len] == '}' ? word(a, b, text + 1, len) : NULL;
		if (found)
			buf_puts(&out, found);
		else
			buf_add(&out, text, 1);
		text += found ? len + 2 : 1;
	}
	char *copy = arena_memdup(a, out.data ? out.data : "", out.len);
	buf_free(&out);
	return copy;
}

/* The builder's own words are left out, but for the commands that ran. */
static bool is_chatter(const char *line, size_t len)
{
	return len > 5 && !memcmp(line, "INFO[", 5) && !memmem(line, len, "Running: ", 9);
}

static const char *without_chatter(struct arena *a, const char *tail)
{
	char *kept = arena_alloc(a, strlen(tail) + 1), *to = kept;
	for (size_t len; *tail; tail += len) {
		len = strcspn(tail, "\n");
		len += tail[len] == '\n';
		if (is_chatter(tail, len))
			continue;
		memcpy(to, tail, len);
		to += len;
	}
	return *kept ? kept : NULL;
}

/* The line that holds the sign, without the stages that the tools name before what happened. */
static const char *line_of(struct arena *a, const char *text, const char *sign)
{
	static const char *const heads[] = { "error building image: ", "error building stage: ", "failed to execute command: " };
	const char *at = strstr(text, sign), *begin = at;
	while (begin > text && begin[-1] != '\n')
		begin--;
	const char *fatal = strstr(begin, "level=fatal"); /* behind skopeo's time */
	if (fatal && fatal < at)
		begin = fatal;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (str_starts(begin, heads[i]))
			begin += strlen(heads[i]);
	size_t len = strcspn(begin, "\n");
	return arena_memdup(a, begin, str_utf8_cut(begin, len, DETAIL_MAX));
}

/* A step of the Dockerfile: the log's last line names it. */
static void judge_step(struct arena *a, struct demo_build *b, const char *tail)
{
	const char *sign = b->flaw->missing ? "failed to get fileinfo" : "waiting for process to exit";
	b->words = (struct build_words){ b->flaw->missing ? SAYS_MISSING_FILE : SAYS_STEP_FAILED, NULL, line_of(a, tail, sign) };
	b->evidence = str_last_lines(a, without_chatter(a, tail), EVIDENCE_LINES, EVIDENCE_MAX);
}

void demo_verdict(struct demo *d, struct demo_build *b, const char *tail)
{
	struct arena *a = d->arena;
	const struct demo_fault *f = b->fault;
	const char *told = f->where == WHERE_BUILD ? without_chatter(a, tail) : NULL;
	const char *lines = str_last_lines(a, told ? told : tail, EVIDENCE_LINES, EVIDENCE_MAX);
	b->words.says = f->says;
	if (f->step) {
		judge_step(a, b, tail);
	} else if (f->why) {
		b->words.detail = b->evidence = demo_expand(a, b, f->why);
	} else if (f->pod_reason) {
		const char *pod = demo_expand(a, b, "{pod}");
		b->words.detail = f->pod_message;
		b->evidence = arena_printf(a, "pod %s: %s  %s", pod, f->pod_reason, f->pod_message);
	} else if (f->end_reason) {
		b->evidence = arena_printf(a, "%s, exit code %d %s\n%s", f->end_reason, f->exit_code, f->end_message, lines);
	} else if (f->sign) {
		b->words.detail = line_of(a, tail, f->sign);
		b->evidence = lines;
	} else if (f->reason != REASON_CANCELLED) {
		b->evidence = build_words_message(a, &b->words);
	}
}
