// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether tandem_reclaim would help a host.
 *
 * What speaks against it is looked for first, and all of it is said; then what
 * makes the answer uncertain; only a host with neither is told that it helps.
 * Decides on what was seen, and reads nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "advice.h"

/* Pages a second: less than this no machine feels. */
#define FEW_PAGES 20
/* Interrupts a page: stock sends about one for each CPU in the same memory. */
#define FEW_INTERRUPTS 0.1

__attribute__((format(printf, 2, 3)))
static void say(struct advice *a, const char *format, ...)
{
	va_list args;

	if (a->n == ADVICE_REASONS)
		return;
	va_start(args, format);
	vsnprintf(a->reasons[a->n++], sizeof(a->reasons[0]), format, args);
	va_end(args);
}

static double per_second(const struct advice_facts *f, uint64_t value)
{
	return f->seconds > 0 ? (double)value / f->seconds : 0;
}

static double interrupts_per_page(const struct advice_facts *f)
{
	return f->swapped ? (double)f->shootdowns / (double)f->swapped : 0;
}

/* What no load on the host can change. */
static void against_machine(const struct advice_facts *f, struct advice *a)
{
	if (*f->kernel_why)
		say(a, "%s", f->kernel_why);
	if (!f->swaps)
		say(a, "no swap is in use: reclaim has nothing to write");
	else if (!f->async_swaps)
		say(a, "all swap is memory (zram, brd): its writes end at once, so nothing can overlap; fewer flushes would be the only gain, and nobody has measured that one on such a host");
	if (f->cpus == 1)
		say(a, "only one CPU: there is no other to interrupt, and none to work beside");
}

static void against_few_writes(const struct advice_facts *f, struct advice *a)
{
	if (f->compressed > f->swapped)
		say(a, "zswap takes the pages (%.0f a second) and few reach a disk (%.0f): those are freed in the call by stock too",
		    per_second(f, f->compressed), per_second(f, f->swapped));
	else if (f->stolen_file > f->stolen_anon)
		say(a, "reclaim frees the page cache (%.0f pages a second), not anonymous memory (%.0f): such lists go the stock way",
		    per_second(f, f->stolen_file),
		    per_second(f, f->stolen_anon));
	else
		say(a, "too little goes to swap to matter: %.1f pages a second",
		    per_second(f, f->swapped));
}

static void against_few_interrupts(const struct advice_facts *f,
				   struct advice *a)
{
	say(a, "the pages that were written cost hardly any interrupts (%.2f each)%s",
	    interrupts_per_page(f), f->single ?
	    ": the programs have one thread each, and stock interrupts nobody for those" :
	    "");
}

static bool reclaimed(const struct advice_facts *f)
{
	return f->stolen_anon || f->stolen_file || f->swapped ||
	       f->compressed;
}

/* What was seen while the host was watched. */
static void against_load(const struct advice_facts *f, struct advice *a)
{
	if (!f->swaps)
		return;
	if (!reclaimed(f)) {
		if (!f->swapped_before)
			say(a, "no reclaim was seen, and nothing was swapped out since the boot");
	} else if (per_second(f, f->swapped) < FEW_PAGES) {
		against_few_writes(f, a);
	} else if (f->cpus > 1 && interrupts_per_page(f) < FEW_INTERRUPTS) {
		against_few_interrupts(f, a);
	}
}

static void unclear(const struct advice_facts *f, struct advice *a)
{
	if (!f->counted)
		say(a, "the counters of the kernel could not be read");
	else if (f->switched_on)
		say(a, "the module is on already: what was seen is its work; tandem reclaim bench compares");
	else if (!reclaimed(f) && f->swapped_before)
		say(a, "no reclaim was seen, though pages were swapped out before: watch for longer (--seconds), while the host is busy");
}

/*
 * Shootdowns have other causes too (munmap, mprotect, migration), which cannot
 * be told apart: so this is the most that writing pages can be the cause of.
 */
static void estimate(const struct advice_facts *f, struct advice *a)
{
	uint64_t most = f->cpus > 1 ? f->swapped * (f->cpus - 1) : 0;

	a->shootdowns = per_second(f, f->shootdowns);
	a->avoidable = per_second(f, f->shootdowns < most ? f->shootdowns :
							    most);
	a->one_in = f->mglru ? ADVICE_MGLRU : ADVICE_CLASSIC;
}

static void in_favour(const struct advice_facts *f, struct advice *a)
{
	say(a, "%.0f pages a second go to a disk, with %.2f interrupts each",
	    per_second(f, f->swapped), interrupts_per_page(f));
	say(a, "up to %.0f of %.0f shootdown interrupts a second come from that; where it was measured, no more than one in %u was left (Documentation/design/reclaim.md: memory.reclaim, %s)",
	    a->avoidable, a->shootdowns, a->one_in,
	    f->mglru ? "MGLRU" : "classic LRU");
	if (f->stolen_anon && f->scanned > 3 * (f->stolen_anon +
						f->stolen_file) / 2)
		say(a, "pages are looked at %.1f times before they are freed; a written page would not be looked for again",
		    (double)f->scanned / (double)(f->stolen_anon +
						  f->stolen_file));
}

/**
 * advise_on - decide whether the module would help
 * @facts: what was seen of the host
 * @advice: filled in
 */
void advise_on(const struct advice_facts *facts, struct advice *advice)
{
	memset(advice, 0, sizeof(*advice));
	estimate(facts, advice);
	against_machine(facts, advice);
	if (facts->counted && !facts->switched_on)
		against_load(facts, advice);
	advice->verdict = ADVICE_NO_USE;
	if (advice->n)
		return;
	unclear(facts, advice);
	advice->verdict = ADVICE_UNKNOWN;
	if (advice->n)
		return;
	in_favour(facts, advice);
	advice->verdict = ADVICE_HELPS;
}
