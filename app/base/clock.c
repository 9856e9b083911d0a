/* Time: a monotonic clock for limits, and the texts that users and protocols exchange. */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void clock_format(int64_t us, char out[32])
{
	int64_t fraction = us % 1000000;
	time_t seconds = (time_t)(us / 1000000);
	if (fraction < 0) {
		fraction += 1000000;
		seconds--;
	}
	struct tm tm;
	gmtime_r(&seconds, &tm);
	char day[24];
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, 32, "%s.%06dZ", day, (int)fraction);
}

bool clock_parse(const char *text, int64_t *us)
{
	struct tm tm = { 0 };
	int n = 0;
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
		   &n) != 6 ||
	    n != 19)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	const char *p = text + n;
	int64_t fraction = 0;
	if (*p == '.') {
		int64_t unit = 100000;
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			fraction += (*p - '0') * unit;
	}
	int hours = 0, minutes = 0;
	char sign = *p;
	if (strcmp(p, "Z")) {
		if ((sign != '+' && sign != '-') || sscanf(p + 1, "%2d:%2d%n", &hours, &minutes, &n) != 2 || p[1 + n])
			return false;
	}
	int64_t offset = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
	*us = ((int64_t)timegm(&tm) - (sign == 'Z' ? 0 : offset)) * 1000000 + fraction;
	return true;
}

void clock_sleep(int64_t ms)
{
	struct timespec t = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
	while (nanosleep(&t, &t) && errno == EINTR)
		;
}
