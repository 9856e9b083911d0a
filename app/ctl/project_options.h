/* Inside the room ctl: the options of a new project, which two commands share. */
#ifndef CTL_PROJECT_OPTIONS_H
#define CTL_PROJECT_OPTIONS_H

#include "ctl/ctl.h"

struct project_options {
	const char *name, *repo, *branch, *dockerfile, *context, *registry, *image_repo, *tag_strategy, *port;
	bool no_auto_build, no_auto_deploy;
};

/* The rows of ctl_parse for these options, 12 with the last one, which is all NULL. */
enum { PROJECT_OPTIONS = 12 };
void project_options_rows(struct project_options *o, struct ctl_option rows[PROJECT_OPTIONS]);

/*
 * Makes the project with its configuration, in the caller's transaction. CTL_DONE, or what was said on standard error; then the
 * caller rolls back.
 */
enum ctl_exit project_make(struct ctl *ctl, int64_t student_id, const struct project_options *o, int64_t *id) MUST_CHECK;

#endif
