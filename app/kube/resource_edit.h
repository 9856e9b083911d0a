/* An object of a cluster as a person writes it: the text to begin with, what is wrong with one, and making or changing the object
 * by it. */
#ifndef KUBE_RESOURCE_EDIT_H
#define KUBE_RESOURCE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "kube/resources.h"

struct arena;
struct kube;

enum { RESOURCE_VERSION = 64 };

/*
 * The object as YAML for changing: without its status and what the cluster keeps of its metadata. NULL: it is too long for that.
 * In the arena. Pure.
 */
const char *resource_edit_text(struct arena *a, const struct resource *r);
/* Of what can be changed; it stays the same while the status alone changes. RESOURCE_VERSION hex digits in the arena. Pure. */
const char *resource_edit_version(struct arena *a, const struct resource *r);
/* A text to begin a new object with: the least that such an object has. NULL: the kind is not made by people. In the arena. Pure.
 */
const char *resource_edit_starter(struct arena *a, const struct resource_kind *kind);

/* A person's text, taken apart. Texts are the arena's. */
struct resource_edit {
	const char *wrong;  /* a string of the catalogue: what is wrong with the text; NULL: nothing */
	const char *why;    /* what belongs to it: a phrase, or a name; never NULL */
	const char *name;   /* of a new object */
	const char *fields; /* of a change: which ones, "spec.replicas, data.key", at most 300 bytes */
	bool same;	    /* of a change: what is wrong is that there is none */
	json_object *body;  /* what is sent to the cluster */
};

/*
 * A new object of the kind, of no project: it is given the namespace and the portal's label. Names that applications have are
 * refused. False: out->wrong. Pure.
 */
bool resource_edit_new(struct arena *a, const struct resource_kind *kind, const char *ns, const char *text,
		       struct resource_edit *out);
/*
 * A change of that object, as a merge patch (RFC 7386) of what differs, valid for the version that was read alone. What the
 * cluster keeps may stand in the text and is left out of account; the portal's own labels stay. False: out->wrong. Pure.
 */
bool resource_edit_change(struct arena *a, const struct resource_kind *kind, const struct resource *now, const char *text,
			  struct resource_edit *out);

/*
 * Sends it; now NULL: of a new object. ERR_CONFLICT: there is one of that name already, or what can be changed of it was since it
 * was read; ERR_INVALID, ERR_FORBIDDEN: the cluster refuses, *why (the arena's) is its word. As kube_request.
 */
enum err resource_edit_send(struct kube *k, struct arena *a, const struct resource_kind *kind, const char *ns,
			    const struct resource *now, const struct resource_edit *edit, const char **why) MUST_CHECK;

#endif
