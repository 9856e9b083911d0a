/* The part of a build's page that shows its log: bounded whatever the log's length. */
#ifndef PAGES_BUILD_LOG_H
#define PAGES_BUILD_LOG_H

#include "http/request.h"
#include "view/view.h"

struct build;

/*
 * Sets Log.parts.N.{container,word,html}, Log.earlier and Log.later (addresses), Log.state ("none", "live", "archived", "lost",
 * "away"), and where the end of a live log is shown Log.stream, Log.last (number of the last chunk), Log.lines (of the last line,
 * where it is known). At most 2,000 lines and 256 KiB: behind the query's `from`, before its `until`, else the log's end.
 */
void build_log_show(struct request *req, struct view *v, const struct build *b);

#endif
