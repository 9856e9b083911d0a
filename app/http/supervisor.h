/* The parent of the handler processes: owns the listening socket, replaces what crashes or hangs, rolls and stops without loss.
 */
#ifndef HTTP_SUPERVISOR_H
#define HTTP_SUPERVISOR_H

#include <stddef.h>

struct config;
struct child_state;

/* Descriptors in a handler process, and the argument that makes one: "--child <place>". */
enum { CHILD_LISTENER = 3, CHILD_STATE = 4, CHILD_PLACES = 192 };

/*
 * Runs until SIGTERM or SIGINT; SIGHUP replaces all handler processes by new ones of the program file as it is then, without
 * refusing a request. `program` is the path to execute. Returns the exit status. Alone in its process; opens no database.
 */
int supervisor_run(const struct config *c, const char *program);

/* In a handler process: its piece of the memory shared with the parent. NULL: `place` is none, or it was not started by one. */
struct child_state *supervisor_child_state(const char *place);

/* Opens the listening Unix socket: mode 0660, given to `group` unless "", backlog 4096. -1: said in the log. */
int listener_open(const char *path, const char *group);

#endif
