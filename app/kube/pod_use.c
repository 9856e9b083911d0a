/* What a pod uses of processor and memory, where the cluster's metrics are served. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "kube/kube.h"
#include "kube/pods.h"

/* "374982n", "13488Ki": a quantity as a number; 0 where it is none. */
static double quantity(const char *text)
{
	static const struct {
		const char *unit;
		double factor;
	} units[] = { { "", 1 },    { "n", 1e-9 }, { "u", 1e-6 },    { "m", 1e-3 },	  { "k", 1e3 },
		      { "M", 1e6 }, { "G", 1e9 },  { "Ki", 1024.0 }, { "Mi", 1048576.0 }, { "Gi", 1073741824.0 } };
	char *end;
	double n = strtod(text, &end);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(end, units[i].unit))
			return n * units[i].factor;
	return 0;
}

enum err kube_pods_use(struct kube *k, struct arena *a, const char *ns, const char *pod, struct kube_use *out, int *count)
{
	struct kube_answer answer;
	*count = 0;
	enum err e = kube_get(k, a, KUBE_POD_METRICS, ns, pod, &answer);
	/* Without its server the aggregated API is answered 503. */
	if (answer.status == 503)
		return ERR_NOT_FOUND;
	if (e)
		return e;
	json_object *all = json_at(answer.object, "containers");
	for (size_t i = 0; i < json_len(answer.object, "containers") && *count < POD_CONTAINERS; i++) {
		json_object *c = json_object_array_get_idx(all, i);
		out[(*count)++] = (struct kube_use){ .container = arena_strdup(a, json_text(c, "name", "")),
						     .cores = quantity(json_text(c, "usage.cpu", "")),
						     .bytes = quantity(json_text(c, "usage.memory", "")) };
	}
	return ERR_NONE;
}
