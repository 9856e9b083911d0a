/*
 * Sends prepared HTTP requests to 127.0.0.1 over kept connections, as fast as the answers come, and prints one line of JSON.
 * Usage: load PORT CLIENTS COUNT FILE. FILE holds requests, each behind its length as eight decimal digits; COUNT of them are
 * sent, from the first again when the file is at its end.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 4 << 20 };

struct request {
	const char *text;
	size_t len;
};

static struct request *requests;
static size_t request_count;
static long port, count;
static atomic_long next_one, good, bad, bytes;
static double *seconds; /* of each request */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int reach(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to))
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static int is_whole(const char *answer, size_t len)
{
	const char *body = strstr(answer, "\r\n\r\n");
	if (!body)
		return 0;
	size_t head = (size_t)(body + 4 - answer);
	const char *length = strcasestr(answer, "\r\ncontent-length:");
	if (length && length < body)
		return len >= head + strtoul(length + 17, NULL, 10);
	const char *chunked = strcasestr(answer, "\r\ntransfer-encoding: chunked");
	if (chunked && chunked < body)
		return len >= head + 5 && !memcmp(answer + len - 5, "0\r\n\r\n", 5);
	return len >= head; /* 204, 304 */
}

/* One request and its answer; the connection may have been closed since the last one. Returns the status, 0: none. */
static int ask(int *fd, const struct request *r, char *answer)
{
	size_t len = 0;
	if (*fd < 0)
		*fd = reach();
	for (size_t sent = 0; sent < r->len;) {
		ssize_t n = send(*fd, r->text + sent, r->len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			return 0;
		sent += (size_t)n;
	}
	answer[0] = 0;
	while (!is_whole(answer, len)) {
		ssize_t n = len < ANSWER_MAX ? recv(*fd, answer + len, ANSWER_MAX - len, 0) : 0;
		if (n <= 0)
			return 0;
		len += (size_t)n;
		answer[len] = 0;
	}
	atomic_fetch_add(&bytes, (long)len);
	if (strcasestr(answer, "\r\nconnection: close")) {
		close(*fd);
		*fd = -1;
	}
	return (int)strtol(answer + 9, NULL, 10);
}

static void *client(void *arg)
{
	char *answer = malloc(ANSWER_MAX + 1);
	int fd = -1;
	(void)arg;
	for (long i; answer && (i = atomic_fetch_add(&next_one, 1)) < count;) {
		double begin = now();
		const struct request *r = &requests[(size_t)i % request_count];
		int status = ask(&fd, r, answer);
		if (!status && fd >= 0) { /* a kept connection that was closed at its end: once more on a new one */
			close(fd);
			fd = -1;
			status = ask(&fd, r, answer);
		}
		seconds[i] = now() - begin;
		atomic_fetch_add(status >= 200 && status < 300 ? &good : &bad, 1);
	}
	free(answer);
	return NULL;
}

static void read_requests(const char *path)
{
	FILE *f = fopen(path, "rb");
	char digits[9] = "";
	if (!f)
		die(path);
	while (fread(digits, 1, 8, f) == 8) {
		size_t len = strtoul(digits, NULL, 10);
		char *text = malloc(len + 1);
		requests = realloc(requests, (request_count + 1) * sizeof(*requests));
		if (!text || !requests || fread(text, 1, len, f) != len)
			die(path);
		requests[request_count++] = (struct request){ text, len };
	}
	fclose(f);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: load PORT CLIENTS COUNT FILE\n");
		return 2;
	}
	port = strtol(argv[1], NULL, 10);
	long clients = strtol(argv[2], NULL, 10);
	count = strtol(argv[3], NULL, 10);
	read_requests(argv[4]);
	seconds = calloc((size_t)count + 1, sizeof(*seconds));
	pthread_t *threads = calloc((size_t)clients, sizeof(*threads));
	if (!request_count || !seconds || !threads)
		die("requests");
	double begin = now();
	for (long i = 0; i < clients; i++)
		pthread_create(&threads[i], NULL, client, NULL);
	for (long i = 0; i < clients; i++)
		pthread_join(threads[i], NULL);
	double took = now() - begin;
	qsort(seconds, (size_t)count, sizeof(*seconds), by_size);
	printf("{\"seconds\":%.6f,\"good\":%ld,\"bad\":%ld,\"bytes\":%ld,\"median_ms\":%.3f,\"p99_ms\":%.3f}\n", took,
	       atomic_load(&good), atomic_load(&bad), atomic_load(&bytes), seconds[count / 2] * 1e3,
	       seconds[count * 99 / 100] * 1e3);
	return 0;
}
