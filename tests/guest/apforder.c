// SPDX-License-Identifier: GPL-2.0-only
/*
 * apforder argument|hard-coded FAULTS: one fault after another on pages in swap.
 * The handler does work until its page is there, and says so in the kernel's trace
 * when it has done some, so that the order of both can be seen in one place.
 *
 * Prints a line: faults, entries of the handler, faults in which work was done before
 * the page was there, and the work done, in rounds.
 */
#include "apfswap.h"
#include "tandem_apf.h"

#define ROUND 1000

struct counts {
	int marker;
	uint64_t entries;
	uint64_t worked;
	uint64_t rounds;
	uint64_t sum;
};

static void work(struct counts *c)
{
	int i;

	for (i = 0; i < ROUND; i++)
		c->sum = c->sum * 31 + (uint64_t)i;
	__asm__ volatile("" : : "m" (c->sum));
	c->rounds++;
}

static void mark(const struct counts *c, uint32_t slot)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "apf_work: slot=%u", slot);

	if (write(c->marker, line, (size_t)n) != n)
		fail("trace_marker: %s", strerror(errno));
}

static void on_fault(struct tandem_apf *apf,
		     const struct tandem_apf_fault *fault, void *arg)
{
	struct counts *c = arg;
	uint64_t before = c->rounds;
	int slot;

	c->entries++;
	work(c);
	mark(c, fault->slot);
	while ((slot = tandem_apf_next(apf)) < 0)
		work(c);
	if ((uint32_t)slot != fault->slot)
		fail("slot %d instead of %u", slot, fault->slot);
	c->worked += c->rounds > before + 1;
}

int main(int argc, char **argv)
{
	struct counts c = { 0 };
	struct tandem_apf_options options = { .handler = on_fault, .arg = &c };
	size_t faults = argc == 3 ? (size_t)atol(argv[2]) : 0, i;
	struct tandem_apf *apf;
	uint64_t *memory;
	int err;

	if (!faults)
		fail("usage: apforder argument|hard-coded FAULTS");
	options.hard_coded = !strcmp(argv[1], "hard-coded");
	c.marker = open("/sys/kernel/tracing/trace_marker",
			O_WRONLY | O_CLOEXEC);
	memory = new_memory(faults);
	fill(memory, faults, 1);
	page_out(memory, faults);
	err = tandem_apf_open(&apf, &options);
	if (err)
		fail("cannot opt in: %s", strerror(-err));
	for (i = 0; i < faults; i++)
		verify_page(memory, i, 1);
	if (c.entries != tandem_apf_entries(apf))
		fail("the kernel counts %llu entries, the handler %llu",
		     (unsigned long long)tandem_apf_entries(apf),
		     (unsigned long long)c.entries);
	tandem_apf_close(apf);
	printf("faults %zu entries %llu worked %llu rounds %llu\n", faults,
	       (unsigned long long)c.entries, (unsigned long long)c.worked,
	       (unsigned long long)c.rounds);
	return 0;
}
