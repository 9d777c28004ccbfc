// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decisions of asynchronous page faults: see apf_policy.h.
 */
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/mm.h>

#include "apf_policy.h"

static bool within(unsigned long at, unsigned long start, unsigned long size)
{
	return at - start < size;
}

/*
 * On its own stack the handler has the registers that were interrupted, and on
 * the page of code the thread is about to be back: neither may be overwritten.
 * The top of the stack is where the handler begins.
 */
static bool in_handler(const struct apf_facts *facts)
{
	return within(facts->sp, facts->stack, facts->stack_size + 1) ||
	       within(facts->ip, facts->code, PAGE_SIZE);
}

/* What the thread cannot help, whatever it is doing. */
static enum apf_cause unable(const struct apf_facts *facts)
{
	if (!facts->user)
		return APF_CAUSE_kernel;
	if (facts->retried)
		return APF_CAUSE_retried;
	if (facts->skipped)
		return APF_CAUSE_skipped;
	if (facts->dying)
		return APF_CAUSE_dying;
	if (!facts->mapped)
		return APF_CAUSE_unmapped;
	if (!facts->long_mode)
		return APF_CAUSE_mode;
	if (facts->shadow_stack)
		return APF_CAUSE_shadow_stack;
	if (facts->traced)
		return APF_CAUSE_traced;
	if (facts->stepped)
		return APF_CAUSE_stepped;
	return APF_EARLY;
}

/**
 * apf_decide() - may a fault be handed back early?
 * @facts: what is known of it
 *
 * Return: APF_EARLY, or why not.
 */
enum apf_cause apf_decide(const struct apf_facts *facts)
{
	enum apf_cause cause = unable(facts);

	if (cause != APF_EARLY)
		return cause;
	if (facts->userfaultfd)
		return APF_CAUSE_userfaultfd;
	if (in_handler(facts))
		return APF_CAUSE_nested;
	if (facts->masked)
		return APF_CAUSE_masked;
	if (facts->signal_stack)
		return APF_CAUSE_signal_stack;
	return APF_EARLY;
}

/**
 * apf_in_section() - is a program counter in a restartable sequence?
 * @ip: the program counter
 * @start: where the sequence begins
 * @length: bytes from there to behind the instruction that commits
 *
 * Return: whether it is.
 */
bool apf_in_section(unsigned long ip, u64 start, u64 length)
{
	return ip - start < length;
}

/**
 * apf_pick_slot() - a slot for a read
 * @busy: slots whose read is in flight
 * @done: what the thread has of each slot; it may change at any time
 * @nr: how many slots
 * @from: where to begin to look
 *
 * Return: a slot that is not in flight and of whose last read the thread has
 * taken note, or -1.
 */
int apf_pick_slot(const unsigned long *busy, const u32 *done, unsigned int nr,
		  unsigned int from)
{
	unsigned int i, slot;

	for (i = 0; i < nr; i++) {
		slot = (from + i) % nr;
		if (!test_bit(slot, busy) && !READ_ONCE(done[slot]))
			return slot;
	}
	return -1;
}
