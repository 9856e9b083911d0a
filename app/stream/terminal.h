/* Terminals: each is a thread between a browser's connection and a shell in a container. */
#ifndef STREAM_TERMINAL_H
#define STREAM_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct terminals; /* all of them */
struct seat;	  /* one browser's place at a terminal; the event loop's thread alone calls what is here */

/* `wake` is called by threads whenever some seat has something to send. NULL: what they need cannot be opened (logged). */
struct terminals *terminals_new(const struct config *c, void (*wake)(void *), void *wake_arg);
/* Ends all, and waits for their threads: nothing is woken any more. The seats stay until they are left. NULL is allowed. */
void terminals_stop(struct terminals *t);
/* After terminals_stop, when no seat is left. NULL is allowed. */
void terminals_free(struct terminals *t);

/*
 * Takes a ticket for that user; whether it is good is known later, by what the seat says. connection: what terminals_each gives
 * back. NULL: there are too many in all or of this user, or memory is out.
 */
struct seat *terminals_sit(struct terminals *t, int64_t user_id, const char *ticket, int columns, int rows, void *connection);
/* The browser is gone: the terminal ends. NULL is allowed. */
void seat_leave(struct seat *s);

/* What was typed; the window's new size. False: the shell takes nothing, and too much waits. */
bool seat_type(struct seat *s, const char *bytes, size_t len);
void seat_resize(struct seat *s, int columns, int rows);

/*
 * The next message for the browser, at most `room` bytes (at least 1,024); 0: none now. *is_text: JSON about the terminal
 * ({"state": "open"|"ended", "message": ...}), else what the shell wrote.
 */
size_t seat_take(struct seat *s, char *out, size_t room, bool *is_text);
/* All is taken, and nothing more will come. */
bool seat_is_over(struct seat *s);

/* Calls fn with the connection of each seat that has something to send or is over. */
void terminals_each(struct terminals *t, void (*fn)(void *connection));

#endif
