/* Places where a test may kill or delay the worker: HS_FAIL="name:kill", "name:sleep=5" or "name:once=<file>". */
#ifndef WORKER_FAILPOINT_H
#define WORKER_FAILPOINT_H

#include <autoconf.h> /* autoconf's: FAILPOINTS */
#include <stdint.h>

/*
 * FAILPOINT(name, id): in builds made with --enable-failpoints, does what HS_FAIL says for that name. "kill" ends the process at
 * once as SIGKILL does; "sleep=N" sleeps N seconds; "once=<file>" kills unless the file exists, and makes it first. "name@7:kill"
 * means only the object with id 7. Several are separated by ';'. Otherwise it is nothing.
 */
#ifdef FAILPOINTS
#define FAILPOINT(name, id) failpoint_hit((name), (id))
#else
#define FAILPOINT(name, id) ((void)(id))
#endif

void failpoint_hit(const char *name, int64_t id);

#endif
