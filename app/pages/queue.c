/* The build queue's page, and a waiting build's place in it. */
#include "model/queue.h"

#include "model/settings.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

static void set_usual(struct view *v, const struct queued *q)
{
	view_set(v, "usual", frame_duration(v, q->usual_duration));
	view_set(v, "from", frame_word(v, "queue.from", queue_source_name(q->usual_source)));
}

/* What a waiting build's page and row say: position, why, expected + begins, usual + from. */
static void set_wait(struct view *v, const struct queued *q)
{
	view_set_int(v, "position", q->position);
	view_set(v, "why", frame_word(v, "queue.hold", queue_hold_name(q->hold)));
	const char *expected = frame_about(v, q->expected_wait);
	view_set(v, "expected", expected);
	if (expected)
		view_set(v, "begins", view_fill(v, "queue.begins_in", "time", expected));
	set_usual(v, q);
}

/* A sentence of the rule. */
static void set_places(struct view *v, int places)
{
	view_set(v, "Places", view_fill(v, "queue.places", "n", frame_number(view_arena(v), places)));
}

enum err part_queue_place(struct view *v, struct request *req, int64_t build_id)
{
	struct settings *s;
	struct queued place;
	int waiting;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (e)
		return e;
	int places = (int)settings_int(s, SETTING_BUILD_LIMIT);
	e = model_queue_place(request_db(req), req->arena, places, build_id, &place, &waiting);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	struct view *row = view_row(v, "Place", 0);
	set_wait(row, &place);
	view_set_int(row, "of", waiting);
	set_places(v, places);
	return ERR_NONE;
}

/* GET /queue */
int page_queue(struct request *req, struct response *res)
{
	struct queue q;
	struct settings *s;
	enum err e = model_settings_load(request_db(req), req->arena, &s);
	if (e == ERR_NONE)
		e = model_queue_read(request_db(req), req->arena, (int)settings_int(s, SETTING_BUILD_LIMIT), &q);
	if (e != ERR_NONE)
		return response_err(res, e, NULL);
	struct view *v = page_view(req);
	view_set(v, "Page.title", view_string(v, "queue.title"));
	view_set_int(v, "Running", q.running);
	view_set_int(v, "Waiting", q.waiting);
	view_set_int(v, "Limit", q.places);
	set_places(v, q.places);
	view_set_bool(v, "Cut", q.count < q.running + q.waiting);
	for (int i = 0; i < q.count; i++) {
		struct view *row = view_row(v, "Queue", i);
		part_build(row, &q.rows[i].build);
		view_set(row, "course", q.rows[i].build.course_code);
		if (q.rows[i].position)
			set_wait(row, &q.rows[i]);
		else
			set_usual(row, &q.rows[i]);
	}
	return page_answer(res, 200, v, "queue");
}
