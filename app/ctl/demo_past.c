/* The made-up courses, people and projects as they stand after their days: what the product's own code could not know. */
#include "base/arena.h"
#include "base/json.h"
#include "ctl/demo.h"
#include "ctl/demo_batch.h"

static enum err write_courses(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_COURSES_PAST);
	for (int i = 0; i < DEMO_COURSES; i++) {
		json_object *o = demo_row(&batch);
		json_add_int(o, "id", d->courses[i].id);
		demo_add_time(o, "created_at", d->begin - 6 * DAY + i * HOUR);
		demo_add_time(o, "archived_at", d->courses[i].archived);
	}
	return demo_batch_end(&batch);
}

static enum err write_people(struct demo *d)
{
	static const char *const languages[] = { "zh", "en", NULL };
	struct demo_batch batch = demo_batch(d, DEMO_USERS_PAST);
	for (int i = 0; i < d->people.count; i++) {
		const struct demo_person *p = d->people.items[i];
		json_object *o = demo_row(&batch);
		json_add_int(o, "id", p->id);
		json_add_text(o, "language", languages[i % 3]);
		demo_add_time(o, "created_at", d->begin - 5 * DAY + i * MINUTE);
		demo_add_time(o, "last_login_at", p->last_login);
		demo_add_time(o, "disabled_at", p->disabled ? d->now - DAY : 0);
	}
	return demo_batch_end(&batch);
}

static enum err write_students(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_STUDENTS_PAST);
	for (int i = 0; i < d->roster.count; i++) {
		const struct demo_student *s = d->roster.items[i];
		json_object *o = demo_row(&batch);
		json_add_int(o, "id", s->id);
		demo_add_time(o, "created_at", d->begin - 5 * DAY + i * MINUTE);
		demo_add_time(o, "left_at", s->left);
	}
	return demo_batch_end(&batch);
}

/* What an application takes by the settings as they are shipped: thousandths of a core, bytes. */
enum { DEMO_CPU = 500, DEMO_MEMORY = 512 << 20 };

/* As the worker leaves a project behind its last act. */
static const char *app_state(const struct demo_project *p)
{
	if (!p->wanted || p->wanted->state == DEPLOYMENT_DELETED)
		return "none";
	return deployment_state_name(p->wanted->state);
}

static enum err write_projects(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_PROJECTS_PAST);
	for (int i = 0; i < d->projects.count; i++) {
		const struct demo_project *p = d->projects.items[i];
		const struct demo_deployment *w = p->wanted;
		json_object *o = demo_row(&batch);
		json_add_int(o, "id", p->id);
		demo_add_time(o, "created_at", p->created);
		demo_add_id(o, "wanted_deployment_id", w ? w->id : 0);
		demo_add_id(o, "serving_deployment_id", p->serving ? p->serving->id : 0);
		demo_add_time(o, "restarted_at", p->restarted);
		json_add_text(o, "app_state", app_state(p));
		json_add_int(o, "app_ready", p->serving ? 1 : 0);
		demo_add_id(o, "takes_cpu", p->serving ? DEMO_CPU : 0);
		demo_add_id(o, "takes_memory", p->serving ? DEMO_MEMORY : 0);
		json_add_int(o, "drift_count", p->drift_at ? 1 : 0);
		demo_add_time(o, "drift_at", p->drift_at);
		demo_add_time(o, "observed_at", w ? w->finished : 0);
	}
	return demo_batch_end(&batch);
}

static enum err write_configs(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_CONFIGS_PAST);
	for (int i = 0; i < d->projects.count; i++) {
		const struct demo_project *p = d->projects.items[i];
		json_object *o = demo_row(&batch);
		json_add_int(o, "project_id", p->id);
		json_add_text(o, "branch", p->branch);
		json_add_int(o, "registry_id", d->registry_id);
		json_add_text(o, "image_repo", p->image_repo);
		json_add_text(o, "tag_strategy", p->extra_tag ? "branch_latest" : "short_sha");
		json_add_bool(o, "auto_deploy", p->auto_deploy);
		json_add_text(o, "head_sha", p->head);
		demo_add_time(o, "head_seen_at", p->head_at);
		demo_add_time(o, "created_at", p->created);
		demo_add_time(o, "updated_at", p->created);
	}
	return demo_batch_end(&batch);
}

static enum err write_variables(struct demo *d)
{
	struct demo_batch batch = demo_batch(d, DEMO_VARIABLES);
	for (int i = 0; i < d->projects.count; i++) {
		const struct demo_project *p = d->projects.items[i];
		for (int k = 0; k < p->variable_count; k++) {
			json_object *o = demo_row(&batch);
			json_add_int(o, "project_id", p->id);
			json_add_text(o, "name", p->variables[k].name);
			json_add_text(o, "value", p->variables[k].value);
		}
	}
	return demo_batch_end(&batch);
}

enum err demo_past_write(struct demo *d)
{
	enum err e = write_courses(d);
	if (!e)
		e = write_people(d);
	if (!e)
		e = write_students(d);
	if (!e)
		e = write_projects(d);
	if (!e)
		e = write_configs(d);
	return e ? e : write_variables(d);
}
