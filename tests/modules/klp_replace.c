// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stranger's livepatch with atomic replace: every other livepatch is taken
 * out for it, without being told.
 */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static int replace_cmdline(struct seq_file *m, void *v)
{
	seq_puts(m, "livepatched\n");
	return 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = replace_cmdline,
	}, {}
};

static struct klp_object objs[] = { { .funcs = funcs }, {} };

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
	.replace = true,
};

static int __init replace_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit replace_exit(void)
{
}

module_init(replace_init);
module_exit(replace_exit);

MODULE_DESCRIPTION("A livepatch instead of all others, for tests");
MODULE_INFO(livepatch, "Y");
MODULE_LICENSE("GPL");
