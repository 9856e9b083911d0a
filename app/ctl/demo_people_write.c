/* The rows of the made-up courses, people and projects: made by the same code as everybody's, then moved into the past. */
#include <string.h>

#include "base/arena.h"
#include "config.h"
#include "ctl/demo.h"
#include "model/courses.h"
#include "model/demo.h"
#include "model/projects.h"
#include "model/registries.h"

/* Nothing hashes to it. */
#define NO_PASSWORD "!"

static enum ctl_exit write_registry(struct demo *d)
{
	struct registry *all;
	int count;
	const struct registry_input in = { .name = DEMO_REGISTRY_NAME, .address = DEMO_REGISTRY };
	enum err e = model_registries_list(d->ctl->db, d->arena, &all, &count);
	for (int i = 0; !e && i < count; i++)
		if (!strcmp(all[i].name, in.name))
			return ctl_fail("the registry %s is there already and is not the demo's", in.name);
	if (!e)
		e = model_registries_put(d->ctl->db, d->arena, d->ctl->keyring, &in, &d->registry_id);
	if (!e)
		e = model_demo_mark(d->ctl->db, d->arena, DEMO_KIND_REGISTRY, d->registry_id);
	return e ? ctl_fail_err(e, "make the registry") : CTL_DONE;
}

static enum ctl_exit write_person(struct demo *d, struct demo_person *p)
{
	enum err e = model_users_create(d->ctl->db, d->arena, p->login, p->name, p->role, NO_PASSWORD, &p->id);
	if (e == ERR_CONFLICT)
		return ctl_fail("the account %s is there already and is not the demo's", p->login);
	if (!e)
		e = model_demo_mark(d->ctl->db, d->arena, DEMO_KIND_USER, p->id);
	return e ? ctl_fail_err(e, "make the accounts") : CTL_DONE;
}

static enum ctl_exit write_course(struct demo *d, struct demo_course *c)
{
	enum err e = model_courses_create(d->ctl->db, d->arena, c->code, c->name, &c->id);
	if (e == ERR_CONFLICT)
		return ctl_fail("the course %s is there already and is not the demo's", c->code);
	if (!e)
		e = model_demo_mark(d->ctl->db, d->arena, DEMO_KIND_COURSE, c->id);
	return e ? ctl_fail_err(e, "make the courses") : CTL_DONE;
}

static enum ctl_exit write_student(struct demo *d, struct demo_student *s)
{
	enum err e = model_students_put(d->ctl->db, d->arena, s->course->id, s->number, s->name, s->account ? s->account->id : 0,
					&s->id);
	return e ? ctl_fail_err(e, "put the students on the rosters") : CTL_DONE;
}

static enum ctl_exit write_project(struct demo *d, struct demo_project *p)
{
	const char *why;
	const struct project_new in = { .student_id = p->student->id,
					.name = p->name,
					.container_port = p->port,
					.health_path = p->health_path,
					.repo_url = p->repo_url,
					.repo_schemes = d->ctl->config->repo_schemes };
	enum err e = model_projects_create(d->ctl->db, d->arena, d->ctl->keyring, d->settings, &in, &p->id, &why);
	return e == ERR_INVALID ? ctl_fail("%s", why) : e ? ctl_fail_err(e, "make the projects") : CTL_DONE;
}

enum ctl_exit demo_people_write(struct demo *d)
{
	enum ctl_exit x = write_registry(d);
	for (int i = 0; x == CTL_DONE && i < d->people.count; i++)
		x = write_person(d, d->people.items[i]);
	for (int i = 0; x == CTL_DONE && i < DEMO_COURSES; i++)
		x = write_course(d, &d->courses[i]);
	for (int i = 0; x == CTL_DONE && i < d->roster.count; i++)
		x = write_student(d, d->roster.items[i]);
	for (int i = 0; x == CTL_DONE && i < d->projects.count; i++)
		x = write_project(d, d->projects.items[i]);
	return x;
}
