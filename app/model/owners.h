/* Whose builds and projects these are: for checking a whole list of them at once. */
#ifndef MODEL_OWNERS_H
#define MODEL_OWNERS_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/*
 * The users whose students the builds and projects of two lists "{1,2,3}" belong to, one entry an id, by one query; 0 for what
 * nobody owns or what does not exist.
 */
enum err model_owners_read(struct db *db, struct arena *a, const char *builds, const char *projects, int64_t **out,
			   int *count) MUST_CHECK;

#endif
