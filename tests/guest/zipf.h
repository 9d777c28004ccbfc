/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers, and numbers of a Zipf distribution: of rank r (from 0) with
 * a weight of 1 / (r + 1)^exponent. Drawn in constant time and without floating
 * point, by Vose's alias method (IEEE Trans. Softw. Eng. 17(9), 1991).
 */
#ifndef TANDEM_TESTS_ZIPF_H
#define TANDEM_TESTS_ZIPF_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/**
 * struct zipf - a distribution over ranks
 * @nr: how many
 * @keep: chance, of 2^32, that a rank drawn is kept
 * @other: the rank that it is replaced by
 */
struct zipf {
	uint32_t nr;
	uint32_t *keep;
	uint32_t *other;
};

/* splitmix64 of Steele, Lea and Flood. */
static inline uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static inline uint64_t next_random(uint64_t *state)
{
	return mix((*state)++);
}

/* Below @limit, from 32 bits. */
static inline uint32_t scale(uint32_t bits, uint32_t limit)
{
	return (uint64_t)bits * limit >> 32;
}

static inline void *zipf_memory(size_t nr, size_t size)
{
	void *p = calloc(nr, size);

	if (!p) {
		perror("zipf");
		exit(2);
	}
	return p;
}

/* Pairs each rank that has too little with one that has too much. */
static inline void zipf_pair(struct zipf *z, double *share)
{
	uint32_t *poor = zipf_memory(z->nr, sizeof(*poor));
	uint32_t *rich = zipf_memory(z->nr, sizeof(*rich));
	uint32_t i, p, r, nr_poor = 0, nr_rich = 0;

	for (i = 0; i < z->nr; i++) {
		z->keep[i] = UINT32_MAX;
		z->other[i] = i;
		if (share[i] < 1)
			poor[nr_poor++] = i;
		else
			rich[nr_rich++] = i;
	}
	while (nr_poor && nr_rich) {
		p = poor[--nr_poor];
		r = rich[nr_rich - 1];
		z->keep[p] = share[p] * UINT32_MAX;
		z->other[p] = r;
		share[r] -= 1 - share[p];
		if (share[r] < 1) {
			nr_rich--;
			poor[nr_poor++] = r;
		}
	}
	free(poor);
	free(rich);
}

static inline void zipf_make(struct zipf *z, uint32_t nr, double exponent)
{
	double *share = zipf_memory(nr, sizeof(*share)), sum = 0;
	uint32_t i;

	z->nr = nr;
	z->keep = zipf_memory(nr, sizeof(*z->keep));
	z->other = zipf_memory(nr, sizeof(*z->other));
	for (i = 0; i < nr; i++) {
		share[i] = pow(i + 1, -exponent);
		sum += share[i];
	}
	for (i = 0; i < nr; i++)
		share[i] *= nr / sum;
	zipf_pair(z, share);
	free(share);
}

static inline uint32_t zipf_draw(const struct zipf *z, uint64_t random)
{
	uint32_t rank = scale(random >> 32, z->nr);

	return (uint32_t)random < z->keep[rank] ? rank : z->other[rank];
}

/* @order becomes a random order of the numbers below @nr. */
static inline void shuffle(uint32_t *order, uint32_t nr, uint64_t seed)
{
	uint32_t i, j, was;

	for (i = 0; i < nr; i++) {
		j = scale(next_random(&seed) >> 32, i + 1);
		was = i;
		order[i] = j == i ? was : order[j];
		order[j] = was;
	}
}

#endif
