/* How a pod becomes values of a page: its state, a container's log, its events. */
#ifndef PAGES_POD_PARTS_H
#define PAGES_POD_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "http/request.h"
#include "kube/pods.h"
#include "view/view.h"

/* name, badge + word, why, created; of its first container: restarts, last, crashed. */
void part_pod(struct view *row, const struct kube_pod *p);

/* Log.html, Log.empty of a text as the cluster sends it (kube_pods_log); stamps: with the time of each line. */
void part_pod_log(struct view *v, struct request *req, const char *text, size_t len, bool stamps);

/* Rows Events.N.{badge, reason, object, message, count, at}. */
void part_pod_events(struct view *v, const struct kube_event *events, int count);

#endif
