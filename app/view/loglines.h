/* A log's lines as elements of a page: one markup for what the server renders and for what is streamed to it later. */
#ifndef VIEW_LOGLINES_H
#define VIEW_LOGLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view/ansi.h"

struct buf;

enum { LOGLINE_SHOWN = 16 * 1024 }; /* bytes of one line that are shown; the download has all of it */

/* One container's log. All zero: its beginning, or a place in it whose line number is not known. It owns nothing: copy it freely.
 */
struct loglines {
	struct ansi ansi;
	int64_t next; /* the next line's number, from 1; 0: not known, lines carry none */
	size_t shown; /* bytes of an unfinished line so far */
	bool open;    /* the last bytes did not end their line */
	bool far;     /* links lead to "?line=N#LN": the page shows a part of the log only */
};

/*
 * Appends one element a line:
 *	<div class="log-line" id="L12"><a class="log-n" href="#L12">12</a><span class="log-t">text</span></div>
 * with the class is-warning or is-error beside log-line where the words say so (base/loglevel.h),
 * and without a known number <div class="log-line"><a class="log-n"></a><span class="log-t">text</span></div> (portal.js numbers
 *those that it appends, where the page's count is known). Bytes behind the last newline make an element too; their continuation
 *in the next call is <div class="log-line log-more"> without a number. Behind LOGLINE_SHOWN bytes a line ends in <span
 *class="log-cut">…</span>. The memory of `out` grows by at most some 90 bytes a line and 6 a byte. Any thread; one log's state in
 *one thread at a time.
 */
void loglines_add(struct loglines *l, const char *bytes, size_t len, struct buf *out);

#endif
