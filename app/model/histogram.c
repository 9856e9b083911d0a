/* Times counted in buckets, and their percentiles. Pure. */
#include "model/histogram.h"

#include <limits.h>
#include <math.h>

static const double ratio = 1.1, middle = 0.95346258924559235; /* 1.1^-0.5 */

static double power(double base, int n)
{
	double result = 1;
	for (int i = n < 0 ? -n : n; i; i--)
		result *= base;
	return n < 0 ? 1 / result : result;
}

/* Four digits say all that a bucket knows, and read better. */
static double four_digits(double seconds)
{
	double scale = 1;
	while (seconds * scale < 1000)
		scale *= 10;
	while (seconds * scale >= 10000)
		scale /= 10;
	return (double)(int64_t)(seconds * scale + 0.5) / scale;
}

void histogram_add(struct histogram *h, int bucket, int64_t builds)
{
	int at = bucket < HISTOGRAM_FIRST ? HISTOGRAM_FIRST : bucket > HISTOGRAM_LAST ? HISTOGRAM_LAST : bucket;
	h->builds[at - HISTOGRAM_FIRST] += builds;
	h->total += builds;
}

void histogram_add_bytes(struct histogram *h, const unsigned char *bytes, size_t count)
{
	_Static_assert(HISTOGRAM_BUCKETS == UCHAR_MAX + 1, "a bucket is a byte");
	for (size_t i = 0; i < count; i++)
		h->builds[bytes[i]]++;
	h->total += (int64_t)count;
}

double histogram_percentile(const struct histogram *h, double share)
{
	int64_t below = 0;
	for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		below += h->builds[i];
		if (below && (double)below >= share * (double)h->total)
			return four_digits(power(ratio, HISTOGRAM_FIRST + i) * middle);
	}
	return NAN;
}
