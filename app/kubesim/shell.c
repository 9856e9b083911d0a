/* A very small shell that acts and executes nothing. */
#include "kubesim/shell.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { WORDS = 64 };

struct reader {
	const struct shell *shell;
	const char *p;
	int code;
	bool ended, errexit;
};

static char *word(struct reader *r)
{
	char *text = arena_alloc(r->shell->arena, strlen(r->p) + 1), *to = text;
	char quote = 0;
	for (; *r->p; r->p++) {
		char c = *r->p;
		if (quote) {
			if (c == quote)
				quote = 0;
			else if (c == '\\' && quote == '"' && r->p[1])
				*to++ = *++r->p;
			else
				*to++ = c;
		} else if (c == '\'' || c == '"') {
			quote = c;
		} else if (c == '\\' && r->p[1]) {
			r->p++;
			if (*r->p != '\n')
				*to++ = *r->p;
		} else if (strchr(" \t\n;&|<>", c)) {
			break;
		} else {
			*to++ = c;
		}
	}
	*to = 0;
	return text;
}

/* "%s" of printf is not acted out; "\n" is. */
static const char *unescape(struct arena *a, const char *s)
{
	char *text = arena_alloc(a, strlen(s) + 1), *to = text;
	for (; *s; s++) {
		if (*s == '\\' && s[1] == 'n') {
			*to++ = '\n';
			s++;
		} else if (*s == '\\' && str_starts(s, "\\033")) {
			*to++ = '\033';
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = 0;
	return text;
}

static const char *join(struct arena *a, const char *const *words)
{
	const char *text = "";
	for (; *words; words++)
		text = arena_printf(a, "%s%s%s", text, *text ? " " : "", *words);
	return text;
}

static void print_lines(const struct shell *s, const char *text, const char *file)
{
	for (;;) {
		size_t n = strcspn(text, "\n");
		s->print(s->context, arena_memdup(s->arena, text, n), file);
		if (!text[n] || !text[n + 1])
			return;
		text += n + 1;
	}
}

static int command(struct reader *r, const char *const *argv, const char *file)
{
	const struct shell *s = r->shell;
	int64_t code = 0;
	while (*argv && strchr(*argv, '=') && **argv != '=')
		argv++; /* NAME=value before a command */
	if (!*argv || !strcmp(*argv, "true") || !strcmp(*argv, ":"))
		return 0;
	if (!strcmp(*argv, "false"))
		return 1;
	if (!strcmp(*argv, "set")) {
		r->errexit |= argv[1] && argv[1][0] == '-' && strchr(argv[1], 'e');
		return 0;
	}
	if (!strcmp(*argv, "exit")) {
		r->ended = true;
		return argv[1] && str_to_int(argv[1], 0, 255, &code) ? (int)code : r->code;
	}
	if (!strcmp(*argv, "echo") || !strcmp(*argv, "printf")) {
		bool option = argv[1] && (!strcmp(argv[1], "-e") || !strcmp(argv[1], "-n"));
		print_lines(s, unescape(s->arena, join(s->arena, argv + 1 + option)), file);
		return 0;
	}
	if (!strcmp(*argv, "sleep")) {
		double seconds = argv[1] ? strtod(argv[1], NULL) : 0;
		s->sleep(s->context, argv[1] && !strcmp(argv[1], "infinity") ? 1e9 : seconds < 1e9 ? seconds : 1e9);
		return 0;
	}
	return s->other ? s->other(s->context, argv) : 0;
}

static void skip_blanks(struct reader *r)
{
	r->p += strspn(r->p, " \t\r");
}

/* One simple command up to its separator. */
static int simple(struct reader *r, bool act)
{
	const char *argv[WORDS + 1], *file = NULL;
	size_t n = 0;
	for (skip_blanks(r); *r->p && !strchr("\n;", *r->p) && !str_starts(r->p, "&&") && !str_starts(r->p, "||");
	     skip_blanks(r)) {
		if (*r->p == '>' || *r->p == '<' || *r->p == '|' || *r->p == '&') {
			bool out = *r->p == '>';
			r->p += strspn(r->p, "<>|&");
			skip_blanks(r);
			const char *target = word(r);
			file = out && *target != '1' && *target != '2' ? target : file;
			continue;
		}
		if (*r->p == '#' && !n) {
			r->p += strcspn(r->p, "\n");
			break;
		}
		const char *w = word(r);
		if (n < WORDS)
			argv[n++] = w;
	}
	argv[n] = NULL;
	return act && n ? command(r, argv, file) : r->code;
}

int shell_run(const struct shell *s, const char *script)
{
	struct reader r = { .shell = s, .p = script };
	bool act = true;
	while (*r.p && !r.ended) {
		const char *before = r.p;
		r.code = simple(&r, act);
		if (r.ended)
			break;
		if (str_starts(r.p, "&&")) {
			act = act ? r.code == 0 : act;
			r.p += 2;
		} else if (str_starts(r.p, "||")) {
			act = r.code != 0;
			r.p += 2;
		} else {
			if (r.errexit && r.code)
				break;
			act = true;
			r.p += strspn(r.p, ";\n \t");
		}
		if (r.p == before)
			r.p++;
	}
	return r.code;
}

int shell_run_argv(const struct shell *s, const char *const *argv)
{
	struct reader r = { .shell = s, .p = "" };
	const char *base = argv[0] ? strrchr(argv[0], '/') : NULL;
	base = base ? base + 1 : argv[0];
	if (base && (!strcmp(base, "sh") || !strcmp(base, "bash") || !strcmp(base, "ash")) && argv[1] && *argv[1] == '-' &&
	    strchr(argv[1], 'c') && argv[2]) {
		int64_t errexit = strchr(argv[1], 'e') != NULL;
		return shell_run(s, errexit ? arena_printf(s->arena, "set -e\n%s", argv[2]) : argv[2]);
	}
	return argv[0] ? command(&r, argv, NULL) : 0;
}
