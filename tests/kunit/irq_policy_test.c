// SPDX-License-Identifier: GPL-2.0-only
/*
 * What irq/irq_policy.c decides, case by case.  Each rule has its own test here,
 * so that breaking one names it.
 */
#include <kunit/test.h>

#include "irq/irq_policy.h"

/* A line that may be handed over. */
static struct irq_facts plain(void)
{
	return (struct irq_facts){ .present = true, .known_flow = true };
}

#define EXPECT_REFUSAL(test, facts, mode, why) \
	KUNIT_EXPECT_EQ(test, (int)irq_policy_refusal(&(facts), mode), \
			(int)(why))

static void plain_lines_may(struct kunit *test)
{
	struct irq_facts facts = plain();

	EXPECT_REFUSAL(test, facts, IRQ_HANDOFF, IRQ_ALLOWED);
	EXPECT_REFUSAL(test, facts, IRQ_AUTO, IRQ_ALLOWED);
	EXPECT_REFUSAL(test, facts, IRQ_WATCH, IRQ_ALLOWED);
	EXPECT_REFUSAL(test, facts, IRQ_PINNED, IRQ_HAS_NO_THREAD);
}

static void stock_is_always_possible(struct kunit *test)
{
	struct irq_facts facts = {};

	EXPECT_REFUSAL(test, facts, IRQ_STOCK, IRQ_ALLOWED);
	facts.per_cpu = true;
	facts.timer = true;
	EXPECT_REFUSAL(test, facts, IRQ_STOCK, IRQ_ALLOWED);
}

static void some_must_not_be_touched(struct kunit *test)
{
	struct irq_facts absent = {}, per_cpu = plain(), timer = plain();
	struct irq_facts nested = plain();

	per_cpu.per_cpu = true;
	timer.timer = true;
	nested.nested = true;
	nested.has_thread = true;
	EXPECT_REFUSAL(test, absent, IRQ_WATCH, IRQ_ABSENT);
	EXPECT_REFUSAL(test, per_cpu, IRQ_WATCH, IRQ_PER_CPU_LINE);
	EXPECT_REFUSAL(test, timer, IRQ_WATCH, IRQ_TIMER);
	EXPECT_REFUSAL(test, nested, IRQ_PINNED, IRQ_NESTED);
	EXPECT_REFUSAL(test, per_cpu, IRQ_HANDOFF, IRQ_PER_CPU_LINE);
	EXPECT_REFUSAL(test, timer, IRQ_AUTO, IRQ_TIMER);
}

static void some_cannot_be_wrapped(struct kunit *test)
{
	struct irq_facts shared = plain(), bus = plain(), flow = plain();

	shared.shared = true;
	bus.slow_bus = true;
	flow.known_flow = false;
	EXPECT_REFUSAL(test, shared, IRQ_WATCH, IRQ_SHARED_LINE);
	EXPECT_REFUSAL(test, bus, IRQ_WATCH, IRQ_SLOW_BUS);
	EXPECT_REFUSAL(test, flow, IRQ_WATCH, IRQ_UNKNOWN_FLOW);
	EXPECT_REFUSAL(test, shared, IRQ_HANDOFF, IRQ_SHARED_LINE);
}

static void some_are_measured_and_stay(struct kunit *test)
{
	struct irq_facts no_thread = plain(), suspend = plain();
	struct irq_facts oneshot = plain();

	no_thread.no_thread = true;
	suspend.in_suspend = true;
	oneshot.oneshot = true;
	EXPECT_REFUSAL(test, no_thread, IRQ_WATCH, IRQ_ALLOWED);
	EXPECT_REFUSAL(test, no_thread, IRQ_HANDOFF, IRQ_NO_THREAD);
	EXPECT_REFUSAL(test, no_thread, IRQ_AUTO, IRQ_NO_THREAD);
	EXPECT_REFUSAL(test, suspend, IRQ_HANDOFF, IRQ_IN_SUSPEND);
	EXPECT_REFUSAL(test, oneshot, IRQ_HANDOFF, IRQ_HAS_THREAD);
}

/* Whatever else is true of it: nothing is put in front of anything. */
static void threads_are_pinned(struct kunit *test)
{
	struct irq_facts facts = plain();

	facts.has_thread = true;
	facts.shared = true;
	facts.oneshot = true;
	EXPECT_REFUSAL(test, facts, IRQ_PINNED, IRQ_ALLOWED);
	EXPECT_REFUSAL(test, facts, IRQ_HANDOFF, IRQ_HAS_THREAD);
}

static void each_refusal_has_words(struct kunit *test)
{
	int i;

	for (i = 0; i < IRQ_NR_REFUSALS; i++)
		KUNIT_EXPECT_NOT_NULL(test, irq_policy_why(i));
	KUNIT_EXPECT_NOT_NULL(test, irq_policy_why(IRQ_NR_REFUSALS));
}

/* ---- helpers ------------------------------------------------------------------ */

static void nearer_is_better(struct kunit *test)
{
	struct irq_cpu cache = { .online = true, .cache = true, .node = true };
	struct irq_cpu node = { .online = true, .node = true };
	struct irq_cpu far = { .online = true };

	KUNIT_EXPECT_GT(test, irq_policy_rank(&cache, false),
			irq_policy_rank(&node, false));
	KUNIT_EXPECT_GT(test, irq_policy_rank(&node, false),
			irq_policy_rank(&far, false));
	KUNIT_EXPECT_GT(test, irq_policy_rank(&far, false), 0);
	/* However much it has to do. */
	cache.lines = U32_MAX;
	KUNIT_EXPECT_GT(test, irq_policy_rank(&cache, false),
			irq_policy_rank(&node, false));
}

