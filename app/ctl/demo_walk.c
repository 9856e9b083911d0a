/* A month of each made-up project: pushes that come in bursts, and how its application is left. */
#include "ctl/demo_walk.h"

#include <stdlib.h>

#include "base/arena.h"

enum { SESSION = 3, LONG_GAP = 5 };

static void session(struct walk *w, int64_t at, int count)
{
	struct demo_random *r = &w->random;
	struct demo_person *student = w->p->student->account;
	if (student && demo_chance(r, 55))
		demo_trail_line(w->d, &(struct demo_line){ .at = at - demo_between(r, 20 * SECOND, 4 * MINUTE),
							   .who = student,
							   .action = "login" });
	if (demo_chance(r, 12))
		walk_aside(w, at - demo_between(r, 4 * SECOND, 19 * SECOND));
	for (int i = 0; i < count; i++) {
		if (w->last && demo_chance(r, 9))
			walk_ask(w, at);
		else
			walk_push(w, at);
		if (w->p->key_missing && i > 0)
			walk_install_key(w);
		at = w->at + (w->broken ? demo_between(r, 90 * SECOND, 9 * MINUTE) : demo_between(r, 5 * MINUTE, 28 * MINUTE));
	}
	if (demo_chance(r, 24))
		w->at = demo_deployments_acts(w->d, w->p, r, w->at);
}

static int earlier_first(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return (a > b) - (a < b);
}

/* The last push builds, and its application does not run. */
static bool end_in_trouble(struct walk *w)
{
	static const char *const troubles[] = { "CRASH_LOOP", "NOT_ANSWERING", "OUT_OF_MEMORY", "UNSCHEDULABLE" };
	int kind = demo_below(&w->random, (int)(sizeof troubles / sizeof *troubles));
	const struct demo_project *p = w->p;
	if (p->finale != FINALE_FAILED || p->student->course->archived || p->hopeless || !w->last)
		return false;
	walk_push_in_vain(w, w->at + demo_between(&w->random, 3 * MINUTE, 20 * MINUTE), demo_trouble_find(troubles[kind]));
	return true;
}

/* What somebody does last with the application. */
static bool last_order(struct walk *w, struct demo_order *o)
{
	struct demo_project *p = w->p;
	struct demo_course *c = p->student->course;
	int64_t later = w->at + demo_between(&w->random, MINUTE, 40 * MINUTE);
	*o = (struct demo_order){ .action = ACT_STOP, .trigger = DEPLOYMENT_MANUAL, .by = c->teacher, .at = later };
	if (c->archived) { /* all of them by one click */
		o->at = c->archived - HOUR + demo_between(&w->random, 0, 4 * SECOND);
		return true;
	}
	if (p->finale == FINALE_STOPPED)
		o->by = walk_person(w);
	if (p->finale == FINALE_DELETED) {
		o->action = ACT_DELETE;
		p->student->left = later + MINUTE;
	}
	return p->finale == FINALE_STOPPED || p->finale == FINALE_DELETED;
}

static void walk(struct walk *w)
{
	struct demo_project *p = w->p;
	struct demo_order o;
	int sessions = (p->builds + SESSION - 1) / SESSION;
	int64_t *starts = arena_alloc(w->d->arena, sizeof *starts * (size_t)(sessions + 1));
	for (int i = 0; i < sessions; i++)
		starts[i] = demo_calendar_pick(&p->student->course->calendar, &w->random);
	qsort(starts, (size_t)sessions, sizeof *starts, earlier_first);
	for (int i = 0; i < sessions; i++) {
		int64_t free_at = w->at + LONG_GAP * MINUTE;
		session(w, starts[i] > free_at ? starts[i] : free_at, p->builds * (i + 1) / sessions - p->builds * i / sessions);
	}
	if (end_in_trouble(w) || !last_order(w, &o))
		return;
	struct demo_deployment *x = demo_deploy(w->d, p, &w->random, &o);
	if (x && x->finished > w->at)
		w->at = x->finished;
}

static void move(int64_t *at, int64_t by)
{
	if (*at)
		*at -= by;
}

/* How much of each list was there before a project's way. */
struct mark {
	int builds, deployments, deliveries, lines;
};

/* Nothing is in the future: a project that came so far is moved back as a whole. */
static void move_back(struct demo *d, struct demo_project *p, const struct mark *from, int64_t by)
{
	for (int i = from->builds; i < d->builds.count; i++) {
		struct demo_build *b = d->builds.items[i];
		int64_t *const times[] = { &b->created, &b->started,  &b->cloning,     &b->building,
					   &b->pushing, &b->finished, &b->cancel_asked };
		for (size_t k = 0; k < sizeof times / sizeof *times; k++)
			move(times[k], by);
	}
	for (int i = from->deployments; i < d->deployments.count; i++) {
		struct demo_deployment *x = d->deployments.items[i];
		int64_t *const times[] = {
			&x->created, &x->started, &x->applied, &x->finished, &x->restarted, &x->superseded_at
		};
		for (size_t k = 0; k < sizeof times / sizeof *times; k++)
			move(times[k], by);
	}
	for (int i = from->deliveries; i < d->deliveries.count; i++)
		move(&((struct demo_delivery *)d->deliveries.items[i])->at, by);
	for (int i = from->lines; i < d->lines.count; i++)
		move(&((struct demo_line *)d->lines.items[i])->at, by);
	move(&p->head_at, by);
	move(&p->restarted, by);
	move(&p->student->left, by);
}

/* The newest build of the solver that failed at a step gets the long log. */
static void choose_long_log(struct demo *d)
{
	struct demo_build *found = NULL;
	for (int i = 0; i < d->builds.count; i++) {
		struct demo_build *b = d->builds.items[i];
		bool solver = b->project->stack == &demo_stacks[demo_stack_count - 1];
		if (solver && b->flaw && (!found || b->created > found->created))
			found = b;
	}
	if (!found)
		return;
	found->long_log = true;
	found->flaw = &demo_long_flaw;
}

/* Behind one application's back something was deleted, and put right. */
static void drift(struct demo *d)
{
	for (int i = 0; i < d->projects.count; i++) {
		struct demo_project *p = d->projects.items[i];
		if (!p->serving || p->serving != p->wanted || p->serving->finished > d->now - 8 * HOUR)
			continue;
		p->drift_at = p->serving->finished + 5 * HOUR;
		p->serving->drifted = true;
		return;
	}
}

void demo_builds_plan(struct demo *d)
{
	for (int i = 0; i < d->projects.count; i++) {
		struct mark from = { d->builds.count, d->deployments.count, d->deliveries.count, d->lines.count };
		struct walk w = { .d = d, .p = d->projects.items[i], .random = demo_random(DEMO_SEED, (uint64_t)i + 1) };
		walk(&w);
		int64_t latest = d->now - 2 * MINUTE;
		if (w.at > latest)
			move_back(d, w.p, &from, w.at - latest);
	}
	choose_long_log(d);
	drift(d);
}
