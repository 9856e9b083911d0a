/* The simulated cluster's state: objects, their history, and the timers that make them move. Everything is guarded by one lock.
 */
#ifndef KUBESIM_WORLD_H
#define KUBESIM_WORLD_H

#include <json-c/json.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "kubesim/schema.h"

struct world;
struct stream;
struct fault;
struct image;
struct podrun;

enum sim_kind {
	SIM_CONFIG_MAP,
	SIM_DEPLOYMENT,
	SIM_EVENT,
	SIM_INGRESS,
	SIM_JOB,
	SIM_LIMIT_RANGE,
	SIM_NAMESPACE,
	SIM_NETWORK_POLICY,
	SIM_POD,
	SIM_REPLICA_SET,
	SIM_RESOURCE_QUOTA,
	SIM_SECRET,
	SIM_SERVICE,
	SIM_KIND__MAX
};

struct sim_kind_info {
	const char *kind, *plural, *singular, *group, *version; /* group "" is the core one */
	bool namespaced, generation;				/* generation: metadata.generation counts changes of spec */
	const struct schema *schema;
};

extern const struct sim_kind_info sim_kinds[SIM_KIND__MAX];

/* "jobs.batch", "pods": how errors name a resource. In the arena. */
const char *sim_kind_resource(struct arena *a, enum sim_kind kind);
/* "batch/v1", "v1". In the arena. */
const char *sim_kind_group_version(struct arena *a, enum sim_kind kind);

/* One call at a time in the future, in milliseconds of the monotonic clock. Embedded in what it belongs to. */
struct timer {
	int64_t due;
	size_t place; /* in the heap, from 1; 0: not waiting */
	void (*fire)(struct world *w, void *context);
	void *context;
};

/* An object as it was at one resourceVersion, in the form that goes out. Shared by the object, events and nobody else. */
struct revision {
	int refs;
	int64_t rv;
	enum sim_kind kind;
	const char *ns, *name;
	json_object *labels; /* may be NULL */
	const char *json;
	size_t len, bare; /* json + bare is the object without kind and apiVersion, as lists hold it, but for its '{' */
};

struct object {
	enum sim_kind kind;
	char *ns, *name, *uid;
	json_object *tree; /* what the next revision will say; change it, then object_commit */
	struct revision *rev;
	json_object *managers;	     /* manager's name -> the fields it set, for server-side apply; may be NULL */
	uint64_t spec_sum, seen_sum; /* of spec; as its controller saw it last */
	char owner[40];		     /* the uid of its first owner; "" none */
	bool shared;		     /* it has more owners than that */
	struct timer timer;	     /* the controller of this kind looks at it */
	struct podrun *run;	     /* pods: what its containers do */
	bool dead;		     /* out of the world; freed at the next unlock */
	struct object *next_dead;
};

enum change { CHANGE_ADDED, CHANGE_MODIFIED, CHANGE_DELETED };

struct happening {
	enum change change;
	int64_t rv, at_ms;
	struct revision *now, *before; /* before is NULL when it was added */
};

enum { HISTORY = 8192, HISTORY_BYTES = 32 << 20, HISTORY_MS = 300000, EVENTS_MAX = 3000 };

struct table {
	struct object **at; /* sorted by namespace and name */
	size_t n, size;
};

/* How the program was started. Read-only after that. */
struct sim_options {
	int speed;	       /* simulated seconds are divided by it; at least 1 */
	const char *token;     /* the bearer token that is asked for; NULL: none */
	const char *state_dir; /* NULL: nothing is kept */
	bool allow_remote;     /* clone from anywhere, not from file:// alone */
};

