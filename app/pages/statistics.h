/* What the page of the statistics and its tables share. */
#ifndef PAGES_STATISTICS_H
#define PAGES_STATISTICS_H

#include "http/input.h"
#include "model/statistics.h"

/* The fields of both, in the order of their INPUT_SETs. */
enum { STATISTICS_DAYS_FIELD, STATISTICS_COURSE_FIELD, STATISTICS_FIELDS };
#define STATISTICS_INPUT                                                                                                         \
	[STATISTICS_DAYS_FIELD] = { .name = "days", .kind = IN_ENUM, .choices = STATISTICS_DAYS }, [STATISTICS_COURSE_FIELD] = { \
		.name = "course_id", .kind = IN_ID                                                                               \
	}

/* The filter that a query asks for; by whole weeks where a picture of single days would show nothing. */
struct statistics_filter statistics_ask(const struct input_value *in);

#endif
