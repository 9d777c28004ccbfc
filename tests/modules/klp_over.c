// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stranger's livepatch of a function that tandem_reclaim replaces too: it is
 * pushed on top of whatever is there.  What it does instead is safe: it flushes
 * although nothing may be dirty.
 */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <tandem/borrow.h>

static void over_flush_dirty(void)
{
	tandem_call(try_to_unmap_flush)();
}

static struct klp_func funcs[] = {
	{
		.old_name = "try_to_unmap_flush_dirty",
		.new_func = over_flush_dirty,
	}, {}
};

static struct klp_object objs[] = { { .funcs = funcs }, {} };

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init over_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit over_exit(void)
{
}

module_init(over_init);
module_exit(over_exit);

MODULE_DESCRIPTION("A livepatch over one of tandem_reclaim's, for tests");
MODULE_INFO(livepatch, "Y");
MODULE_LICENSE("GPL");
