/* The HTTP side: one request, its answer, and the server. */
#ifndef KUBESIM_HTTP_H
#define KUBESIM_HTTP_H

#include <microhttpd.h>

#include "base/buf.h"
#include "kubesim/stream.h"
#include "kubesim/world.h"

struct server;

enum { BODY_MAX = 3 << 20 };

struct request {
	struct world *w;
	struct MHD_Connection *connection;
	struct arena *arena;
	const char *method, *path;
	struct buf body;
	/* What the path names. `verb` is as in RBAC: get, list, watch, create, update, patch, delete, deletecollection. */
	enum sim_kind kind;
	bool has_kind;
	const char *ns, *name, *sub, *verb; /* "" where there is none */
	bool stalled;
	struct timer timer; /* ends a stall */
};

struct answer {
	int status;
	const char *type;
	struct buf body;
	const char *header, *value; /* one more header; NULL: none */
	struct stream *stream;	    /* instead of a body */
	int64_t cut_after;	    /* bytes until the connection breaks; -1: never */
	bool hang_up;		    /* no answer at all */
};

/* A query parameter, decoded; NULL when it is not there. */
const char *request_arg(const struct request *r, const char *name);
bool request_flag(const struct request *r, const char *name);

/* Fills the answer of a request; with the world's lock. */
void sim_api_answer(struct request *r, struct answer *a);
void sim_control_answer(struct request *r, struct answer *a);
void sim_discovery_answer(struct request *r, struct answer *a);

/* An answer of a JSON value, which is put. */
void answer_json(struct answer *a, int status, json_object *o);
void answer_text(struct answer *a, int status, const char *type, const char *text);

/* A listening socket: the API with control endpoint, or the applications' pages. */
struct listener {
	struct MHD_Daemon *daemon;
	int port;
};

/* port 0: a free one. false: the address cannot be had (logged). */
bool listener_api(struct listener *l, struct world *w, const char *bind, int port);
bool listener_ingress(struct listener *l, struct world *w, const char *bind, int port);
/* Lets every suspended connection go, so that listener_stop need not wait for it; new ones are cut. Takes the lock. */
void listener_release(struct world *w);
void listener_stop(struct listener *l);

/* The page of an application, for the Host that was asked; see ingress.c. With the lock. */
void sim_ingress_answer(struct world *w, const char *host, const char *method, const char *path, struct answer *a);

#endif
