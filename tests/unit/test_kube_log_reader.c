/* Tests of time stamps, and of the seam between two readings of a log, cut at every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "kube/log_reader.h"

static void stamps_are_compared_as_times(void **state)
{
	(void)state;
	static const struct {
		const char *x, *y;
		int order;
	} table[] = {
		{ "2026-11-21T04:05:06Z", "2026-11-21T04:05:06.000000000Z", 0 },
		{ "2026-11-21T04:05:06.1Z", "2026-11-21T04:05:06.09Z", 1 },
		{ "2026-11-21T04:05:06.999999999Z", "2026-11-21T04:05:07Z", -1 },
		{ "2026-11-21T12:05:06.5+08:00", "2026-11-21T04:05:06.5Z", 0 },
		{ "2026-11-21T04:05:06.5-01:30", "2026-11-21T05:35:06.500000001Z", -1 },
		{ "2026-12-01T00:00:00Z", "2026-11-30T23:59:59.9Z", 1 },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct stamp x, y;
		size_t n;
		assert_true(stamp_parse(table[i].x, strlen(table[i].x), &x, &n) && n == strlen(table[i].x));
		assert_true(stamp_parse(table[i].y, strlen(table[i].y), &y, &n));
		assert_int_equal(stamp_compare(&x, &y), table[i].order);
		assert_int_equal(stamp_compare(&y, &x), -table[i].order);
	}
	static const char *const none[] = { "",
					    "hello",
					    "2026-11-21",
					    "2026-11-21T04:05:06",
					    "2026-11-21T04:05:06.Z",
					    "2026-11-21T04:05:06.1234567890Z",
					    "2026-11-21T04:05:06.5+8:00",
					    "2026-11-21T04:05:06Zx",
					    "2026-11-21 04:05:06Z",
					    "+026-11-21T04:05:06Z" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		struct stamp s;
		size_t n;
		if (stamp_parse(none[i], strlen(none[i]), &s, &n))
			fail_msg("%s is no stamp", none[i]);
	}
}

/* Lines of two streams, equal stamps, stamps out of order, an empty line, decimals of other lengths, no newline at the end. */
#define S "2026-11-21T04:05:"
static const char *const lines[] = {
	S "05.1Z one\n",	   S "06.000000001Z two\n",   S "06.5Z three\n", S "06.5Z four\n", S "06.500000000Z five\n",
	S "06.49Z out of order\n", S "06.5Z six\n",	      S "06.6Z \n",	 S "06.61Z\n",	   S "07Z seven 2026\n",
	S "06.99Z late\n",	   S "59.123456789Z the end",
};
enum { LINES = sizeof lines / sizeof *lines };

/* What the lines mean without their stamps. */
static void content(size_t from, size_t to, struct buf *out)
{
	for (size_t i = from; i < to; i++) {
		size_t n = strcspn(lines[i], " \n");
		buf_puts(out, lines[i] + n + (lines[i][n] == ' '));
	}
}

/* Reads lines[0..to) in pieces of `step` bytes from a seam; the seam behind is put back. */
static void read_all(struct kube_log_seam *seam, size_t to, size_t step, struct buf *out)
{
	struct log_reader r;
	struct buf all = { 0 };
	reader_init(&r, seam);
	for (size_t i = 0; i < to; i++)
		buf_puts(&all, lines[i]);
	for (size_t at = 0; at < all.len; at += step)
		reader_feed(&r, all.data + at, all.len - at < step ? all.len - at : step);
	if (to == LINES)
		reader_end(&r);
	buf_add(out, r.out.data, r.out.len);
	*seam = r.seam;
	assert_string_equal(r.complaint, "");
	reader_free(&r);
	buf_free(&all);
}

static void a_log_goes_on_from_each_seam_without_loss(void **state)
{
	(void)state;
	static const size_t steps[] = { 1, 2, 3, 7, 19, 30, 1000 };
	for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
		for (size_t cut = 0; cut <= LINES; cut++) {
			struct buf got = { 0 }, want = { 0 };
			struct kube_log_seam seam = { .stamp = "" };
			read_all(&seam, cut, steps[s], &got);
			read_all(&seam, LINES, steps[s], &got); /* the overlap is all there was */
			content(0, LINES, &want);
			if (got.len != want.len || memcmp(got.data, want.data, want.len))
				fail_msg("step %zu, cut %zu: %s", steps[s], cut, got.data);
			got.len = 0;
			read_all(&seam, LINES, steps[s], &got);
			assert_int_equal(got.len, 0);
			buf_free(&got);
			buf_free(&want);
		}
	}
}

