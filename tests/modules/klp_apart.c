// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stranger's livepatch that has nothing to do with the suite.  With fail=1 its
 * init fails after the livepatch is announced and before it is enabled.
 */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static bool fail;
module_param(fail, bool, 0444);
MODULE_PARM_DESC(fail, "fail to initialise");

static int apart_cmdline(struct seq_file *m, void *v)
{
	seq_puts(m, "livepatched\n");
	return 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = apart_cmdline,
	}, {}
};

static struct klp_object objs[] = { { .funcs = funcs }, {} };

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init apart_init(void)
{
	return fail ? -EINVAL : klp_enable_patch(&patch);
}

static void __exit apart_exit(void)
{
}

module_init(apart_init);
module_exit(apart_exit);

MODULE_DESCRIPTION("A livepatch apart from tandem's, for tests");
MODULE_INFO(livepatch, "Y");
MODULE_LICENSE("GPL");
