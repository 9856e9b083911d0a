/* One event of a stream, as the bytes that go out. */
#include "stream/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct event *event_new(int64_t seq, const char *name, const char *json, size_t len)
{
	char head[96];
	int n = seq ? snprintf(head, sizeof head, "id: %" PRId64 "\nevent: %s\ndata: ", seq, name)
		    : snprintf(head, sizeof head, "event: %s\ndata: ", name);
	struct event *e = n < 0 ? NULL : malloc(sizeof(*e) + (size_t)n + len + 2);
	if (!e)
		return NULL;
	*e = (struct event){ .refs = 1, .seq = seq, .len = (size_t)n + len + 2 };
	memcpy(e->text, head, (size_t)n);
	memcpy(e->text + n, json, len);
	memcpy(e->text + (size_t)n + len, "\n\n", 2);
	return e;
}

struct event *event_ref(struct event *e)
{
	if (e)
		e->refs++;
	return e;
}

void event_unref(struct event *e)
{
	if (e && !--e->refs)
		free(e);
}

void event_unref_list(struct event *first)
{
	while (first) {
		struct event *next = first->next;
		event_unref(first);
		first = next;
	}
}
