/* How grave a line of a log is, by its words. */
#ifndef BASE_LOGLEVEL_H
#define BASE_LOGLEVEL_H

#include <stddef.h>

/* In rising order. */
enum loglevel { LOGLEVEL_PLAIN, LOGLEVEL_WARNING, LOGLEVEL_ERROR };

/*
 * A guess that is right for most builders, compilers and package managers: a whole word such as error, fatal, traceback
 * ("ERRO[0012]", "npm ERR!", "level=error"), or warning, deprecated ("WARN[0001]"). "0 errors" and "no error" are plain. Escape
 * sequences of colours are passed over; at most the first 2 KiB of a line count. Pure; any thread.
 */
enum loglevel loglevel_of(const char *line, size_t len);

#endif
