/* What the streams and the writer of logs share; private to logs.c and log_writer.c. */
#ifndef WORKER_LOG_SET_H
#define WORKER_LOG_SET_H

#include <pthread.h>

#include "base/buf.h"
#include "kube/kube.h"
#include "model/log_chunks.h"
#include "worker/logs.h"

enum { LOG_QUEUE = 256 << 10, LOG_QUEUES = 32 << 20, LOG_URGENT = 64 << 10 };

struct log_one {
	struct log_set *set;
	int container;
	enum log_state state;
	struct kube_log *stream; /* NULL: none is open */
	bool follow, paused, ended, losing;
	enum err end; /* how the stream ended */
	int failures; /* in a row */
	int64_t retry_us;
	struct buf in;	      /* what came and is not stored */
	struct log_seam seam; /* behind `in` */
	bool begun;
	struct buf carry; /* the writer's: the beginning of what may be a secret */
};

struct log_set {
	struct log_set *next;
	struct logs *logs;
	int64_t build_id;
	struct lease lease;
	char ns[64];
	struct mask *mask;
	int64_t limit;
	bool closed, fenced;
	int streams; /* open ones: their `done` still comes */
	struct log_one logs_of[LOG_CONTAINERS];
	/* The writer's alone. */
	struct log_place place;
	struct log_span *spans; /* all chunks, once the limit was reached; NULL before */
	int span_count, span_size;
};

struct logs {
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t thread;
	struct log_set *sets;
	size_t queued; /* bytes in all queues */
	bool signalled, stopping;
	struct db_pool *pool;
	struct kube *kube;
	struct fetch_loop *loop;
	void (*changed)(void *context, int64_t build_id);
	void *context;
};

/* The writer's thread. */
void *log_writer_run(void *logs);

#endif
