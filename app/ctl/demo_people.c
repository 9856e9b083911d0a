/* The people of the made-up courses, and their projects. Every name is invented of ordinary parts. */
#include <string.h>

#include "base/arena.h"
#include "base/secret.h"
#include "ctl/demo.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* Chinese, Latin, both; short, long, with characters that few fonts have. */
static const char *const names[] = {
	"陈雨桐 Chen Yutong",
	"Aisha Bello",
	"王子涵",
	"欧阳慕白 Ouyang Mubai",
	"Trần Thị Bích Hạnh",
	"李昕玥 Li Xinyue",
	"阿依努尔·吐尔逊",
	"Lars Bjørkelund",
	"张堃 Zhang Kun",
	"赵一",
	"María José Álvarez Quintana",
	"刘𬱖",
	"Tunde Adewale-Cole",
	"孙晓晓",
	"阿卜杜热合曼·买买提艾力",
	"Ng Wai Ling 吴慧玲",
	"周喆",
	"Fatima az-Zahra Benali",
	"黄赟 Huang Yun",
	"吴梓轩",
	"Dmytro Kovalchuk",
	"徐若溪 Xu Ruoxi",
	"龚䶮",
	"次仁卓玛 Tsering Dolma",
	"Priya Venkataraghavan",
	"马骉 Ma Biao",
	"朱昱辰",
	"Seán O’Dálaigh",
	"司徒静怡 Situ Jingyi",
	"何㛃",
	"郑凯文",
	"Ingrid Sundqvist",
	"韩雪莹 Han Xueying",
	"Jean-Baptiste Moreau-Lefort",
	"冯燚",
	"Wanjiru Kamau",
	"曹淼 Cao Miao",
	"Nguyễn Quang Khải",
	"彭思远",
	"Yuki Hoshikawa 星川雪",
	"潘安琪 Pan Anqi",
	"Tomáš Dvořáček",
	"袁野",
	"Leila Farahmandi",
	"蒋昊天",
	"Gulnara Akhmetova",
	"沈墨 Shen Mo",
	"Siobhán Ní Mhurchú",
	"高𬭚",
	"Kofi Asante-Boateng",
	"唐诗韵",
	"Anneke van der Hoeven",
	"邓子轩 Deng Zixuan",
	"Baatar Ganzorig",
	"罗犇",
	"Elif Yıldırım",
	"谢梦瑶 Xie Mengyao",
};

static const char *const surnames[] = { "林", "郭", "梁", "宋", "许", "傅", "卢", "丁",
					"薛", "叶", "余", "杜", "戴", "夏", "钟", "汪" };
static const char *const given[] = { "子墨", "雨萱", "思齐", "嘉怡", "浩然", "欣妍", "俊熙",
				     "诗涵", "宇航", "梓涵", "明轩", "可馨", "泽宇" };

/* The stack is the table's index in demo_stacks.c. */
static const struct {
	const char *name;
	int stack;
} works[] = {
	{ "water-balance", 0 },	 { "river-map", 1 },	 { "rainfall-runoff", 0 }, { "reservoir-scheduler", 2 },
	{ "gauge-api", 3 },	 { "saint-venant", 4 },	 { "flood-dashboard", 1 }, { "unit-hydrograph", 0 },
	{ "evaporation", 0 },	 { "snowmelt", 0 },	 { "drought-index", 0 },   { "muskingum-routing", 3 },
	{ "rating-curve", 3 },	 { "soil-moisture", 0 }, { "dam-break", 4 },	   { "irrigation-planner", 2 },
	{ "tide-and-surge", 4 }, { "groundwater", 0 },	 { "station-browser", 1 }, { "a-very-long-name-for-a-flood-forecast", 0 },
};

static const struct demo_course courses[DEMO_COURSES] = {
	{ .code = "HYD-301",
	  .name = "Hydrological Modelling 水文模型与数值模拟",
	  .cohort = "2026",
	  .builds = 33,
	  .due_day = 4,
	  .due_hour = 22 },
	{ .code = "WRE-210",
	  .name = "水资源系统分析 Water Resources Systems",
	  .cohort = "2025",
	  .students = 13,
	  .builds = 21,
	  .due_day = 0,
	  .due_hour = 20 },
	{ .code = "GIS-105",
	  .name = "流域地理信息系统",
	  .cohort = "2027",
	  .students = 7,
	  .builds = 5,
	  .due_day = 2,
	  .due_hour = 18 },
	{ .code = "SUM-26",
	  .name = "Summer School: Urban Flooding 夏季短学期：城市内涝",
	  .cohort = "2024",
	  .students = 6,
	  .builds = 11,
	  .due_day = 5,
	  .due_hour = 17,
	  .archived_days = 19 },
};

static struct demo_person *add_person(struct demo *d, const char *login, const char *name, enum role role)
{
	struct demo_person *p = arena_alloc(d->arena, sizeof *p);
	*p = (struct demo_person){ .login = login, .name = name, .role = role };
	p->ip = arena_printf(d->arena, "10.%d.%d.%d", role == ROLE_STUDENT ? 23 : 8, demo_below(&d->random, 60),
			     2 + demo_below(&d->random, 250));
	demo_add(d->arena, &d->people, p);
	return p;
}

