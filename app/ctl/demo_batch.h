/* Inside the room ctl: made-up rows on their way into one table, some thousands at a time. */
#ifndef CTL_DEMO_BATCH_H
#define CTL_DEMO_BATCH_H

#include <json-c/json.h>
#include <stdint.h>

#include "base/err.h"
#include "ctl/demo.h"
#include "model/demo.h"

struct demo_batch {
	struct demo *d;
	enum demo_rows which;
	json_object *rows;
	enum err e;
};

struct demo_batch demo_batch(struct demo *d, enum demo_rows which);
/* A new row to be filled; the batch's. */
json_object *demo_row(struct demo_batch *b);
/* Writes what is left; the first error of all. */
enum err demo_batch_end(struct demo_batch *b) MUST_CHECK;

/* 0: NULL. */
void demo_add_time(json_object *o, const char *name, int64_t us);
void demo_add_id(json_object *o, const char *name, int64_t id);

#endif
