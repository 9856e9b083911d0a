/* The options of a choice whose values never change, written as HTML. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "view/view.h"

static void write_option(struct buf *out, const char *value, const char *word, bool selected)
{
	buf_puts(out, "<option value=\"");
	buf_html(out, value, strlen(value));
	buf_puts(out, selected ? "\" selected>" : "\">");
	buf_html(out, word, strlen(word));
	buf_puts(out, "</option>");
}

void view_options(struct view *v, const char *name, const char *choices, const char *prefix, const char *selected)
{
	struct arena *a = view_arena(v);
	struct buf out = { 0 };
	for (const char *p = choices; *p;) {
		size_t n = strcspn(p, "|");
		const char *value = arena_memdup(a, p, n);
		const char *word = prefix ? view_string(v, arena_join(a, prefix, ".", value)) : value;
		write_option(&out, value, word, selected && !strcmp(value, selected));
		p += n + (p[n] == '|');
	}
	view_set_html(v, arena_join(a, name, ".html"), &out);
	buf_free(&out);
}
