/* The shell scripts of the build's own containers: constants; every value comes by the environment. */
#ifndef WORKER_SCRIPTS_H
#define WORKER_SCRIPTS_H

/* Fetches one commit with the deploy key and checks that Dockerfile and context are there. Exit codes: enum clone_exit. */
extern const char script_clone[];

/* Copies the built archive into the registry and leaves the digest as the termination message. */
extern const char script_push[];

#endif
