/* The made-up world of `portalctl demo`: planned alike each time, never in the future, and judged as the worker would judge it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/gitref.h"
#include "base/json.h"
#include "ctl/demo.h"
#include "model/settings.h"
#include "worker/classify.h"
#include "worker/manifests.h"

/* A Thursday morning. */
#define THURSDAY "2026-11-26T01:00:00Z"

static int64_t moment(const char *text)
{
	int64_t us = 0;
	assert_true(clock_parse(text, &us));
	return us;
}

/* All of it in memory; ids as a database would give them. */
static struct demo *plan(struct arena *a, int64_t now, int students, int days)
{
	struct demo *d = arena_alloc(a, sizeof *d);
	*d = (struct demo){ .arena = a, .students = students, .days = days, .now = now, .begin = now - days * DAY };
	d->settings = settings_defaults(a);
	demo_plan_begin(d);
	demo_people_plan(d);
	for (int i = 0; i < d->roster.count; i++)
		((struct demo_student *)d->roster.items[i])->id = 100 + i;
	for (int i = 0; i < d->projects.count; i++)
		((struct demo_project *)d->projects.items[i])->id = 1000 + i;
	demo_builds_plan(d);
	demo_trail_plan(d);
	demo_plan_sort(d);
	for (int i = 0; i < d->builds.count; i++)
		((struct demo_build *)d->builds.items[i])->id = 5000 + i;
	for (int i = 0; i < d->deployments.count; i++)
		((struct demo_deployment *)d->deployments.items[i])->id = 9000 + i;
	return d;
}

/* The times of a build, each behind the one before. */
static void check_times(const struct demo *d, const struct demo_build *b)
{
	const int64_t times[] = { b->created, b->started, b->cloning, b->building, b->pushing, b->finished };
	int64_t last = d->begin;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		if (!times[i])
			continue;
		assert_true(times[i] >= last);
		last = times[i];
	}
	assert_true(b->finished && b->finished < d->now);
	if (b->cancel_asked)
		assert_true(b->cancel_asked >= b->created && b->cancel_asked <= b->finished);
}

/* One build of a project runs at a time; one that is replaced names who came. */
static void check_builds(const struct demo *d)
{
	bool seen[BUILD_REASON__MAX] = { false };
	for (int i = 0; i < d->builds.count; i++) {
		const struct demo_build *b = d->builds.items[i];
		check_times(d, b);
		seen[b->fault ? b->fault->reason : REASON_NONE] = true;
		assert_true(git_branch_valid(b->branch) && git_sha_valid(b->sha));
		assert_true((b->status == BUILD_SUCCESS) == (b->digest != NULL));
		assert_true((b->fault && b->fault->reason == REASON_SUPERSEDED) == (b->superseded_by != NULL));
		for (int k = i + 1; k < d->builds.count && b->started; k++) {
			const struct demo_build *c = d->builds.items[k];
			if (c->project == b->project && c->started)
				assert_true(c->started > b->finished);
		}
	}
	for (int r = 0; r < BUILD_REASON__MAX; r++)
		assert_true(seen[r] || d->days < 30);
}

static void check_deployments(const struct demo *d)
{
	for (int i = 0; i < d->deployments.count; i++) {
		const struct demo_deployment *x = d->deployments.items[i];
		assert_true(x->created >= d->begin && x->finished < d->now && x->started <= x->finished);
		assert_true(x->state != DEPLOYMENT_DEPLOYING && x->state != DEPLOYMENT_PENDING);
		assert_true((x->state == DEPLOYMENT_SUPERSEDED) == (x->superseded_by != NULL));
		assert_true(!x->build || x->build->digest);
		if (x->superseded_by)
			assert_true(x->superseded_by->id > x->id && x->superseded_by->project == x->project);
	}
}