static void since_is_whole_seconds_before_the_seam(void **state)
{
	(void)state;
	struct log_reader r;
	char since[32];
	reader_init(&r, &(struct kube_log_seam){ .stamp = "2026-11-21T12:05:06.9+08:00", .lines = 1 });
	assert_true(reader_since(&r, since));
	assert_string_equal(since, "2026-11-21T04:05:05Z");
	reader_free(&r);
	reader_init(&r, &(struct kube_log_seam){ .stamp = "" });
	assert_false(reader_since(&r, since));
	reader_free(&r);
	reader_init(&r, NULL);
	assert_false(reader_since(&r, since));
	reader_free(&r);
}

static void rotated_lines_do_not_hide_new_ones(void **state)
{
	(void)state;
	struct log_reader r;
	reader_init(&r, &(struct kube_log_seam){ .stamp = S "06.5Z", .lines = 3 });
	const char *text = S "06.5Z old\n" S "06.7Z new\n" S "06.5Z newer\n";
	reader_feed(&r, text, strlen(text));
	assert_string_equal(r.out.data, "new\nnewer\n");
	reader_free(&r);
}

static void the_kubelets_own_words_are_no_log(void **state)
{
	(void)state;
	struct log_reader r;
	reader_init(&r, NULL);
	const char *text = S "06.5Z line\nunable to retrieve container logs for containerd://aa\n";
	reader_feed(&r, text, strlen(text));
	reader_end(&r);
	assert_string_equal(r.out.data, "line\n");
	assert_string_equal(r.complaint, "unable to retrieve container logs for containerd://aa");
	assert_int_equal(r.seam.lines, 1);
	reader_free(&r);
}

static void very_long_lines_come_in_pieces(void **state)
{
	(void)state;
	enum { LONG = 3 << 20, STEP = 16384 };
	struct log_reader r;
	char *text = malloc(LONG + 100);
	int head = snprintf(text, 100, S "01Z before\n" S "02Z ");
	memset(text + head, 'y', LONG);
	int tail = snprintf(text + head + LONG, 60, "\n" S "03Z after\n");
	size_t len = (size_t)head + LONG + (size_t)tail, got = 0;
	struct kube_log_seam seam = { .stamp = "" };
	reader_init(&r, NULL);
	for (size_t at = 0; at < len; at += STEP) {
		reader_feed(&r, text + at, len - at < STEP ? len - at : STEP);
		got += r.out.len;
		assert_true(r.out.len <= (1 << 20) + 2 * STEP && r.line.len <= (1 << 20) + STEP);
		if (at == LONG / 2 / STEP * STEP)
			seam = r.seam;
		buf_reset(&r.out);
	}
	assert_int_equal(got, strlen("before\n") + LONG + strlen("\nafter\n"));
	assert_string_equal(seam.stamp, S "01Z");
	assert_string_equal(r.seam.stamp, S "03Z");
	reader_free(&r);
	/* Behind it, a second reading drops it all. */
	struct kube_log_seam behind = { .stamp = S "02Z", .lines = 1 };
	reader_init(&r, &behind);
	for (size_t at = 0; at < len; at += STEP)
		reader_feed(&r, text + at, len - at < STEP ? len - at : STEP);
	assert_string_equal(r.out.data, "after\n");
	reader_free(&r);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_are_compared_as_times),
		cmocka_unit_test(a_log_goes_on_from_each_seam_without_loss),
		cmocka_unit_test(since_is_whole_seconds_before_the_seam),
		cmocka_unit_test(rotated_lines_do_not_hide_new_ones),
		cmocka_unit_test(the_kubelets_own_words_are_no_log),
		cmocka_unit_test(very_long_lines_come_in_pieces),
	};
	return cmocka_run_group_tests_name("kube_log_reader", tests, NULL, NULL);
}
