/* What is written down of the made-up days beside builds and deployments: audit lines and webhook deliveries. */
#include "base/arena.h"
#include "base/phrases.h"
#include "ctl/demo.h"

enum { REFUSED_LOGINS = 14, CONFIG_CHANGES = 9 };

void demo_trail_line(struct demo *d, const struct demo_line *line)
{
	struct demo_line *copy = arena_alloc(d->arena, sizeof *copy);
	*copy = *line;
	demo_add(d->arena, &d->lines, copy);
}

void demo_trail_delivery(struct demo *d, const struct demo_delivery *delivery)
{
	struct demo_delivery *copy = arena_alloc(d->arena, sizeof *copy);
	*copy = *delivery;
	demo_add(d->arena, &d->deliveries, copy);
}

static void sign_in(struct demo *d, struct demo_person *who, int64_t at, bool refused)
{
	if (at > d->begin && at < d->now)
		demo_trail_line(d, &(struct demo_line){ .at = at, .who = who, .action = "login", .refused = refused });
}

/* Teachers look in the morning of working days, and on some evenings. */
static void teachers_sign_in(struct demo *d)
{
	for (int day = d->days; day >= 0; day--) {
		int weekday = demo_calendar_weekday(demo_calendar_day(d->now, day, 12));
		for (int i = 0; i < 2; i++) {
			int64_t morning = demo_calendar_day(d->now, day, 8) + demo_between(&d->random, 0, 2 * HOUR);
			int64_t evening = demo_calendar_day(d->now, day, 19) + demo_between(&d->random, 0, 3 * HOUR);
			if (weekday > 0 && weekday < 6)
				sign_in(d, d->teachers[i], morning, false);
			if (demo_chance(&d->random, 30))
				sign_in(d, d->teachers[i], evening, false);
		}
	}
}

static struct demo_project *some_project(struct demo *d)
{
	return d->projects.items[demo_below(&d->random, d->projects.count)];
}

/* A person's act on a project. */
static void act(struct demo *d, struct demo_person *who, const char *action, enum phrase said, int64_t at)
{
	struct demo_project *p = some_project(d);
	demo_trail_line(d, &(struct demo_line){ .at = at,
						.who = who,
						.action = action,
						.project = p,
						.detail = phrase(d->arena, said, who->name, p->name, p->student->name) });
}

static void staff_acts(struct demo *d)
{
	int span = d->days - 1;
	for (int i = 0; i < CONFIG_CHANGES; i++)
		act(d, d->teachers[i % 2], "build_config.change", PHRASE_AUDIT_CONFIGURED,
		    demo_calendar_day(d->now, 1 + demo_below(&d->random, span), 9 + demo_below(&d->random, 9)) +
			    demo_between(&d->random, 0, 59 * MINUTE));
	int64_t office = demo_calendar_day(d->now, d->days / 2, 14);
	sign_in(d, d->admin, office, false);
	act(d, d->admin, "webhook_secret.new", PHRASE_AUDIT_NEW_SECRET, office + 4 * MINUTE);
	act(d, d->admin, "deploy_key.new", PHRASE_AUDIT_NEW_KEY, office + 6 * MINUTE);
	struct demo_project *p = some_project(d);
	const char *repository = arena_printf(d->arena, "s%s/%s", p->student->number, p->name);
	demo_trail_line(d, &(struct demo_line){ .at = office + 7 * MINUTE,
						.who = d->admin,
						.action = "gitea.install",
						.project = p,
						.refused = true,
						.detail = phrase(d->arena, PHRASE_GITEA_FAILED,
								 phrase(d->arena, PHRASE_GITEA_ADD_KEY, repository),
								 phrase_text(PHRASE_GITEA_RIGHTS)) });
}

/* A wrong password now and then, and acts that could not be. */
static void refusals(struct demo *d)
{
	for (int i = 0; i < REFUSED_LOGINS; i++) {
		struct demo_person *who = d->people.items[demo_below(&d->random, d->people.count)];
		int day = 1 + demo_below(&d->random, d->days - 1);
		sign_in(d, who, demo_calendar_day(d->now, day, 10 + demo_below(&d->random, 12)), true);
	}
	for (int i = 0; i < d->projects.count; i++) {
		struct demo_project *p = d->projects.items[i];
		if (!p->hopeless || !p->head_at)
			continue;
		struct demo_person *who = p->student->account ? p->student->account : p->student->course->teacher;
		demo_trail_line(d, &(struct demo_line){ .at = p->head_at + 5 * MINUTE < d->now ? p->head_at + 5 * MINUTE : d->now,
							.who = who,
							.action = "deployment.deploy",
							.project = p,
							.refused = true,
							.detail = phrase_text(PHRASE_REFUSED_NO_IMAGE) });
	}
}

void demo_trail_plan(struct demo *d)
{
	teachers_sign_in(d);
	staff_acts(d);
	refusals(d);
	for (int i = 0; i < d->lines.count; i++) {
		const struct demo_line *line = d->lines.items[i];
		if (!line->refused && line->at > line->who->last_login)
			line->who->last_login = line->at;
	}
}
