/* multipart/form-data (RFC 7578) taken apart: fields and uploaded files become pairs. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/wire.h"

enum { BOUNDARY_MAX = 70, NAME_MAX_BYTES = 200 };
static const char NO_TEXT = '\xff'; /* stands in no text, in UTF-8 as little as in GB18030 */

/* What is left of the body. */
struct rest {
	const char *at;
	size_t len;
};

/* The parameter "boundary" of the Content-Type (RFC 2046, 5.1.1). NULL: none that is one. */
static const char *boundary_of(struct arena *a, const char *content_type)
{
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=?";
	for (const char *p = strchr(content_type, ';'); p; p = strchr(p, ';')) {
		p += 1 + strspn(p + 1, " \t");
		if (strncasecmp(p, "boundary=", strlen("boundary=")))
			continue;
		p += strlen("boundary=");
		bool quoted = *p == '"';
		p += quoted;
		size_t len = strspn(p, set);
		if (!len || len > BOUNDARY_MAX || (quoted && p[len] != '"'))
			return NULL;
		return arena_memdup(a, p, len);
	}
	return NULL;
}

/* Takes the bytes up to `mark` and `mark` itself off. NULL: it does not come. */
static const char *take_until(struct rest *r, const char *mark, size_t mark_len, size_t *len)
{
	const char *found = memmem(r->at, r->len, mark, mark_len);
	if (!found)
		return NULL;
	const char *start = r->at;
	*len = (size_t)(found - start);
	r->len -= *len + mark_len;
	r->at = found + mark_len;
	return start;
}

/* A quoted parameter of Content-Disposition ('; name="x"'). NULL: it is not there; *broken: it is none that browsers send. */
static const char *parameter(struct arena *a, const char *line, const char *name, bool *broken)
{
	size_t len = strlen(name);
	for (const char *p = strchr(line, ';'); p; p = strchr(p, ';')) {
		p += 1 + strspn(p + 1, " \t");
		if (strncasecmp(p, name, len) || p[len] != '=')
			continue;
		p += len + 1;
		const char *end = *p == '"' ? strchr(p + 1, '"') : NULL;
		if (!end || end - p > NAME_MAX_BYTES) {
			*broken = true;
			return NULL;
		}
		return arena_memdup(a, p + 1, (size_t)(end - p - 1));
	}
	return NULL;
}

/* The part's header lines: its name, and whether it is a file. False: not a form's part. */
static bool read_head(struct arena *a, const char *head, const char **name, bool *is_file)
{
	bool broken = false;
	*name = NULL;
	for (const char *line = head; *line;) {
		size_t len = strcspn(line, "\r\n");
		if (!strncasecmp(line, "Content-Disposition:", strlen("Content-Disposition:"))) {
			const char *text = arena_memdup(a, line, len);
			*name = parameter(a, text, "name", &broken);
			*is_file = parameter(a, text, "filename", &broken) != NULL || broken;
			/* A file's own name is the user's and of no use here: it may be anything. */
			broken = !*name;
		}
		line += len;
		line += strspn(line, "\r\n");
	}
	return *name && **name && !broken && str_is_utf8(*name, strlen(*name)) && !str_has_control(*name, "");
}

static bool take_part(struct arena *a, struct rest *r, const char *mark, size_t mark_len, struct pairs *out)
{
	size_t head_len, len;
	const char *head = take_until(r, "\r\n\r\n", 4, &head_len), *name;
	bool is_file = false;
	if (!head || out->count == FORM_PAIRS_MAX || memchr(head, 0, head_len))
		return false;
	if (!read_head(a, arena_memdup(a, head, head_len), &name, &is_file))
		return false;
	const char *body = take_until(r, mark, mark_len, &len);
	/* A file's bytes may be in any encoding. */
	if (!body || (!is_file && (memchr(body, 0, len) || !str_is_utf8(body, len))))
		return false;
	char *value = arena_memdup(a, body, len);
	/* A workbook in place of its CSV is a person's mistake: the field is to say so, in its form. */
	for (size_t i = 0; i < len; i++)
		value[i] = value[i] ? value[i] : NO_TEXT;
	out->at[out->count++] = (struct pair){ name, value };
	return true;
}

bool multipart_parse(struct arena *a, const char *content_type, const char *body, size_t len, struct pairs *out)
{
	*out = (struct pairs){ .at = arena_alloc(a, sizeof(*out->at) * FORM_PAIRS_MAX) };
	const char *boundary = boundary_of(a, content_type);
	if (!boundary)
		return false;
	/* A part ends with CR LF and the mark; the first mark may stand at the very beginning. */
	const char *mark = arena_printf(a, "\r\n--%s", boundary);
	size_t mark_len = strlen(mark), before;
	struct rest r = { body, len };
	if (len >= mark_len - 2 && !memcmp(body, mark + 2, mark_len - 2))
		r = (struct rest){ body + mark_len - 2, len - (mark_len - 2) };
	else if (!take_until(&r, mark, mark_len, &before))
		return false;
	while (r.len >= 2 && !memcmp(r.at, "\r\n", 2)) {
		r = (struct rest){ r.at + 2, r.len - 2 };
		if (!take_part(a, &r, mark, mark_len, out))
			return false;
	}
	return r.len >= 2 && !memcmp(r.at, "--", 2);
}
