/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of tandem_tier.ko.  There is no include guard: a file that
 * includes this defines TIER_COUNTER(name) first, and TIER_GAUGE(name), which is
 * for what goes up and down.
 */

/* Windows sampled. */
TIER_COUNTER(windows)
/* Nanoseconds of monitoring, in the thread. */
TIER_COUNTER(scan_ns)
/* Nanoseconds of moving pages, in the thread. */
TIER_COUNTER(move_ns)
/* Page-table pages passed over, since nothing in them was used. */
TIER_COUNTER(tiles_skipped)
/* Address spaces passed over, since somebody was changing them. */
TIER_COUNTER(spaces_busy)
/* Pages found accessed, over all windows. */
TIER_COUNTER(accessed)
/* TLB flushes asked for. */
TIER_COUNTER(flushes)
/* Pages moved to the fast tier. */
TIER_COUNTER(promoted)
/* Pages moved to the slow tier. */
TIER_COUNTER(demoted)
/* Pages that were gone, or moved by somebody else, when they were to be moved. */
TIER_COUNTER(failed_gone)
/* Pages that other processes map too. */
TIER_COUNTER(failed_shared)
/* Pages that are pinned. */
TIER_COUNTER(failed_pinned)
/* Pages for which cpuset or memory policy allow no node of the other tier. */
TIER_COUNTER(failed_policy)
/* Pages that somebody else had taken off the LRU. */
TIER_COUNTER(failed_busy)
/* Times that the pages of all CPUs that wait for the LRU were put on it. */
TIER_COUNTER(drains)
/* Pages for which the other tier had no room, and those to be moved with them. */
TIER_COUNTER(failed_full)
/* Pages that the kernel could not migrate, since they were in use. */
TIER_COUNTER(failed_migrate)
/* Tiles for which there was no memory. */
TIER_COUNTER(nomem)
/* How slow the slow tier is, in percent of the fast one; 0: not known. */
TIER_GAUGE(gap_percent)

#undef TIER_COUNTER
#undef TIER_GAUGE
