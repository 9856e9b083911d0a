/* The one list of error codes that every room below the handlers returns. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* What went wrong, in terms a caller can act on. Details go to the log where they are known. */
enum err {
	ERR_NONE = 0,	  /* success */
	ERR_INVALID,	  /* the input breaks its rules */
	ERR_UNAUTHORIZED, /* nobody is signed in, or the credential was refused */
	ERR_FORBIDDEN,	  /* known, but not allowed */
	ERR_NOT_FOUND,	  /* no such object, or one that may not be seen */
	ERR_CONFLICT,	  /* the object is not in the state that the act needs, or exists already */
	ERR_GONE,	  /* a resource version or cursor has expired: list again */
	ERR_TOO_LARGE,	  /* over a size limit */
	ERR_TOO_MANY,	  /* a rate or number limit; try later */
	ERR_UNAVAILABLE,  /* another system did not answer, or said that it cannot now */
	ERR_TIMEOUT,	  /* a limit of time ran out; the outcome is unknown */
	ERR_INTERNAL,	  /* our own fault, or an answer that makes no sense */
	ERR__MAX
};

/* Returns the code's name in lower case ("not_found"), for logs and JSON. Any thread. */
const char *err_name(enum err e);

/* Returns the HTTP status that a handler answers for this code (ERR_NONE: 200). Any thread. */
int err_http_status(enum err e);

#endif
