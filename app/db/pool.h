/* What query.c needs to know of a borrowed connection; private to this room. */
#ifndef DB_POOL_H
#define DB_POOL_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

enum { PREPARED_MAX = 1024 }; /* distinct statements a connection remembers; the text of a statement is its identity */

struct db {
	struct db_pool *pool;
	struct db *next;
	PGconn *conn;
	int64_t opened_ms, used_ms;
	int patience_ms;		    /* an answer that takes longer is not waited for; 0: for ever */
	bool broken;			    /* close it when it comes back */
	bool hung;			    /* an answer never came: nothing more can be asked */
	int depth;			    /* of open transactions: 1 is BEGIN, deeper ones are savepoints */
	const char *prepared[PREPARED_MAX]; /* open addressing by the literal's address */
};

/* Opens a connection with connect and keep-alive limits set. NULL and a log line when the server does not answer. */
PGconn *db_connect(const char *conninfo, const char *program);

#endif
