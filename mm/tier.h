/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tandem_tier.ko: what its files share.
 *
 * One thread does all of the work.  What it sees of an address space (spaces and
 * tiles) is its own; workloads are shared with those who set and read them, and
 * protected by tier_workloads_lock.
 */
#ifndef TANDEM_TIER_H
#define TANDEM_TIER_H

#include <linux/bitmap.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mempolicy.h>
#include <linux/mm_types.h>
#include <linux/nodemask.h>
#include <linux/pgtable.h>
#include <linux/xarray.h>

#include <tandem/borrow.h>
#include <tandem/capability.h>

#include "tier_policy.h"
#include "tier_stats.h"

/* Pages of a tile: those that one page-table page maps. */
#define TIER_TILE_PAGES 512

/**
 * enum tier_knob - index into tier_knobs
 * @TIER_WINDOW_MIN_MS: shortest sampling window
 * @TIER_WINDOW_MAX_MS: longest
 * @TIER_CPU_PERMILLE: CPU time that monitoring may take, of one CPU
 * @TIER_FLUSH: flush the TLB of what has been cleared, once a window
 * @TIER_HYSTERESIS: heats by which a page must be hotter than one it displaces
 * @TIER_HEADROOM_MIB: memory kept free in the fast tier
 * @TIER_SLOW_NODES: mask of nodes taken for slow; 0: as the kernel says
 * @TIER_NR_KNOBS: how many
 */
enum tier_knob {
	TIER_WINDOW_MIN_MS,
	TIER_WINDOW_MAX_MS,
	TIER_CPU_PERMILLE,
	TIER_FLUSH,
	TIER_HYSTERESIS,
	TIER_HEADROOM_MIB,
	TIER_SLOW_NODES,
	TIER_NR_KNOBS,
};

extern u32 tier_knobs[TIER_NR_KNOBS];

/* Context: any. */
static inline u32 tier_knob(enum tier_knob knob)
{
	return READ_ONCE(tier_knobs[knob]);
}

/**
 * enum tier_setting - index of a setting of a workload
 * @TIER_ACT: 1: pages are moved; 0: it is only watched
 * @TIER_FAST_MIN: least share of the fast tier it is to have, percent
 * @TIER_FAST_MAX: greatest share, percent
 * @TIER_FAST_MIN_MIB: the same in MiB; 0: by share alone
 * @TIER_FAST_MAX_MIB: the same in MiB; 0: by share alone
 * @TIER_WEIGHT: of its wants beside others'
 * @TIER_RATE_MIB: MiB that may be moved in a second, each way
 * @TIER_PROMOTE_AGE: windows in which a page must have been used to come up; 0:
 *	its heat decides
 * @TIER_DEMOTE_AGE: windows in which it must not have been used to go down
 * @TIER_COOLDOWN: windows for which a page that was moved stays
 * @TIER_NR_SETTINGS: how many
 */
enum tier_setting {
	TIER_ACT,
	TIER_FAST_MIN,
	TIER_FAST_MAX,
	TIER_FAST_MIN_MIB,
	TIER_FAST_MAX_MIB,
	TIER_WEIGHT,
	TIER_RATE_MIB,
	TIER_PROMOTE_AGE,
	TIER_DEMOTE_AGE,
	TIER_COOLDOWN,
	TIER_NR_SETTINGS,
};

/* Their limits and defaults. */
extern const struct tandem_knob tier_settings[TIER_NR_SETTINGS];

