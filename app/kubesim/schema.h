/* The fields of the kinds that are served: their types and how their lists are merged. Read-only tables. */
#ifndef KUBESIM_SCHEMA_H
#define KUBESIM_SCHEMA_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/buf.h"

enum field_type {
	FIELD_TEXT,
	FIELD_TIME, /* RFC 3339 text */
	FIELD_INT,  /* int32 */
	FIELD_LONG, /* int64 */
	FIELD_BOOL,
	FIELD_INT_OR_TEXT, /* ports and percentages */
	FIELD_QUANTITY,	   /* "500m", "1Gi", or a number */
	FIELD_MAP,	   /* text to text */
	FIELD_BYTES,	   /* text to base64 */
	FIELD_QUANTITIES,  /* text to quantity */
	FIELD_TEXTS,	   /* list of text */
	FIELD_STRUCT,
	FIELD_LIST, /* list of structs */
	FIELD_ANY,  /* taken as it is */
};

struct schema;

struct schema_field {
	const char *name;
	enum field_type type;
	const struct schema *of; /* FIELD_STRUCT, FIELD_LIST */
	const char *key; /* FIELD_LIST: the field that identifies an element when lists are merged; NULL: replaced as a whole */
};

/* A struct of the API: its name in error messages, and its fields, ended by a NULL name. */
struct schema {
	const char *name;
	const struct schema_field *fields;
};

extern const struct schema schema_namespace, schema_pod, schema_secret, schema_service, schema_event, schema_config_map,
	schema_job, schema_deployment, schema_replica_set, schema_ingress, schema_network_policy, schema_resource_quota,
	schema_limit_range;

/* The field of that name, or NULL. `s` may be NULL. */
const struct schema_field *schema_find(const struct schema *s, const char *name);

/*
 * Checks an object from a client. A value of a wrong type: false, and `wrong` gets the server's sentence. Fields that the kind
 * does not have are taken out, as the server drops them, and listed in `unknown` ("unknown field \"spec.x\"", joined by ", ").
 * Nulls are taken out as well. At most 64 levels.
 */
bool schema_check(const struct schema *s, json_object *o, struct buf *wrong, struct buf *unknown);

#endif
