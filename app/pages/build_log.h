/* The part of a build's page that shows its log: bounded whatever the log's length. */
#ifndef PAGES_BUILD_LOG_H
#define PAGES_BUILD_LOG_H

#include "http/request.h"
#include "view/view.h"

struct build;

/*
 * Sets Log.parts.N.{container,word,html}, Log.last (number of the last chunk shown), Log.lines, Log.stream (while it is live),
 * Log.earlier and Log.later (addresses), Log.bytes, Log.state ("none", "live", "archived", "lost", "away"). A live log shows its
 * last 256 KiB; an archived one the 256 KiB from the query's `from`, else its end.
 */
void build_log_show(struct request *req, struct view *v, const struct build *b);

#endif
