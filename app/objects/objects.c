/* The archive: objects by key. Checks keys, counts and digests bytes, and passes on to the kind of store that is configured. */
#include "objects/objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "config.h"
#include "objects/store.h"

struct objects {
	const struct store_kind *kind;
	void *state;
};

struct objects_writer {
	const struct store_kind *kind;
	void *state;
	int64_t bytes;
	struct secret_hash *hash;
};

struct objects *objects_open(struct arena *a, const struct config *c, const char **why)
{
	(void)a;
	struct objects *o = calloc(1, sizeof(*o));
	*why = "out of memory";
	if (!o)
		return NULL;
	if (!strcmp(c->archive, "directory")) {
		o->kind = &store_directory;
		o->state = directory_open(c, why);
	} else if (!strcmp(c->archive, "s3")) {
		o->kind = &store_s3;
		o->state = s3_open(c, why);
	} else {
		*why = "LOG_ARCHIVE must be s3 or directory";
	}
	if (o->state)
		return o;
	free(o);
	return NULL;
}

void objects_free(struct objects *o)
{
	if (!o)
		return;
	o->kind->free(o->state);
	free(o);
}

bool object_key_valid(const char *key)
{
	if (*key == '/' || strlen(key) > OBJECT_KEY_MAX ||
	    !str_only(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-"))
		return false;
	for (const char *part = key; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (!*part || *part == '/' || *part == '.')
			return false;
	}
	return true;
}

enum err objects_check(struct objects *o, struct arena *a)
{
	return o->kind->check(o->state, a);
}

enum err objects_prepare(struct objects *o, struct arena *a)
{
	return o->kind->prepare(o->state, a);
}

enum err objects_begin(struct objects *o, const char *key, const char *content_type, struct objects_writer **w)
{
	*w = NULL;
	if (!object_key_valid(key))
		return ERR_INVALID;
	struct objects_writer *new = calloc(1, sizeof(*new));
	if (!new)
		return ERR_UNAVAILABLE;
	new->kind = o->kind;
	enum err e = o->kind->begin(o->state, key, content_type, &new->state);
	if (e != ERR_NONE) {
		free(new);
		return e;
	}
	new->hash = secret_hash_new();
	*w = new;
	return ERR_NONE;
}

enum err objects_write(struct objects_writer *w, const void *bytes, size_t len)
{
	secret_hash_add(w->hash, bytes, len);
	w->bytes += (int64_t)len;
	return w->kind->write(w->state, bytes, len);
}

enum err objects_commit(struct objects_writer *w, int64_t *bytes, char hex[65])
{
	unsigned char digest[SHA256_SIZE];
	secret_hash_end(w->hash, digest);
	str_hex(digest, SHA256_SIZE, hex);
	*bytes = w->bytes;
	enum err e = w->kind->commit(w->state);
	free(w);
	return e;
}

void objects_abort(struct objects_writer *w)
{
	if (!w)
		return;
	secret_hash_end(w->hash, NULL);
	w->kind->abort(w->state);
	free(w);
}

enum err objects_read(struct objects *o, struct arena *a, const char *key, int64_t from, size_t len, const char **bytes,
		      size_t *got, int64_t *total)
{
	*bytes = "";
	*got = 0;
	*total = 0;
	if (!object_key_valid(key) || from < 0 || len > OBJECT_READ_MAX)
		return ERR_INVALID;
	return o->kind->read(o->state, a, key, from, len, bytes, got, total);
}

enum err objects_delete(struct objects *o, const char *key)
{
	return object_key_valid(key) ? o->kind->remove(o->state, key) : ERR_INVALID;
}

enum err objects_handover(struct objects *o, struct arena *a, const char *key, struct objects_handover *out)
{
	*out = (struct objects_handover){ 0 };
	if (!object_key_valid(key))
		return ERR_INVALID;
	o->kind->handover(o->state, a, key, out);
	return ERR_NONE;
}

const char *objects_public_url(struct objects *o, struct arena *a, const char *key, const char *filename, int seconds)
{
	return o->kind->public_url && object_key_valid(key) ? o->kind->public_url(o->state, a, key, filename, seconds) : NULL;
}