static void test_any_day(void **state)
{
	int builds = 0, deployments = 0;
	(void)state;
	for (int step = 0; step < 14; step++) {
		struct arena *a = arena_new(256 << 20);
		struct demo *d = plan(a, moment(THURSDAY) + step * 13 * HOUR, 30, 30);
		check_builds(d);
		check_deployments(d);
		assert_in_range(d->builds.count, 1100, 1400);
		assert_true(!step || (d->builds.count == builds && d->deployments.count == deployments));
		builds = d->builds.count;
		deployments = d->deployments.count;
		assert_int_equal(d->courses[0].students, 30);
		for (int i = 0; i < d->lines.count; i++)
			assert_true(((struct demo_line *)d->lines.items[i])->at <= d->now);
		arena_free(a);
	}
}

static void test_other_sizes(void **state)
{
	static const int sizes[][2] = { { 1, 7 }, { 200, 7 }, { 5, 90 } };
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct arena *a = arena_new(512 << 20);
		struct demo *d = plan(a, moment(THURSDAY), sizes[i][0], sizes[i][1]);
		check_builds(d);
		check_deployments(d);
		arena_free(a);
	}
}

static void test_alike_each_time(void **state)
{
	struct arena *a = arena_new(256 << 20);
	const struct demo *x = plan(a, moment(THURSDAY), 30, 30), *y = plan(a, moment(THURSDAY), 30, 30);
	(void)state;
	assert_int_equal(x->builds.count, y->builds.count);
	assert_int_equal(x->lines.count, y->lines.count);
	for (int i = 0; i < x->builds.count; i++) {
		const struct demo_build *b = x->builds.items[i], *c = y->builds.items[i];
		assert_string_equal(b->sha, c->sha);
		assert_int_equal(b->finished, c->finished);
	}
	arena_free(a);
}

/* What the cluster would show of a pod that ended so. */
static struct seen_pod pod_of(struct arena *a, const struct demo_build *b, enum build_container *container)
{
	const struct demo_fault *f = b->fault;
	struct seen_pod pod = { .present = true };
	*container = f->where == WHERE_CLONE ? CONTAINER_CLONE : f->where == WHERE_PUSH ? CONTAINER_PUSH : CONTAINER_BUILD;
	struct seen_container *c = &pod.containers[*container];
	snprintf(pod.name, sizeof pod.name, "%s", demo_expand(a, b, "{pod}"));
	snprintf(pod.reason, sizeof pod.reason, "%s", f->pod_reason ? f->pod_reason : "");
	snprintf(pod.message, sizeof pod.message, "%s", f->pod_message ? f->pod_message : "");
	c->state = CONTAINER_ENDED;
	c->exit_code = f->step ? b->flaw->exit_code ? b->flaw->exit_code : 1 : f->exit_code;
	snprintf(c->reason, sizeof c->reason, "%s", f->end_reason ? f->end_reason : "Error");
	snprintf(c->message, sizeof c->message, "%s", f->end_message ? f->end_message : "");
	return pod;
}

/* The end of the log, as much as the worker reads of it. */
static const char *tail_of(const struct buf *log, size_t from)
{
	enum { TAIL = 16 << 10 };
	return log->data + (log->len - from > TAIL ? log->len - TAIL : from);
}

static void test_the_worker_would_say_the_same(void **state)
{
	struct arena *a = arena_new(512 << 20);
	struct demo *d = plan(a, moment(THURSDAY), 30, 30);
	struct buf log = { 0 };
	int judged = 0;
	(void)state;
	for (int i = 0; i < d->builds.count; i++) {
		struct demo_build *b = d->builds.items[i];
		if (!b->fault || b->fault->where < WHERE_CLONE)
			continue;
		enum build_container container;
		buf_reset(&log);
		size_t from = demo_log_write(d, b, &log);
		demo_verdict(d, b, log.data + from);
		assert_true(b->words.says);
		if (!b->fault->step && !b->fault->sign && !b->fault->pod_reason &&
		    !b->fault->end_reason) /* known before any log is read */
			continue;
		struct seen_pod pod = pod_of(a, b, &container);
		struct verdict v = classify_failure(a, &pod, container, tail_of(&log, from));
		assert_string_equal(build_reason_name(v.reason), build_reason_name(b->fault->reason));
		assert_int_equal(v.infra, b->fault->infra);
		assert_int_equal(v.words.says, b->words.says);
		assert_string_equal(build_words_message(a, &v.words), build_words_message(a, &b->words));
		assert_string_equal(v.evidence, b->evidence);
		judged++;
	}
	assert_true(judged > 150);
	buf_free(&log);
	arena_free(a);
}

