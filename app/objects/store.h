/* Inside the room objects: what a kind of store does, behind the public functions. */
#ifndef OBJECTS_STORE_H
#define OBJECTS_STORE_H

#include "objects/objects.h"

/* `state` is the store's own, made by its open function. Keys have been checked. */
struct store_kind {
	void (*free)(void *state);
	enum err (*check)(void *state, struct arena *a);
	enum err (*prepare)(void *state, struct arena *a);
	enum err (*begin)(void *state, const char *key, const char *content_type, void **writer);
	enum err (*write)(void *writer, const void *bytes, size_t len);
	enum err (*commit)(void *writer); /* ends the writer in every case */
	void (*abort)(void *writer);
	enum err (*read)(void *state, struct arena *a, const char *key, int64_t from, size_t len, const char **bytes, size_t *got,
			 int64_t *total);
	enum err (*remove)(void *state, const char *key);
	void (*handover)(void *state, struct arena *a, const char *key, struct objects_handover *out);
	const char *(*public_url)(void *state, struct arena *a, const char *key, const char *filename, int seconds);
};

extern const struct store_kind store_directory, store_s3;

/* Each returns its state, or NULL and *why. */
void *directory_open(const struct config *c, const char **why);
void *s3_open(const struct config *c, const char **why);

#endif
