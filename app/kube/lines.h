/* Inside the room kube: whole lines out of bytes that come in pieces. */
#ifndef KUBE_LINES_H
#define KUBE_LINES_H

#include "base/buf.h"

/* Zeroed is empty. */
struct lines {
	struct buf bytes;
	size_t from;	 /* where the next line begins */
	size_t searched; /* so many bytes from there on hold no newline */
};

/* Appends bytes, after lines_next has said NULL; false when a line would be longer than `cap` or memory is out. Pointers from
 * lines_next are dead. */
bool lines_add(struct lines *l, const char *bytes, size_t len, size_t cap);

/* The next whole line without its newline, which the caller may change in place; NULL: none yet. */
char *lines_next(struct lines *l, size_t *len);

/* True when a line has begun whose end has not come. */
bool lines_open(const struct lines *l);

/* Makes it empty; gives much memory back. */
void lines_reset(struct lines *l);
void lines_free(struct lines *l);

#endif
