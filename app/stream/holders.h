/* Streams end when whoever opened them is not signed in any more, or is somebody else by now. The event loop's thread only. */
#ifndef STREAM_HOLDERS_H
#define STREAM_HOLDERS_H

#include "stream/hub.h"

/* Asks which of all streams' holders do not count any more, in one read; nothing while such a read is under way. */
void holders_ask(struct hub *h);

/* Takes the answer (WORK_HOLDERS): has the streams of those closed. A browser asks again, and is told 401. */
void holders_answer(struct hub *h, const struct work *w);

#endif
