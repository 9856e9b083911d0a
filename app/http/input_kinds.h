/* The table of kinds of declared input; private to this room. */
#ifndef HTTP_INPUT_KINDS_H
#define HTTP_INPUT_KINDS_H

#include "http/input.h"

enum { IDS_MAX = 1000 };

struct input_kind_row {
	bool (*take)(const struct input_field *f, const char *s, struct input_value *out);
	const char *error; /* the catalogue's sentence */
	int64_t min, max;  /* for the sentence, where the field says nothing */
};

const struct input_kind_row *input_kind_row(enum input_kind kind);

#endif
