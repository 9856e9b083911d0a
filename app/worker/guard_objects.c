/* The objects that guard the applications' namespace. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "kube/labels.h"
#include "model/app_services.h"
#include "model/clusters.h"
#include "model/quotas.h"
#include "model/settings.h"
#include "worker/guards.h"
#include "worker/job.h"

enum { DNS_PORT = 53 };

#define METADATA "'metadata':{'name':'" GUARD_NAME "','labels':{'" LABEL_MANAGED_BY "':'" MANAGED_BY "'}}"
#define NAMED "'namespaceSelector':{'matchLabels':{'kubernetes.io/metadata.name':%s}}"

/* Addresses but for the private ranges in them: those are meant only where they are named. */
static json_object *addresses(struct arena *a, const struct app_service *s)
{
	json_object *except = json_object_new_array();
	const struct app_range *range;
	for (int i = 0; (range = app_services_private(i)); i++)
		if (app_service_holds(s, range))
			json_object_array_add(except, json_object_new_string(app_service_cidr(a, range->address, range->bits)));
	json_object *block = json_object_get(json_build(a, "{'cidr':%s}", app_service_cidr(a, s->address, s->bits)));
	if (json_object_array_length(except))
		json_add(block, "except", except);
	else
		json_object_put(except);
	return json_object_get(json_build(a, "{'ipBlock':%o}", block));
}

static void add_service(struct arena *a, json_object *egress, const struct app_service *s)
{
	json_object *to = s->ns ? json_object_get(json_build(a, "{" NAMED "}", s->ns)) : addresses(a, s);
	json_object_array_add(egress, json_object_get(json_build(a, "{'to':[%o],'ports':[{'protocol':'TCP','port':%d}]}", to,
								 (int64_t)s->port)));
}

json_object *guard_policy(struct arena *a, const struct settings *s, const char *ns, const char *portal_ns)
{
	struct app_service service;
	bool wrong;
	const char *text = settings_text(s, SETTING_APP_SERVICES);
	json_object *egress = json_object_new_array();
	json_object_array_add(
		egress, json_object_get(json_build(a,
						   "{'to':[{" NAMED ",'podSelector':{'matchLabels':{'k8s-app':'kube-dns'}}}],"
						   "'ports':[{'protocol':'UDP','port':%d},{'protocol':'TCP','port':%d}]}",
						   "kube-system", (int64_t)DNS_PORT, (int64_t)DNS_PORT)));
	while (app_services_next(a, &text, &service, &wrong))
		if (!service.ns || (strcmp(service.ns, ns) != 0 && strcmp(service.ns, portal_ns) != 0))
			add_service(a, egress, &service);
	return json_build(a,
			  "{'apiVersion':'networking.k8s.io/v1','kind':'NetworkPolicy'," METADATA ",'spec':{"
			  "'podSelector':{'matchLabels':{'" LABEL_MANAGED_BY "':'" MANAGED_BY "'}},"
			  "'policyTypes':['Ingress','Egress'],'ingress':[{'from':[{" NAMED "}]}],'egress':%o}}",
			  settings_text(s, SETTING_INGRESS_NAMESPACE), egress);
}

json_object *guard_quota(struct arena *a, const struct settings *s, const struct cluster *c)
{
	int64_t apps = quota_limit_of_cluster(c, s, QUOTA_CLUSTER_APPS), cpu = quota_limit_of_cluster(c, s, QUOTA_CLUSTER_CPU),
		memory = quota_limit_of_cluster(c, s, QUOTA_CLUSTER_MEMORY);
	json_object *hard = json_object_new_object();
	if (apps)
		json_add_text(hard, "pods", arena_printf(a, "%" PRId64, 2 * apps));
	if (cpu)
		json_add_text(hard, "limits.cpu", arena_printf(a, "%" PRId64 "m", 2 * cpu));
	if (memory)
		json_add_text(hard, "limits.memory", arena_printf(a, "%" PRId64, 2 * memory));
	return json_build(a, "{'apiVersion':'v1','kind':'ResourceQuota'," METADATA ",'spec':{'hard':%o}}", hard);
}

json_object *guard_limits(struct arena *a, const struct settings *s)
{
	const char *cpu = settings_text(s, SETTING_APP_CPU), *memory = settings_text(s, SETTING_APP_MEMORY),
		   *disk = settings_text(s, SETTING_APP_DISK);
	return json_build(a,
			  "{'apiVersion':'v1','kind':'LimitRange'," METADATA ",'spec':{'limits':[{'type':'Container',"
			  "'default':{'cpu':%s,'memory':%s,'ephemeral-storage':%s},"
			  "'defaultRequest':{'cpu':%s,'memory':%s,'ephemeral-storage':%s}}]}}",
			  cpu, memory, disk, quantity_smaller(cpu, "100m"), quantity_smaller(memory, "128Mi"),
			  quantity_smaller(disk, "64Mi"));
}
