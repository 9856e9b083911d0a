/* Names and HTTP statuses of the error codes. */
#include "base/err.h"

static const struct {
	const char *name;
	int status;
} table[ERR__MAX] = {
	[ERR_NONE] = { "none", 200 },
	[ERR_INVALID] = { "invalid", 422 },
	[ERR_UNAUTHORIZED] = { "unauthorized", 401 },
	[ERR_FORBIDDEN] = { "forbidden", 403 },
	[ERR_NOT_FOUND] = { "not_found", 404 },
	[ERR_CONFLICT] = { "conflict", 409 },
	[ERR_GONE] = { "gone", 410 },
	[ERR_TOO_LARGE] = { "too_large", 413 },
	[ERR_TOO_MANY] = { "too_many", 429 },
	[ERR_UNAVAILABLE] = { "unavailable", 503 },
	[ERR_TIMEOUT] = { "timeout", 504 },
	[ERR_INTERNAL] = { "internal", 500 },
};

const char *err_name(enum err e)
{
	return (unsigned)e < ERR__MAX ? table[e].name : "unknown";
}

int err_http_status(enum err e)
{
	return (unsigned)e < ERR__MAX ? table[e].status : 500;
}
