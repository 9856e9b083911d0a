/* Inside the room kube: when a cluster may be asked again after it failed or asked for a pause. */
#ifndef KUBE_HEALTH_H
#define KUBE_HEALTH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* How one request went, as far as the cluster's health is concerned. */
enum health_result {
	HEALTH_GOOD,	 /* the API server answered */
	HEALTH_STRAINED, /* a 5xx or no answer in time: two in a row open the breaker */
	HEALTH_DEAD,	 /* no connection, or somebody else answered: opens it at once */
};

enum { HEALTH_WHY = 200 };

/* Any thread. */
struct health {
	pthread_mutex_t lock;
	int failures;	      /* in a row */
	int64_t not_before;   /* monotonic ms: no request before, but the probe's */
	bool asked;	      /* the cluster itself asked for the pause (429) */
	bool probing;	      /* one request finds out whether it is well again */
	char why[HEALTH_WHY]; /* what went wrong last */
};

/* What a request is told before it is made. */
enum health_pass { PASS_GO, PASS_PROBE, PASS_FAILING, PASS_BUSY };

void health_init(struct health *h);
void health_free(struct health *h);

/* Whether a request may be made at that time. After PASS_GO and PASS_PROBE health_report must follow. *wait_ms is the pause left.
 */
enum health_pass health_ask(struct health *h, int64_t now, int *wait_ms);
void health_report(struct health *h, enum health_pass pass, enum health_result result, int64_t now);

/* The cluster answered 429: nothing for so long (0: a second; at most a minute). */
void health_hold(struct health *h, int64_t now, int retry_after_ms);

/* What went wrong, for those who are not let through; cut to HEALTH_WHY - 1 bytes. */
void health_note(struct health *h, const char *why);
void health_noted(struct health *h, char out[HEALTH_WHY]);

/* first_ms doubled with each earlier failure, at most longest_ms. */
int health_pause(int first_ms, int longest_ms, int failures);

/* ms with up to a fifth more or less, so that many clients do not come back together. */
int health_jitter(int ms);

#endif
