/* A small HTTP server on loopback for tests. */
#include "stub.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "kube/kube.h"

enum { MAX_CONNECTIONS = 4096, REQUEST_MAX = 9 << 20 };

struct connection {
	struct stub *stub;
	pthread_t thread;
	int fd;
};

struct stub {
	stub_serve *serve;
	void *context;
	int fd, port;
	pthread_t thread;
	pthread_mutex_t lock;
	struct connection *connections[MAX_CONNECTIONS];
	int count, requests;
	bool stop;
};

bool stub_write(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

bool stub_puts(int fd, const char *text)
{
	return stub_write(fd, text, strlen(text));
}

bool stub_answer_with(int fd, const char *status, const char *type, const char *headers, const char *body)
{
	char head[1024];
	snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n", status, type,
		 strlen(body), headers);
	return stub_puts(fd, head) && stub_puts(fd, body);
}

bool stub_answer(int fd, const char *status, const char *type, const char *body)
{
	return stub_answer_with(fd, status, type, "", body);
}

bool stub_chunked(int fd, const char *status, const char *type)
{
	char head[512];
	snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", status, type);
	return stub_puts(fd, head);
}

bool stub_chunk(int fd, const char *bytes, size_t len)
{
	char size[32];
	snprintf(size, sizeof size, "%zx\r\n", len);
	return stub_puts(fd, size) && stub_write(fd, bytes, len) && stub_puts(fd, "\r\n");
}

bool stub_chunks_end(int fd)
{
	return stub_puts(fd, "0\r\n\r\n");
}

bool stub_silence(int fd)
{
	char byte;
	while (recv(fd, &byte, 1, 0) > 0)
		;
	return false;
}

/* Reads one request with its body by Content-Length; false at the end of the connection. */
static bool read_request(int fd, char *buffer)
{
	size_t len = 0;
	for (;;) {
		ssize_t n = recv(fd, buffer + len, REQUEST_MAX - len - 1, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
		buffer[len] = 0;
		char *end = strstr(buffer, "\r\n\r\n");
		if (!end)
			continue;
		char *length = strcasestr(buffer, "\r\nContent-Length:");
		size_t body = length && length < end ? (size_t)strtoul(length + 17, NULL, 10) : 0;
		if (len >= (size_t)(end + 4 - buffer) + body)
			return true;
	}
}

static void *serve_connection(void *arg)
{
	struct connection *c = arg;
	struct stub *s = c->stub;
	char *request = malloc(REQUEST_MAX);
	while (request && read_request(c->fd, request)) {
		pthread_mutex_lock(&s->lock);
		s->requests++;
		pthread_mutex_unlock(&s->lock);
		if (!s->serve(s->context, c->fd, request))
			break;
	}
	free(request);
	shutdown(c->fd, SHUT_RDWR);
	return NULL;
}

static void *accept_all(void *arg)
{
	struct stub *s = arg;
	for (;;) {
		int fd = accept(s->fd, NULL, NULL);
		if (fd < 0)
			return NULL;
		pthread_mutex_lock(&s->lock);
		struct connection *c = calloc(1, sizeof(*c));
		if (!c || s->stop || s->count == MAX_CONNECTIONS) {
			close(fd);
			free(c);
		} else {
			*c = (struct connection){ .stub = s, .fd = fd };
			s->connections[s->count++] = c;
			pthread_create(&c->thread, NULL, serve_connection, c);
		}
		pthread_mutex_unlock(&s->lock);
	}
}

struct stub *stub_start(stub_serve *serve, void *context)
{
	struct stub *s = calloc(1, sizeof(*s));
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof any;
	if (!s)
		return NULL;
	s->serve = serve;
	s->context = context;
	pthread_mutex_init(&s->lock, NULL);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->fd, (struct sockaddr *)&any, len) || listen(s->fd, 512) || getsockname(s->fd, (struct sockaddr *)&any, &len))
		abort();
	s->port = ntohs(any.sin_port);
	pthread_create(&s->thread, NULL, accept_all, s);
	return s;
}

int stub_port(const struct stub *s)
{
	return s->port;
}

int stub_connections(struct stub *s)
{
	pthread_mutex_lock(&s->lock);
	int n = s->count;
	pthread_mutex_unlock(&s->lock);
	return n;
}

int stub_requests(struct stub *s)
{
	pthread_mutex_lock(&s->lock);
	int n = s->requests;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void stub_stop(struct stub *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	for (int i = 0; i < s->count; i++)
		shutdown(s->connections[i]->fd, SHUT_RDWR);
	for (int i = 0; i < s->count; i++) {
		pthread_join(s->connections[i]->thread, NULL);
		close(s->connections[i]->fd);
		free(s->connections[i]);
	}
	close(s->fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct kube *stub_kube(const struct stub *s, struct arena *a, const char *token)
{
	const char *why;
	char path[256];
	snprintf(path, sizeof path, "%s/stub-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	int fd = mkstemp(path);
	if (fd < 0)
		abort();
	char *yaml = arena_printf(
		a,
		"current-context: x\ncontexts: [{name: x, context: {cluster: x%s}}]\n"
		"clusters: [{name: x, cluster: {server: 'http://127.0.0.1:%d'}}]\nusers: [{name: x, user: {token: %s}}]\n",
		token ? ", user: x" : "", s->port, token ? token : "''");
	if (write(fd, yaml, strlen(yaml)) < 0)
		abort();
	close(fd);
	struct kube *k = kube_open(a, path, &why);
	unlink(path);
	if (!k)
		fprintf(stderr, "%s\n", why);
	return k;
}

static pthread_mutex_t trace_lock = PTHREAD_MUTEX_INITIALIZER;
static char trace[16384];

void trace_reset(void)
{
	pthread_mutex_lock(&trace_lock);
	trace[0] = 0;
	pthread_mutex_unlock(&trace_lock);
}

void trace_add(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	pthread_mutex_lock(&trace_lock);
	size_t len = strlen(trace);
	if (len && len < sizeof trace - 2)
		trace[len++] = ' ', trace[len] = 0;
	vsnprintf(trace + len, sizeof trace - len, format, args);
	pthread_mutex_unlock(&trace_lock);
	va_end(args);
}

const char *trace_text(void)
{
	return trace;
}

bool trace_becomes(const char *expected, int limit_ms)
{
	size_t len = strlen(expected);
	bool prefix = len && expected[len - 1] == '*', ok = false;
	for (int64_t end = clock_ms() + limit_ms; !ok && clock_ms() < end; clock_sleep(5)) {
		pthread_mutex_lock(&trace_lock);
		ok = prefix ? !strncmp(trace, expected, len - 1) : !strcmp(trace, expected);
		pthread_mutex_unlock(&trace_lock);
	}
	if (!ok)
		fprintf(stderr, "expected: %s\nhappened: %s\n", expected, trace);
	return ok;
}
