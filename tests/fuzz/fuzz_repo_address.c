/*
 * Hostile addresses of repositories: what is taken apart names two clean components and an allowed scheme.
 * needs: gitea/repo_address.c
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "gitea/gitea.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool clean(const char *component)
{
	return str_only(component, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") && *component != '-' &&
	       *component != '.';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;
	if (!a)
		a = arena_new(64 << 20);
	char *url = arena_memdup(a, data, size);
	struct repo_address r;
	const char *why;
	if (repo_address_parse(a, url, "ssh,https", &r, &why)) {
		if (!clean(r.owner) || !clean(r.name) || *url == '-' || strpbrk(url, "\r\n\t ?#%") || strstr(url, "/../"))
			abort();
		if (strcmp(r.scheme, "ssh") && strcmp(r.scheme, "https"))
			abort();
		if (!*r.host || *r.host == '-' || strchr(r.host, '@') || strchr(r.host, '/'))
			abort();
	} else if (!why || !*why) {
		abort();
	}
	arena_reset(a);
	return 0;
}