struct world {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping, dirty;
	struct sim_options options;
	struct arena *scratch; /* until the unlock */
	struct table tables[SIM_KIND__MAX];
	int64_t rv, compacted; /* the last one given, and the last one that history has lost */
	struct happening history[HISTORY];
	uint64_t first, next; /* history[first % HISTORY] .. next - 1 */
	size_t history_bytes;
	struct timer **heap; /* from 1 */
	size_t timers, heap_size;
	struct object *graves;
	struct stream *streams;
	struct fault *faults;
	struct image *images;
	json_object *stats;
	int64_t outage_until_ms;
	unsigned next_ip;
	struct timer probe; /* looks whether the clients of quiet streams are still there */
	struct timer keep;  /* writes the state to options.state_dir */
};

/* A world with the default namespaces. Lives until world_free; no thread may be using it then. */
struct world *world_new(const struct sim_options *options);
void world_free(struct world *w);

/* Everything below needs the lock. The unlock frees what died, empties `scratch`, and lets the ticker look at new timers. */
void world_lock(struct world *w);
void world_unlock(struct world *w);

/* Runs the timers until world_stop; the body of the ticker thread (it takes the lock itself). */
void world_run(struct world *w);
void world_stop(struct world *w);

/* Sets or moves a timer; in `ms` from now (simulated: divided by the speed). timer_at takes a moment and never makes it later. */
void timer_in(struct world *w, struct timer *t, int64_t ms);
void timer_at(struct world *w, struct timer *t, int64_t due);
void timer_stop(struct world *w, struct timer *t);
/* A simulated time in real milliseconds. */
int64_t world_pace(const struct world *w, int64_t ms);

/* The object of that name, or NULL. ns is "" for cluster-wide kinds. */
struct object *world_find(struct world *w, enum sim_kind kind, const char *ns, const char *name);
/* The first place in the table that is not before (ns, name). */
size_t world_place(struct world *w, enum sim_kind kind, const char *ns, const char *name);
/* The objects of a kind with that owner (controller or not), in scratch. */
struct object **world_owned(struct world *w, enum sim_kind kind, const char *uid, size_t *n);
/* The object that is the controller of this one, or NULL. */
struct object *world_controller(struct world *w, struct object *o);

/*
 * Adds an object; `tree` has kind, apiVersion, metadata with name and (where due) namespace, and is kept. uid, creationTimestamp
 * and resourceVersion are set here. The caller has made sure that the name is free.
 */
struct object *world_add(struct world *w, enum sim_kind kind, json_object *tree);

/* The tree has changed: a new revision and an event, unless it is equal to the last one. Wakes the controllers. */
void object_commit(struct world *w, struct object *o);

/* The spec was changed by a subresource (binding) that metadata.generation does not count; before object_commit. */
void object_uncounted(struct object *o);

/* Takes it out of the world with a DELETED event. Use sim_gc_delete for what the API server does on DELETE. */
void world_remove(struct world *w, struct object *o);

/* Lets the object's controller look at it in `ms` real milliseconds or earlier. */
void object_wake(struct world *w, struct object *o, int64_t ms);

/* Empties the world but for the default namespaces; resource versions go on. */
void world_reset(struct world *w);

/* Frees a copy that object_commit made; object and history each hold one. */
void revision_put(struct revision *r);

/* A tree in an object: json_build, but owned by the caller. */
#define sim_build(w, ...) json_object_get(json_build((w)->scratch, __VA_ARGS__))

/* The time now, as Kubernetes writes it ("2026-11-21T04:05:06Z"); in scratch. */
const char *sim_stamp(struct world *w);
const char *sim_stamp_us(struct world *w, int64_t us);
/* A random UUID; a random suffix of five characters as the API server makes them. `out` holds 40 or 6 bytes. */
void sim_uuid(char out[40]);
void sim_suffix(char out[6]);
/* Records an Event about an object. type is "Normal" or "Warning". The same again within the hour only counts up. */
void sim_event(struct world *w, struct object *about, const char *type, const char *component, const char *reason,
	       const char *message);
/* A 64-bit FNV-1a sum, for choices that must come out the same each time. */
uint64_t sim_sum(uint64_t start, const char *text);
#define SIM_SUM_START 1469598103934665603ULL

#endif
