/* Time zones from the system's files (TZif, RFC 8536), each read once. */
#include "base/zone.h"

#include <endian.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

enum { NAME = 48, FILE_CAP = 64 * 1024, ZONES_MAX = 700, HEADER = 44 };

struct zone {
	char name[NAME];
	unsigned char *data; /* the whole file */
	const unsigned char *times, *kinds, *types;
	uint32_t time_count, type_count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *zones[ZONES_MAX]; /* filled from the front, never changed afterwards */

static uint32_t be32(const unsigned char *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return be32toh(v);
}

static int64_t be64(const unsigned char *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return (int64_t)be64toh(v);
}

/* The size of the block behind a header whose times are `width` bytes long; the counts are the header's, in its order. */
static size_t block_size(const unsigned char *header, size_t width)
{
	size_t isut = be32(header + 20), isstd = be32(header + 24), leap = be32(header + 28), times = be32(header + 32),
	       types = be32(header + 36), chars = be32(header + 40);
	return times * (width + 1) + types * 6 + chars + leap * (width + 4) + isstd + isut;
}

/* Version 2 and later: a block with 32-bit times is skipped, the one with 64-bit times behind it is used. */
static bool find_tables(struct zone *z, size_t len)
{
	if (len < HEADER || memcmp(z->data, "TZif", 4) || z->data[4] < '2')
		return false;
	size_t second = HEADER + block_size(z->data, 4);
	if (second + HEADER > len || memcmp(z->data + second, "TZif", 4))
		return false;
	const unsigned char *header = z->data + second;
	if (second + HEADER + block_size(header, 8) > len)
		return false;
	z->time_count = be32(header + 32);
	z->type_count = be32(header + 36);
	z->times = header + HEADER;
	z->kinds = z->times + (size_t)z->time_count * 8;
	z->types = z->kinds + z->time_count;
	return z->type_count > 0;
}

static bool name_valid(const char *name)
{
	return strlen(name) < NAME && name[0] != '/' && name[0] != '.' && !strstr(name, "..") &&
	       str_only(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");
}

static struct zone *load(const char *name)
{
	char path[NAME + 32];
	snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return NULL;
	struct zone *z = calloc(1, sizeof(*z));
	size_t len = 0;
	if (z && (z->data = malloc(FILE_CAP)))
		len = fread(z->data, 1, FILE_CAP, f);
	fclose(f);
	if (z && z->data && find_tables(z, len)) {
		snprintf(z->name, sizeof z->name, "%s", name);
		return z;
	}
	if (z)
		free(z->data);
	free(z);
	return NULL;
}

static struct zone *find(const char *name)
{
	struct zone *found = NULL;
	pthread_mutex_lock(&lock);
	size_t i = 0;
	while (i < ZONES_MAX && zones[i] && !found) {
		if (!strcmp(zones[i]->name, name))
			found = zones[i];
		i++;
	}
	if (!found && i < ZONES_MAX && name_valid(name))
		found = zones[i] = load(name);
	pthread_mutex_unlock(&lock);
	return found;
}

bool zone_offset(const char *name, int64_t at, int *offset)
{
	const struct zone *z = find(name);
	if (!z)
		return false;
	uint32_t low = 0, high = z->time_count; /* the first transition after `at` */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (be64(z->times + (size_t)middle * 8) <= at)
			low = middle + 1;
		else
			high = middle;
	}
	uint32_t type = low ? z->kinds[low - 1] : 0;
	if (type >= z->type_count)
		return false;
	*offset = (int32_t)be32(z->types + (size_t)type * 6);
	return true;
}

bool zone_known(const char *name)
{
	int offset;
	return zone_offset(name, 0, &offset);
}

int64_t zone_day(const char *name, const char *date, int days)
{
	struct tm tm = { 0 };
	int offset = 0;
	strptime(date, "%Y-%m-%d", &tm);
	int64_t at = (int64_t)timegm(&tm) + (int64_t)days * 86400;
	/* Which offset holds at local midnight: the one at UTC midnight is at most a day off, the second look is right. */
	for (int i = 0; i < 2; i++)
		if (!name || !zone_offset(name, at - offset, &offset))
			offset = 0;
	return at - offset;
}

enum { LISTED_MAX = 500 };

static pthread_once_t listed = PTHREAD_ONCE_INIT;
static char *names[LISTED_MAX + 1];

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines "codes TAB coordinates TAB name [TAB note]"; notes begin with '#'. */
static void read_names(void)
{
	char line[512];
	size_t count = 0;
	FILE *f = fopen("/usr/share/zoneinfo/zone1970.tab", "r");
	while (f && count < LISTED_MAX && fgets(line, sizeof line, f)) {
		char *rest = line, *name = NULL;
		for (int column = 0; column < 3 && rest; column++)
			name = strsep(&rest, "\t\n");
		if (*line != '#' && name && *name && name_valid(name) && (names[count] = strdup(name)))
			count++;
	}
	if (f)
		fclose(f);
	qsort(names, count, sizeof *names, by_name);
}

const char *const *zone_names(void)
{
	pthread_once(&listed, read_names);
	return (const char *const *)names;
}