/**
 * enum tier_subject_stat - index of a statistic of a workload; in pages
 *	unless said otherwise
 * @TIER_SUBJECT_FAST_PAGES: in the fast tier
 * @TIER_SUBJECT_SLOW_PAGES: in the slow tier
 * @TIER_SUBJECT_FIXED_FAST: those of the fast tier that may not be moved now
 * @TIER_SUBJECT_FIXED_SLOW: those of the slow tier
 * @TIER_SUBJECT_IDEAL: size of the fast tier that its working set asks for
 * @TIER_SUBJECT_TARGET: size that it is steered to
 * @TIER_SUBJECT_PROMOTED: moved to the fast tier since it was set
 * @TIER_SUBJECT_DEMOTED: moved to the slow tier
 * @TIER_SUBJECT_T1: T1*, in windows
 * @TIER_SUBJECT_WINDOW: length of the last window, in milliseconds
 * @TIER_NR_SUBJECT_STATS: how many
 */
enum tier_subject_stat {
	TIER_SUBJECT_FAST_PAGES,
	TIER_SUBJECT_SLOW_PAGES,
	TIER_SUBJECT_FIXED_FAST,
	TIER_SUBJECT_FIXED_SLOW,
	TIER_SUBJECT_IDEAL,
	TIER_SUBJECT_TARGET,
	TIER_SUBJECT_PROMOTED,
	TIER_SUBJECT_DEMOTED,
	TIER_SUBJECT_T1,
	TIER_SUBJECT_WINDOW,
	TIER_NR_SUBJECT_STATS,
};

/**
 * struct tier_seen - what the thread has found out about a workload
 * @view: by heat and age, after the last window
 * @plan: what was decided
 * @t1: T1* of the decision, in windows
 * @window_ms: length of that window
 * @promoted: pages that were moved up since it was set
 * @demoted: pages that were moved down
 */
struct tier_seen {
	struct tier_view view;
	struct tier_plan plan;
	u32 t1;
	u32 window_ms;
	u64 promoted;
	u64 demoted;
};

/**
 * struct tier_workload - a cgroup with all below it, or a process
 * @ref: one for the list, one for each space
 * @list: entry of the list of workloads, by name
 * @name: path of the cgroup, or "pid:N"
 * @cgroup: holds a reference; NULL for a process
 * @pid: holds a reference; NULL for a cgroup
 * @settings: by enum tier_setting
 * @seen: published by the thread after each window
 * @view: the thread's own: what it counts in this round, NULL in none
 * @plan: the thread's own: what it decides
 * @taken: the thread's own: @settings as they were when the round began
 * @tokens: pages that the rate limit lets it move; the thread's own
 * @memory: windows of the histories that count; the thread's own
 */
struct tier_workload {
	struct kref ref;
	struct list_head list;
	const char *name;
	struct cgroup *cgroup;
	struct pid *pid;
	u32 settings[TIER_NR_SETTINGS];
	struct tier_seen seen;
	struct tier_view *view;
	struct tier_plan *plan;
	u32 taken[TIER_NR_SETTINGS];
	u64 tokens;
	u8 memory;
};

/**
 * struct tier_tile - what is known of 512 pages
 * @window: when it was looked at last
 * @huge: one mapping of the whole, which has the place of the first page
 * @active: any history in it is not 0
 * @present: pages that are mapped
 * @seen: pages that were looked at in this window, whether there or not
 * @known: those that were in the window before
 * @fast: pages in the fast tier
 * @fixed: pages that may not be moved
 * @resting: pages that were moved within the cool-down
 * @moved: low bits of the window in which that was
 * @history: bit 0: accessed in the last window
 */
struct tier_tile {
	u32 window;
	bool huge;
	bool active;
	DECLARE_BITMAP(present, TIER_TILE_PAGES);
	DECLARE_BITMAP(seen, TIER_TILE_PAGES);
	DECLARE_BITMAP(known, TIER_TILE_PAGES);
	DECLARE_BITMAP(fast, TIER_TILE_PAGES);
	DECLARE_BITMAP(fixed, TIER_TILE_PAGES);
	DECLARE_BITMAP(resting, TIER_TILE_PAGES);
	u8 moved[TIER_TILE_PAGES];
	u32 history[TIER_TILE_PAGES];
};

