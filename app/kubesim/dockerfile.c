/* Reads a Dockerfile: lines, continuations, here-documents, and the errors that BuildKit's parser (which Kaniko uses too) finds.
 */
#include "kubesim/dockerfile.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

enum { MOST = 2000 };

static const char *const known[] = { "ADD",    "ARG",	"CMD",	       "COPY",	"ENTRYPOINT", "ENV",
				     "EXPOSE", "FROM",	"HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
				     "RUN",    "SHELL", "STOPSIGNAL",  "USER",	"VOLUME",     "WORKDIR" };

struct parse {
	struct arena *arena;
	const char *p;
	int line;
	char escape;
	struct dockerfile *file;
	bool froms; /* a FROM was seen */
};

const char *dockerfile_line(struct arena *a, const char *text, int line)
{
	for (; line > 1; line--) {
		text = strchr(text, '\n');
		if (!text++)
			return NULL;
	}
	size_t n = strcspn(text, "\n");
	if (!n && !*text)
		return NULL;
	return arena_memdup(a, text, n && text[n - 1] == '\r' ? n - 1 : n);
}

/* The next physical line, without its end; NULL at the end of the file. */
static char *next_line(struct parse *s)
{
	if (!*s->p)
		return NULL;
	size_t n = strcspn(s->p, "\n");
	char *text = arena_memdup(s->arena, s->p, n && s->p[n - 1] == '\r' ? n - 1 : n);
	s->p += n + (s->p[n] == '\n');
	s->line++;
	return text;
}

static char *trim(char *s)
{
	s += strspn(s, " \t");
	size_t n = strlen(s);
	while (n && strchr(" \t", s[n - 1]))
		s[--n] = 0;
	return s;
}

static bool continued(struct parse *s, char *text)
{
	char *t = trim(text);
	size_t n = strlen(t);
	if (!n || t[n - 1] != s->escape)
		return false;
	t[n - 1] = 0;
	return true;
}

/* "# escape=`" counts only before anything else. */
static void directive(struct parse *s, const char *comment)
{
	comment += 1 + strspn(comment + 1, " \t");
	if (!strncasecmp(comment, "escape", 6)) {
		const char *equals = strchr(comment, '=');
		if (equals && (equals[1 + strspn(equals + 1, " ")] == '`'))
			s->escape = '`';
	}
}

/* The body of a here-document belongs to the instruction. */
static void here_document(struct parse *s, struct buf *text)
{
	const char *mark = strstr(text->data, "<<");
	if (!mark)
		return;
	mark += 2 + (mark[2] == '-');
	mark += strspn(mark, "\"'");
	size_t n = strspn(mark, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	if (!n)
		return;
	const char *end = arena_memdup(s->arena, mark, n);
	for (char *l; (l = next_line(s));) {
		if (!strcmp(trim(l), end))
			return;
		buf_printf(text, "\n%s", l);
	}
}

static bool fail(struct parse *s, int line, const char *message)
{
	s->file->error = message;
	s->file->error_line = line;
	return false;
}

static const char *const *exec_form(struct arena *a, const char *args)
{
	const char *why;
	if (*args != '[')
		return NULL;
	json_object *list = json_parse(a, args, strlen(args), 2, &why);
	if (!json_object_is_type(list, json_type_array))
		return NULL;
	size_t n = json_object_array_length(list);
	const char **argv = arena_alloc(a, (n + 1) * sizeof *argv);
	for (size_t i = 0; i < n; i++) {
		if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_string))
			return NULL;
		argv[i] = json_object_get_string(json_object_array_get_idx(list, i));
	}
	return argv;
}

/* Takes "--name=value" words from the beginning. */
static const char *take_flags(struct parse *s, const char **args)
{
	const char *flags = "";
	while (str_starts(*args, "--")) {
		size_t n = strcspn(*args, " \t");
		flags = arena_printf(s->arena, "%s%s%.*s", flags, *flags ? " " : "", (int)n, *args);
		*args += n;
		*args += strspn(*args, " \t");
	}
	return flags;
}

static bool is_known(const char *word)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i], word))
			return true;
	return false;
}

