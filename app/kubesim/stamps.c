/* Times, identifiers and Events: what every controller writes into objects. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "kubesim/world.h"

const char *sim_stamp_us(struct world *w, int64_t us)
{
	char text[32];
	clock_format(us, text);
	return arena_printf(w->scratch, "%.19sZ", text);
}

const char *sim_stamp(struct world *w)
{
	return sim_stamp_us(w, clock_now_us());
}

void sim_uuid(char out[40])
{
	unsigned char b[16];
	char hex[33];
	secret_random(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	str_hex(b, sizeof b, hex);
	snprintf(out, 40, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

/* Kubernetes leaves out vowels and look-alikes, so that no name says anything. */
void sim_suffix(char out[6])
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
	unsigned char b[5];
	secret_random(b, sizeof b);
	for (size_t i = 0; i < sizeof b; i++)
		out[i] = letters[b[i] % (sizeof letters - 1)];
	out[5] = 0;
}

static struct object *same_event(struct world *w, struct object *about, const char *reason, const char *message)
{
	struct table *t = &w->tables[SIM_EVENT];
	for (size_t i = world_place(w, SIM_EVENT, about->ns, about->name); i < t->n; i++) {
		struct object *e = t->at[i];
		if (strcmp(e->ns, about->ns) || !str_starts(e->name, about->name))
			break;
		if (!strcmp(json_text(e->tree, "involvedObject.uid", ""), about->uid) &&
		    !strcmp(json_text(e->tree, "reason", ""), reason) && !strcmp(json_text(e->tree, "message", ""), message))
			return e;
	}
	return NULL;
}

/* Old Events go in batches: a real cluster keeps them for an hour. */
static void forget_events(struct world *w)
{
	struct table *t = &w->tables[SIM_EVENT];
	if (t->n <= EVENTS_MAX)
		return;
	int64_t low = INT64_MAX;
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i]->rev->rv < low)
			low = t->at[i]->rev->rv;
	int64_t limit = low + (w->rv - low) / 4;
	for (size_t i = t->n; i-- > 0;)
		if (t->at[i]->rev->rv <= limit)
			world_remove(w, t->at[i]);
}

void sim_event(struct world *w, struct object *about, const char *type, const char *component, const char *reason,
	       const char *message)
{
	struct object *e = same_event(w, about, reason, message);
	const char *now = sim_stamp(w);
	if (e) {
		json_add_int(e->tree, "count", json_int(e->tree, "count", 1) + 1);
		json_add_text(e->tree, "lastTimestamp", now);
		object_commit(w, e);
		return;
	}
	char tail[32];
	snprintf(tail, sizeof tail, ".%" PRIx64, (uint64_t)clock_now_us() * 1000 + (uint64_t)w->rv % 1000);
	json_object *tree = sim_build(
		w,
		"{'kind':'Event','apiVersion':'v1','metadata':{'name':%s,'namespace':%s},'involvedObject':{'kind':%s,"
		"'namespace':%s,'name':%s,'uid':%s,'apiVersion':%s,'resourceVersion':%s},'reason':%s,'message':%s,"
		"'source':{'component':%s},'firstTimestamp':%s,'lastTimestamp':%s,'count':1,'type':%s,'eventTime':null,"
		"'reportingComponent':%s,'reportingInstance':''}",
		arena_printf(w->scratch, "%s%s", about->name, tail), about->ns, sim_kinds[about->kind].kind, about->ns,
		about->name, about->uid, sim_kind_group_version(w->scratch, about->kind),
		json_text(about->tree, "metadata.resourceVersion", ""), reason, message, component, now, now, type, component);
	world_add(w, SIM_EVENT, tree);
	forget_events(w);
}
