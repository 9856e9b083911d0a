/* What happens on a made-up project's way: pushes and clicks, the builds that follow, and what is deployed of them. */
#include "base/arena.h"
#include "base/phrases.h"
#include "ctl/demo_walk.h"

enum { HASTY_MIN = 45, OWN_FAULTS = 4 };

static struct demo_build *add(struct walk *w, enum build_trigger trigger, int64_t created)
{
	struct demo_build *b = arena_alloc(w->d->arena, sizeof *b);
	*b = (struct demo_build){ .project = w->p, .trigger = trigger, .branch = w->p->branch, .created = created };
	demo_add(w->d->arena, &w->d->builds, b);
	return b;
}

/* Moves on from phase to phase until the fault, if any, ends it. */
static void run(struct walk *w, struct demo_build *b, int64_t not_before, const struct demo_fault *f)
{
	struct demo_random *r = &w->random;
	const struct demo_stack *s = w->p->stack;
	bool busy = demo_calendar_busy(&w->p->student->course->calendar, b->created);
	int64_t wait = busy ? demo_between(r, 4 * SECOND, 150 * SECOND) : demo_between(r, SECOND / 5, 9 * SECOND);
	int64_t turn = not_before + demo_between(r, SECOND / 5, SECOND); /* drawn always: chance must not hang on the day */
	int64_t took = demo_between(r, s->seconds_lo * SECOND, s->seconds_hi * SECOND);
	bool slow = f && f->seconds_hi;
	int64_t fixed = slow ? demo_between(r, f->seconds_lo * SECOND, f->seconds_hi * SECOND) : 0;
	b->fault = f;
	b->started = b->created + wait < not_before ? turn : b->created + wait;
	b->finished = b->started + fixed;
	if (f && f->where == WHERE_NOWHERE)
		return;
	b->cloning = b->started + demo_between(r, 2 * SECOND, 7 * SECOND);
	b->finished = b->cloning + (slow ? fixed : demo_between(r, SECOND, 4 * SECOND));
	if (f && f->where == WHERE_CLONE)
		return;
	b->building = b->cloning + demo_between(r, SECOND, 5 * SECOND);
	b->finished = b->building + (slow ? fixed : took * demo_between(r, 30, 95) / 100);
	if (f && f->where == WHERE_BUILD)
		return;
	b->pushing = b->building + took;
	b->finished = b->pushing + (slow ? fixed : demo_between(r, 3 * SECOND, 14 * SECOND));
}

/* A step of the Dockerfile of this stack; the file that is missing is rare. */
static const struct demo_flaw *flaw_of(struct walk *w)
{
	const struct demo_stack *s = w->p->stack;
	return &s->flaws[demo_below(&w->random, demo_chance(&w->random, 30) ? s->flaw_count : s->flaw_count - 1)];
}

struct demo_person *walk_person(struct walk *w)
{
	struct demo_student *s = w->p->student;
	return s->account ? s->account : s->course->teacher;
}

static void finish(struct walk *w, struct demo_build *b)
{
	const struct demo_fault *f = b->fault;
	b->status = !f ? BUILD_SUCCESS : f->reason == REASON_CANCELLED ? BUILD_CANCELLED : BUILD_FAILED;
	if (!f)
		b->digest = arena_printf(w->d->arena, "sha256:%s", demo_hex(&w->random, w->d->arena, 64));
	if (f && f->step)
		b->flaw = flaw_of(w);
	if (f && f->reason == REASON_CANCELLED) {
		b->cancelled_by = walk_person(w);
		b->cancel_asked = b->finished - demo_between(&w->random, SECOND, 6 * SECOND);
		if (b->cancel_asked < b->started)
			b->cancel_asked = b->started + SECOND / 2;
		demo_trail_line(w->d, &(struct demo_line){ .at = b->cancel_asked,
							   .who = b->cancelled_by,
							   .action = "build.cancel",
							   .build = b,
							   .project = w->p });
	}
	w->broken = f ? w->broken || f->own : false;
	w->at = b->finished;
	w->last = b;
}

