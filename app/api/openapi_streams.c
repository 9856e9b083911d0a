/* The live streams in the API's description: their addresses, and the objects in the data of their events. */
#include <string.h>

#include "api/openapi.h"
#include "api/shape.h"
#include "base/arena.h"
#include "base/json.h"
#include "http/app.h"
#include "http/stream_route.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/projects.h"

/* What app/stream/read.c writes. */
static const char build_schema[] =
	"{'type':'object','required':['kind','id','project_id','status','phase','ended','archived'],'properties':{"
	"'kind':{'type':'string','enum':['build']},'id':{'type':'integer'},'project_id':{'type':'integer'},"
	"'status':{'type':'string','enum':%o},'phase':{'type':'string'},"
	"'reason':{'type':['string','null'],'description':'why it failed or was cancelled'},"
	"'message':{'type':['string','null'],'description':'the same in words'},"
	"'waiting_for':{'type':['string','null'],'description':'what it waits for'},"
	"'image_tag':{'type':['string','null']},'digest':{'type':['string','null']},"
	"'started_at':{'type':['string','null'],'format':'date-time'},'finished_at':{'type':['string','null'],'format':'date-"
	"time'},"
	"'duration':{'type':'integer','description':'seconds; only of a build that has ended'},"
	"'ended':{'type':'boolean'},'archived':{'type':'boolean','description':'its log is complete and in the archive'}}}";
static const char project_schema[] =
	"{'type':'object','required':['kind','id','app_state'],'properties':{"
	"'kind':{'type':'string','enum':['project']},'id':{'type':'integer'},'app_state':{'type':'string','enum':%o},"
	"'app_reason':{'type':['string','null'],'description':'what is wrong with what runs'},"
	"'app_ready':{'type':'integer','description':'pods that are ready'},"
	"'drift':{'type':['string','null'],'description':'what somebody changed behind the portal\\u2019s back'},"
	"'drift_error':{'type':['string','null'],'description':'why it could not be put right'},"
	"'deployment':{'type':'object','description':'the act that was asked for last; only where there is one','properties':{"
	"'id':{'type':'integer'},'action':{'type':'string','enum':%o},'state':{'type':'string'},'reason':{'type':['string','null'"
	"]},"
	"'message':{'type':['string','null']},'progress_code':{'type':['string','null']},'progress_values':{'type':['string','"
	"null']}}},"
	"'build':{'type':'object','description':'the newest; only where there is one','properties':{"
	"'id':{'type':'integer'},'status':{'type':'string','enum':%o},'phase':{'type':'string'}}}}}";
static const char lines_schema[] =
	"{'type':'object','required':['container','seq','html'],'properties':{"
	"'container':{'type':'integer','enum':[0,1,2],'description':'0 clone, 1 build, 2 push'},"
	"'seq':{'type':'integer','description':'also the event\\u2019s id: send the last one as Last-Event-ID or after'},"
	"'html':{'type':'string','description':'lines as the page shows them; GET /api/v1/builds/{id}/logs has them as text'}}}";
static const char end_schema[] =
	"{'type':'object','required':['archived','missing'],'properties':{"
	"'archived':{'type':'boolean','description':'the whole log is in the archive: GET /api/v1/builds/{id}/logs'},"
	"'missing':{'type':'boolean','description':'there is no such build any more'}}}";

static json_object *words(const char *choices)
{
	return openapi_choices(choices, false);
}

static void add_objects(struct arena *a, json_object *schemas)
{
	json_add(schemas, "BuildState", json_object_get(json_build(a, build_schema, words(BUILD_STATUSES))));
	json_add(schemas, "ProjectState",
		 json_object_get(
			 json_build(a, project_schema, words(APP_STATES), words(DEPLOYMENT_ACTIONS), words(BUILD_STATUSES))));
	json_add(schemas, "LogLines", json_object_get(json_build(a, lines_schema)));
	json_add(schemas, "LogEnd", json_object_get(json_build(a, end_schema)));
}

/* Ids stand in one value, with commas between them. */
static json_object *parameters(const struct stream_route *s)
{
	json_object *list = openapi_parameters(s->pattern, s->query);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *p = json_object_array_get_idx(list, i);
		if (strcmp(json_text(p, "schema.type", ""), "array"))
			continue;
		json_add_text(p, "style", "form");
		json_add_bool(p, "explode", false);
	}
	if (s->resumes)
		json_object_array_add(list, openapi_parameter("header", "Last-Event-ID", false,
							      "The id of the last event that one has.",
							      openapi_field(&(struct input_field){ .kind = IN_INT }, false)));
	return list;
}

static json_object *responses(struct arena *a, const struct stream_route *s)
{
	json_object *good = json_build(a,
				       "{'description':%s,'content':{'text/event-stream':{'schema':{'type':'string',"
				       "'description':'Server-Sent Events: x-events says which'}}}}",
				       s->summary);
	json_object *o = json_object_new_object();
	json_add(o, "200", json_object_get(good));
	if (s->resumes)
		json_add(o, "400", openapi_problem("The place to go on from is no number."));
	json_add(o, "401", openapi_problem("Nobody is signed in, or the token is not known."));
	json_add(o, "403", openapi_problem("One of the objects is not there, or is not for you, or the query cannot be read."));
	json_add(o, "503", openapi_problem("Too many streams are open, of this address or at all."));
	json_add(o, "default", openapi_problem("What went wrong, in words (RFC 9457)"));
	return o;
}

static json_object *events(struct arena *a, const struct stream_route *s)
{
	json_object *list = json_object_new_array();
	for (size_t i = 0; i < s->event_count; i++) {
		const struct stream_event *e = &s->events[i];
		json_object_array_add(list, json_object_get(json_build(a, "{'event':%s,'description':%s,'data':%o}", e->name,
								       e->about, shape_reference(e->object))));
	}
	return list;
}

void openapi_streams(struct arena *a, const struct app *app, json_object *paths, json_object *schemas)
{
	for (size_t i = 0; i < app->stream_count; i++) {
		const struct stream_route *s = &app->streams[i];
		json_object *o = json_build(
			a,
			"{'get':{'operationId':%s,'tags':['stream'],'summary':%s,'description':%s,'parameters':%o,'responses':%o,"
			"'security':[{'session':[]},{'token':[]}],'x-events':%o}}",
			openapi_operation_id(a, "GET", s->pattern), s->summary,
			s->resumes
				? "For whoever may see it. A token needs the scope read. It ends after the event end."
				: "For whoever may see all the objects. A token needs the scope read. It does not end by itself.",
			parameters(s), responses(a, s), events(a, s));
		json_add(paths, openapi_path(a, s->pattern), json_object_get(o));
	}
	if (app->stream_count)
		add_objects(a, schemas);
}
