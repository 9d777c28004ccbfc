// SPDX-License-Identifier: GPL-2.0-only
/*
 * What irq/apf_policy.c decides, rule by rule, so that breaking one names it.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/mm.h>

#include "irq/apf_policy.h"

#define CODE 0x7f0000001000UL
#define STACK 0x7f0000100000UL
#define STACK_SIZE 0x10000UL

/* A fault of ordinary code, on an ordinary stack: handed back. */
static struct apf_facts plain(void)
{
	return (struct apf_facts) {
		.user = true,
		.mapped = true,
		.long_mode = true,
		.ip = 0x401000,
		.sp = 0x7ffd00001000UL,
		.code = CODE,
		.stack = STACK,
		.stack_size = STACK_SIZE,
	};
}

static void plain_is_early(struct kunit *test)
{
	const struct apf_facts facts = plain();

	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_EARLY);
}

#define RULE(_cause, _field, _value) \
static void _cause##_is_ordinary(struct kunit *test) \
{ \
	struct apf_facts facts = plain(); \
\
	facts._field = _value; \
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_CAUSE_##_cause); \
}

RULE(kernel, user, false)
RULE(retried, retried, true)
RULE(skipped, skipped, true)
RULE(dying, dying, true)
RULE(unmapped, mapped, false)
RULE(mode, long_mode, false)
RULE(shadow_stack, shadow_stack, true)
RULE(traced, traced, true)
RULE(stepped, stepped, true)
RULE(userfaultfd, userfaultfd, true)
RULE(masked, masked, true)
RULE(signal_stack, signal_stack, true)

/* The registers of kernel mode say nothing of where the thread is. */
static void kernel_before_all(struct kunit *test)
{
	struct apf_facts facts = plain();

	facts.user = false;
	facts.masked = true;
	facts.sp = STACK + 8;
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_CAUSE_kernel);
}

static void handler_stack_to_its_ends(struct kunit *test)
{
	struct apf_facts facts = plain();

	facts.sp = STACK;
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_CAUSE_nested);
	/* Where the handler begins, and where it is at its last but one. */
	facts.sp = STACK + STACK_SIZE;
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_CAUSE_nested);
	facts.sp = STACK - 8;
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_EARLY);
	facts.sp = STACK + STACK_SIZE + 8;
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_EARLY);
}

static void code_to_its_ends(struct kunit *test)
{
	struct apf_facts facts = plain();

	facts.ip = CODE;
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_CAUSE_nested);
	facts.ip = CODE + PAGE_SIZE - 1;
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_CAUSE_nested);
	facts.ip = CODE + PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_EARLY);
	facts.ip = CODE - 1;
	KUNIT_EXPECT_EQ(test, apf_decide(&facts), APF_EARLY);
}

static void section_to_its_ends(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, apf_in_section(99, 100, 10));
	KUNIT_EXPECT_TRUE(test, apf_in_section(100, 100, 10));
	KUNIT_EXPECT_TRUE(test, apf_in_section(109, 100, 10));
	KUNIT_EXPECT_FALSE(test, apf_in_section(110, 100, 10));
	KUNIT_EXPECT_FALSE(test, apf_in_section(100, 100, 0));
}

#define NR 70

/* Next after the last, and round. */
static void slots_in_turn(struct kunit *test)
{
	DECLARE_BITMAP(busy, NR) = { 0 };
	u32 done[NR] = { 0 };

	KUNIT_EXPECT_EQ(test, apf_pick_slot(busy, done, NR, 0), 0);
	KUNIT_EXPECT_EQ(test, apf_pick_slot(busy, done, NR, NR), 0);
	__set_bit(5, busy);
	KUNIT_EXPECT_EQ(test, apf_pick_slot(busy, done, NR, 5), 6);
	__set_bit(NR - 1, busy);
	KUNIT_EXPECT_EQ(test, apf_pick_slot(busy, done, NR, NR - 1), 0);
}

/* What the thread has not taken note of is not used again. */
static void slot_told_is_kept(struct kunit *test)
{
	DECLARE_BITMAP(busy, NR) = { 0 };
	u32 done[NR] = { 0 };

	done[3] = 1;
	KUNIT_EXPECT_EQ(test, apf_pick_slot(busy, done, NR, 3), 4);
	done[3] = 0;
	KUNIT_EXPECT_EQ(test, apf_pick_slot(busy, done, NR, 3), 3);
}

static void no_slot_is_left(struct kunit *test)
{
	DECLARE_BITMAP(busy, NR);
	u32 done[NR] = { 0 };

	bitmap_fill(busy, NR);
	KUNIT_EXPECT_EQ(test, apf_pick_slot(busy, done, NR, 9), -1);
	__clear_bit(8, busy);
	KUNIT_EXPECT_EQ(test, apf_pick_slot(busy, done, NR, 9), 8);
	done[8] = U32_MAX;
	KUNIT_EXPECT_EQ(test, apf_pick_slot(busy, done, NR, 9), -1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(plain_is_early),
	KUNIT_CASE(kernel_is_ordinary),
	KUNIT_CASE(retried_is_ordinary),
	KUNIT_CASE(skipped_is_ordinary),
	KUNIT_CASE(dying_is_ordinary),
	KUNIT_CASE(unmapped_is_ordinary),
	KUNIT_CASE(mode_is_ordinary),
	KUNIT_CASE(shadow_stack_is_ordinary),
	KUNIT_CASE(traced_is_ordinary),
	KUNIT_CASE(stepped_is_ordinary),
	KUNIT_CASE(userfaultfd_is_ordinary),
	KUNIT_CASE(masked_is_ordinary),
	KUNIT_CASE(signal_stack_is_ordinary),
	KUNIT_CASE(kernel_before_all),
	KUNIT_CASE(handler_stack_to_its_ends),
	KUNIT_CASE(code_to_its_ends),
	KUNIT_CASE(section_to_its_ends),
	KUNIT_CASE(slots_in_turn),
	KUNIT_CASE(slot_told_is_kept),
	KUNIT_CASE(no_slot_is_left),
	{}
};

static struct kunit_suite suite = {
	.name = "apf_policy",
	.test_cases = cases,
};

kunit_test_suite(suite);

MODULE_DESCRIPTION("tests of the decisions of asynchronous page faults");
MODULE_LICENSE("GPL");
