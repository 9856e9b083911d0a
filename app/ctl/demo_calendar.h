/* Inside the room ctl: when students work, for the made-up world of `portalctl demo`. */
#ifndef CTL_DEMO_CALENDAR_H
#define CTL_DEMO_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct demo_random;

/* Times are microseconds since 1970. */
#define SECOND ((int64_t)1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Work is due once a week, at `due_hour` of `due_day` (0: Sunday), in the time of Shanghai. */
struct demo_calendar {
	int64_t begin;
	int due_day, due_hour;
	int cells;
	int64_t *upto; /* weights of ten minutes each, added up; the arena's */
};

struct demo_calendar demo_calendar(struct arena *a, int64_t begin, int64_t end, int due_day, int due_hour);

/* A moment of it: more in the evening, fewer at weekends, most of them before work is due. */
int64_t demo_calendar_pick(const struct demo_calendar *c, struct demo_random *r);

/* In the hours before work is due, when many build at once. */
bool demo_calendar_busy(const struct demo_calendar *c, int64_t at);

/* The moment `hour`:00 in Shanghai of the day that many days before `now`. */
int64_t demo_calendar_day(int64_t now, int days_ago, int hour);

/* 0 (Sunday) to 6 in Shanghai. */
int demo_calendar_weekday(int64_t at);

#endif
