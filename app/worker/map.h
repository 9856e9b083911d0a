/* Things by id: a hash table from positive numbers to pointers. No locks. */
#ifndef WORKER_MAP_H
#define WORKER_MAP_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* Zeroed is empty. Keys are > 0. */
struct map {
	int64_t *keys; /* 0: free */
	void **values;
	size_t size, count;
};

/* The value, or NULL. */
void *map_get(const struct map *m, int64_t key);
/* Sets a value that is not NULL. Ends the process when memory is out. */
void map_put(struct map *m, int64_t key, void *value);
/* Takes a value out and returns it, or NULL. */
void *map_take(struct map *m, int64_t key);
/* Walks all: starts with *at = 0; NULL at the end. The map must not change meanwhile but for taking out the one just returned,
   after which the walk goes on from where it was. */
void *map_next(const struct map *m, size_t *at);
/* All keys as a database's array in text ("{7,9}"), in the arena. */
const char *map_keys(const struct map *m, struct arena *a);
/* Gives the table back; the values are the caller's. */
void map_free(struct map *m);

#endif
