/* WebSockets over connections that libcurl opens, so that trust and identity are those of every other request. */
#include "fetch/socket.h"

#include <openssl/evp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "fetch/handle.h"

enum { PIECE = 16 << 10, HEAD_MAX = 16 << 10, BODY_MAX = 8 << 10, MESSAGE_MAX = 1 << 20, SEND_MS = 10000, KEY = 16 };
enum { OP_MORE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10, CONTROL_MAX = 125 };

struct fetch_socket {
	CURL *easy;
	struct handle_parts parts;
	struct buf in;	    /* as it came */
	struct buf message; /* put together of frames; what was returned last */
	bool returned;
};

/* Waits until the connection can be read or written; false: not in time, or wake_fd can be read. */
static bool wait_for(CURL *easy, short what, int ms, int wake_fd)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
	struct pollfd p[2] = { { .fd = fd, .events = what }, { .fd = wake_fd, .events = POLLIN } };
	return poll(p, wake_fd < 0 ? 1 : 2, ms) > 0 && p[0].revents && !p[1].revents;
}

static bool is_woken(int wake_fd)
{
	struct pollfd p = { .fd = wake_fd, .events = POLLIN };
	return wake_fd >= 0 && poll(&p, 1, 0) > 0;
}

static enum err send_all(struct fetch_socket *s, const char *bytes, size_t len)
{
	int64_t end = clock_ms() + SEND_MS;
	while (len) {
		size_t n = 0;
		CURLcode code = curl_easy_send(s->easy, bytes, len, &n);
		if (code == CURLE_AGAIN) {
			int left = (int)(end - clock_ms());
			if (left <= 0 || !wait_for(s->easy, POLLOUT, left, -1))
				return ERR_TIMEOUT;
			continue;
		}
		if (code)
			return ERR_UNAVAILABLE;
		bytes += n;
		len -= n;
	}
	return ERR_NONE;
}

/* Takes what there is, waiting for it. */
static enum err receive(struct fetch_socket *s, int ms, int wake_fd)
{
	char piece[PIECE];
	int64_t end = clock_ms() + ms;
	for (;;) {
		size_t n = 0;
		CURLcode code = curl_easy_recv(s->easy, piece, sizeof piece, &n);
		if (!code && !n)
			return ERR_GONE;
		if (!code) {
			buf_add(&s->in, piece, n);
			return s->in.failed ? ERR_TOO_LARGE : ERR_NONE;
		}
		if (code != CURLE_AGAIN)
			return ERR_UNAVAILABLE;
		int left = (int)(end - clock_ms());
		if (left < 0 || !wait_for(s->easy, POLLIN, left, wake_fd))
			return ERR_TIMEOUT;
	}
}

/* --- the upgrade ---------------------------------------------------------------------------------------------------------------
 */

/* "host:port" as the Host header has it. */
static const char *host_of(struct arena *a, const struct fetch_peer *peer)
{
	const char *host = strstr(peer->base, "://");
	host = host ? host + 3 : peer->base;
	const char *port = strrchr(host, ':');
	if (!peer->server_name || !*peer->server_name)
		return host;
	return arena_printf(a, "%s%s", peer->server_name, port && !strchr(port, ']') ? port : "");
}

static const char *accept_of(struct arena *a, const char *key)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	const char *text = arena_printf(a, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
	return str_base64(a, digest, n);
}

static enum err ask(struct fetch_socket *s, struct arena *a, const struct fetch_peer *peer, const char *path,
		    const char *const *headers, const char *protocols, const char *key)
{
	char *text = arena_printf(a,
				  "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: hydrosim-portal\r\nConnection: Upgrade\r\n"
				  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
				  "Sec-WebSocket-Protocol: %s\r\n",
				  path, host_of(a, peer), key, protocols);
	for (size_t i = 0; headers && headers[i]; i++)
		text = arena_printf(a, "%s%s\r\n", text, headers[i]);
	text = arena_printf(a, "%s\r\n", text);
	return send_all(s, text, strlen(text));
}

/* The value of a header line, in the arena; "" where there is none. */
static const char *header(struct arena *a, const char *head, const char *name)
{
	size_t len = strlen(name);
	for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, len) || line[2 + len] != ':')
			continue;
		const char *value = line + 3 + len;
		value += strspn(value, " \t");
		return arena_memdup(a, value, strcspn(value, "\r"));
	}
	return "";
}