static void lines_are_spread(struct kunit *test)
{
	struct irq_cpu idle = { .online = true, .cache = true };
	struct irq_cpu busy = { .online = true, .cache = true, .lines = 1 };

	KUNIT_EXPECT_GT(test, irq_policy_rank(&idle, false),
			irq_policy_rank(&busy, false));
}

static void some_cpus_do_not_help(struct kunit *test)
{
	struct irq_cpu offline = { .cache = true };
	struct irq_cpu takes = { .online = true, .cache = true, .takes = true };
	struct irq_cpu isolated = { .online = true, .cache = true,
				    .isolated = true };

	KUNIT_EXPECT_EQ(test, irq_policy_rank(&offline, false), 0);
	KUNIT_EXPECT_EQ(test, irq_policy_rank(&takes, false), 0);
	KUNIT_EXPECT_EQ(test, irq_policy_rank(&isolated, false), 0);
}

/* Those alone, and among them one that is isolated. */
static void those_that_are_named_help(struct kunit *test)
{
	struct irq_cpu other = { .online = true, .cache = true, .asked = true };
	struct irq_cpu named = other;

	named.named = true;
	named.isolated = true;
	KUNIT_EXPECT_EQ(test, irq_policy_rank(&other, false), 0);
	KUNIT_EXPECT_GT(test, irq_policy_rank(&named, false), 0);
	named.takes = true;
	KUNIT_EXPECT_EQ(test, irq_policy_rank(&named, false), 0);
}

static void managed_lines_stay_in_their_cache(struct kunit *test)
{
	struct irq_cpu cache = { .online = true, .cache = true };
	struct irq_cpu node = { .online = true, .node = true };

	KUNIT_EXPECT_GT(test, irq_policy_rank(&cache, true), 0);
	KUNIT_EXPECT_EQ(test, irq_policy_rank(&node, true), 0);
}

/* ---- auto ----------------------------------------------------------------------- */

static void auto_waits_for_evidence(struct kunit *test)
{
	struct irq_auto line = {};

	KUNIT_EXPECT_FALSE(test, irq_policy_auto(&line, IRQ_AUTO_EVENTS - 1,
						 1000000, 100, 0));
	KUNIT_EXPECT_TRUE(test, irq_policy_auto(&line, 1, 1000, 100, 0));
}

static void auto_weighs_by_break_even(struct kunit *test)
{
	struct irq_auto line = {};

	KUNIT_EXPECT_FALSE(test, irq_policy_auto(&line, 100, 100 * 2000, 1000,
						 100));
	KUNIT_EXPECT_TRUE(test, irq_policy_auto(&line, 100, 100 * 2001, 1000,
						100));
}

/* Between break-even and the margin above it all stays as it is. */
static void auto_does_not_go_back_and_forth(struct kunit *test)
{
	struct irq_auto line = { .handed = true };

	KUNIT_EXPECT_TRUE(test, irq_policy_auto(&line, 100, 100 * 1001, 1000,
						100));
	KUNIT_EXPECT_FALSE(test, irq_policy_auto(&line, 100, 100 * 1000, 1000,
						 100));
	KUNIT_EXPECT_FALSE(test, irq_policy_auto(&line, 100, 100 * 1900, 1000,
						 100));
}

/* What it saw before the last decision does not count any more. */
static void auto_forgets(struct kunit *test)
{
	struct irq_auto line = {};

	irq_policy_auto(&line, 1000, 1000 * 1000000, 1000, 0);
	KUNIT_EXPECT_EQ(test, line.events, 0);
	KUNIT_EXPECT_FALSE(test, irq_policy_auto(&line, 100, 100 * 10, 1000,
						 0));
}

static struct kunit_case irq_policy_cases[] = {
	KUNIT_CASE(plain_lines_may),
	KUNIT_CASE(stock_is_always_possible),
	KUNIT_CASE(some_must_not_be_touched),
	KUNIT_CASE(some_cannot_be_wrapped),
	KUNIT_CASE(some_are_measured_and_stay),
	KUNIT_CASE(threads_are_pinned),
	KUNIT_CASE(each_refusal_has_words),
	KUNIT_CASE(nearer_is_better),
	KUNIT_CASE(lines_are_spread),
	KUNIT_CASE(some_cpus_do_not_help),
	KUNIT_CASE(those_that_are_named_help),
	KUNIT_CASE(managed_lines_stay_in_their_cache),
	KUNIT_CASE(auto_waits_for_evidence),
	KUNIT_CASE(auto_weighs_by_break_even),
	KUNIT_CASE(auto_does_not_go_back_and_forth),
	KUNIT_CASE(auto_forgets),
	{}
};

static struct kunit_suite irq_policy_suite = {
	.name = "irq_policy",
	.test_cases = irq_policy_cases,
};

kunit_test_suites(&irq_policy_suite);

MODULE_DESCRIPTION("KUnit tests of the policy of interrupts");
MODULE_LICENSE("GPL");
