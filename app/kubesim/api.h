/* The verbs on objects. All calls need the lock. */
#ifndef KUBESIM_API_H
#define KUBESIM_API_H

#include "kubesim/http.h"

/* GET pods/<name>/log. */
void sim_logs_answer(struct request *r, struct answer *a, struct object *pod);

/* POST, PUT and PATCH; see write.c. `old` is NULL for a create. */
void sim_create(struct request *r, struct answer *a);
void sim_update(struct request *r, struct answer *a, struct object *old);
void sim_patch(struct request *r, struct answer *a, struct object *old);

/* /scale of Deployments and ReplicaSets. */
void sim_scale(struct request *r, struct answer *a, struct object *o);

/* DELETE of one object or of a collection. */
void sim_delete(struct request *r, struct answer *a, struct object *o);
void sim_delete_collection(struct request *r, struct answer *a);

/* The body as an object; NULL: the answer says what is wrong with it. An empty body is NULL without an answer where `optional`.
 */
json_object *sim_body(struct request *r, struct answer *a, bool optional);

/* The answer that an object is. */
void sim_answer_object(struct answer *a, int status, const struct object *o);

#endif
