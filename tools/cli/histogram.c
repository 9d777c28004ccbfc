// SPDX-License-Identifier: GPL-2.0-only
/* Histograms as bars, or as numbers in JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "histogram.h"

/**
 * histogram_label - say what a bucket counts
 * @buf: gets it
 * @size: of @buf
 * @bucket: which, from 0
 * @n: how many there are
 */
void histogram_label(char *buf, size_t size, size_t bucket, size_t n)
{
	uint64_t first = bucket ? 1ULL << (bucket - 1) : 0;

	if (bucket + 1 == n)
		snprintf(buf, size, "%" PRIu64 " and more", first);
	else if (bucket < 2)
		snprintf(buf, size, "%" PRIu64, first);
	else
		snprintf(buf, size, "%" PRIu64 "-%" PRIu64, first,
			 2 * first - 1);
}

static uint64_t most_of(const struct tandem_histogram_info *h)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < h->nr_buckets; i++)
		if (h->buckets[i] > most)
			most = h->buckets[i];
	return most;
}

/* As far as anything was counted. */
static size_t buckets_used(const struct tandem_histogram_info *h)
{
	size_t n = h->nr_buckets;

	while (n && !h->buckets[n - 1])
		n--;
	return n;
}

/**
 * histogram_print - print a histogram
 * @p: printer
 * @h: histogram
 *
 * In JSON it becomes an object of the list that is open.
 */
void histogram_print(struct printer *p, const struct tandem_histogram_info *h)
{
	size_t used = buckets_used(h), i;
	char text[64];

	print_open(p, NULL);
	print_str(p, "name", NULL, h->name);
	print_str(p, "unit", NULL, h->unit);
	print_open_list(p, "buckets");
	for (i = 0; i < h->nr_buckets; i++)
		print_u64(p, NULL, NULL, h->buckets[i]);
	print_close(p);
	print_close(p);

	print_note(p, "%s", "");
	snprintf(text, sizeof(text), *h->unit ? "%s (%s)" : "%s%s", h->name,
		 h->unit);
	print_heading(p, text);
	for (i = 0; i < used; i++) {
		histogram_label(text, sizeof(text), i, h->nr_buckets);
		print_bar(p, text, h->buckets[i], most_of(h));
	}
	if (!used)
		print_note(p, "  nothing counted");
}
