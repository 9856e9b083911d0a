/* The images of the simulated world. */
#include "kubesim/images.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

static char *copy(const char *s, size_t n)
{
	char *c = strndup(s, n);
	if (!c) {
		log_event(LOG_ERROR, "out_of_memory");
		abort();
	}
	return c;
}

static bool same(const char *a, const char *b)
{
	return !strcmp(a, b);
}

/* The length of the repository in a reference: before '@', or before the ':' of a tag (not of a port). */
static size_t repository_length(const char *reference)
{
	const char *at = strchr(reference, '@'), *slash = strrchr(reference, '/');
	if (at && slash > at)
		slash = NULL;
	const char *colon = strchr(slash ? slash : reference, ':');
	if (at && (!colon || colon > at))
		return (size_t)(at - reference);
	return colon ? (size_t)(colon - reference) : strlen(reference);
}

static const char *tag_of(const char *reference)
{
	const char *rest = reference + repository_length(reference);
	return *rest == ':' ? rest + 1 : "latest";
}

void sim_images_add(struct world *w, const char *reference, const char *digest, const char *commit)
{
	const char *tag = tag_of(reference);
	for (struct image *old = w->images; old; old = old->next)
		if (same(old->digest, digest) && sim_images_find(w, reference) == old)
			return; /* pushed again */
	struct image *i = calloc(1, sizeof *i);
	if (!i) {
		log_event(LOG_ERROR, "out_of_memory");
		abort();
	}
	i->repository = copy(reference, repository_length(reference));
	i->tag = copy(tag, strcspn(tag, "@"));
	i->digest = copy(digest, strlen(digest));
	i->commit = copy(commit, strlen(commit));
	i->next = w->images;
	w->images = i;
	w->dirty = true;
}

static bool same_repository(const struct image *i, const char *reference)
{
	size_t n = repository_length(reference);
	return strlen(i->repository) == n && !strncmp(i->repository, reference, n);
}

const struct image *sim_images_find(struct world *w, const char *reference)
{
	const char *at = strchr(reference, '@');
	for (const struct image *i = w->images; i; i = i->next)
		if (same_repository(i, reference) && (at ? same(i->digest, at + 1) : !strcmp(i->tag, tag_of(reference))))
			return i;
	return NULL;
}

void sim_images_clear(struct world *w)
{
	while (w->images) {
		struct image *i = w->images;
		w->images = i->next;
		free(i->repository);
		free(i->tag);
		free(i->digest);
		free(i->commit);
		free(i);
	}
}

bool sim_image_missing(const char *reference)
{
	return str_starts(reference, "missing/") || strstr(reference, "/missing/") || strstr(reference, "does-not-exist");
}

bool sim_image_pullable(struct world *w, const char *reference, bool for_job)
{
	if (sim_image_missing(reference))
		return false;
	if (for_job || sim_images_find(w, reference))
		return true;
	for (const struct image *i = w->images; i; i = i->next)
		if (same_repository(i, reference))
			return false;
	/* A first component with a dot, a colon or "localhost" is a registry's address. */
	size_t first = strcspn(reference, "/");
	bool registry = reference[first] &&
			(memchr(reference, '.', first) || memchr(reference, ':', first) || str_starts(reference, "localhost/"));
	return strchr(reference, '@') ? false : !registry || strstr(reference, "/base/");
}

const char *sim_image_id(struct world *w, const char *reference)
{
	const struct image *known = sim_images_find(w, reference);
	size_t n = repository_length(reference);
	if (strchr(reference, '@'))
		return arena_strdup(w->scratch, reference);
	if (known)
		return arena_printf(w->scratch, "%.*s@%s", (int)n, reference, known->digest);
	uint64_t a = sim_sum(SIM_SUM_START, reference), b = sim_sum(a, "image");
	return arena_printf(w->scratch, "%.*s@sha256:%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, (int)n, reference, a,
			    b, ~a, ~b);
}
