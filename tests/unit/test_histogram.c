/* Tests of percentiles from buckets against exact ones. Pure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "model/histogram.h"

enum { ROUNDS = 200, TIMES_MAX = 3000 };

static uint64_t seed = 88172645463325252u;

/* xorshift: the same numbers on every machine. 0 < x <= 1. */
static double chance(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (double)((seed >> 11) + 1) / (double)(1ull << 53);
}

/* By the definition alone: the first power of 1.1 that is not exceeded. */
static int bucket_of(double seconds)
{
	int n = HISTOGRAM_FIRST;
	double limit = 1;
	for (int i = 0; i > HISTOGRAM_FIRST; i--)
		limit /= 1.1;
	for (; n < HISTOGRAM_LAST && seconds > limit; n++)
		limit *= 1.1;
	return n;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The nearest rank, as percentile_disc takes it. */
static double exact(const double *sorted, int count, double share)
{
	int rank = (int)(share * count);
	return sorted[rank < share * count ? rank : rank - 1];
}

static void percentiles_are_right_within_five_percent(void **state)
{
	(void)state;
	static const double shares[] = { 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1 };
	static double times[TIMES_MAX];
	for (int round = 0; round < ROUNDS; round++) {
		struct histogram h = { 0 };
		int count = 1 + (int)(chance() * (TIMES_MAX - 1));
		double scale = round % 4 ? 3600 : 1, shape = 1 + 4 * chance();
		for (int i = 0; i < count; i++) {
			times[i] = 0.005;
			for (double left = shape; left > 0; left--)
				times[i] += scale * chance() * chance() * chance() * (left < 1 ? left : 1);
			histogram_add(&h, bucket_of(times[i]), 1);
		}
		qsort(times, (size_t)count, sizeof *times, by_size);
		for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
			double is = exact(times, count, shares[s]), says = histogram_percentile(&h, shares[s]);
			if (!(says >= is * 0.95 && says <= is * 1.05))
				fail_msg("share %g of %d: %g, but it is %g", shares[s], count, says, is);
		}
	}
}

static void small_and_odd_ones(void **state)
{
	(void)state;
	struct histogram h = { 0 };
	assert_true(isnan(histogram_percentile(&h, 0.5)));
	histogram_add(&h, bucket_of(60), 1);
	assert_true(fabs(histogram_percentile(&h, 0.5) - 60) < 3 && fabs(histogram_percentile(&h, 0.95) - 60) < 3);
	/* Of two the median is the smaller one, the 95th percentile the greater. */
	histogram_add(&h, bucket_of(600), 1);
	assert_true(fabs(histogram_percentile(&h, 0.5) - 60) < 3 && fabs(histogram_percentile(&h, 0.95) - 600) < 30);
	/* What no bucket is for counts at the edge, and is not lost. */
	histogram_add(&h, -30000, 1);
	histogram_add(&h, 30000, 1);
	assert_int_equal(h.total, 4);
	assert_true(histogram_percentile(&h, 0.25) < 0.001 && histogram_percentile(&h, 1) > 3e7);
}

static void bytes_are_buckets_from_the_first(void **state)
{
	(void)state;
	static const double times[] = { 0.0001, 0.02, 1, 60, 61, 600, 86400, 1e9 };
	struct histogram one = { 0 }, other = { 0 };
	unsigned char bytes[sizeof times / sizeof *times], all[HISTOGRAM_BUCKETS];
	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] = (unsigned char)(bucket_of(times[i]) - HISTOGRAM_FIRST);
		histogram_add(&one, bucket_of(times[i]), 1);
	}
	histogram_add_bytes(&other, bytes, 0);
	histogram_add_bytes(&other, bytes, sizeof bytes);
	assert_memory_equal(&one, &other, sizeof one);
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (unsigned char)i;
	other = (struct histogram){ 0 };
	histogram_add_bytes(&other, all, sizeof all);
	assert_int_equal(other.total, HISTOGRAM_BUCKETS);
	for (size_t i = 0; i < sizeof all; i++)
		assert_int_equal(other.builds[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_right_within_five_percent),
		cmocka_unit_test(small_and_odd_ones),
		cmocka_unit_test(bytes_are_buckets_from_the_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
