/* Inside the room kube: from the bytes of a log with time stamps to whole lines without, minus what was taken before. Pure. */
#ifndef KUBE_LOG_READER_H
#define KUBE_LOG_READER_H

#include "base/buf.h"
#include "kube/kube.h"

/* A time stamp of the kubelet: RFC 3339 with 0 to 9 decimals, in any zone. */
struct stamp {
	int64_t seconds; /* since 1970 UTC */
	int nanos;
};

/* Reads the stamp that `text` begins with, up to a space or the end; *length is the stamp's. False when it is none. */
bool stamp_parse(const char *text, size_t len, struct stamp *out, size_t *length);
int stamp_compare(const struct stamp *x, const struct stamp *y);

/* One stamped line on its way out. */
struct stamped {
	char text[40];
	struct stamp at;
};

struct log_reader {
	struct buf line;	   /* the beginning of a line whose end has not come */
	struct buf out;		   /* whole lines that the handler has not taken yet */
	struct kube_log_seam seam; /* behind `out` */
	struct stamp newest;	   /* seam.stamp, parsed */
	struct stamp from;	   /* where the overlap ends, and how many lines of it are still to be dropped from there on */
	int to_skip;
	enum { READER_BEFORE, READER_OVERLAP, READER_NEW } at;
	bool inside, drop_rest; /* a piece of a very long line was given out, or dropped: so is the rest */
	struct stamped giant;	/* that line */
	char complaint[512];	/* the kubelet's own last words, which bear no stamp; "" none */
};

/* From where to read on: a stamp of `seam` that is none counts as the beginning. */
void reader_init(struct log_reader *r, const struct kube_log_seam *seam);
void reader_free(struct log_reader *r);

/* The sinceTime that shows everything behind the seam ("2026-11-21T04:05:06Z"); false: from the beginning. */
bool reader_since(const struct log_reader *r, char out[32]);

/* Takes bytes in pieces of any size; whole lines are then in `out`, the place behind them in `seam`. */
void reader_feed(struct log_reader *r, const char *bytes, size_t len);

/* The log has ended: what is left is a line. */
void reader_end(struct log_reader *r);

#endif
