/* Made-up rows on their way into one table. */
#include "ctl/demo_batch.h"

#include "base/clock.h"
#include "base/json.h"

enum { BATCH = 2000, TIME_LENGTH = 32 };

struct demo_batch demo_batch(struct demo *d, enum demo_rows which)
{
	return (struct demo_batch){ .d = d, .which = which, .rows = json_object_new_array() };
}

static void send(struct demo_batch *b)
{
	if (!b->e && json_object_array_length(b->rows))
		b->e = model_demo_write(b->d->ctl->db, b->d->arena, b->which, b->rows);
	json_object_put(b->rows);
	b->rows = NULL;
}

json_object *demo_row(struct demo_batch *b)
{
	if (json_object_array_length(b->rows) == BATCH) {
		send(b);
		b->rows = json_object_new_array();
	}
	json_object *o = json_object_new_object();
	json_object_array_add(b->rows, o);
	return o;
}

enum err demo_batch_end(struct demo_batch *b)
{
	send(b);
	return b->e;
}

void demo_add_time(json_object *o, const char *name, int64_t us)
{
	char text[TIME_LENGTH];
	if (!us)
		return;
	clock_format(us, text);
	json_add_text(o, name, text);
}

void demo_add_id(json_object *o, const char *name, int64_t id)
{
	if (id)
		json_add_int(o, name, id);
}
