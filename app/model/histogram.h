/* Times counted in buckets, and their percentiles. Pure. */
#ifndef MODEL_HISTOGRAM_H
#define MODEL_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bucket n holds times up to 1.1^n seconds that are more than 1.1^(n-1): the middle is within 5 % of each of them. The first one
 * holds a millisecond and less, the last one a year and more. There are as many as a byte has values.
 */
enum { HISTOGRAM_FIRST = -73, HISTOGRAM_LAST = 182, HISTOGRAM_BUCKETS = HISTOGRAM_LAST - HISTOGRAM_FIRST + 1 };

/* The same rule for the database: the bucket of an interval, as a smallint; of the times of a row of builds. */
#define HISTOGRAM_BUCKET_SQL(interval)                                                                                           \
	"greatest(-73, least(182, ceil(ln(greatest(extract(epoch FROM " interval                                                 \
	")::float8, 0.001)) / ln(1.1::float8))))::smallint"
#define DURATION_BUCKET HISTOGRAM_BUCKET_SQL("finished_at - started_at")
#define WAIT_BUCKET HISTOGRAM_BUCKET_SQL("started_at - created_at")
/* Of a group of rows of builds: the buckets of all durations as a bytea, a byte each, counted from the first bucket. */
#define DURATION_BYTES                                                                                                           \
	"coalesce(string_agg(set_byte('\\x00', 0, " DURATION_BUCKET " + 73), ''::bytea)"                                         \
	" FILTER (WHERE status <> 'cancelled' AND started_at IS NOT NULL), ''::bytea)"

struct histogram {
	int64_t total;
	int64_t builds[HISTOGRAM_BUCKETS];
};

/* Counts so many more times in a bucket; one outside the range counts in the first or the last one. */
void histogram_add(struct histogram *h, int bucket, int64_t builds);

/* Counts one more time for each byte, as DURATION_BYTES writes them. Every byte has its bucket. */
void histogram_add_bytes(struct histogram *h, const unsigned char *bytes, size_t count);

/*
 * The smallest time that at least that share of all (0 < share <= 1) does not exceed, in seconds, as the middle of its bucket and
 * with four digits. NAN: there are none.
 */
double histogram_percentile(const struct histogram *h, double share);

#endif
