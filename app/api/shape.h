/* Rows as JSON: one table a noun, from which both the answer and its description in OpenAPI are written. */
#ifndef API_SHAPE_H
#define API_SHAPE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

/* How a member lies in its struct, and what it becomes. */
enum shape_kind {
	SHAPE_INT64,
	SHAPE_INT,
	SHAPE_ID,      /* int64_t; 0 becomes null */
	SHAPE_STRING,  /* const char *, never NULL */
	SHAPE_TEXT,    /* const char *; NULL becomes null */
	SHAPE_TIME,    /* const char *, the database's text of a timestamptz in UTC: RFC 3339; NULL becomes null */
	SHAPE_BOOL,    /* bool */
	SHAPE_GIVEN,   /* const char *: whether it is not NULL */
	SHAPE_SECONDS, /* int64_t; -1 becomes null */
	SHAPE_WORD,    /* an enum; its words by `word`; NULL becomes null */
	SHAPE_ROW,     /* a struct inside: `of` */
	SHAPE_ROWS,    /* a pointer to rows of `of`, as many as the int at `count_at` says */
	SHAPE_DOUBLE,  /* double; NAN becomes null */
	SHAPE_IDS,     /* a pointer to int64_t, as many as the int at `count_at` says */
};

struct shape;

struct shape_member {
	const char *name;
	enum shape_kind kind;
	size_t at;
	const char *about;	  /* for people who read the description; NULL: the name says it */
	const char *choices;	  /* SHAPE_STRING, SHAPE_TEXT: "a|b", the only words there are */
	const char *(*word)(int); /* SHAPE_WORD: of 0..words-1 */
	int words;
	const struct shape *of;
	size_t count_at;
};

/* A row's description; a list's has `of` and no members: {"items": [rows], "next_cursor": text or null}. */
struct shape {
	const char *name; /* in OpenAPI's components: "Build" */
	size_t size;	  /* of the struct */
	const struct shape_member *members;
	size_t count;
	const struct shape *of;
};

/* SHAPE(shape_build, "Build", struct build, MEMBER("id", SHAPE_INT64, struct build, id), ...); further fields may follow by name.
 */
#define AT(row, field) offsetof(row, field)
#define MEMBER(json_name, json_kind, row, field, ...)                                                                            \
	{                                                                                                                        \
		.name = json_name, .kind = json_kind, .at = AT(row, field), ##__VA_ARGS__                                        \
	}
#define SHAPE(shape_name, word, row, ...)                                                                                        \
	static const struct shape_member shape_name##_members[] = { __VA_ARGS__ };                                               \
	const struct shape shape_name = {                                                                                        \
		.name = word,                                                                                                    \
		.size = sizeof(row),                                                                                             \
		.members = shape_name##_members,                                                                                 \
		.count = sizeof shape_name##_members / sizeof *shape_name##_members,                                             \
	}
#define SHAPE_LIST(shape_name, word, item) const struct shape shape_name = { .name = word, .of = &item }

/* The object of one row; the caller owns it. */
json_object *shape_json(struct arena *a, const struct shape *s, const void *row);

/* {"$ref": "#/components/schemas/NAME"}; the caller owns it. */
json_object *shape_reference(const char *name);

/* The JSON Schema of a shape: objects of nested shapes are references "#/components/schemas/NAME". The caller owns it. */
json_object *shape_schema(const struct shape *s);

#endif
