/* Time: a monotonic clock for limits, and the texts that users and protocols exchange. */
#include "base/clock.h"

#include <errno.h>
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

/* Every page is full of moments: they are written and read digit by digit, which printf and scanf take ten times as long for. */
static void put(char *to, int number, int digits)
{
	for (int i = digits - 1; i >= 0; i--, number /= 10)
		to[i] = (char)('0' + number % 10);
}

static bool take(const char **from, int digits, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++, (*from)++) {
		if (**from < '0' || **from > '9')
			return false;
		*number = *number * 10 + (**from - '0');
	}
	return true;
}

static bool skip(const char **from, char mark)
{
	return *(*from)++ == mark;
}

void clock_format(int64_t us, char out[32])
{
	static const char form[] = "....-..-..T..:..:.........Z";
	int64_t fraction = us % 1000000;
	time_t seconds = (time_t)(us / 1000000);
	if (fraction < 0) {
		fraction += 1000000;
		seconds--;
	}
	struct tm tm;
	gmtime_r(&seconds, &tm);
	memcpy(out, form, sizeof form);
	put(out, tm.tm_year + 1900, 4);
	put(out + 5, tm.tm_mon + 1, 2);
	put(out + 8, tm.tm_mday, 2);
	put(out + 11, tm.tm_hour, 2);
	put(out + 14, tm.tm_min, 2);
	put(out + 17, tm.tm_sec, 2);
	put(out + 20, (int)fraction, 6);
}

/* "+08:00" */
static bool take_offset(const char *p, int64_t *seconds)
{
	int hours, minutes;
	char sign = *p++;
	if ((sign != '+' && sign != '-') || !take(&p, 2, &hours) || !skip(&p, ':') || !take(&p, 2, &minutes) || *p)
		return false;
	*seconds = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
	return true;
}

bool clock_parse(const char *text, int64_t *us)
{
	struct tm tm = { 0 };
	const char *p = text;
	if (!take(&p, 4, &tm.tm_year) || !skip(&p, '-') || !take(&p, 2, &tm.tm_mon) || !skip(&p, '-') ||
	    !take(&p, 2, &tm.tm_mday) || !skip(&p, 'T') || !take(&p, 2, &tm.tm_hour) || !skip(&p, ':') ||
	    !take(&p, 2, &tm.tm_min) || !skip(&p, ':') || !take(&p, 2, &tm.tm_sec))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	int64_t fraction = 0, offset = 0;
	if (*p == '.') {
		int64_t unit = 100000;
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			fraction += (*p - '0') * unit;
	}
	if (strcmp(p, "Z") && !take_offset(p, &offset))
		return false;
	*us = ((int64_t)timegm(&tm) - offset) * 1000000 + fraction;
	return true;
}

void clock_sleep(int64_t ms)
{
	struct timespec t = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
	while (nanosleep(&t, &t) && errno == EINTR)
		;
}
