/* A log's window: what is kept for whom, what is dropped, and that a client gets each chunk once and in order whatever is
 * dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "stream/client.h"
#include "stream/hub.h"

static struct hub hub;
static struct client *client;

static int begin(void **state)
{
	(void)state;
	memset(&hub, 0, sizeof hub);
	hub.away_until_ms = INT64_MAX; /* nothing is asked of a reader */
	static const int64_t id = 7;
	client = hub_open(&hub, NULL, &(struct wish){ .is_log = true, .builds = &id, .build_count = 1 });
	return client ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	hub_close(&hub, client);
	assert_int_equal(hub.topics.count, 0);
	assert_int_equal(hub.topics.window_bytes, 0);
	return 0;
}

static struct event *chunk(int64_t seq, size_t len)
{
	char *json = malloc(len);
	memset(json, 'x', len);
	struct event *e = event_new(seq, "lines", json, len);
	free(json);
	return e;
}

/* Takes all that the client is to get now and counts the chunks, which must follow each other. */
static int take(int64_t *last)
{
	static char out[4096];
	int chunks = 0;
	size_t n;
	struct event *before = NULL;
	while ((n = client_fill(&hub, client, out, 300))) {
		if (client->sending != before && client->sending && client->sending->seq) {
			assert_true(client->sending->seq > *last);
			*last = client->sending->seq;
			chunks++;
		}
		before = client->sending;
	}
	return chunks;
}

static void keeps_what_a_client_lacks(void **state)
{
	(void)state;
	struct topic *t = client->links[0].topic;
	int64_t last = 0;
	for (int64_t seq = 1; seq <= 100; seq++)
		topic_append(&hub.topics, t, chunk(seq, 1000));
	topic_prune(&hub.topics, t);
	assert_true(t->base == 0 && t->head == 100 && t->window_count == 100);
	assert_int_equal(take(&last), 100);
	assert_int_equal(last, 100);
	/* All have it: a little stays for those who come next. */
	assert_true(t->window_count < 40 && t->window_count > 10 && t->base == 100 - (int64_t)t->window_count);
}

static void drops_the_oldest_of_too_much(void **state)
{
	(void)state;
	struct topic *t = client->links[0].topic;
	for (int64_t seq = 1; seq <= 100; seq++)
		topic_append(&hub.topics, t, chunk(seq, 20000));
	assert_true(t->window_bytes <= 512 << 10 && t->head == 100 && t->base > 50);
	for (int64_t seq = 101; seq <= 1000; seq++)
		topic_append(&hub.topics, t, chunk(seq, 10));
	assert_true(t->window_count <= 256);
	/* The client is behind the window: it waits for its own chunks and skips none. */
	int64_t last = 0;
	assert_int_equal(take(&last), 0);
	assert_int_equal(client->seq, 0);
}

static void goes_from_own_chunks_to_the_window(void **state)
{
	(void)state;
	struct topic *t = client->links[0].topic;
	for (int64_t seq = 1; seq <= 300; seq++)
		topic_append(&hub.topics, t, chunk(seq, 400));
	assert_int_equal(t->base, 44);
	for (int64_t seq = 1; seq <= 46; seq++) { /* reads of its own overlap the window */
		*client->own_end = chunk(seq, 400);
		client->own_end = &(*client->own_end)->next;
	}
	int64_t last = 0;
	assert_int_equal(take(&last), 300);
	assert_int_equal(last, 300);
}

static void ends_after_the_last_chunk(void **state)
{
	(void)state;
	struct topic *t = client->links[0].topic;
	topic_append(&hub.topics, t, chunk(1, 400));
	t->ended = t->drained = true;
	int64_t last = 0;
	assert_int_equal(take(&last), 1);
	assert_true(client_is_done(client));
}

static void tells_new_states_once(void **state)
{
	(void)state;
	struct topic *t = client->links[0].topic;
	char out[4096];
	client_fill(&hub, client, out, sizeof out);
	assert_true(topic_see(t, event_new(0, "state", "{1}", 3)));
	assert_false(topic_see(t, event_new(0, "state", "{1}", 3)));
	size_t n = client_fill(&hub, client, out, sizeof out);
	out[n] = 0;
	assert_string_equal(out, "event: state\ndata: {1}\n\n");
	assert_int_equal(client_fill(&hub, client, out, sizeof out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_what_a_client_lacks, begin, end),
		cmocka_unit_test_setup_teardown(drops_the_oldest_of_too_much, begin, end),
		cmocka_unit_test_setup_teardown(goes_from_own_chunks_to_the_window, begin, end),
		cmocka_unit_test_setup_teardown(ends_after_the_last_chunk, begin, end),
		cmocka_unit_test_setup_teardown(tells_new_states_once, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