static void add_staff(struct demo *d)
{
	d->teachers[0] = add_person(d, "shen.wenlan", "沈文澜 Shen Wenlan", ROLE_TEACHER);
	d->teachers[1] = add_person(d, "h.lindqvist", "Hanna Lindqvist", ROLE_TEACHER);
	d->admin = add_person(d, "it-office", "IT Office 信息中心", ROLE_ADMIN);
	d->admin->disabled = true; /* its role is worth more than a missing password */
}

static const char *name_of(struct demo *d, int course, int i)
{
	static const int first[DEMO_COURSES] = { 0, 30, 43, 50 };
	int limit = course ? COUNT(names) : first[1];
	if (first[course] + i < limit)
		return names[first[course] + i];
	return arena_printf(d->arena, "%s%s", surnames[i % COUNT(surnames)], given[i * 5 % COUNT(given)]);
}

static void add_project(struct demo *d, struct demo_student *s, int number, bool second)
{
	struct demo_project *p = arena_alloc(d->arena, sizeof *p);
	struct demo_course *c = s->course;
	int work = (number * 7 + (second ? 3 : 0)) % COUNT(works);
	*p = (struct demo_project){ .student = s, .name = works[work].name, .stack = &demo_stacks[works[work].stack] };
	p->branch = number % 11 == 4 ? "master" : number % 11 == 7 ? "dev" : "main";
	p->repo_url = arena_printf(d->arena, "ssh://git@" DEMO_GIT_HOST "/s%s/%s.git", s->number, p->name);
	char *code = arena_strdup(d->arena, c->code);
	for (char *at = code; *at; at++)
		*at = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
	p->image_repo = arena_printf(d->arena, "%s/%s-%s", code, s->number, p->name);
	p->image = arena_printf(d->arena, DEMO_REGISTRY "/%s", p->image_repo);
	p->config_digest = secret_digest(d->arena, arena_printf(d->arena, "%s\nDockerfile\n.\n%s", p->repo_url, p->image));
	p->extra_tag = number % 9 == 2 ? build_branch_tag(d->arena, p->branch) : NULL;
	p->health_path = number % 4 == 1 ? "/health" : NULL;
	p->port = works[work].stack == 1 ? 3000 : works[work].stack == 2 ? 8080 : 8000;
	p->auto_deploy = number % 10 != 6;
	p->builds = number % 13 == 9 ? 0 : (c->builds * (d->days + 10) / 40 + number * 5 % 9 - 4) / (second ? 2 : 1);
	if (p->builds < 0)
		p->builds = 0;
	p->hopeless = number % 15 == 12;
	if (p->hopeless)
		p->builds = 4;
	p->key_missing = number % 6 == 2;
	p->finale = number % 10 == 3 ? FINALE_STOPPED : number % 7 == 5 ? FINALE_FAILED : FINALE_ANY;
	p->created = d->begin - demo_between(&d->random, DAY / 2, 3 * DAY);
	p->variables[p->variable_count++] = (struct demo_variable){ "TZ", "Asia/Shanghai", 0 };
	if (number % 3 == 0)
		p->variables[p->variable_count++] = (struct demo_variable){ "MODEL_STEP_SECONDS", "3600", d->begin + 8 * DAY };
	if (number % 5 == 0)
		p->variables[p->variable_count++] = (struct demo_variable){ "STATION", "长江宜昌站", d->begin + 15 * DAY };
	demo_add(d->arena, &d->projects, p);
}

static void add_student(struct demo *d, struct demo_course *c, int course, int i)
{
	struct demo_student *s = arena_alloc(d->arena, sizeof *s);
	*s = (struct demo_student){ .course = c, .name = name_of(d, course, i) };
	s->number = arena_printf(d->arena, "%s%03d", c->cohort, 101 + i);
	if (i % 5 != 4)
		s->account = add_person(d, arena_printf(d->arena, "s%s", s->number), s->name, ROLE_STUDENT);
	demo_add(d->arena, &d->roster, s);
	bool none = course == 2 ? i > 3 : i % 15 == 14, two = course == 0 && i % 10 == 3;
	if (none)
		return;
	add_project(d, s, i + course * 31, false);
	if (two)
		add_project(d, s, i + 7, true);
	struct demo_project *p = d->projects.items[d->projects.count - 1];
	if (course == 1 && i == c->students - 1) /* one who leaves the course */
		p->finale = FINALE_DELETED;
}

void demo_people_plan(struct demo *d)
{
	add_staff(d);
	for (int k = 0; k < DEMO_COURSES; k++) {
		struct demo_course *c = &d->courses[k];
		*c = courses[k];
		c->students = k ? c->students : d->students;
		c->teacher = d->teachers[k % 2];
		int64_t end = d->now - 3 * HOUR;
		if (c->archived_days) {
			int days = c->archived_days < d->days - 2 ? c->archived_days : d->days / 2;
			c->archived = demo_calendar_day(d->now, days, 12);
			end = c->archived - 2 * DAY;
		}
		c->calendar = demo_calendar(d->arena, d->begin, end, c->due_day, c->due_hour);
		for (int i = 0; i < c->students; i++)
			add_student(d, c, k, i);
	}
}
