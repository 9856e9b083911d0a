/* When waiting builds begin: the claims of the workers, played forward. Pure. */
#include "model/queue.h"

#include "base/arena.h"

enum { LITTLE_SECONDS = 10 };

/* A build that runs, now or in the time that is played. */
struct place {
	int64_t end, project_id;
};

/* The game: what runs, and when each course was last served. */
struct game {
	struct queue_entry *entries;
	int count, waiting;
	struct place *busy;
	int busy_count;
	struct turn {
		int64_t course_id, served;
		int next; /* the first of its entries that has not begun; -1: none */
	} * turns;
	int turn_count;
	int *following; /* of each entry: the next one of its course; -1: none */
	int64_t now, served;
	int begun;
};

static struct turn *turn_of(struct game *g, const struct queue_entry *e)
{
	for (int i = 0; i < g->turn_count; i++)
		if (g->turns[i].course_id == e->course_id)
			return &g->turns[i];
	g->turns[g->turn_count] = (struct turn){ .course_id = e->course_id, .served = e->course_turn, .next = -1 };
	return &g->turns[g->turn_count++];
}

static void set_up(struct game *g)
{
	for (int i = g->count - 1; i >= 0; i--) {
		struct queue_entry *e = &g->entries[i];
		e->position = 0;
		e->expected_wait = -1;
		if (e->running) {
			int64_t left = e->usual - e->elapsed;
			g->busy[g->busy_count++] = (struct place){ left > LITTLE_SECONDS ? left : LITTLE_SECONDS, e->project_id };
			continue;
		}
		struct turn *t = turn_of(g, e);
		g->following[i] = t->next;
		t->next = i;
		g->waiting++;
		if (e->course_turn > g->served)
			g->served = e->course_turn;
	}
}

static bool is_busy(const struct game *g, int64_t project_id)
{
	for (int i = 0; i < g->busy_count; i++)
		if (g->busy[i].project_id == project_id)
			return true;
	return false;
}

/* The link that leads to a course's first build that may begin now: *link is its place, -1 where there is none. */
static int *first_of(struct game *g, struct turn *t)
{
	int *link = &t->next;
	while (*link >= 0 && is_busy(g, g->entries[*link].project_id))
		link = &g->following[*link];
	return link;
}

/* Begins the build whose turn it is. False: none of those that wait may begin now. */
static bool begin_one(struct game *g)
{
	struct turn *best = NULL;
	int *best_link = NULL;
	for (int i = 0; i < g->turn_count; i++) {
		struct turn *t = &g->turns[i];
		int *link = first_of(g, t);
		if (*link < 0)
			continue;
		if (!best || t->served < best->served || (t->served == best->served && *link < *best_link)) {
			best = t;
			best_link = link;
		}
	}
	if (!best)
		return false;
	struct queue_entry *e = &g->entries[*best_link];
	e->position = ++g->begun;
	e->expected_wait = g->now;
	g->busy[g->busy_count++] = (struct place){ g->now + e->usual, e->project_id };
	best->served = ++g->served;
	*best_link = g->following[*best_link];
	g->waiting--;
	return true;
}

/* On to the moment at which the next one ends. */
static void let_end(struct game *g)
{
	int64_t first = INT64_MAX;
	int kept = 0;
	for (int i = 0; i < g->busy_count; i++)
		if (g->busy[i].end < first)
			first = g->busy[i].end;
	for (int i = 0; i < g->busy_count; i++)
		if (g->busy[i].end > first)
			g->busy[kept++] = g->busy[i];
	g->busy_count = kept;
	g->now = first;
}

void queue_estimate(struct arena *a, struct queue_entry *entries, int count, int places)
{
	size_t n = (size_t)count + 1;
	struct game g = { .entries = entries,
			  .count = count,
			  .busy = arena_alloc(a, n * sizeof *g.busy),
			  .turns = arena_alloc(a, n * sizeof *g.turns),
			  .following = arena_alloc(a, n * sizeof *g.following) };
	if (places < 1)
		places = 1;
	set_up(&g);
	while (g.waiting)
		if (g.busy_count >= places || !begin_one(&g))
			let_end(&g);
}
