// SPDX-License-Identifier: GPL-2.0-only
/*
 * Raises the watermarks of a node's zones, as the kernel does when kinds of pages
 * get mixed in a block, for the tests of tiering: what is not lowered again by
 * kswapd stays raised.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/spinlock.h>

static void boost_zone(struct zone *zone, unsigned long pages)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	zone->watermark_boost = pages;
	spin_unlock_irqrestore(&zone->lock, flags);
}

static int set_boost(const char *val, const struct kernel_param *kp)
{
	unsigned long pages;
	int nid, z, ret;

	ret = kstrtoul(val, 0, &pages);
	if (ret)
		return ret;
	nid = first_online_node;
	for (z = 0; z < MAX_NR_ZONES; z++)
		if (populated_zone(&NODE_DATA(nid)->node_zones[z]))
			boost_zone(&NODE_DATA(nid)->node_zones[z], pages);
	return 0;
}

static const struct kernel_param_ops boost_ops = { .set = set_boost };
module_param_cb(boost, &boost_ops, NULL, 0200);
MODULE_PARM_DESC(boost, "pages by which the watermarks of the first node are raised");

MODULE_DESCRIPTION("Raised watermarks for the tests of tandem's tiering");
MODULE_VERSION("test");
MODULE_LICENSE("GPL");
