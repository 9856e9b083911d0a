/* The state of the whole system as the database sees it: what works, what waits for what, what is behind. */
#ifndef MODEL_SYSTEM_H
#define MODEL_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* Times are the database's text or NULL; ages are seconds, -1: there is nothing of that kind. Texts are the arena's. */
struct system_worker {
	int64_t id;
	const char *host, *version;
	int pid;
	int64_t epoch;
	const char *started_at, *heartbeat_at, *stopped_at;
	bool alive; /* its lease holds */
	int builds, deployments;
};

/* What waits because of what. */
struct system_wait {
	const char *what;  /* "builds", "archive", "deployments" */
	const char *why;   /* an English sentence of the worker; of deployments a code of DEPLOYMENT_PROGRESS */
	const char *words; /* JSON: of builds as build_words_json has it, of deployments what fills the places; may be NULL */
	int count;
	const char *since; /* of the oldest that waits for it */
};

/* A delivery of a webhook that could not be verified: everything in it is anybody's. */
struct system_reject {
	const char *received_at, *ip, *repository, *reason;
};

enum { SYSTEM_WORKERS = 20, SYSTEM_WAITS = 10, SYSTEM_REJECTS = 10 };

struct system_state {
	const char *schema; /* the newest migration that was applied */
	int64_t database_bytes;
	int connections, connections_max; /* of the database server */
	int running, waiting, deploying, deployments_waiting;
	int64_t waiting_age_s, deployments_age_s; /* of the oldest that waits */
	int unarchived;				  /* ended builds whose log is not in the archive yet */
	int64_t unarchived_age_s;
	int untold; /* builds whose state Gitea is to be told */
	int64_t untold_age_s;
	int branches, branches_failing;				      /* that are looked at; that could not be read last time */
	int registries, admins;					      /* admins who can sign in */
	int64_t rejected;					      /* deliveries in all */
	int64_t reject_age_s;					      /* of the newest */
	const char *success_at, *archived_at, *head_at, *delivery_at; /* the last of each */
	int64_t success_build;					      /* 0: none */
	struct system_worker *workers;				      /* the living and the newest of the others */
	int worker_count, workers_alive;
	struct system_wait *waits;
	int wait_count;
	struct system_reject *rejects;
	int reject_count;
};

/* By a handful of statements, whose cost does not grow with the history. */
enum err model_system_read(struct db *db, struct arena *a, struct system_state *out) MUST_CHECK;

/* What a program knows of itself. */
struct system_program {
	const char *version;
	bool cluster, archive, gitea; /* configured */
};

/* What is degraded; the words are trouble.NAME.title and .advice of the catalogue. */
enum system_trouble {
	TROUBLE_NO_WORKER,    /* nothing is built or deployed */
	TROUBLE_NO_CLUSTER,   /* none is configured */
	TROUBLE_CLUSTER_AWAY, /* something waits for it to answer */
	TROUBLE_NO_ARCHIVE,   /* none is configured */
	TROUBLE_NO_REGISTRY,  /* nothing can be built */
	TROUBLE_QUEUE,	      /* builds wait, none runs */
	TROUBLE_ARCHIVE_BEHIND,
	TROUBLE_GITEA_BEHIND, /* commit statuses are not taken */
	TROUBLE_BRANCHES,     /* half of the branches cannot be read */
	TROUBLE_REJECTS,      /* webhooks were refused in the last hour */
	TROUBLE_CONNECTIONS,  /* the database server's are nearly used up */
	TROUBLE_VERSIONS,     /* a living worker is of another release */
	TROUBLE__MAX
};
/* "no_worker". */
const char *system_trouble_name(enum system_trouble t);
/* Fills out with what is wrong, the worst first; returns how many. Pure. */
int system_troubles(const struct system_state *s, const struct system_program *p, enum system_trouble out[TROUBLE__MAX]);

#endif
