/* Looks whether the Secrets of applications are still there (nothing tells of their end, and nobody needs to read them for it),
 * and writes those whose registry has another account. */
#ifndef WORKER_APP_SECRETS_H
#define WORKER_APP_SECRETS_H

struct app_secrets;
struct worker;

struct app_secrets *app_secrets_new(struct worker *w);
/* After the crews have ended. */
void app_secrets_free(struct app_secrets *x);

/* Has those that are due looked at, in the background. The driver's thread. */
void app_secrets_step(struct app_secrets *x);

#endif
