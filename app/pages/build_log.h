/* The part of a build's page that shows its log: bounded whatever the log's length. */
#ifndef PAGES_BUILD_LOG_H
#define PAGES_BUILD_LOG_H

#include "http/request.h"
#include "view/view.h"

struct build;
struct input_value;

/* Of the set query_log, which the page's route names: from, until, line, q, level. */
enum { BUILD_LOG_FIELDS = 5 };

/*
 * Sets Log.state ("none", "live", "archived", "lost", "away") and, of what the query `in` asks for, at most 2,000 lines and 256
 * KiB: Log.parts.N.{container, word, steps.M.{title, first, open, warnings, errors, html}}, Log.earlier and Log.later
 * (addresses), and where the end of a live log is shown Log.stream, Log.last (number of the last chunk), Log.lines (of the last
 * line, where it is known). With a search: Log.searched, Log.count, Log.found.N.html, Log.more (address).
 */
void build_log_show(struct request *req, struct view *v, const struct build *b, const struct input_value *in);

#endif
