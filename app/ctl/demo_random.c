/* Chance that is the same on each machine and each day. */
#include "ctl/demo_random.h"

#include "base/arena.h"

/* SplitMix64. */
static uint64_t next(struct demo_random *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct demo_random demo_random(uint64_t seed, uint64_t stream)
{
	struct demo_random r = { seed };
	r.state = next(&r) ^ (stream * 0xd1342543de82ef95u);
	next(&r);
	return r;
}

int64_t demo_between(struct demo_random *r, int64_t lo, int64_t hi)
{
	return lo + (int64_t)(next(r) % ((uint64_t)(hi - lo) + 1));
}

int demo_below(struct demo_random *r, int n)
{
	return (int)demo_between(r, 0, n - 1);
}

bool demo_chance(struct demo_random *r, int percent)
{
	return demo_below(r, 100) < percent;
}

char *demo_hex(struct demo_random *r, struct arena *a, size_t digits)
{
	char *out = arena_alloc(a, digits + 1);
	uint64_t bits = 0;
	for (size_t i = 0; i < digits; i++) {
		if (i % 16 == 0)
			bits = next(r);
		out[i] = "0123456789abcdef"[bits & 15];
		bits >>= 4;
	}
	return out;
}

char *demo_uuid(struct demo_random *r, struct arena *a)
{
	const char *h = demo_hex(r, a, 32);
	return arena_printf(a, "%.8s-%.4s-4%.3s-a%.3s-%.12s", h, h + 8, h + 12, h + 15, h + 20);
}

struct demo_deck demo_deck(struct arena *a, uint64_t seed, const int *weights, int kinds)
{
	int size = kinds;
	for (int i = 0; i < kinds; i++)
		size += weights[i];
	return (struct demo_deck){ .random = demo_random(seed, 0),
				   .weights = weights,
				   .kinds = kinds,
				   .cards = arena_alloc(a, sizeof(int) * (size_t)size),
				   .size = size };
}

static void shuffle(struct demo_deck *deck)
{
	int n = 0;
	for (int kind = 0; kind < deck->kinds; kind++)
		for (int k = deck->begun ? 0 : -1; k < deck->weights[kind] && n < deck->size; k++)
			deck->cards[n++] = kind;
	for (int i = n - 1; i > 0; i--) {
		int j = demo_below(&deck->random, i + 1), card = deck->cards[i];
		deck->cards[i] = deck->cards[j];
		deck->cards[j] = card;
	}
	deck->left = n;
	deck->begun = true;
}

int demo_deal(struct demo_deck *deck)
{
	if (!deck->left)
		shuffle(deck);
	return deck->cards[--deck->left];
}
