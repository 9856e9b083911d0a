/* Inside the room ctl: one made-up project's way through its days, and what can happen on it. */
#ifndef CTL_DEMO_WALK_H
#define CTL_DEMO_WALK_H

#include "ctl/demo.h"

struct walk {
	struct demo *d;
	struct demo_project *p;
	struct demo_random random;
	int64_t at;  /* everything before is planned */
	bool broken; /* the student's last commit does not build */
	int pushed;
	struct demo_build *last;
};

/* demo_builds.c. Each moves w->at on to the end of all that follows from it. */

/* A push that is built; sometimes more of them in a hurry. */
void walk_push(struct walk *w, int64_t at);
/* A push that builds, but whose application does not run. */
void walk_push_in_vain(struct walk *w, int64_t at, const struct demo_trouble *trouble);
/* Somebody asks for a build: the last commit again, or another branch. There was one before. */
void walk_ask(struct walk *w, int64_t at);
/* A push that builds nothing: another branch, a tag, a branch that is gone, a commit that says so. */
void walk_aside(struct walk *w, int64_t at);
/* A teacher makes the key that was missing. */
void walk_install_key(struct walk *w);
/* Who acts on the project: the student, or the teacher where there is no account. */
struct demo_person *walk_person(struct walk *w);

#endif
