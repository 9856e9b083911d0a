/* The plan of the made-up world as a whole: the chance it begins with, and the order it ends in. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "ctl/demo.h"

void demo_add(struct arena *a, struct demo_list *list, void *item)
{
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 64;
		void **items = arena_alloc(a, sizeof *items * (size_t)list->room);
		if (list->count)
			memcpy(items, list->items, sizeof *items * (size_t)list->count);
		list->items = items;
	}
	list->items[list->count++] = item;
}

void demo_plan_begin(struct demo *d)
{
	int *faults = arena_alloc(d->arena, sizeof *faults * (size_t)demo_fault_count);
	int *troubles = arena_alloc(d->arena, sizeof *troubles * (size_t)demo_trouble_count);
	for (int i = 0; i < demo_fault_count; i++)
		faults[i] = demo_faults[i].weight;
	for (int i = 0; i < demo_trouble_count; i++)
		troubles[i] = demo_troubles[i].weight;
	d->random = demo_random(DEMO_SEED, 0);
	d->faults = demo_deck(d->arena, DEMO_SEED + 1, faults, demo_fault_count);
	d->troubles = demo_deck(d->arena, DEMO_SEED + 2, troubles, demo_trouble_count);
}

static int earlier_build(const void *x, const void *y)
{
	const struct demo_build *a = *(void *const *)x, *b = *(void *const *)y;
	return a->created == b->created ? (a->project->id > b->project->id) - (a->project->id < b->project->id)
					: (a->created > b->created) - (a->created < b->created);
}

static int earlier_deployment(const void *x, const void *y)
{
	const struct demo_deployment *a = *(void *const *)x, *b = *(void *const *)y;
	return a->created == b->created ? (a->project->id > b->project->id) - (a->project->id < b->project->id)
					: (a->created > b->created) - (a->created < b->created);
}

static int earlier_delivery(const void *x, const void *y)
{
	const struct demo_delivery *a = *(void *const *)x, *b = *(void *const *)y;
	return (a->at > b->at) - (a->at < b->at);
}

static int earlier_line(const void *x, const void *y)
{
	const struct demo_line *a = *(void *const *)x, *b = *(void *const *)y;
	return (a->at > b->at) - (a->at < b->at);
}

static void sort(struct demo_list *list, int (*earlier)(const void *, const void *))
{
	if (list->count)
		qsort(list->items, (size_t)list->count, sizeof *list->items, earlier);
}

void demo_plan_sort(struct demo *d)
{
	sort(&d->builds, earlier_build);
	sort(&d->deployments, earlier_deployment);
	sort(&d->deliveries, earlier_delivery);
	sort(&d->lines, earlier_line);
}