static void test_long_log(void **state)
{
	struct arena *a = arena_new(256 << 20);
	struct demo *d = plan(a, moment(THURSDAY), 30, 30);
	struct buf log = { 0 };
	int found = 0, lines = 0;
	(void)state;
	for (int i = 0; i < d->builds.count; i++) {
		struct demo_build *b = d->builds.items[i];
		if (!b->long_log)
			continue;
		demo_log_write(d, b, &log);
		found++;
	}
	assert_int_equal(found, 1);
	for (size_t i = 0; i < log.len; i++)
		lines += log.data[i] == '\n';
	assert_in_range(lines, 18000, 22000);
	static const char *const parts[] = { "::group::", "::endgroup::", "::warning ",
					     "::error ",  "\x1b[31m",	  "\x1b[1;35mwarning:" };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		assert_non_null(strstr(log.data, parts[i]));
	buf_free(&log);
	arena_free(a);
}

/* What a comparison of two deployments will read. */
static void test_snapshots(void **state)
{
	struct arena *a = arena_new(512 << 20);
	struct demo *d = plan(a, moment(THURSDAY), 30, 30);
	int checked = 0;
	(void)state;
	for (int i = 0; i < d->deployments.count; i++) {
		const struct demo_deployment *x = d->deployments.items[i];
		json_object *snapshot = demo_deployment_snapshot(d, x);
		if (!snapshot) {
			assert_int_equal(x->action, ACT_DELETE);
			continue;
		}
		struct app_plan p;
		const char *text = json_object_to_json_string_ext(snapshot, JSON_PLAIN);
		assert_true(app_plan_parse(a, text, &p));
		assert_string_equal(app_plan_text(a, &p), text);
		assert_int_equal(p.deployment_id, x->id);
		assert_int_equal(p.replicas, x->action == ACT_STOP ? 0 : 1);
		checked++;
	}
	assert_true(checked > 500);
	arena_free(a);
}

static void test_cards(void **state)
{
	static const int weights[] = { 5, 1, 2 };
	struct arena *a = arena_new(1 << 20);
	struct demo_deck deck = demo_deck(a, 7, weights, 3);
	(void)state;
	for (int round = 0; round < 3; round++) {
		int dealt[3] = { 0 }, more = round == 0;
		for (int i = 0; i < 8 + 3 * more; i++)
			dealt[demo_deal(&deck)]++;
		for (int kind = 0; kind < 3; kind++)
			assert_int_equal(dealt[kind], weights[kind] + more);
	}
	arena_free(a);
}

static void test_calendar(void **state)
{
	struct arena *a = arena_new(1 << 20);
	int64_t now = moment(THURSDAY);
	struct demo_calendar c = demo_calendar(a, now - 28 * DAY, now, 4, 22);
	struct demo_random r = demo_random(1, 1);
	int night = 0, evening = 0, weekend = 0, before = 0;
	(void)state;
	assert_int_equal(demo_calendar_weekday(now), 4);
	assert_int_equal(demo_calendar_weekday(now - DAY), 3);
	for (int i = 0; i < 4000; i++) {
		int64_t at = demo_calendar_pick(&c, &r), hour = (at + 8 * HOUR) / HOUR % 24;
		assert_true(at >= now - 28 * DAY && at < now);
		night += hour >= 2 && hour < 7;
		evening += hour >= 19 && hour < 24;
		weekend += demo_calendar_weekday(at) % 6 == 0;
		before += demo_calendar_busy(&c, at);
	}
	assert_true(night < 100 && evening > 1600 && weekend < 4000 / 5 && before > 600);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_day),		cmocka_unit_test(test_other_sizes),
		cmocka_unit_test(test_alike_each_time), cmocka_unit_test(test_the_worker_would_say_the_same),
		cmocka_unit_test(test_long_log),	cmocka_unit_test(test_snapshots),
		cmocka_unit_test(test_cards),		cmocka_unit_test(test_calendar),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
