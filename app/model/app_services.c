/* Where applications may connect to: lines of the setting app_services. */
#include "model/app_services.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

enum { LINE_MAX_BYTES = 100, LABEL_MAX = 63, LOWEST = 1, HIGHEST = 65535, LINES_ARENA = 65536 };

static const struct app_range ranges[] = {
	{ 0x0a000000, 8 },  /* 10.0.0.0 */
	{ 0xac100000, 12 }, /* 172.16.0.0 */
	{ 0xc0a80000, 16 }, /* 192.168.0.0 */
	{ 0x64400000, 10 }, /* 100.64.0.0 */
	{ 0xa9fe0000, 16 }, /* 169.254.0.0: the metadata address of clouds is there */
	{ 0x7f000000, 8 },  /* loopback */
};
enum { RANGES = sizeof ranges / sizeof *ranges, NEVER = 4 }; /* from NEVER on: not even by name */

const struct app_range *app_services_private(int i)
{
	return i >= 0 && i < RANGES ? &ranges[i] : NULL;
}

static uint32_t mask(int bits)
{
	return bits ? ~(uint32_t)0 << (32 - bits) : 0;
}

bool app_service_holds(const struct app_service *s, const struct app_range *inner)
{
	return !s->ns && s->bits < inner->bits && (inner->address & mask(s->bits)) == s->address;
}

const char *app_service_cidr(struct arena *a, uint32_t address, int bits)
{
	return arena_printf(a, "%u.%u.%u.%u/%d", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255, bits);
}

/* "10.0.0.0/16": the bits behind the network's part must be 0. */
static bool read_range(char *text, struct app_service *out)
{
	struct in_addr in;
	int64_t bits = 32;
	char *slash = strchr(text, '/');
	if (slash) {
		*slash = '\0';
		if (!str_to_int(slash + 1, 0, 32, &bits))
			return false;
	}
	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	out->address = ntohl(in.s_addr);
	out->bits = (int)bits;
	for (int i = NEVER; i < RANGES; i++)
		if (out->bits >= ranges[i].bits && (out->address & mask(ranges[i].bits)) == ranges[i].address)
			return false;
	return !(out->address & ~mask(out->bits));
}

static bool read_line(struct arena *a, char *line, struct app_service *out)
{
	int64_t port;
	char *colon = strrchr(line, ':');
	*out = (struct app_service){ .ns = NULL };
	if (!colon || !str_to_int(colon + 1, LOWEST, HIGHEST, &port))
		return false;
	*colon = '\0';
	out->port = (int)port;
	size_t len = strlen(line);
	if (strspn(line, "0123456789./") == len)
		return read_range(line, out);
	out->ns = arena_strdup(a, line);
	return len <= LABEL_MAX && strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789-") == len && *line != '-' &&
	       line[len - 1] != '-' && strcmp(line, "kube-system") != 0;
}

bool app_services_next(struct arena *a, const char **text, struct app_service *out, bool *wrong)
{
	*wrong = false;
	*text += strspn(*text, " \t\r\n");
	size_t len = strcspn(*text, "\r\n");
	if (!len)
		return false;
	char *line = arena_memdup(a, *text, len);
	while (len && strchr(" \t", line[len - 1]))
		line[--len] = '\0';
	*wrong = len > LINE_MAX_BYTES || !read_line(a, line, out);
	*text += strcspn(*text, "\r\n");
	return !*wrong;
}

bool app_services_valid(const char *text)
{
	struct app_service s;
	bool wrong;
	struct arena *a = arena_new(LINES_ARENA);
	if (!a)
		return false;
	while (app_services_next(a, &text, &s, &wrong))
		;
	arena_free(a);
	return !wrong;
}
