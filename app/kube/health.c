/* When a cluster may be asked again: a breaker that pauses 1 to 30 s and lets one probe through, and pauses that it asked for. */
#include "kube/health.h"

#include <stdio.h>

#include "base/secret.h"

/* With jitter these are 1 to 30 s. */
enum { FIRST_PAUSE_MS = 1250, LONGEST_PAUSE_MS = 25000, LONGEST_HOLD_MS = 60000 };

void health_init(struct health *h)
{
	*h = (struct health){ 0 };
	pthread_mutex_init(&h->lock, NULL);
}

void health_free(struct health *h)
{
	pthread_mutex_destroy(&h->lock);
}

int health_jitter(int ms)
{
	unsigned r;
	secret_random(&r, sizeof r);
	return ms - ms / 5 + (int)(r % (unsigned)(ms / 5 * 2 + 1));
}

enum health_pass health_ask(struct health *h, int64_t now, int *wait_ms)
{
	enum health_pass pass = PASS_GO;
	pthread_mutex_lock(&h->lock);
	*wait_ms = now < h->not_before ? (int)(h->not_before - now) : 0;
	if (*wait_ms) {
		pass = h->asked ? PASS_BUSY : PASS_FAILING;
	} else if (h->not_before && !h->asked) {
		/* The pause is over: one request goes ahead of the others. */
		pass = h->probing ? PASS_FAILING : PASS_PROBE;
		*wait_ms = h->probing ? FIRST_PAUSE_MS : 0;
		h->probing = true;
	}
	pthread_mutex_unlock(&h->lock);
	return pass;
}

int health_pause(int first_ms, int longest_ms, int failures)
{
	int pause = first_ms;
	for (int i = 0; i < failures && pause < longest_ms; i++)
		pause *= 2;
	return pause < longest_ms ? pause : longest_ms;
}

void health_report(struct health *h, enum health_pass pass, enum health_result result, int64_t now)
{
	pthread_mutex_lock(&h->lock);
	if (pass == PASS_PROBE)
		h->probing = false;
	if (result == HEALTH_GOOD) {
		h->failures = 0;
		if (!h->asked)
			h->not_before = 0;
	} else if (now >= h->not_before) { /* requests that failed together count once */
		h->failures += result == HEALTH_DEAD && !h->failures ? 2 : 1;
		if (h->failures >= 2) {
			h->asked = false;
			h->not_before = now + health_jitter(health_pause(FIRST_PAUSE_MS, LONGEST_PAUSE_MS, h->failures - 2));
		}
	}
	pthread_mutex_unlock(&h->lock);
}

void health_hold(struct health *h, int64_t now, int retry_after_ms)
{
	int pause = !retry_after_ms ? FIRST_PAUSE_MS : retry_after_ms > LONGEST_HOLD_MS ? LONGEST_HOLD_MS : retry_after_ms;
	pthread_mutex_lock(&h->lock);
	if (now + pause > h->not_before) {
		h->asked = true;
		h->not_before = now + pause;
	}
	pthread_mutex_unlock(&h->lock);
}

void health_note(struct health *h, const char *why)
{
	pthread_mutex_lock(&h->lock);
	snprintf(h->why, sizeof h->why, "%s", why);
	pthread_mutex_unlock(&h->lock);
}

void health_noted(struct health *h, char out[HEALTH_WHY])
{
	pthread_mutex_lock(&h->lock);
	snprintf(out, HEALTH_WHY, "%s", h->why);
	pthread_mutex_unlock(&h->lock);
}
