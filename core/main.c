// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem.ko: start and end.  Looks at the kernel first and changes nothing
 * unless everything fits; the end undoes the start line for line.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/livepatch.h>
#include <linux/module.h>
#include <tandem/borrow.h>
#include "core.h"

#if !IS_ENABLED(CONFIG_X86_64)
#error "tandem: only x86-64 is supported"
#endif
#if !IS_ENABLED(CONFIG_LIVEPATCH) || !IS_ENABLED(CONFIG_KPROBES) || \
	!IS_ENABLED(CONFIG_KALLSYMS_ALL)
#error "tandem: the kernel needs LIVEPATCH, KPROBES and KALLSYMS_ALL"
#endif
#if !IS_ENABLED(CONFIG_HAVE_STATIC_CALL_INLINE)
#error "tandem: the kernel needs static calls that are patched in place"
#endif

static bool off;
module_param(off, bool, 0);
MODULE_PARM_DESC(off, "do not load: tandem.off on the kernel command line");

/* What core itself cannot do without. */
static const char *const needed[] __initconst = {
	"ftrace_location", "klp_find_ops", "klp_mutex", "klp_transition_patch",
};

static int __init tandem_init(void)
{
	int ret;

	if (off) {
		pr_info("not loaded: tandem.off on the kernel command line, or off=1\n");
		return -ECANCELED;
	}
	ret = tandem_borrow_init();
	if (ret)
		return ret;
	ret = tandem_btf_check();
	if (ret)
		return ret;
	ret = tandem_borrow_need(THIS_MODULE, needed, ARRAY_SIZE(needed));
	if (ret)
		return ret;
	tandem_borrow_apply();

	ret = tandem_sysfs_init();
	if (ret)
		return ret;
	ret = tandem_patch_init();
	if (ret)
		goto remove_sysfs;
	ret = tandem_netlink_init();
	if (ret)
		goto stop_watching;
	return 0;

stop_watching:
	tandem_patch_exit();
remove_sysfs:
	tandem_sysfs_exit();
	return ret;
}

static void __exit tandem_exit(void)
{
	tandem_netlink_exit();
	tandem_patch_exit();
	tandem_sysfs_exit();
}

module_init(tandem_init);
module_exit(tandem_exit);

MODULE_DESCRIPTION("tandem: what the modules of the suite share");
MODULE_AUTHOR("The tandem authors");
MODULE_VERSION(TANDEM_VERSION);
MODULE_LICENSE("GPL");
