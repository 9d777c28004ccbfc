// SPDX-License-Identifier: GPL-2.0-only
/*
 * A capability that does nothing, for the tests of core.
 *
 * Its hooks call what they replace and count.  Its parameters say how it
 * behaves: what it has in flight, whether it can be enabled, and when it finds
 * itself broken.
 */
#include <linux/atomic.h>
#include <linux/jump_label.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <tandem/borrow.h>
#include <tandem/capability.h>
#include <tandem/patch.h>

static unsigned int in_flight;
module_param(in_flight, uint, 0644);
MODULE_PARM_DESC(in_flight, "what it claims to have in flight");

static int enable_error;
module_param(enable_error, int, 0644);
MODULE_PARM_DESC(enable_error, "what its enable returns");

static bool no_patch;
module_param(no_patch, bool, 0444);
MODULE_PARM_DESC(no_patch, "replace no function");

static DEFINE_STATIC_KEY_FALSE(test_key);
static atomic_long_t hook_calls;
static struct tandem_capability test_capability;

static int set_broken(const char *val, const struct kernel_param *kp)
{
	tandem_capability_fail(&test_capability, "test: %.*s",
			       (int)strcspn(val, "\n"), val);
	return 0;
}

static const struct kernel_param_ops broken_ops = { .set = set_broken };
module_param_cb(broken, &broken_ops, NULL, 0200);
MODULE_PARM_DESC(broken, "write why it is broken");

enum { KNOB_LOW, KNOB_HIGH, KNOB_WIDE, NR_KNOBS };

static const struct tandem_knob test_knobs[] = {
	[KNOB_LOW] = { "low", 1, 64, 8, "pages" },
	[KNOB_HIGH] = { "high", 1, 64, 16, "pages" },
	[KNOB_WIDE] = { "wide", 0, U32_MAX, 0, "" },
};

static u32 test_values[NR_KNOBS];

static const struct tandem_stat test_stats[] = {
	{ "hook_calls", TANDEM_STAT_KIND_COUNTER },
	{ "commits", TANDEM_STAT_KIND_COUNTER },
	{ "on", TANDEM_STAT_KIND_GAUGE },
};

static unsigned int commits;

static int test_enable(struct tandem_capability *cap)
{
	if (enable_error)
		return enable_error;
	static_branch_enable(&test_key);
	return 0;
}

static void test_disable(struct tandem_capability *cap)
{
	static_branch_disable(&test_key);
}

static u64 test_in_flight(struct tandem_capability *cap)
{
	return READ_ONCE(in_flight);
}

static u64 test_stat(struct tandem_capability *cap, unsigned int index)
{
	switch (index) {
	case 0:
		return atomic_long_read(&hook_calls);
	case 1:
		return commits;
	default:
		return static_key_enabled(&test_key);
	}
}

static int test_check(struct tandem_capability *cap, const u32 *values,
		      const char **why)
{
	if (values[KNOB_LOW] <= values[KNOB_HIGH])
		return 0;
	*why = "low is above high";
	return -EINVAL;
}

static void test_commit(struct tandem_capability *cap, const u32 *values)
{
	commits++;
}

static int set_hold(const char *val, const struct kernel_param *kp)
{
	bool on;
	int ret;

	ret = kstrtobool(val, &on);
	if (ret)
		return ret;
	if (on)
		tandem_capability_quiesce(&test_capability, "held by a test");
	else
		tandem_capability_resume(&test_capability);
	return 0;
}

static const struct kernel_param_ops hold_ops = { .set = set_hold };
module_param_cb(hold, &hold_ops, NULL, 0200);
MODULE_PARM_DESC(hold, "1 to quiesce itself, 0 to resume");

static const struct tandem_capability_ops test_ops = {
	.enable = test_enable,
	.disable = test_disable,
	.in_flight = test_in_flight,
	.stat = test_stat,
	.check = test_check,
	.commit = test_commit,
};

static struct tandem_capability test_capability = {
	.name = "test",
	.owner = THIS_MODULE,
	.knobs = test_knobs,
	.nr_knobs = ARRAY_SIZE(test_knobs),
	.values = test_values,
	.stats = test_stats,
	.nr_stats = ARRAY_SIZE(test_stats),
	.ops = &test_ops,
};

static void test_flush_dirty(void)
{
	if (static_branch_unlikely(&test_key))
		atomic_long_inc(&hook_calls);
	tandem_original(try_to_unmap_flush_dirty)();
}

static void test_swap_writepage(struct folio *folio,
				struct writeback_control *wbc)
{
	if (static_branch_unlikely(&test_key))
		atomic_long_inc(&hook_calls);
	tandem_original(__swap_writepage)(folio, wbc);
}

static struct tandem_patch_func test_funcs[] = {
	{ "try_to_unmap_flush_dirty", test_flush_dirty },
	{ "__swap_writepage", test_swap_writepage },
};

static struct tandem_patch test_patch = {
	.name = "test",
	.mod = THIS_MODULE,
	.funcs = test_funcs,
	.nr = ARRAY_SIZE(test_funcs),
	.cap = &test_capability,
};

static const char *const test_needs[] = {
	"try_to_unmap_flush_dirty", "__swap_writepage", "folio_putback_lru",
	"mthp_stats",
};

static int set_idle(const char *val, const struct kernel_param *kp)
{
	WRITE_ONCE(in_flight, 0);
	tandem_capability_idle(&test_capability);
	return 0;
}

static const struct kernel_param_ops idle_ops = { .set = set_idle };
module_param_cb(idle, &idle_ops, NULL, 0200);
MODULE_PARM_DESC(idle, "write to have nothing in flight any more");

static int __init tandem_test_init(void)
{
	int ret;

	ret = tandem_borrow_need(THIS_MODULE, test_needs,
				 ARRAY_SIZE(test_needs));
	if (ret)
		return ret;
	ret = tandem_capability_register(&test_capability);
	if (ret || no_patch)
		return ret;
	ret = tandem_patch_resolve(&test_patch);
	if (ret)
		goto unregister;
	ret = tandem_patch_enable(&test_patch);
	if (ret)
		goto release;
	return 0;

release:
	tandem_patch_release(&test_patch);
unregister:
	tandem_capability_unregister(&test_capability);
	return ret;
}

static void __exit tandem_test_exit(void)
{
	if (!no_patch)
		tandem_patch_release(&test_patch);
	tandem_capability_unregister(&test_capability);
}

module_init(tandem_test_init);
module_exit(tandem_test_exit);

MODULE_DESCRIPTION("A capability for the tests of tandem's core");
MODULE_INFO(livepatch, "Y");
MODULE_VERSION("test");
MODULE_LICENSE("GPL");