/* Cancelled before it began. */
static void cancel_waiting(struct walk *w, struct demo_build *b, const struct demo_fault *f)
{
	b->fault = f;
	b->status = BUILD_CANCELLED;
	b->cancelled_by = walk_person(w);
	b->cancel_asked = b->finished = b->created + demo_between(&w->random, f->seconds_lo * SECOND, f->seconds_hi * SECOND);
	demo_trail_line(
		w->d, &(struct demo_line){
			      .at = b->finished, .who = b->cancelled_by, .action = "build.cancel", .build = b, .project = w->p });
	w->at = b->finished;
	w->last = b;
}

/* What goes wrong with the next one, by the cards; a mistake that is there is likely to be there again. */
static const struct demo_fault *draw(struct walk *w)
{
	if (w->p->hopeless)
		return &demo_faults[demo_below(&w->random, OWN_FAULTS)];
	return demo_chance(&w->random, w->broken ? 52 : 21) ? &demo_faults[demo_deal(&w->d->faults)] : NULL;
}

/* `trouble` NULL: only by chance. */
static void deploy(struct walk *w, struct demo_build *b, const struct demo_trouble *trouble)
{
	struct demo_project *p = w->p;
	struct demo_random *r = &w->random;
	bool newest = b->sha == p->head || b->trigger == TRIGGER_MANUAL;
	struct demo_order o = { .action = ACT_DEPLOY, .build = b, .trouble = trouble, .at = b->finished };
	if (b->status != BUILD_SUCCESS || !newest || (!p->auto_deploy && !trouble && demo_chance(r, 40)))
		return;
	o.trigger = p->auto_deploy ? DEPLOYMENT_AUTO : DEPLOYMENT_MANUAL;
	if (!p->auto_deploy) {
		o.by = walk_person(w);
		o.at += demo_between(r, 20 * SECOND, 6 * MINUTE);
	}
	if (!trouble && demo_chance(r, 8))
		o.trouble = &demo_troubles[demo_deal(&w->d->troubles)];
	struct demo_deployment *x = demo_deploy(w->d, p, r, &o);
	if (x && x->finished > w->at)
		w->at = x->finished;
}

/* The portal repeats by itself what its platform lost. */
static void repeat(struct walk *w, struct demo_build *lost)
{
	struct demo_build *b = add(w, TRIGGER_RETRY, lost->finished);
	b->retry_of = lost;
	b->sha = lost->sha;
	b->branch = lost->branch;
	b->commit_message = lost->commit_message;
	run(w, b, b->created + 15 * SECOND, demo_chance(&w->random, 12) ? &demo_faults[0] : NULL);
	finish(w, b);
	deploy(w, b, NULL);
}

static void complete(struct walk *w, struct demo_build *b, int64_t not_before, const struct demo_fault *f)
{
	if (f && f->where == WHERE_QUEUE) {
		cancel_waiting(w, b, f);
		return;
	}
	run(w, b, not_before, f);
	finish(w, b);
	if (f && f->infra)
		repeat(w, b);
	else
		deploy(w, b, NULL);
}

static void deliver(struct walk *w, struct demo_build *b, const char *sha, const char *reason, int64_t at)
{
	struct arena *a = w->d->arena;
	struct demo_delivery x = {
		.project = w->p, .build = b, .event = "push", .outcome = "accepted", .reason = reason, .at = at
	};
	x.delivery_id = demo_uuid(&w->random, a);
	x.ref = arena_printf(a, "refs/heads/%s", w->p->branch);
	x.before_sha = w->p->head ? w->p->head : "0000000000000000000000000000000000000000";
	x.commit_sha = sha;
	demo_trail_delivery(w->d, &x);
}

void walk_aside(struct walk *w, int64_t at)
{
	static const char *const reasons[] = { "other_branch", "tag", "deletion", "skip_ci" };
	static const char zeros[] = "0000000000000000000000000000000000000000";
	struct arena *a = w->d->arena;
	struct demo_random *r = &w->random;
	int kind = demo_below(r, 4);
	struct demo_delivery x = { .project = w->p, .event = "push", .outcome = "ignored", .at = at };
	x.reason = reasons[kind];
	x.delivery_id = demo_uuid(r, a);
	x.commit_sha = kind == 2 ? zeros : demo_hex(r, a, 40);
	x.before_sha = kind == 3 && w->p->head ? w->p->head : zeros;
	x.ref = kind == 1   ? arena_printf(a, "refs/tags/v0.%d", 1 + demo_below(r, 9))
		: kind == 3 ? arena_printf(a, "refs/heads/%s", w->p->branch)
			    : arena_printf(a, "refs/heads/%s", demo_branch(r));
	demo_trail_delivery(w->d, &x);
	if (kind != 3)
		return;
	w->p->head = x.commit_sha;
	w->p->head_at = at;
}

