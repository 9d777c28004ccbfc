/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lets KUnit and its tests be compiled as modules for a kernel that was
 * configured without KUnit.  Included before the first line of every file of
 * tests/kunit; nothing else may live here.
 *
 * struct task_struct and struct module have members that exist only with
 * KUnit.  Both are therefore defined here first, with the layout of the
 * kernel that runs, and KUnit is switched on after that.
 */
#ifndef TANDEM_KUNIT_COMPAT_H
#define TANDEM_KUNIT_COMPAT_H

/*
 * The current test hangs on the task, in a word that only a machine check in
 * user mode uses; tests run in kernel threads.  The member is renamed and
 * retyped where it stands, so that every other one keeps its place.
 */
#define mce_kflags mce_kflags_gap[0]; struct kunit *kunit_test
#include <linux/module.h>
#include <linux/sched.h>
#undef mce_kflags

static_assert(offsetof(struct task_struct, mce_addr) ==
	      offsetof(struct task_struct, kunit_test) + sizeof(u64));

#ifdef CONFIG_KUNIT
#error "this kernel has KUnit of its own: use that"
#endif

#define CONFIG_KUNIT_MODULE 1

#include <kunit/test.h>

/* Suites run when their module is loaded, by its init function. */
#undef kunit_test_suites
#define kunit_test_suites(suites...)					\
	static struct kunit_suite *tandem_suites[] = { suites };	\
									\
	static int __init tandem_suites_init(void)			\
	{								\
		return __kunit_test_suites_init(tandem_suites,		\
						ARRAY_SIZE(tandem_suites)); \
	}								\
	module_init(tandem_suites_init);				\
									\
	static void __exit tandem_suites_exit(void)			\
	{								\
		__kunit_test_suites_exit(tandem_suites,			\
					 ARRAY_SIZE(tandem_suites));	\
	}								\
	module_exit(tandem_suites_exit)

#endif /* TANDEM_KUNIT_COMPAT_H */
