/* One object into an S3 store: at once while it fits the buffer, else as a multipart upload with every part checked. */
#include "objects/s3_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "objects/s3_call.h"
#include "objects/store.h"

enum {
	PART = 8 << 20,
	PARTS_MAX = 10000, /* S3's own limit */
	PARTS_XML_MAX = 3 << 20,
	ARENA = 4 << 20,
	TRIES = 3,
	PART_TIMEOUT_MS = 120 * 1000,
	CALL_TIMEOUT_MS = 20 * 1000,
	COMPLETE_TIMEOUT_MS = 300 * 1000,
	SWEEP_MAX = 20,
	UPLOAD_ID_MAX = 1024
};

struct writer {
	struct s3 *s3;
	struct arena *arena; /* of one call */
	char key[OBJECT_KEY_MAX + 1], content_type[128];
	char upload[UPLOAD_ID_MAX + 1]; /* "": none yet */
	int parts;
	int64_t sent;
	struct buf parts_xml;
	size_t filled;
	bool failed;
	char *buffer;
};

static void end(struct writer *w)
{
	arena_free(w->arena);
	buf_free(&w->parts_xml);
	free(w->buffer);
	free(w);
}

enum err s3_begin(void *state, const char *key, const char *content_type, void **writer)
{
	struct writer *w = calloc(1, sizeof(*w));
	if (!w)
		return ERR_UNAVAILABLE;
	w->s3 = state;
	w->arena = arena_new(ARENA);
	w->buffer = malloc(PART);
	w->parts_xml.cap = PARTS_XML_MAX;
	snprintf(w->key, sizeof w->key, "%s", key);
	snprintf(w->content_type, sizeof w->content_type, "%s", content_type);
	if (w->arena && w->buffer) {
		*writer = w;
		return ERR_NONE;
	}
	end(w);
	return ERR_UNAVAILABLE;
}

/* A call of the writer; a missing bucket is made once, since the store may have been away when the program started. */
static enum err call(struct writer *w, const struct s3_call *c, struct fetch_response *r, const char **code)
{
	enum err e = s3_call(w->s3, w->arena, c, r, code);
	if (e != ERR_NOT_FOUND || strcmp(*code, "NoSuchBucket"))
		return e;
	e = s3_prepare(w->s3, w->arena);
	return e == ERR_NONE ? s3_call(w->s3, w->arena, c, r, code) : e;
}

