/* The API server's Status objects: refusals in exactly the form that it gives them. */
#ifndef KUBESIM_STATUS_H
#define KUBESIM_STATUS_H

#include "kubesim/http.h"

/* Fills an answer with a failure; `details` (may be NULL: {} for reasons that have it, none otherwise) is taken. */
void sim_status_answer(struct answer *a, struct arena *arena, int code, const char *reason, const char *message,
		       json_object *details);

/* {"name", "group", "kind" (the plural)}; owned by the caller. */
json_object *sim_status_details(enum sim_kind kind, const char *name);

/* 404 and the two meanings of 409 for an object. */
void sim_status_not_found(struct request *r, struct answer *a, enum sim_kind kind, const char *name);
void sim_status_exists(struct request *r, struct answer *a, enum sim_kind kind, const char *name);
void sim_status_conflict(struct request *r, struct answer *a, enum sim_kind kind, const char *name, const char *why);
void sim_status_bad(struct request *r, struct answer *a, const char *message);

/* 422 for a query parameter or delete option. */
void sim_status_options(struct request *r, struct answer *a, const char *kind, const char *field, const char *reason,
			const char *message);

/* What is wrong with an object, field by field; becomes one 422. */
struct complaints {
	struct arena *arena;
	json_object *causes; /* owned; NULL: none */
	struct buf text;
	int n;
};

/* Adds a cause. `reason` is FieldValueInvalid, FieldValueRequired, ...; `message` begins as the server's ("Invalid value: ...").
 */
void complain(struct complaints *c, const char *field, const char *reason, const char *message);
/* Fills the answer and frees what complaints hold. */
void complaints_answer(struct complaints *c, struct request *r, struct answer *a, enum sim_kind kind, const char *name);
void complaints_free(struct complaints *c);

/* What a path names; fills kind, ns, name, sub and verb of the request. */
void sim_route(struct request *r);

#endif