/**
 * struct tier_space - an address space that is watched
 * @list: entry of the list of spaces
 * @hash: finds it by @mm
 * @mm: pinned by mmgrab()
 * @workload: it belongs to; holds a reference
 * @tiles: by address of the page-table page
 * @round: of tier_spaces_update() in which it was found
 * @allowed: nodes that the cpusets and policies of all its threads allow
 * @pinned: the policy of a thread places pages itself
 * @cursor: tile at which the next move begins
 */
struct tier_space {
	struct list_head list;
	struct hlist_node hash;
	struct mm_struct *mm;
	struct tier_workload *workload;
	struct xarray tiles;
	u32 round;
	nodemask_t allowed;
	bool pinned;
	unsigned long cursor;
};

/* A policy that places each page itself, which a move would undo. */
static inline bool tier_spreads(const struct mempolicy *policy)
{
	return policy->mode == MPOL_INTERLEAVE ||
	       policy->mode == MPOL_WEIGHTED_INTERLEAVE;
}

extern struct tandem_capability tier_capability;

/* tier_workload.c */
extern struct mutex tier_workloads_lock;
extern struct list_head tier_workloads;
int tier_workload_set(struct tandem_capability *cap, const char *name,
		      const u32 *values, const unsigned long *given,
		      const char **why);
int tier_workload_forget(struct tandem_capability *cap, const char *name);
int tier_workload_next(struct tandem_capability *cap, const char *after,
		       struct tandem_subject *out);
void tier_workload_get(struct tier_workload *workload);
void tier_workload_put(struct tier_workload *workload);
struct tier_workload *tier_workload_of(struct task_struct *task);
void tier_workloads_drop_gone(void);
void tier_workloads_exit(void);

/* Pages handed to the kernel at a time: as many as it takes at once. */
#define TIER_MOVE_BATCH 512

/* tier_nodes.c */
/**
 * struct tier_nodes - which node is in which tier
 * @in: nodes of each tier, with memory
 */
struct tier_nodes {
	nodemask_t in[TIER_NR];
};

void tier_nodes_find(struct tier_nodes *nodes);
u32 tier_nodes_gap(const struct tier_nodes *nodes);
u64 tier_nodes_free(const nodemask_t *nodes);
int tier_nodes_target(const struct tier_nodes *nodes, int from, enum tier to,
		      const nodemask_t *allowed);

/* tier_space.c */
extern struct list_head tier_spaces;
int tier_spaces_init(void);
void tier_spaces_exit(void);
void tier_spaces_update(void);
void tier_space_heed(struct tier_space *space);
void tier_spaces_drop(void);
struct tier_tile *tier_tile_get(struct tier_space *space, unsigned long addr);
void tier_tile_drop(struct tier_space *space, unsigned long index);
void tier_tile_unsure(struct tier_tile *tile);
void tier_spaces_unsure(void);

/* tier_scan.c */
void tier_scan_open(struct tier_space *space);
u64 tier_scan(struct tier_space *space, const struct tier_nodes *nodes,
	      u32 window, struct tier_view *view);
bool tier_vma_watched(struct vm_area_struct *vma);
bool tier_vma_fixed(const struct tier_space *space, struct vm_area_struct *vma);

/**
 * tier_pte_watched() - does this entry map a page that could be moved?
 * @entry: of a page table of a mapping that is watched
 *
 * Context: any.
 * Return: true if it maps ordinary memory.
 */
static inline bool tier_pte_watched(pte_t entry)
{
	return pte_present(entry) && !pte_special(entry) && !pte_devmap(entry);
}

/* tier_move.c */
void tier_move(struct tier_workload *workload, const struct tier_nodes *nodes,
	       u32 window);

/* tier_thread.c */
u64 tier_view_pages(const struct tier_view *view, enum tier tier);
int tier_thread_start(void);
void tier_thread_stop(void);

#endif /* TANDEM_TIER_H */
