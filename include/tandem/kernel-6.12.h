/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private declarations of Linux 6.12 that modules of the suite need.
 *
 * What stands here repeats the layout of the kernel, not its words.  Every
 * structure and enumeration has an entry in borrowed.h, and the build compares
 * it member by member with the type information of the kernel that it builds
 * for.  Nothing may be declared here that has no such entry.
 */
#ifndef _TANDEM_KERNEL_6_12_H
#define _TANDEM_KERNEL_6_12_H

#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/list.h>
#include <linux/migrate.h>
#include <linux/mm_types.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/pagewalk.h>
#include <linux/swap.h>
#include <linux/types.h>
#include <linux/vmstat.h>

struct cgroup;
struct cgroup_subsys;
struct cgroup_subsys_state;
struct folio_batch;
struct irq_desc;
struct klp_patch;
struct mem_cgroup;
struct swap_iocb;
struct writeback_control;

/**
 * typedef pageout_t - what became of a folio that reclaim wanted written
 * @PAGE_KEEP: not written; the folio is still locked
 * @PAGE_ACTIVATE: not written, and it belongs on the active list; locked
 * @PAGE_SUCCESS: handed to the device; the folio is unlocked
 * @PAGE_CLEAN: nothing had to be written; the folio is still locked
 */
typedef enum {
	PAGE_KEEP,
	PAGE_ACTIVATE,
	PAGE_SUCCESS,
	PAGE_CLEAN,
} pageout_t;

/**
 * struct scan_control - what one reclaim call was asked for and has done
 * @nr_to_reclaim: pages the caller wants
 * @nodemask: nodes the caller allows, NULL for all
 * @target_mem_cgroup: memory cgroup over its limit, NULL for global reclaim
 * @anon_cost: cost of reclaiming anonymous memory
 * @file_cost: cost of reclaiming file pages
 * @proactive_swappiness: swappiness asked for by memory.reclaim, or NULL
 * @may_deactivate: kinds of active pages that may be deactivated (two bits)
 * @force_deactivate: deactivate whatever the balance says
 * @skipped_deactivate: some deactivation was left out
 * @may_writepage: dirty file pages may be written
 * @may_unmap: mapped folios may be reclaimed
 * @may_swap: anonymous folios may be swapped
 * @no_cache_trim_mode: cache_trim_mode must stay off
 * @cache_trim_mode_failed: cache_trim_mode found too little
 * @proactive: asked for by user space through memory.reclaim
 * @memcg_low_reclaim: memory protected by memory.low may be taken
 * @memcg_low_skipped: memory protected by memory.low was passed over
 * @memcg_full_walk: the cgroup tree must be walked to its end
 * @hibernation_mode: called to make room for a hibernation image
 * @compaction_ready: a zone has enough free memory to compact
 * @cache_trim_mode: the node has cold page cache in plenty
 * @file_is_tiny: the node has hardly any page cache
 * @no_demotion: folios must not go to a slower tier
 * @order: order of the allocation that waits
 * @priority: a lower value scans more
 * @reclaim_idx: highest zone to take folios from
 * @gfp_mask: what the caller may do
 * @nr_scanned: folios looked at, in pages
 * @nr_reclaimed: pages freed so far
 * @nr: counts of the folios of this scan, by kind
 * @nr.dirty: dirty pages met
 * @nr.unqueued_dirty: dirty pages that no flusher has queued
 * @nr.congested: pages on a congested device
 * @nr.writeback: pages under writeback
 * @nr.immediate: pages under writeback that were marked for reclaim
 * @nr.file_taken: file pages isolated
 * @nr.taken: pages isolated
 * @reclaim_state: slab reclaimed by shrinkers
 */
struct scan_control {
	unsigned long nr_to_reclaim;
	nodemask_t *nodemask;
	struct mem_cgroup *target_mem_cgroup;
	unsigned long anon_cost;
	unsigned long file_cost;
#ifdef CONFIG_MEMCG
	int *proactive_swappiness;
#endif
	unsigned int may_deactivate:2;
	unsigned int force_deactivate:1;
	unsigned int skipped_deactivate:1;
	unsigned int may_writepage:1;
	unsigned int may_unmap:1;
	unsigned int may_swap:1;
	unsigned int no_cache_trim_mode:1;
	unsigned int cache_trim_mode_failed:1;
	unsigned int proactive:1;
	unsigned int memcg_low_reclaim:1;
	unsigned int memcg_low_skipped:1;
	unsigned int memcg_full_walk:1;
	unsigned int hibernation_mode:1;
	unsigned int compaction_ready:1;
	unsigned int cache_trim_mode:1;
	unsigned int file_is_tiny:1;
	unsigned int no_demotion:1;
	s8 order;
	s8 priority;
	s8 reclaim_idx;
	gfp_t gfp_mask;
	unsigned long nr_scanned;
	unsigned long nr_reclaimed;
	struct {
		unsigned int dirty;
		unsigned int unqueued_dirty;
		unsigned int congested;
		unsigned int writeback;
		unsigned int immediate;
		unsigned int file_taken;
		unsigned int taken;
	} nr;
	struct reclaim_state reclaim_state;
};

/**
 * struct klp_ops - the livepatched functions that stand for one original
 * @node: entry in the kernel's list of these
 * @func_stack: stack of struct klp_func; the first is the one that runs
 * @fops: the ftrace operation that redirects the original
 *
 * Protected by the kernel's klp_mutex.
 */
struct klp_ops {
	struct list_head node;
	struct list_head func_stack;
	struct ftrace_ops fops;
};

/**
 * enum - bits of the internal state of an interrupt line
 * @IRQS_ONESHOT: it stays masked until its thread has run
 * @IRQS_PENDING: it came while it was disabled; the kernel raises it again when
 *	it is enabled
 *
 * Protected by the lock of the line.
 */
enum {
	IRQS_ONESHOT = 0x20,
	IRQS_PENDING = 0x200,
};

/* The member that holds them; its name is meant to keep drivers off. */
#define tandem_irq_state(desc) ((desc)->core_internal_state__do_not_mess_with_it)

#endif /* _TANDEM_KERNEL_6_12_H */
