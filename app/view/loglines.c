/* A log's lines as elements of a page. */
#include "view/loglines.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/loglevel.h"

static void open_line(struct loglines *l, const char *bytes, size_t len, struct buf *out)
{
	static const char *const classes[] = {
		[LOGLEVEL_PLAIN] = "", [LOGLEVEL_WARNING] = " is-warning", [LOGLEVEL_ERROR] = " is-error"
	};
	if (l->open) {
		buf_puts(out, "<div class=\"log-line log-more\"><a class=\"log-n\"></a><span class=\"log-t\">");
		return;
	}
	l->shown = 0;
	const char *level = classes[loglevel_of(bytes, len)];
	if (!l->next) {
		buf_printf(out, "<div class=\"log-line%s\"><a class=\"log-n\"></a><span class=\"log-t\">", level);
		return;
	}
	buf_printf(out, "<div class=\"log-line%s\" id=\"L%" PRId64 "\"><a class=\"log-n\" href=\"", level, l->next);
	if (l->far)
		buf_printf(out, "?line=%" PRId64, l->next);
	buf_printf(out, "#L%" PRId64 "\">%" PRId64 "</a><span class=\"log-t\">", l->next, l->next);
	l->next++;
}

static void add_line(struct loglines *l, const char *bytes, size_t len, bool ended, struct buf *out)
{
	open_line(l, bytes, len, out);
	size_t room = l->shown < LOGLINE_SHOWN ? LOGLINE_SHOWN - l->shown : 0;
	size_t show = len < room ? len : room;
	ansi_line(&l->ansi, bytes, show, ended, out);
	buf_puts(out, show < len ? "<span class=\"log-cut\">\u2026</span></span></div>" : "</span></div>");
	l->shown += show;
	l->open = !ended;
}

void loglines_add(struct loglines *l, const char *bytes, size_t len, struct buf *out)
{
	while (len) {
		const char *newline = memchr(bytes, '\n', len);
		size_t line = newline ? (size_t)(newline - bytes) : len;
		/* The newline alone of a line that the last call showed: nothing is left to show. */
		if (newline && !line && l->open) {
			ansi_line(&l->ansi, "", 0, true, out);
			l->open = false;
		} else {
			add_line(l, bytes, line, newline != NULL, out);
		}
		line += newline != NULL;
		bytes += line;
		len -= line;
	}
}
