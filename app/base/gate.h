/* A gate before what is costly or slow: so many threads at once, so many behind them, and no more. */
#ifndef BASE_GATE_H
#define BASE_GATE_H

#include <stdbool.h>

#include "base/err.h"

struct gate;

/* At most `running` threads inside at once in this process, at most `waiting` behind them. Before threads start; never freed. */
struct gate *gate_new(int running, int waiting);
/* Waits for a place; false when those behind it are too many: answer 503. NULL lets all pass. Any thread. */
bool gate_enter(struct gate *g) MUST_CHECK;
void gate_leave(struct gate *g);

#endif
