/* A gate: so many at once, so many behind them, and no more. */
#include "base/gate.h"

#include <pthread.h>
#include <stdlib.h>

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	int running, waiting, max_running, max_waiting;
};

struct gate *gate_new(int running, int waiting)
{
	struct gate *g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->freed, NULL);
	g->max_running = running;
	g->max_waiting = waiting;
	return g;
}

bool gate_enter(struct gate *g)
{
	if (!g)
		return true;
	pthread_mutex_lock(&g->lock);
	bool room = g->running < g->max_running || g->waiting < g->max_waiting;
	if (room) {
		g->waiting++;
		while (g->running >= g->max_running)
			pthread_cond_wait(&g->freed, &g->lock);
		g->waiting--;
		g->running++;
	}
	pthread_mutex_unlock(&g->lock);
	return room;
}

void gate_leave(struct gate *g)
{
	if (!g)
		return;
	pthread_mutex_lock(&g->lock);
	g->running--;
	pthread_cond_signal(&g->freed);
	pthread_mutex_unlock(&g->lock);
}