static bool check_arguments(struct parse *s, const struct instruction *i)
{
	size_t n;
	if (!*i->args)
		return fail(s, i->line,
			    !strcmp(i->word, "FROM") ? "FROM requires either one or three arguments"
						     : arena_printf(s->arena, "%s requires at least one argument", i->word));
	if (!strcmp(i->word, "COPY") || !strcmp(i->word, "ADD")) {
		dockerfile_words(s->arena, i, &n);
		if (n < 2)
			return fail(s, i->line,
				    arena_printf(s->arena,
						 "%s requires at least two arguments, but only one was provided. Destination "
						 "could not be determined",
						 i->word));
	} else if (!strcmp(i->word, "FROM")) {
		dockerfile_words(s->arena, i, &n);
		if (n != 1 && n != 3)
			return fail(s, i->line, "FROM requires either one or three arguments");
	}
	return true;
}

static bool add(struct parse *s, int line, char *text)
{
	struct dockerfile *f = s->file;
	char *t = trim(text);
	size_t n = strcspn(t, " \t\n");
	char *word = arena_memdup(s->arena, t, n);
	for (char *c = word; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	const char *args = t + n + strspn(t + n, " \t\n");
	if (!is_known(word))
		return fail(s, line, arena_printf(s->arena, "unknown instruction: %.*s", (int)n, t));
	if (f->n == MOST)
		return fail(s, line, "too many instructions");
	struct instruction *i = &f->at[f->n];
	bool from = !strcmp(word, "FROM");
	if (from && s->froms)
		f->stages++;
	s->froms |= from;
	*i = (struct instruction){ .line = line, .word = word, .stage = f->stages };
	i->flags = take_flags(s, &args);
	i->args = args;
	i->argv = exec_form(s->arena, args);
	if (!s->froms && strcmp(word, "ARG"))
		return fail(s, line, "no build stage in current context");
	f->n++;
	return check_arguments(s, i);
}

static bool read_instruction(struct parse *s, char *first)
{
	struct buf text = { 0 };
	int line = s->line;
	bool more = continued(s, first), fine;
	buf_puts(&text, first);
	while (more) {
		char *l = next_line(s);
		if (!l)
			break;
		char *t = trim(l);
		if (*t == '#' || !*t)
			continue; /* comments and empty lines may stand between continued ones */
		more = continued(s, l);
		buf_puts(&text, l);
	}
	here_document(s, &text);
	fine = add(s, line, arena_memdup(s->arena, text.data, text.len));
	buf_free(&text);
	return fine;
}

struct dockerfile *dockerfile_parse(struct arena *a, const char *text)
{
	struct parse s = { .arena = a, .p = text, .escape = '\\', .file = arena_alloc(a, sizeof(struct dockerfile)) };
	size_t lines = 1;
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	s.file->at = arena_alloc(a, (lines < MOST ? lines : MOST) * sizeof *s.file->at);
	bool before = true;
	if (str_starts(s.p, "\xef\xbb\xbf"))
		s.p += 3;
	for (char *l; (l = next_line(&s)) && !s.file->error;) {
		char *t = trim(l);
		if (!*t) {
			before = false;
		} else if (*t == '#') {
			if (before)
				directive(&s, t);
		} else {
			before = false;
			if (!read_instruction(&s, t))
				break;
		}
	}
	if (!s.file->error && !s.file->n)
		s.file->error = "file with no instructions";
	else if (!s.file->error && !s.froms)
		s.file->error = "no build stage in current context";
	s.file->stages++;
	return s.file;
}

const char *const *dockerfile_words(struct arena *a, const struct instruction *i, size_t *n)
{
	*n = 0;
	if (i->argv) {
		while (i->argv[*n])
			++*n;
		return i->argv;
	}
	const char **words = arena_alloc(a, (strlen(i->args) / 2 + 2) * sizeof *words);
	for (const char *p = i->args; *p && *p != '\n';) {
		p += strspn(p, " \t");
		size_t len = strcspn(p, " \t\n");
		if (len)
			words[(*n)++] = arena_memdup(a, p, len);
		p += len;
	}
	return words;
}
