// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decisions about interrupts: pure C, no kernel call.  See the header for the
 * facts each decision is made from.
 */
#include <linux/math64.h>

#include "irq_policy.h"

/* What forbids a line to be touched, whatever the mode. */
static enum irq_refusal untouchable(const struct irq_facts *facts)
{
	if (!facts->present)
		return IRQ_ABSENT;
	if (facts->per_cpu)
		return IRQ_PER_CPU_LINE;
	if (facts->timer)
		return IRQ_TIMER;
	if (facts->nested)
		return IRQ_NESTED;
	return IRQ_ALLOWED;
}

/* What forbids to put a handler of ours in front of the line's own. */
static enum irq_refusal not_wrapped(const struct irq_facts *facts)
{
	if (facts->shared)
		return IRQ_SHARED_LINE;
	if (facts->slow_bus)
		return IRQ_SLOW_BUS;
	if (!facts->known_flow)
		return IRQ_UNKNOWN_FLOW;
	return IRQ_ALLOWED;
}

static enum irq_refusal not_handed_over(const struct irq_facts *facts)
{
	if (facts->no_thread)
		return IRQ_NO_THREAD;
	if (facts->has_thread || facts->oneshot)
		return IRQ_HAS_THREAD;
	if (facts->in_suspend)
		return IRQ_IN_SUSPEND;
	return not_wrapped(facts);
}

/**
 * irq_policy_refusal() - may a line be handled in a mode
 * @facts: the line
 * @mode: the mode
 *
 * Whether there is a helper is another question: irq_policy_rank().
 *
 * Return: IRQ_ALLOWED, or the first reason why not.
 */
enum irq_refusal irq_policy_refusal(const struct irq_facts *facts,
				    enum irq_mode mode)
{
	enum irq_refusal refusal = untouchable(facts);

	if (mode == IRQ_STOCK || refusal)
		return mode == IRQ_STOCK ? IRQ_ALLOWED : refusal;
	if (mode == IRQ_PINNED)
		return facts->has_thread ? IRQ_ALLOWED : IRQ_HAS_NO_THREAD;
	return mode == IRQ_WATCH ? not_wrapped(facts) : not_handed_over(facts);
}

static const char *const reasons[IRQ_NR_REFUSALS] = {
	[IRQ_ALLOWED] = "it may",
	[IRQ_ABSENT] = "no driver has requested this interrupt",
	[IRQ_PER_CPU_LINE] = "each CPU has an interrupt of its own under this number",
	[IRQ_TIMER] = "it is a timer, which needs the CPU that it interrupts",
	[IRQ_NO_THREAD] = "its driver forbids that a thread handles it",
	[IRQ_NESTED] = "it is handled by the thread of another interrupt",
	[IRQ_SHARED_LINE] = "several drivers share this interrupt",
	[IRQ_SLOW_BUS] = "its controller is behind a bus on which one has to sleep",
	[IRQ_IN_SUSPEND] = "it has to work while the machine is suspended",
	[IRQ_UNKNOWN_FLOW] = "it is neither an edge nor a level interrupt",
	[IRQ_HAS_THREAD] = "its handler has a thread of its own: use the mode pinned",
	[IRQ_HAS_NO_THREAD] = "its handler has no thread that could be pinned",
	[IRQ_NO_HELPER] = "no CPU may help it (helpers, shared cache)",
	[IRQ_STUCK] = "its helper did not answer in time",
};

/**
 * irq_policy_why() - a refusal in words
 * @refusal: the refusal
 *
 * Return: a sentence without a full stop.
 */
const char *irq_policy_why(enum irq_refusal refusal)
{
	return refusal < IRQ_NR_REFUSALS ? reasons[refusal] : "it is not known why";
}

/* Lines that a CPU helps count less than how near it is. */
#define RANK_STEP 65536

/**
 * irq_policy_rank() - how well a CPU would help a line
 * @cpu: the CPU, seen from the line
 * @managed: the line is placed by the kernel, beside those who submit work; a
 *	helper outside of their cache would send each completion back to them
 *
 * Return: 0 when it may not, else the higher the better.
 */
u32 irq_policy_rank(const struct irq_cpu *cpu, bool managed)
{
	u32 near = cpu->cache ? 3 : cpu->node ? 2 : 1;
	u32 busy = cpu->lines < RANK_STEP - 1 ? cpu->lines : RANK_STEP - 1;

	if (!cpu->online || cpu->takes || (managed && !cpu->cache))
		return 0;
	if (cpu->asked ? !cpu->named : cpu->isolated)
		return 0;
	return near * RANK_STEP - busy;
}

/**
 * irq_policy_auto() - is handing over worth it
 * @line: what is remembered; changed
 * @events: interrupts since the last call
 * @handler_ns: time that their handlers took
 * @break_even_ns: what handing one over costs the CPU that it interrupts
 * @margin: percent above that from which it is handed over
 *
 * A line that is handed over stays so until the handlers take less than the
 * cost itself: between the two nothing changes.
 *
 * Return: whether it is to be handed over.
 */
bool irq_policy_auto(struct irq_auto *line, u64 events, u64 handler_ns,
		     u64 break_even_ns, u32 margin)
{
	u64 mean, limit = break_even_ns;

	line->events += events;
	line->handler_ns += handler_ns;
	if (line->events < IRQ_AUTO_EVENTS)
		return line->handed;
	mean = div64_u64(line->handler_ns, line->events);
	line->events = 0;
	line->handler_ns = 0;
	if (!line->handed)
		limit += div64_u64(break_even_ns * margin, 100);
	line->handed = mean > limit;
	return line->handed;
}
