/* Things by id: open addressing, linear probing. */
#include "worker/map.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"

static size_t slot(const struct map *m, int64_t key)
{
	size_t at = (size_t)((uint64_t)key * 0x9e3779b97f4a7c15u >> 20) & (m->size - 1);
	while (m->keys[at] && m->keys[at] != key)
		at = (at + 1) & (m->size - 1);
	return at;
}

void *map_get(const struct map *m, int64_t key)
{
	if (!m->size)
		return NULL;
	size_t at = slot(m, key);
	return m->keys[at] ? m->values[at] : NULL;
}

static void grow(struct map *m)
{
	struct map old = *m;
	m->size = old.size ? old.size * 2 : 64;
	m->keys = calloc(m->size, sizeof *m->keys);
	m->values = calloc(m->size, sizeof *m->values);
	if (!m->keys || !m->values)
		abort();
	for (size_t i = 0; i < old.size; i++)
		if (old.keys[i]) {
			size_t at = slot(m, old.keys[i]);
			m->keys[at] = old.keys[i];
			m->values[at] = old.values[i];
		}
	free(old.keys);
	free(old.values);
}

void map_put(struct map *m, int64_t key, void *value)
{
	if ((m->count + 1) * 2 > m->size)
		grow(m);
	size_t at = slot(m, key);
	m->count += !m->keys[at];
	m->keys[at] = key;
	m->values[at] = value;
}

void *map_take(struct map *m, int64_t key)
{
	if (!m->size)
		return NULL;
	size_t hole = slot(m, key);
	if (!m->keys[hole])
		return NULL;
	void *value = m->values[hole];
	m->keys[hole] = 0;
	m->count--;
	/* What was pushed behind the hole moves up, or it would not be found any more. */
	for (size_t at = (hole + 1) & (m->size - 1); m->keys[at]; at = (at + 1) & (m->size - 1)) {
		int64_t k = m->keys[at];
		void *v = m->values[at];
		m->keys[at] = 0;
		size_t to = slot(m, k);
		m->keys[to] = k;
		m->values[to] = v;
	}
	return value;
}

void *map_next(const struct map *m, size_t *at)
{
	while (*at < m->size)
		if (m->keys[(*at)++])
			return m->values[*at - 1];
	return NULL;
}

const char *map_keys(const struct map *m, struct arena *a)
{
	struct buf text = { 0 };
	for (size_t at = 0; at < m->size; at++)
		if (m->keys[at])
			buf_printf(&text, "%s%" PRId64, text.len ? "," : "{", m->keys[at]);
	buf_puts(&text, text.len ? "}" : "{}");
	if (text.failed)
		abort();
	const char *keys = arena_strdup(a, text.data);
	buf_free(&text);
	return keys;
}

void map_free(struct map *m)
{
	free(m->keys);
	free(m->values);
	*m = (struct map){ 0 };
}
