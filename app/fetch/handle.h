/* Inside the room fetch: the options that every curl handle has, and what a result means. */
#ifndef FETCH_HANDLE_H
#define FETCH_HANDLE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "fetch/fetch.h"

/* What a handle refers to and libcurl does not copy. Zeroed before handle_prepare, given back by handle_parts_free. */
struct handle_parts {
	struct curl_slist *headers, *connect_to;
};

/*
 * Sets the peer, the URL, the headers and the rules of the room on a fresh or reset handle. Everything is copied.
 * False only when memory is out or base is no URL.
 */
bool handle_prepare(CURL *easy, const struct fetch_peer *peer, const char *path, const char *const *headers,
		    struct handle_parts *parts);

/* Adds a header line to the parts; false when memory is out. Set again by handle_set_headers. */
bool handle_add_header(struct handle_parts *parts, const char *line);
void handle_set_headers(CURL *easy, const struct handle_parts *parts);
void handle_parts_free(struct handle_parts *parts);

/* The code for what libcurl said; a limit that ran out before anything was sent counts as no connection. */
enum err handle_error(CURL *easy, CURLcode code);

/* Retry-After of the answer (seconds or a date) in milliseconds, at most an hour; 0: none. */
int handle_retry_after(CURL *easy);

#endif
