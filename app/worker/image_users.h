/* Reads from the registries which user the images of running applications start as. */
#ifndef WORKER_IMAGE_USERS_H
#define WORKER_IMAGE_USERS_H

struct worker;

/* Every few seconds, in the slow crew, one at a time, each image once. The driver's thread. */
void image_users_kick(struct worker *w);

#endif
