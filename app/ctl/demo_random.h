/* Inside the room ctl: chance that is the same on each machine and each day, for the made-up world of `portalctl demo`. */
#ifndef CTL_DEMO_RANDOM_H
#define CTL_DEMO_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Not for secrets. One thread at a time. */
struct demo_random {
	uint64_t state;
};

/* A stream of its own for each pair of numbers. */
struct demo_random demo_random(uint64_t seed, uint64_t stream);
/* 0 .. n - 1; n >= 1. */
int demo_below(struct demo_random *r, int n);
/* lo .. hi, both included. */
int64_t demo_between(struct demo_random *r, int64_t lo, int64_t hi);
bool demo_chance(struct demo_random *r, int percent);
/* That many lower-case hex digits; "8-4-4-4-12" of them. In the arena. */
char *demo_hex(struct demo_random *r, struct arena *a, size_t digits);
char *demo_uuid(struct demo_random *r, struct arena *a);

/* Cards of several kinds, dealt in a shuffled order and then again: every kind comes, and as often as its weight says. */
struct demo_deck {
	struct demo_random random;
	const int *weights;
	int kinds;
	int *cards; /* the arena's */
	int left, size;
	bool begun; /* the first deal has one more of each kind */
};
struct demo_deck demo_deck(struct arena *a, uint64_t seed, const int *weights, int kinds);
int demo_deal(struct demo_deck *deck);

#endif
