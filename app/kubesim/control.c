/*
 * The control endpoint, for tests: from loopback only, JSON in and out. docs/kubesim.md describes each in full.
 *   POST   /_sim/faults    {"fault": "oom", "count": 1, "selector": "hydrosim/build-id=7", ...}   orders a fault
 *   GET    /_sim/faults    those that still wait;  DELETE forgets them
 *   POST   /_sim/act       {"act": "delete_pod" | "evict" | "node_lost" | "oom", "namespace": ..., "selector": ...}   now, to
 * pods that run POST   /_sim/watches   {"act": "expire" | "end" | "mute"}   now, to the watches that are open POST   /_sim/outage
 * {"seconds": 10}   closes all connections and takes no request but these GET    /_sim/images    POST {"image": "repository:tag",
 * "digest": "sha256:...", "commit": "..."}   what can be pulled GET    /_sim/stats     counts of requests by verb and resource,
 * open streams, Jobs made by name POST   /_sim/reset     an empty world; open streams are cut
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "kubesim/api.h"
#include "kubesim/controllers.h"
#include "kubesim/faults.h"
#include "kubesim/images.h"
#include "kubesim/pods.h"
#include "kubesim/selector.h"
#include "kubesim/stats.h"
#include "kubesim/status.h"
#include "kubesim/watch.h"

static bool from_loopback(struct request *r)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (!i || i->client_addr->sa_family != AF_INET)
		return false;
	struct sockaddr_in address;
	memcpy(&address, i->client_addr, sizeof address);
	return ntohl(address.sin_addr.s_addr) >> 24 == 127;
}

static void done(struct request *r, struct answer *a, int64_t affected)
{
	answer_json(a, 200, json_object_get(json_build(r->arena, "{'affected':%d}", affected)));
}

static void faults(struct request *r, struct answer *a)
{
	const char *why = "";
	if (!strcmp(r->method, "GET")) {
		answer_json(a, 200, sim_faults_list(r->w));
	} else if (!strcmp(r->method, "DELETE")) {
		sim_faults_clear(r->w);
		done(r, a, 0);
	} else {
		json_object *order = sim_body(r, a, false);
		if (!order)
			return;
		if (sim_faults_add(r->w, order, &why))
			done(r, a, 1);
		else
			sim_status_bad(r, a, arena_strdup(r->arena, why));
	}
}

static bool act_on(struct world *w, struct object *pod, const char *act)
{
	if (!strcmp(act, "delete_pod"))
		sim_gc_delete(w, pod, "Background", -1);
	else if (!strcmp(act, "evict"))
		sim_pod_fail(w, pod, "Evicted",
			     "The node was low on resource: memory. Threshold quantity: 100Mi, available: 60Mi. ", 137, NULL);
	else if (!strcmp(act, "node_lost"))
		sim_pod_fail(w, pod, NULL, "", 255, "Unknown");
	else if (!strcmp(act, "oom"))
		sim_pod_fail(w, pod, NULL, "", 137, "OOMKilled");
	else
		return false;
	return true;
}

static void act(struct request *r, struct answer *a)
{
	struct selector s = { .label_count = 0 };
	const char *why;
	json_object *order = sim_body(r, a, false);
	if (!order)
		return;
	const char *ns = json_text(order, "namespace", ""), *name = json_text(order, "act", "");
	if (!selector_labels(r->arena, &s, json_text(order, "selector", ""), &why)) {
		sim_status_bad(r, a, why);
		return;
	}
	struct table *t = &r->w->tables[SIM_POD];
	struct object **chosen = arena_alloc(r->arena, (t->n + 1) * sizeof *chosen);
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++)
		if ((!*ns || !strcmp(ns, t->at[i]->ns)) && selector_match_labels(&s, t->at[i]->rev->labels) &&
		    !sim_pod_ended(t->at[i]))
			chosen[n++] = t->at[i];
	for (size_t i = 0; i < n; i++)
		if (!chosen[i]->dead && !act_on(r->w, chosen[i], name)) {
			sim_status_bad(r, a, "act is not one of delete_pod, evict, node_lost, oom");
			return;
		}
	done(r, a, (int64_t)n);
}

static void watches(struct request *r, struct answer *a)
{
	json_object *order = sim_body(r, a, false);
	const char *what = json_text(order, "act", "");
	if (!order)
		return;
	if (!strcmp(what, "expire"))
		done(r, a, sim_watch_disturb(r->w, WATCH_EXPIRE));
	else if (!strcmp(what, "end"))
		done(r, a, sim_watch_disturb(r->w, WATCH_END));
	else if (!strcmp(what, "mute"))
		done(r, a, sim_watch_disturb(r->w, WATCH_MUTE));
	else
		sim_status_bad(r, a, "act is not one of expire, end, mute");
}

static void outage(struct request *r, struct answer *a)
{
	json_object *order = sim_body(r, a, false);
	int64_t seconds = json_int(order, "seconds", -1);
	if (!order)
		return;
	if (seconds < 0 || seconds > 86400) {
		sim_status_bad(r, a, "seconds is a number from 0 to 86400");
		return;
	}
	r->w->outage_until_ms = clock_ms() + seconds * 1000;
	if (seconds)
		stream_end_all(r->w, STREAM_CUT);
	done(r, a, 1);
}

static void images(struct request *r, struct answer *a)
{
	if (!strcmp(r->method, "GET")) {
		json_object *list = json_object_new_array();
		for (const struct image *i = r->w->images; i; i = i->next)
			json_object_array_add(list,
					      json_object_get(json_build(r->arena, "{'image':%s,'digest':%s,'commit':%s}",
									 arena_printf(r->arena, "%s:%s", i->repository, i->tag),
									 i->digest, i->commit)));
		answer_json(a, 200, list);
		return;
	}
	json_object *order = sim_body(r, a, false);
	const char *image = json_text(order, "image", "");
	if (!order)
		return;
	if (!*image) {
		sim_status_bad(r, a, "image is missing");
		return;
	}
	sim_images_add(r->w, image, json_text(order, "digest", sim_image_id(r->w, image)), json_text(order, "commit", ""));
	done(r, a, 1);
}

void sim_control_answer(struct request *r, struct answer *a)
{
	const char *what = r->path + strlen("/_sim/");
	bool post = !strcmp(r->method, "POST");
	if (!from_loopback(r)) {
		sim_status_answer(a, r->arena, 403, "Forbidden", "the control endpoint answers the local machine alone", NULL);
	} else if (!strcmp(what, "faults")) {
		faults(r, a);
	} else if (post && !strcmp(what, "act")) {
		act(r, a);
	} else if (post && !strcmp(what, "watches")) {
		watches(r, a);
	} else if (post && !strcmp(what, "outage")) {
		outage(r, a);
	} else if (!strcmp(what, "images")) {
		images(r, a);
	} else if (!strcmp(what, "stats")) {
		answer_json(a, 200, sim_stats_json(r->w));
	} else if (post && !strcmp(what, "reset")) {
		world_reset(r->w);
		stream_end_all(r->w, STREAM_CUT);
		done(r, a, 1);
	} else {
		sim_status_answer(a, r->arena, 404, "NotFound", "no such control", NULL);
	}
}
