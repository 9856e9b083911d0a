/* Threads for work that blocks: requests, uploads, SQL. What is given is done in order, as threads become free. */
#ifndef WORKER_TASKS_H
#define WORKER_TASKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tasks;

/* Starts so many threads; NULL when they cannot be started. */
struct tasks *tasks_new(int threads);

/* Gives a piece of work. It is called exactly once, in one of the threads; with stopping true when the end came first. */
void tasks_add(struct tasks *t, void (*fn)(void *context, bool stopping), void *context);

/* Work that is looked for again and again: a piece of it waits or runs, and when the next one may begin. */
struct tasks_round {
	atomic_bool busy; /* fn sets it to false at its end */
	int64_t due_ms;
};
/* Gives the work where it is due and the piece before has ended; the next is due pause_ms later. One thread for each round. */
void tasks_again(struct tasks *t, struct tasks_round *r, int pause_ms, void (*fn)(void *context, bool stopping), void *context);

/* Waits for running work to end, calls the rest with stopping true, ends the threads. NULL is allowed. */
void tasks_free(struct tasks *t);

#endif
