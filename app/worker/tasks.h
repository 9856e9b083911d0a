/* Threads for work that blocks: requests, uploads, SQL. What is given is done in order, as threads become free. */
#ifndef WORKER_TASKS_H
#define WORKER_TASKS_H

#include <stdbool.h>

struct tasks;

/* Starts so many threads; NULL when they cannot be started. */
struct tasks *tasks_new(int threads);

/* Gives a piece of work. It is called exactly once, in one of the threads; with stopping true when the end came first. */
void tasks_add(struct tasks *t, void (*fn)(void *context, bool stopping), void *context);

/* Waits for running work to end, calls the rest with stopping true, ends the threads. NULL is allowed. */
void tasks_free(struct tasks *t);

#endif
