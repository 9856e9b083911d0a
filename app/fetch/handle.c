/* The options that every curl handle has: no proxy, no redirect, HTTP/1.1, TLS from memory, limits. */
#include "fetch/handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { CONNECT_MS = 5000, KEEPALIVE_S = 30, RETRY_AFTER_MAX_S = 3600 };

/* The URL with the certificate's name in place of the host, and the real host and port for CONNECT_TO in `target`. */
static bool rename_host(const char *base, const char *name, struct buf *url, struct buf *target)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL, *text = NULL;
	bool ok = u && !curl_url_set(u, CURLUPART_URL, base, 0) && !curl_url_get(u, CURLUPART_HOST, &host, 0) &&
		  !curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) && !curl_url_set(u, CURLUPART_HOST, name, 0) &&
		  !curl_url_get(u, CURLUPART_URL, &text, 0);
	if (ok) {
		size_t len = strlen(text);
		while (len && text[len - 1] == '/')
			len--;
		buf_add(url, text, len);
		buf_printf(target, "::%s:%s", host, port);
	}
	curl_free(text);
	curl_free(port);
	curl_free(host);
	curl_url_cleanup(u);
	return ok && !url->failed && !target->failed;
}

static bool set_url(CURL *easy, const struct fetch_peer *peer, const char *path, struct handle_parts *parts)
{
	struct buf url = { 0 }, target = { 0 };
	bool ok = true;
	if (peer->server_name && *peer->server_name) {
		ok = rename_host(peer->base, peer->server_name, &url, &target);
		parts->connect_to = ok ? curl_slist_append(NULL, target.data) : NULL;
		ok = parts->connect_to && !curl_easy_setopt(easy, CURLOPT_CONNECT_TO, parts->connect_to);
	} else {
		buf_puts(&url, peer->base);
	}
	buf_puts(&url, path);
	ok = ok && !url.failed && !curl_easy_setopt(easy, CURLOPT_URL, url.data);
	buf_free(&url);
	buf_free(&target);
	return ok;
}

static bool set_blob(CURL *easy, CURLoption option, const char *pem)
{
	if (!pem || !*pem)
		return true;
	struct curl_blob blob = { .data = (void *)(size_t)pem, .len = strlen(pem), .flags = CURL_BLOB_COPY };
	return !curl_easy_setopt(easy, option, &blob);
}

bool handle_add_header(struct handle_parts *parts, const char *line)
{
	struct curl_slist *longer = curl_slist_append(parts->headers, line);
	if (longer)
		parts->headers = longer;
	return longer != NULL;
}

void handle_set_headers(CURL *easy, const struct handle_parts *parts)
{
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, parts->headers);
}

void handle_parts_free(struct handle_parts *parts)
{
	curl_slist_free_all(parts->headers);
	curl_slist_free_all(parts->connect_to);
	*parts = (struct handle_parts){ 0 };
}

bool handle_prepare(CURL *easy, const struct fetch_peer *peer, const char *path, const char *const *headers,
		    struct handle_parts *parts)
{
	bool ok = set_url(easy, peer, path, parts) && set_blob(easy, CURLOPT_CAINFO_BLOB, peer->ca_pem) &&
		  set_blob(easy, CURLOPT_SSLCERT_BLOB, peer->client_cert_pem) &&
		  set_blob(easy, CURLOPT_SSLKEY_BLOB, peer->client_key_pem) && handle_add_header(parts, "Expect:");
	for (size_t i = 0; ok && headers && headers[i]; i++)
		ok = handle_add_header(parts, headers[i]);
	handle_set_headers(easy, parts);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	/* Signatures and names cover the path as it is written. */
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "hydrosim-portal");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L);
	return ok;
}

enum err handle_error(CURL *easy, CURLcode code)
{
	curl_off_t sending = 0;
	switch (code) {
	case CURLE_OK:
		return ERR_NONE;
	case CURLE_OPERATION_TIMEDOUT:
		curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sending);
		return sending > 0 ? ERR_TIMEOUT : ERR_UNAVAILABLE;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return ERR_INTERNAL;
	default:
		return ERR_UNAVAILABLE;
	}
}

int handle_retry_after(CURL *easy)
{
	curl_off_t seconds = 0;
	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds) || seconds <= 0)
		return 0;
	return (int)(seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : seconds) * 1000;
}