static enum err abort_upload(struct writer *w, const char *upload)
{
	struct fetch_response r;
	const struct s3_call c = { .method = "DELETE",
				   .key = w->key,
				   .query = { { "uploadId", upload } },
				   .query_count = 1,
				   .tries = TRIES,
				   .timeout_ms = CALL_TIMEOUT_MS };
	enum err e = s3_call(w->s3, w->arena, &c, &r, NULL);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

/*
 * Parts of an upload that a crash cut off are kept, and paid for, until somebody ends it; whoever begins the same object anew
 * does. What cannot be listed stays.
 */
static void sweep(struct writer *w)
{
	struct fetch_response r;
	const struct s3_call c = { .method = "GET",
				   .query = { { "uploads", "" }, { "prefix", w->key } },
				   .query_count = 2,
				   .tries = 1,
				   .timeout_ms = CALL_TIMEOUT_MS,
				   .quiet = true };
	if (s3_call(w->s3, w->arena, &c, &r, NULL) != ERR_NONE)
		return;
	const char *at = r.body;
	for (int i = 0; i < SWEEP_MAX && (at = strstr(at, "<Upload>")); i++, at++) {
		const char *key = s3_xml_text(w->arena, at, "Key"), *id = s3_xml_text(w->arena, at, "UploadId");
		if (key && id && !strcmp(key, w->key) && abort_upload(w, id) == ERR_NONE)
			log_event(LOG_INFO, "s3_old_upload_ended", LOG_STR("key", w->key));
	}
	arena_reset(w->arena);
}

static enum err begin_upload(struct writer *w)
{
	sweep(w);
	struct fetch_response r;
	const char *code;
	const struct s3_call c = { .method = "POST",
				   .key = w->key,
				   .query = { { "uploads", "" } },
				   .query_count = 1,
				   .content_type = w->content_type,
				   .tries = TRIES,
				   .timeout_ms = CALL_TIMEOUT_MS };
	enum err e = call(w, &c, &r, &code);
	const char *id = e == ERR_NONE ? s3_xml_text(w->arena, r.body, "UploadId") : NULL;
	if (e == ERR_NONE && (!id || !*id || strlen(id) > UPLOAD_ID_MAX))
		e = ERR_INTERNAL;
	if (e == ERR_NONE)
		snprintf(w->upload, sizeof w->upload, "%s", id);
	arena_reset(w->arena);
	return e;
}

/* Sends what the buffer holds as the next part. */
static enum err send_part(struct writer *w)
{
	if (w->parts == PARTS_MAX)
		return ERR_TOO_LARGE;
	enum err e = *w->upload ? ERR_NONE : begin_upload(w);
	if (e != ERR_NONE)
		return e;
	struct fetch_response r;
	const struct s3_call c = { .method = "PUT",
				   .key = w->key,
				   .query = { { "partNumber", arena_printf(w->arena, "%d", w->parts + 1) },
					      { "uploadId", w->upload } },
				   .query_count = 2,
				   .body = w->buffer,
				   .body_len = w->filled,
				   .tries = TRIES,
				   .timeout_ms = PART_TIMEOUT_MS };
	e = s3_call(w->s3, w->arena, &c, &r, NULL);
	if (e == ERR_NONE && !*r.etag)
		e = ERR_INTERNAL;
	if (e == ERR_NONE) {
		w->parts++;
		w->sent += (int64_t)w->filled;
		w->filled = 0;
		buf_printf(&w->parts_xml, "<Part><PartNumber>%d</PartNumber><ETag>", w->parts);
		buf_html(&w->parts_xml, r.etag, strlen(r.etag));
		buf_puts(&w->parts_xml, "</ETag></Part>");
	}
	/* The upload has lost its bucket or was ended by somebody: nothing to wait for, the object must be begun anew. */
	if (e == ERR_NOT_FOUND)
		e = ERR_UNAVAILABLE;
	arena_reset(w->arena);
	return e;
}

enum err s3_write(void *writer, const void *bytes, size_t len)
{
	struct writer *w = writer;
	for (const char *p = bytes; len && !w->failed;) {
		if (w->filled == PART) {
			enum err e = send_part(w);
			w->failed = e != ERR_NONE;
			if (w->failed)
				return e;
		}
		size_t n = PART - w->filled < len ? PART - w->filled : len;
		memcpy(w->buffer + w->filled, p, n);
		w->filled += n;
		p += n;
		len -= n;
	}
	return w->failed ? ERR_UNAVAILABLE : ERR_NONE;
}

static enum err put_whole(struct writer *w)
{
	struct fetch_response r;
	const char *code;
	const struct s3_call c = { .method = "PUT",
				   .key = w->key,
				   .content_type = w->content_type,
				   .body = w->buffer,
				   .body_len = w->filled,
				   .tries = TRIES,
				   .timeout_ms = PART_TIMEOUT_MS };
	enum err e = call(w, &c, &r, &code);
	return e == ERR_NOT_FOUND ? ERR_UNAVAILABLE : e;
}

/* True when the whole object stands under the key, although the answer to its completion was lost. */
static bool is_complete(struct writer *w)
{
	struct fetch_response r;
	const struct s3_call c = { .method = "HEAD", .key = w->key, .tries = TRIES, .timeout_ms = CALL_TIMEOUT_MS };
	return s3_call(w->s3, w->arena, &c, &r, NULL) == ERR_NONE && r.content_length == w->sent &&
	       strstr(r.etag, arena_printf(w->arena, "-%d", w->parts));
}

/* One try. The store may answer 200 and then report a failure in the body. */
static enum err complete_once(struct writer *w, const char *xml)
{
	struct fetch_response r;
	const struct s3_call c = { .method = "POST",
				   .key = w->key,
				   .query = { { "uploadId", w->upload } },
				   .query_count = 1,
				   .content_type = "application/xml",
				   .body = xml,
				   .body_len = strlen(xml),
				   .tries = 1,
				   .timeout_ms = COMPLETE_TIMEOUT_MS };
	enum err e = s3_call(w->s3, w->arena, &c, &r, NULL);
	if (e != ERR_NONE || (strstr(r.body, "CompleteMultipartUploadResult>") && !strstr(r.body, "<Error>")))
		return e;
	const char *code = s3_xml_text(w->arena, r.body, "Code");
	log_event(LOG_WARN, "s3_complete_failed", LOG_STR("key", w->key), LOG_STR("code", code));
	return ERR_UNAVAILABLE;
}

static enum err complete(struct writer *w)
{
	struct buf xml = { .cap = PARTS_XML_MAX + 256 };
	buf_puts(&xml, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	buf_add(&xml, w->parts_xml.data, w->parts_xml.len);
	buf_puts(&xml, "</CompleteMultipartUpload>");
	enum err e = xml.failed || w->parts_xml.failed ? ERR_TOO_LARGE : ERR_UNAVAILABLE;
	for (int attempt = 1; attempt <= TRIES && (e == ERR_UNAVAILABLE || e == ERR_TIMEOUT); attempt++) {
		if (attempt > 1)
			clock_sleep(500 << attempt);
		e = complete_once(w, xml.data);
		arena_reset(w->arena);
	}
	/* "No such upload": an earlier try whose answer was lost may have done it. */
	if (e == ERR_NOT_FOUND)
		e = is_complete(w) ? ERR_NONE : ERR_UNAVAILABLE;
	buf_free(&xml);
	return e;
}

enum err s3_commit(void *writer)
{
	struct writer *w = writer;
	enum err e;
	if (w->failed) {
		e = ERR_UNAVAILABLE;
	} else if (!*w->upload) {
		e = put_whole(w);
	} else {
		e = w->filled ? send_part(w) : ERR_NONE;
		if (e == ERR_NONE)
			e = complete(w);
	}
	if (e == ERR_NONE)
		end(w);
	else
		s3_abort(w);
	return e;
}

void s3_abort(void *writer)
{
	struct writer *w = writer;
	arena_reset(w->arena);
	if (*w->upload && abort_upload(w, w->upload) != ERR_NONE)
		log_event(LOG_WARN, "s3_upload_left", LOG_STR("key", w->key));
	end(w);
}