/* A new commit on the project's branch, pushed or found there. */
static struct demo_build *commit(struct walk *w, int64_t at, bool replaces)
{
	bool found = demo_chance(&w->random, 12);
	struct demo_build *b = add(w, found ? TRIGGER_POLL : TRIGGER_PUSH, at);
	b->sha = demo_hex(&w->random, w->d->arena, 40);
	b->commit_message = demo_commit_message(&w->random, w->pushed++ == 0, w->broken);
	if (!found)
		deliver(w, b, b->sha, replaces ? "superseded_pending" : "build_created", at);
	w->p->head = b->sha;
	w->p->head_at = at;
	return b;
}

/* Pushed again and again while the first one builds: only the newest of those that wait is built. */
static void hurry(struct walk *w, struct demo_build *first)
{
	struct demo_random *r = &w->random;
	int64_t half = (first->finished - first->started) / 3;
	struct demo_build *second = commit(w, first->started + half, false);
	struct demo_build *third = commit(w, second->created + demo_between(r, 9 * SECOND, 14 * SECOND), true);
	second->status = BUILD_CANCELLED;
	second->fault = &demo_superseded;
	second->superseded_by = third;
	second->finished = third->created;
	complete(w, third, first->finished, draw(w));
}

void walk_push(struct walk *w, int64_t at)
{
	struct demo_random *r = &w->random;
	struct demo_build *b = commit(w, at, false);
	const struct demo_fault *f = w->p->key_missing ? &demo_key_refused : draw(w);
	bool hasty = demo_chance(r, 5) && (!f || (f->where == WHERE_BUILD && f->own));
	if (!hasty) {
		complete(w, b, 0, f);
		return;
	}
	run(w, b, 0, f);
	bool long_enough = b->finished - b->started > HASTY_MIN * SECOND;
	if (!long_enough) {
		finish(w, b);
		deploy(w, b, NULL);
		return;
	}
	hurry(w, b);
	/* It ended before the third one began. */
	struct demo_build *last = w->last;
	int64_t until = w->at;
	bool broken = w->broken;
	finish(w, b);
	w->last = last;
	w->at = until;
	w->broken = broken;
}

void walk_push_in_vain(struct walk *w, int64_t at, const struct demo_trouble *trouble)
{
	struct demo_build *b = commit(w, at, false);
	run(w, b, 0, NULL);
	finish(w, b);
	deploy(w, b, trouble);
}

void walk_ask(struct walk *w, int64_t at)
{
	struct demo_random *r = &w->random;
	struct demo_build *b = add(w, TRIGGER_MANUAL, at);
	bool again = demo_chance(r, 75);
	b->by = demo_chance(r, 75) ? walk_person(w) : w->p->student->course->teacher;
	b->sha = again ? w->last->sha : demo_hex(r, w->d->arena, 40);
	b->branch = again ? w->last->branch : demo_branch(r);
	b->commit_message = again ? w->last->commit_message : demo_commit_message(r, false, w->broken);
	demo_trail_line(w->d, &(struct demo_line){ .at = at,
						   .who = b->by,
						   .action = "build.trigger",
						   .project = w->p,
						   .detail = phrase(w->d->arena, PHRASE_AUDIT_BUILD, b->by->name, w->p->name,
								    w->p->student->name) });
	const struct demo_fault *same = w->last->fault && w->last->fault->own ? w->last->fault : NULL;
	b->flaw = again ? w->last->flaw : NULL;
	complete(w, b, 0, again ? same : draw(w)); /* what the commit itself has wrong stays wrong */
}

void walk_install_key(struct walk *w)
{
	struct demo_person *teacher = w->p->student->course->teacher;
	struct demo_line line = { .at = w->at + demo_between(&w->random, 20 * MINUTE, 3 * HOUR),
				  .who = teacher,
				  .project = w->p };
	line.action = "deploy_key.new";
	line.detail = phrase(w->d->arena, PHRASE_AUDIT_NEW_KEY, teacher->name, w->p->name, w->p->student->name);
	demo_trail_line(w->d, &line);
	w->p->key_missing = false;
	w->at = line.at;
}
