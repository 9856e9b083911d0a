/* Connection tests over the API: each step, how it went, and what to do. */
#include "fetch/probe.h"
#include "api/api.h"
#include "base/arena.h"

struct api_step {
	const char *name, *title, *outcome, *advice, *said;
};
SHAPE(shape_probe_step, "ConnectionTestStep", struct api_step, MEMBER("name", SHAPE_STRING, struct api_step, name),
      MEMBER("title", SHAPE_STRING, struct api_step, title, .about = "in the language of the request"),
      MEMBER("outcome", SHAPE_STRING, struct api_step, outcome, .choices = "passed|failed|skipped"),
      MEMBER("advice", SHAPE_TEXT, struct api_step, advice, .about = "what to do, or why it was not needed"),
      MEMBER("said", SHAPE_TEXT, struct api_step, said, .about = "what the other side said, in its own words"));

SHAPE(shape_probe, "ConnectionTest", struct api_test, MEMBER("passed", SHAPE_BOOL, struct api_test, passed),
      MEMBER("steps", SHAPE_ROWS, struct api_test, steps, .of = &shape_probe_step, .count_at = AT(struct api_test, count)));

struct api_test api_test_of(struct request *req, const struct probe *p)
{
	static const char *const outcomes[] = {
		[PROBE_PASSED] = "passed", [PROBE_FAILED] = "failed", [PROBE_SKIPPED] = "skipped"
	};
	struct api_step *steps = arena_alloc(req->arena, sizeof *steps * PROBE_STEPS);
	for (int i = 0; i < p->count; i++) {
		const struct probe_step *s = &p->steps[i];
		steps[i] = (struct api_step){
			.name = s->name,
			.title = api_string(req, arena_printf(req->arena, "probe.%s", s->name)),
			.outcome = outcomes[s->outcome],
			.advice = s->advice ? api_string(req, arena_printf(req->arena, "probe_advice.%s", s->advice)) : NULL,
			.said = s->said
		};
	}
	return (struct api_test){ probe_passed(p), steps, p->count };
}

int api_probe(struct response *res, const struct probe *p)
{
	struct api_test test = api_test_of(res->req, p);
	return api_row(res, 200, &shape_probe, &test);
}