/* Reads the head of the answer, and of another one than 101 what of its body comes soon. */
static enum err read_head(struct fetch_socket *s, struct arena *a, const char *key, int timeout_ms,
			  struct fetch_socket_answer *answer)
{
	int64_t end = clock_ms() + timeout_ms;
	char *behind = NULL;
	s->in.cap = HEAD_MAX;
	while (!behind) {
		enum err e = receive(s, (int)(end - clock_ms()), -1);
		if (e)
			return e == ERR_GONE ? ERR_UNAVAILABLE : e;
		behind = strstr(s->in.data, "\r\n\r\n");
	}
	size_t len = (size_t)(behind - s->in.data) + 4;
	const char *head = arena_memdup(a, s->in.data, len);
	buf_consume(&s->in, len);
	answer->status = strncmp(head, "HTTP/1.1 ", 9) ? 0 : (int)strtol(head + 9, NULL, 10);
	answer->protocol = header(a, head, "Sec-WebSocket-Protocol");
	if (answer->status == 101)
		return strcmp(header(a, head, "Sec-WebSocket-Accept"), accept_of(a, key)) ? ERR_UNAVAILABLE : ERR_NONE;
	int64_t length = 0;
	if (!str_to_int(header(a, head, "Content-Length"), 0, BODY_MAX, &length))
		length = BODY_MAX;
	while ((int64_t)s->in.len < length && clock_ms() < end && !receive(s, 1000, -1))
		;
	answer->body = str_utf8_clean(a, s->in.data ? s->in.data : "", s->in.len);
	return answer->status ? ERR_INVALID : ERR_UNAVAILABLE;
}

static enum err connect_to(struct fetch_socket *s, struct arena *a, const struct fetch_peer *peer, int timeout_ms,
			   struct fetch_socket_answer *answer)
{
	char text[CURL_ERROR_SIZE] = "";
	if (!s->easy || !handle_prepare(s->easy, peer, "/", NULL, &s->parts))
		return ERR_INTERNAL;
	curl_easy_setopt(s->easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, text);
	CURLcode code = curl_easy_perform(s->easy);
	curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, NULL);
	if (code)
		answer->error = arena_strdup(a, *text ? text : curl_easy_strerror(code));
	return handle_error(s->easy, code);
}

enum err fetch_socket_open(struct arena *a, const struct fetch_peer *peer, const char *path, const char *const *headers,
			   const char *protocols, int timeout_ms, struct fetch_socket **out, struct fetch_socket_answer *answer)
{
	unsigned char random[KEY];
	int64_t began = clock_ms();
	*answer = (struct fetch_socket_answer){ .protocol = "", .body = "", .error = "" };
	*out = NULL;
	struct fetch_socket *s = calloc(1, sizeof *s);
	if (!s)
		return ERR_INTERNAL;
	s->easy = curl_easy_init();
	secret_random(random, sizeof random);
	const char *key = str_base64(a, random, sizeof random);
	enum err e = connect_to(s, a, peer, timeout_ms, answer);
	if (!e)
		e = ask(s, a, peer, path, headers, protocols, key);
	if (!e)
		e = read_head(s, a, key, timeout_ms - (int)(clock_ms() - began), answer);
	if (e) {
		fetch_socket_close(s);
		return e;
	}
	s->in.cap = MESSAGE_MAX + PIECE + 16;
	s->message.cap = MESSAGE_MAX;
	*out = s;
	return ERR_NONE;
}

/* --- frames --------------------------------------------------------------------------------------------------------------------
 */

static enum err send_frame(struct fetch_socket *s, int opcode, const char *bytes, size_t len)
{
	unsigned char mask[4], head[14];
	size_t n = 0;
	secret_random(mask, sizeof mask);
	head[n++] = (unsigned char)(0x80 | opcode);
	if (len < 126) {
		head[n++] = (unsigned char)(0x80 | len);
	} else if (len < 65536) {
		head[n++] = 0x80 | 126;
		head[n++] = (unsigned char)(len >> 8);
		head[n++] = (unsigned char)len;
	} else {
		head[n++] = 0x80 | 127;
		for (int shift = 56; shift >= 0; shift -= 8)
			head[n++] = (unsigned char)((uint64_t)len >> shift);
	}
	memcpy(head + n, mask, sizeof mask);
	n += sizeof mask;
	char *frame = malloc(n + len);
	if (!frame)
		return ERR_INTERNAL;
	memcpy(frame, head, n);
	for (size_t i = 0; i < len; i++)
		frame[n + i] = (char)((unsigned char)bytes[i] ^ mask[i % 4]);
	enum err e = send_all(s, frame, n + len);
	free(frame);
	return e;
}

