/* Timers in a heap, and the one thread that runs them. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "kubesim/world.h"

static void put(struct world *w, size_t place, struct timer *t)
{
	w->heap[place] = t;
	t->place = place;
}

static void rise(struct world *w, size_t place)
{
	struct timer *t = w->heap[place];
	for (; place > 1 && w->heap[place / 2]->due > t->due; place /= 2)
		put(w, place, w->heap[place / 2]);
	put(w, place, t);
}

static void sink(struct world *w, size_t place)
{
	struct timer *t = w->heap[place];
	for (size_t child; (child = place * 2) <= w->timers; place = child) {
		if (child < w->timers && w->heap[child + 1]->due < w->heap[child]->due)
			child++;
		if (t->due <= w->heap[child]->due)
			break;
		put(w, place, w->heap[child]);
	}
	put(w, place, t);
}

void timer_stop(struct world *w, struct timer *t)
{
	size_t place = t->place;
	if (!place)
		return;
	struct timer *last = w->heap[w->timers--];
	t->place = 0;
	if (last == t)
		return;
	put(w, place, last);
	rise(w, place);
	sink(w, last->place);
}

void timer_at(struct world *w, struct timer *t, int64_t due)
{
	if (t->place && t->due <= due)
		return;
	timer_stop(w, t);
	if (w->timers + 2 > w->heap_size) {
		w->heap_size = w->heap_size ? w->heap_size * 2 : 256;
		w->heap = realloc(w->heap, w->heap_size * sizeof *w->heap);
		if (!w->heap) {
			log_event(LOG_ERROR, "out_of_memory");
			abort();
		}
	}
	t->due = due;
	put(w, ++w->timers, t);
	rise(w, w->timers);
	if (t->place == 1)
		pthread_cond_signal(&w->wake);
}

int64_t world_pace(const struct world *w, int64_t ms)
{
	return ms / w->options.speed;
}

void timer_in(struct world *w, struct timer *t, int64_t ms)
{
	timer_stop(w, t);
	timer_at(w, t, clock_ms() + world_pace(w, ms));
}

static void rest(struct world *w)
{
	if (!w->timers) {
		pthread_cond_wait(&w->wake, &w->lock);
		return;
	}
	int64_t due = w->heap[1]->due;
	struct timespec until = { .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };
	pthread_cond_timedwait(&w->wake, &w->lock, &until);
}

void world_run(struct world *w)
{
	world_lock(w);
	while (!w->stopping) {
		if (w->timers && w->heap[1]->due <= clock_ms()) {
			struct timer *t = w->heap[1];
			timer_stop(w, t);
			t->fire(w, t->context);
			/* Requests get their turn between two steps. */
			world_unlock(w);
			world_lock(w);
		} else {
			rest(w);
		}
	}
	world_unlock(w);
}

void world_stop(struct world *w)
{
	world_lock(w);
	w->stopping = true;
	pthread_cond_broadcast(&w->wake);
	world_unlock(w);
}
