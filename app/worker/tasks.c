/* Threads for work that blocks. */
#include "worker/tasks.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "fetch/fetch.h"

struct task {
	struct task *next;
	void (*fn)(void *context, bool stopping);
	void *context;
};

struct tasks {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct task *first, **last;
	bool stopping;
	int count;
	pthread_t threads[];
};

static void *run(void *context)
{
	struct tasks *t = context;
	pthread_mutex_lock(&t->lock);
	for (;;) {
		while (!t->first && !t->stopping)
			pthread_cond_wait(&t->more, &t->lock);
		struct task *one = t->first;
		if (!one)
			break;
		t->first = one->next;
		if (!t->first)
			t->last = &t->first;
		bool stopping = t->stopping;
		pthread_mutex_unlock(&t->lock);
		one->fn(one->context, stopping);
		free(one);
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	fetch_thread_end();
	return NULL;
}

struct tasks *tasks_new(int threads)
{
	struct tasks *t = calloc(1, sizeof *t + (size_t)threads * sizeof *t->threads);
	if (!t)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->more, NULL);
	t->last = &t->first;
	while (t->count < threads && pthread_create(&t->threads[t->count], NULL, run, t) == 0)
		t->count++;
	if (t->count == threads)
		return t;
	tasks_free(t);
	return NULL;
}

void tasks_add(struct tasks *t, void (*fn)(void *context, bool stopping), void *context)
{
	struct task *one = calloc(1, sizeof *one);
	if (!one)
		abort();
	*one = (struct task){ .fn = fn, .context = context };
	pthread_mutex_lock(&t->lock);
	*t->last = one;
	t->last = &one->next;
	pthread_cond_signal(&t->more);
	pthread_mutex_unlock(&t->lock);
}

void tasks_again(struct tasks *t, struct tasks_round *r, int pause_ms, void (*fn)(void *context, bool stopping), void *context)
{
	int64_t now = clock_ms();
	if (now < r->due_ms || atomic_exchange(&r->busy, true))
		return;
	r->due_ms = now + pause_ms;
	tasks_add(t, fn, context);
}

void tasks_free(struct tasks *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_broadcast(&t->more);
	pthread_mutex_unlock(&t->lock);
	for (int i = 0; i < t->count; i++)
		pthread_join(t->threads[i], NULL);
	pthread_cond_destroy(&t->more);
	pthread_mutex_destroy(&t->lock);
	free(t);
}