enum err fetch_socket_send(struct fetch_socket *s, const char *bytes, size_t len)
{
	return send_frame(s, OP_BINARY, bytes, len);
}

/* The frame at the buffer's start: its head's size, 0: it is not whole yet. */
static size_t frame_head(const struct fetch_socket *s, bool *fin, int *opcode, uint64_t *len)
{
	const unsigned char *p = (const unsigned char *)s->in.data;
	size_t have = s->in.len, head = 2;
	if (have < 2)
		return 0;
	*fin = p[0] & 0x80;
	*opcode = p[0] & 0x0f;
	*len = p[1] & 0x7f;
	size_t more = *len == 126 ? 2 : *len == 127 ? 8 : 0;
	if (have < head + more)
		return 0;
	if (more)
		*len = 0;
	for (size_t i = 0; i < more; i++)
		*len = *len << 8 | p[head + i];
	return head + more;
}

/* A pong that cannot go at once is left out, for who asks and never reads would hold the reader; the next ping asks again. */
static enum err answer_ping(struct fetch_socket *s, const char *bytes, size_t len)
{
	if (!wait_for(s->easy, POLLOUT, 0, -1))
		return ERR_NONE;
	return send_frame(s, OP_PONG, bytes, len) ? ERR_UNAVAILABLE : ERR_NONE;
}

/* One frame out of the buffer. ERR_TIMEOUT: it is not whole yet; ERR_NONE with *whole: a message is complete. */
static enum err take_frame(struct fetch_socket *s, bool *whole)
{
	bool fin = false;
	int opcode = 0;
	uint64_t len = 0;
	size_t head = frame_head(s, &fin, &opcode, &len);
	*whole = false;
	if (!head)
		return ERR_TIMEOUT;
	if (len > MESSAGE_MAX)
		return ERR_TOO_LARGE;
	if (s->in.len < head + len)
		return ERR_TIMEOUT;
	if ((unsigned char)s->in.data[1] & 0x80)
		return ERR_UNAVAILABLE; /* a server does not mask */
	if (opcode >= OP_CLOSE && len > CONTROL_MAX)
		return ERR_UNAVAILABLE;
	enum err e = ERR_NONE;
	if (opcode == OP_PING)
		e = answer_ping(s, s->in.data + head, (size_t)len);
	else if (opcode == OP_CLOSE)
		e = ERR_GONE;
	else if (opcode == OP_MORE || opcode == OP_TEXT || opcode == OP_BINARY) {
		buf_add(&s->message, s->in.data + head, (size_t)len);
		*whole = fin;
		e = s->message.failed ? ERR_TOO_LARGE : ERR_NONE;
	}
	buf_consume(&s->in, head + (size_t)len);
	return e;
}

enum err fetch_socket_read(struct fetch_socket *s, int timeout_ms, int wake_fd, const char **bytes, size_t *len)
{
	int64_t end = clock_ms() + timeout_ms;
	if (s->returned)
		buf_reset(&s->message);
	s->returned = false;
	/* Each turn, for pings, empty frames and pieces of a message may come for ever. */
	do {
		bool whole;
		if (is_woken(wake_fd))
			return ERR_TIMEOUT;
		enum err e = take_frame(s, &whole);
		if (!e && whole) {
			s->returned = true;
			*bytes = s->message.data ? s->message.data : "";
			*len = s->message.len;
			return ERR_NONE;
		}
		int left = (int)(end - clock_ms());
		if (e == ERR_TIMEOUT)
			e = receive(s, left > 0 ? left : 0, wake_fd);
		if (e)
			return e;
	} while (clock_ms() < end);
	return ERR_TIMEOUT;
}

void fetch_socket_close(struct fetch_socket *s)
{
	if (!s)
		return;
	curl_socket_t fd = CURL_SOCKET_BAD;
	if (s->easy && !curl_easy_getinfo(s->easy, CURLINFO_ACTIVESOCKET, &fd) && fd != CURL_SOCKET_BAD && s->message.cap &&
	    wait_for(s->easy, POLLOUT, 0, -1) && send_frame(s, OP_CLOSE, "\x03\xe8", 2))
		s->returned = false; /* the peer is gone: nothing is lost */
	curl_easy_cleanup(s->easy);
	handle_parts_free(&s->parts);
	buf_free(&s->in);
	buf_free(&s->message);
	free(s);
}
