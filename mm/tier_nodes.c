// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which node is in which tier: as the kernel's memory tiers say, or as the
 * administrator does.
 */
#include <linux/math.h>
#include <linux/memory-tiers.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/notifier.h>
#include <linux/topology.h>
#include <linux/vmstat.h>

#include "tier.h"

/* More than any distance between nodes. */
#define FULL_IS_FARTHER 65536

static bool node_is_slow(int nid)
{
	u32 mask = tier_knob(TIER_SLOW_NODES);

	if (!mask)
		return !tandem_call(node_is_toptier)(nid);
	return nid < 32 && mask & BIT(nid);
}

/**
 * tier_nodes_find() - put each node with memory into its tier
 * @nodes: filled in
 *
 * Nodes come and go, so this is asked for each window.
 *
 * Context: any.
 */
void tier_nodes_find(struct tier_nodes *nodes)
{
	int nid;

	nodes_clear(nodes->in[TIER_FAST]);
	nodes_clear(nodes->in[TIER_SLOW]);
	for_each_node_state(nid, N_MEMORY)
		node_set(nid, nodes->in[node_is_slow(nid) ? TIER_SLOW :
							    TIER_FAST]);
}

/*
 * What the firmware (HMAT, CDAT) says of a node, as the kernel makes one number
 * of it: in proportion to latency, inversely to bandwidth.  0 if it says nothing.
 */
static int distance_of(int nid)
{
	int distance = 0;

	if (!(mt_calc_adistance(nid, &distance) & NOTIFY_STOP_MASK))
		return 0;
	return max(distance, 0);
}

/**
 * tier_nodes_gap() - how slow the slow tier is
 * @nodes: the tiers
 *
 * By the least slow of its nodes and the least fast of the others.  The kernel
 * does not take a node for slow when it is 10 % slower; who says that with
 * slow_nodes knows better than what the firmware says.
 *
 * Context: may sleep.
 * Return: percent of the fast tier; 0 when it is not known, or not more than 100.
 */
u32 tier_nodes_gap(const struct tier_nodes *nodes)
{
	int fast = 0, slow = INT_MAX, nid, gap;

	for_each_node_mask(nid, nodes->in[TIER_FAST])
		fast = max(fast, distance_of(nid));
	for_each_node_mask(nid, nodes->in[TIER_SLOW])
		slow = min(slow, distance_of(nid));
	if (!fast || slow == INT_MAX)
		return 0;
	gap = mult_frac(100, slow, fast);
	return gap > 100 ? gap : 0;
}

/* What a movable page may have of a zone, of which others keep some back. */
static u64 zone_spare(struct zone *zone)
{
	long spare = zone_page_state(zone, NR_FREE_PAGES) -
		     high_wmark_pages(zone) -
		     zone->lowmem_reserve[ZONE_MOVABLE];

	return spare > 0 ? spare : 0;
}

static u64 node_spare(int nid)
{
	u64 spare = 0;
	int z;

	for (z = 0; z < MAX_NR_ZONES; z++) {
		struct zone *zone = &NODE_DATA(nid)->node_zones[z];

		if (populated_zone(zone))
			spare += zone_spare(zone);
	}
	return spare;
}

/**
 * tier_nodes_free() - pages that can be had without waking reclaim
 * @nodes: to look at
 *
 * Context: any.
 * Return: free pages above the high watermarks.
 */
u64 tier_nodes_free(const nodemask_t *nodes)
{
	u64 spare = 0;
	int nid;

	for_each_node_mask(nid, *nodes)
		spare += node_spare(nid);
	return spare;
}

/* How far away a node is; those without room for a batch are behind all others. */
static int way_to(int from, int nid)
{
	int way = node_distance(from, nid);

	return node_spare(nid) < TIER_MOVE_BATCH ? way + FULL_IS_FARTHER : way;
}

/**
 * tier_nodes_target() - node of a tier that is nearest to another
 * @nodes: the tiers
 * @from: node that the page is on
 * @to: tier that it is to be in
 * @allowed: nodes that it may be on
 *
 * The nearest with room; when none has any the nearest, where the kernel may make
 * some at any time.
 *
 * Context: any.
 * Return: a node, or NUMA_NO_NODE when none is allowed.
 */
int tier_nodes_target(const struct tier_nodes *nodes, int from, enum tier to,
		      const nodemask_t *allowed)
{
	int nid, best = NUMA_NO_NODE, least = INT_MAX;

	for_each_node_mask(nid, nodes->in[to]) {
		int way;

		if (!node_isset(nid, *allowed))
			continue;
		way = way_to(from, nid);
		if (way < least) {
			least = way;
			best = nid;
		}
	}
	return best;
}
