/* Declared input: a handler lists its fields, and gets typed values or has the errors answered. */
#ifndef HTTP_INPUT_H
#define HTTP_INPUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/request.h"
#include "http/response.h"

enum input_kind {
	IN_TEXT,     /* one line, no control characters; min..max characters (0,0: 0..200), with a min not of spaces alone */
	IN_LINES,    /* several lines; min..max bytes (0,0: 0..16384); "\r\n" becomes "\n" */
	IN_INT,	     /* a whole number within min..max (0,0: 0..INT64_MAX) */
	IN_ID,	     /* 1..INT64_MAX */
	IN_PORT,     /* 1..65535 */
	IN_BOOL,     /* JSON true/false; in a form "1", "on", "true" are true and "0", "false", "" false */
	IN_ENUM,     /* a word of `choices` */
	IN_SLUG,     /* [a-z0-9][a-z0-9-]*, min..max characters (0,0: 1..63) */
	IN_LOGIN,    /* [a-z0-9][a-z0-9._-]{0,62} */
	IN_PASSWORD, /* any valid UTF-8 of 1..512 characters, exactly as typed; the rule for new ones is in auth/password.h */
	IN_PATH,     /* git_path_valid */
	IN_BRANCH,   /* git_branch_valid */
	IN_SHA,	     /* git_sha_valid */
	IN_URL,	     /* http:// or https://, a host, no user or password, no control characters or space, at most 2000 bytes */
	IN_DATE,     /* a day of the calendar: "2026-11-21", 1970 to 2199 */
	IN_NAME,     /* an environment variable's name: [A-Za-z_][A-Za-z0-9_]{0,63} */
	IN_JSON,     /* any JSON value, in .json; the handler looks at it. Not in forms and queries */
	IN_IDS,	 /* any number of different ids, at most `max` (0: 1000): in a form or query one name many times, in JSON an array
		  */
	IN_FILE, /* a file as it was uploaded (0xff for NUL), or text of a form: .text and .len; at most `max` bytes (0: 2 MiB) */
	INPUT_KIND__MAX
};

/* One field: [PORT] = { .name = "port", .kind = IN_PORT }. */
struct input_field {
	const char *name;
	enum input_kind kind;
	bool required; /* missing, null, or empty text is an error */
	int64_t min, max;
	const char *choices; /* of IN_ENUM: "main|latest" */
	const char *about;   /* what it means, in English, for the API's description */
	const char *pattern; /* for it, too: a regular expression of what the handler takes beyond the kind's own rule */
};

/* All fields of a route's query or body. Its row in the table of routes names it, so that what is read is what is described. */
struct input_set {
	const struct input_field *fields;
	size_t count;
};
extern const struct input_set no_input;

/*
 * Defines a set: INPUT_SET(query_builds, [STATUS] = { .name = "status", ... }, ...). The enum of places ends in a count, which
 * sizes the handler's values.
 */
#define INPUT_SET(set, ...)                                                                                                      \
	static const struct input_field set##_fields[] = { __VA_ARGS__ };                                                        \
	const struct input_set set = { set##_fields, sizeof set##_fields / sizeof *set##_fields }

/* What came, in the place of its field. */
struct input_value {
	bool present;	  /* false: it was not sent, was JSON null, or was empty in a form or query (unless IN_TEXT, IN_LINES) */
	const char *text; /* never NULL: "" when not present. Numbers, too, as text, for showing the form again */
	int64_t number;	  /* IN_INT, IN_ID, IN_PORT; 0 otherwise. IN_ENUM: the word's place in choices, from 0 */
	bool flag;	  /* IN_BOOL */
	json_object *json;
	const int64_t *ids; /* IN_IDS: in the order in which they came; text is them joined by commas */
	size_t len;	    /* IN_IDS: how many; IN_FILE: bytes of text */
};

/* What was wrong; field "" is the whole body. Sentences are in the request's language. */
struct input_error {
	const char *field, *sentence;
};
enum { INPUT_ERRORS_MAX = 64 };
struct input_errors {
	struct input_error at[INPUT_ERRORS_MAX];
	size_t count;
};

enum input_source { INPUT_BODY, INPUT_QUERY }; /* the body: JSON if the request has it, else the form */

/*
 * Reads the fields that the route's row declares into the array `values` (same places). A body's fields that are not declared are
 * errors, but csrf, idempotency_key and next in forms; a query's are left alone. Returns true when there is no error. The memory
 * is the request's.
 */
#define input_read(req, source, values, errors)                                                                                  \
	input_read_((req), (source), (values), sizeof(values) / sizeof *(values), (errors))
bool input_read_(struct request *req, enum input_source source, struct input_value *values, size_t count,
		 struct input_errors *errors) MUST_CHECK;

/* Adds an error of the handler's own; `name` is a string of the catalogue ("error.taken"). */
void input_fail(struct request *req, struct input_errors *errors, const char *field, const char *name);
/* The same with a finished sentence. */
void input_fail_sentence(struct input_errors *errors, const char *field, const char *sentence);

/* The sentence of a field's error, or NULL: for showing a form again. */
const char *input_error_of(const struct input_errors *errors, const char *field);

/*
 * Answers 422 with the errors: problem+json with `errors` [{field, detail}] under /api, else the error page listing them.
 * Returns the status. Pages that show their form again do not call it.
 */
int input_refuse(struct response *res, const struct input_errors *errors);

/* The same with 409: what was sent is well-formed, and does not fit what there is (a name that is taken, a reference to nothing).
 */
int input_conflict(struct response *res, const struct input_errors *errors);

/* input_read and input_refuse in one: 0 when all is well, else the status to return. */
#define input_check(req, res, source, values) input_check_((req), (res), (source), (values), sizeof(values) / sizeof *(values))
int input_check_(struct request *req, struct response *res, enum input_source source, struct input_value *values,
		 size_t count) MUST_CHECK;
/* The same for a route whose body has no fields: 0, or the status that was answered. */
int input_none(struct request *req, struct response *res) MUST_CHECK;

/* What a field takes, as its kind and its own bounds say it. The texts are literals. */
struct input_rule {
	const char *kind;  /* "text", "lines", ... */
	const char *error; /* the catalogue's sentence about it */
	int64_t min, max;  /* of what the kind counts: characters, bytes, ids, or the number itself; 0,0: nothing */
};
struct input_rule input_rule(const struct input_field *field);

/* The value of one kind from text, as a form's: for the command line and for tests. False: not valid. Pure. */
bool input_valid(const struct input_field *field, const char *text, struct input_value *out);

#endif
