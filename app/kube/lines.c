/* Whole lines out of bytes that come in pieces; each byte is looked at once. */
#include "kube/lines.h"

#include <string.h>

enum { KEEP_BUFFER = 64 * 1024 };

bool lines_add(struct lines *l, const char *bytes, size_t len, size_t cap)
{
	buf_consume(&l->bytes, l->from);
	l->from = 0;
	buf_add(&l->bytes, bytes, len);
	/* Only the first line can be a long one: the others lie within one piece. */
	const char *newline = memchr(bytes, '\n', len);
	size_t first = l->searched + (newline ? (size_t)(newline - bytes) : len);
	return !l->bytes.failed && first <= cap;
}

char *lines_next(struct lines *l, size_t *len)
{
	char *line = l->bytes.data + l->from;
	size_t left = l->bytes.len - l->from;
	char *newline = left > l->searched ? memchr(line + l->searched, '\n', left - l->searched) : NULL;
	if (!newline) {
		l->searched = left;
		return NULL;
	}
	*newline = 0;
	*len = (size_t)(newline - line);
	l->from += *len + 1;
	l->searched = 0;
	return line;
}

bool lines_open(const struct lines *l)
{
	return l->bytes.len > l->from;
}

void lines_reset(struct lines *l)
{
	buf_reset(&l->bytes);
	if (l->bytes.size > KEEP_BUFFER)
		buf_free(&l->bytes);
	l->from = l->searched = 0;
}

void lines_free(struct lines *l)
{
	buf_free(&l->bytes);
	*l = (struct lines){ 0 };
}
