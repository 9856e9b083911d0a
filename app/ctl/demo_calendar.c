/* When students work. */
#include "ctl/demo_calendar.h"

#include "base/arena.h"
#include "ctl/demo_random.h"

#define CELL (10 * MINUTE)
#define SHANGHAI (8 * HOUR) /* no summer time */

enum { WEEK_HOURS = 7 * 24, THURSDAY = 4 };

static int hour_of_week(int64_t at)
{
	int64_t hours = (at + SHANGHAI) / HOUR + THURSDAY * 24; /* 1970 began on a Thursday */
	return (int)(hours % WEEK_HOURS);
}

static int hours_until_due(const struct demo_calendar *c, int64_t at)
{
	return (c->due_day * 24 + c->due_hour - 1 - hour_of_week(at) + WEEK_HOURS) % WEEK_HOURS;
}

static int weight(const struct demo_calendar *c, int64_t at)
{
	static const int hours[24] = { 60, 20, 6,  2,  2,  2,  4,  14, 30,  55,	 70,  70,
				       45, 50, 80, 90, 90, 75, 60, 95, 150, 190, 170, 110 };
	static const int days[7] = { 6, 10, 10, 10, 10, 8, 4 };
	int hour = hour_of_week(at), until = hours_until_due(c, at);
	int due = until < 5 ? 70 : until < 24 ? 32 : until < 48 ? 18 : until > WEEK_HOURS - 24 ? 6 : 10;
	return hours[hour % 24] * days[hour / 24] * due;
}

struct demo_calendar demo_calendar(struct arena *a, int64_t begin, int64_t end, int due_day, int due_hour)
{
	struct demo_calendar c = {
		.begin = begin, .due_day = due_day, .due_hour = due_hour, .cells = (int)((end - begin) / CELL)
	};
	int64_t sum = 0;
	c.upto = arena_alloc(a, sizeof *c.upto * (size_t)c.cells);
	for (int i = 0; i < c.cells; i++)
		c.upto[i] = sum += weight(&c, begin + i * CELL);
	return c;
}

int64_t demo_calendar_pick(const struct demo_calendar *c, struct demo_random *r)
{
	int64_t x = demo_between(r, 0, c->upto[c->cells - 1] - 1);
	int low = 0, high = c->cells - 1;
	while (low < high) {
		int middle = (low + high) / 2;
		if (c->upto[middle] > x)
			high = middle;
		else
			low = middle + 1;
	}
	return c->begin + low * CELL + demo_between(r, 0, CELL - 1);
}

bool demo_calendar_busy(const struct demo_calendar *c, int64_t at)
{
	return hours_until_due(c, at) < 5;
}

int64_t demo_calendar_day(int64_t now, int days_ago, int hour)
{
	int64_t day = (now + SHANGHAI) / DAY - days_ago;
	return day * DAY - SHANGHAI + hour * HOUR;
}

int demo_calendar_weekday(int64_t at)
{
	return hour_of_week(at) / 24;
}
