/* Which streams' holders are still signed in. */
#include "stream/holders.h"

#include <string.h>

#include "base/buf.h"
#include "base/log.h"

void holders_ask(struct hub *h)
{
	struct buf list = { 0 };
	struct work *w = h->holders_asked ? NULL : work_new(WORK_HOLDERS);
	if (!w)
		return;
	for (const struct client *c = h->clients; c; c = c->next)
		if (*c->holder)
			buf_printf(&list, "%s%s", list.len ? "," : "{", c->holder);
	if (list.len)
		buf_puts(&list, "}");
	if (list.failed || !list.len) {
		buf_free(&list);
		work_free(w);
		return;
	}
	w->holders = list.data;
	h->holders_asked = true;
	h->reads++;
	reader_ask(h->reader, w);
}

void holders_answer(struct hub *h, const struct work *w)
{
	size_t closed = 0;
	h->holders_asked = false;
	for (size_t i = 0; i < w->gone_count; i++)
		for (struct client *c = h->clients, *next; c; c = next) {
			next = c->next;
			if (strcmp(c->holder, w->gone[i]))
				continue;
			*c->holder = 0;
			h->drop(c);
			closed++;
		}
	if (closed)
		log_event(LOG_INFO, "stream_holders_gone", LOG_NUM("holders", w->gone_count), LOG_NUM("streams", closed));
}
