// SPDX-License-Identifier: MIT
/*
 * What is known of the capabilities without asking the kernel.
 *
 * A running kernel is always believed before these tables; they serve when
 * nothing is loaded.
 */
#include <string.h>

#include "tandem.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const struct tandem_knob_info reclaim_knobs[] = {
	{ "batch_pages", 768, 1, 1024, 768, "pages" },
	{ "list_pages", 256, 1, 1024, 256, "pages" },
	{ "depth", 8, 1, 64, 8, "batches" },
	{ "wait_ms", 100, 1, 10000, 100, "ms" },
	{ "inflight_pages", 16384, 64, 1048576, 16384, "pages" },
};

static const struct tandem_knob_info tier_knobs[] = {
	{ "window_min_ms", 10, 10, 60000, 10, "ms" },
	{ "window_max_ms", 5000, 10, 600000, 5000, "ms" },
	{ "cpu_permille", 10, 1, 1000, 10, "per mille" },
	{ "flush", 0, 0, 1, 0, "" },
	{ "hysteresis", 10, 0, 32, 10, "heats" },
	{ "headroom_mib", 0, 0, 1048576, 0, "MiB" },
	{ "slow_nodes", 0, 0, 4294967295, 0, "nodes" },
};

static const struct tandem_knob_info tier_subject_knobs[] = {
	{ "act", 0, 0, 1, 0, "" },
	{ "fast_min", 0, 0, 100, 0, "percent" },
	{ "fast_max", 100, 0, 100, 100, "percent" },
	{ "fast_min_mib", 0, 0, 1 << 30, 0, "MiB" },
	{ "fast_max_mib", 0, 0, 1 << 30, 0, "MiB" },
	{ "weight", 100, 1, 1000, 100, "" },
	{ "rate_mib", 256, 1, 1 << 20, 256, "MiB/s" },
	{ "promote_age", 0, 0, 32, 0, "windows" },
	{ "demote_age", 0, 0, 32, 0, "windows" },
	{ "cooldown", 12, 0, 200, 12, "windows" },
};

static const struct tandem_stat_help tier_stats[] = {
	{ "windows", "Windows sampled.", "" },
	{ "scan_ns", "Time that monitoring has taken.", "ns" },
	{ "move_ns", "Time that moving pages has taken.", "ns" },
	{ "tiles_skipped", "Page tables passed over, as nothing was used.",
	  "" },
	{ "spaces_busy", "Address spaces passed over in a window.", "" },
	{ "accessed", "Pages found accessed, over all windows.", "pages" },
	{ "flushes", "TLB flushes asked for.", "" },
	{ "promoted", "Pages moved to the fast tier.", "pages" },
	{ "demoted", "Pages moved to the slow tier.", "pages" },
	{ "failed_gone", "Stayed: gone, or moved by somebody else.", "pages" },
	{ "failed_shared", "Stayed: other processes map them too.", "pages" },
	{ "failed_pinned", "Stayed: pinned.", "pages" },
	{ "failed_policy", "Stayed: cpuset or memory policy.", "pages" },
	{ "failed_busy", "Stayed: not on an LRU list.", "pages" },
	{ "drains", "Times that waiting pages were put on the LRU lists.", "" },
	{ "failed_full", "Stayed: no room in the other tier.", "pages" },
	{ "failed_migrate", "Stayed: in use.", "pages" },
	{ "nomem", "Parts not watched for lack of memory.", "" },
	{ "gap_percent", "How slow the slow tier is, of the fast one; 0: unknown.",
	  "percent" },
};

static const struct tandem_knob_info irq_knobs[] = {
	{ "helpers", 0, 0, 4294967295, 0, "CPUs" },
	{ "stuck_ms", 1000, 10, 60000, 1000, "ms" },
	{ "margin", 100, 0, 10000, 100, "percent" },
};

static const struct tandem_stat_help irq_stats[] = {
	{ "handed", "Interrupts handed over to a helper.", "" },
	{ "in_place", "Interrupts of named lines, handled where they came.",
	  "" },
	{ "completed", "Handlers that a helper has run to the end.", "" },
	{ "merged", "Interrupts that one before them did for, too.", "" },
	{ "put_off", "Interrupts left to the kernel: the line was disabled.",
	  "" },
	{ "rescued", "Handlers that the watchdog has run.", "" },
	{ "stuck", "Lines that went back to stock: no answer.", "" },
	{ "entry_ns", "Time that interrupted CPUs spent handing over.", "ns" },
	{ "in_place_ns", "Time that interrupted CPUs spent in handlers.",
	  "ns" },
	{ "helper_ns", "Time that helpers spent in handlers.", "ns" },
	{ "lines_handed", "Lines that are handed over now.", "" },
	{ "lines_pinned", "Lines whose thread is pinned now.", "" },
	{ "break_even_ns", "What handing over costs the interrupted CPU.",
	  "ns" },
};

static const struct tandem_knob_info apf_knobs[] = {
	{ "threads_per_user", 64, 0, 65536, 64, "threads" },
	{ "reads_per_user", 256, 0, 65536, 256, "reads" },
};

static const struct tandem_stat_help apf_stats[] = {
	{ "early", "Times that a thread was put into its handler.", "" },
	{ "ready",
	  "Reads that were there before their thread was back.", "pages" },
	{ "completed",
	  "Reads that have completed after their thread was back.", "pages" },
	{ "leaving_signals",
	  "Signals at the last instruction of a handler.", "" },
	{ "ordinary_kernel", "In kernel mode.", "" },
	{ "ordinary_retried", "Tried before by the kernel.", "" },
	{ "ordinary_skipped",
	  "The thread could not be put into its handler.", "" },
	{ "ordinary_dying", "The thread was killed or ends.", "" },
	{ "ordinary_unmapped", "The thread has unmapped the device.", "" },
	{ "ordinary_mode", "Not 64-bit code.", "" },
	{ "ordinary_shadow_stack", "The thread has a shadow stack.", "" },
	{ "ordinary_traced", "The thread is traced.", "" },
	{ "ordinary_stepped", "Single-stepped, or in a uprobe.", "" },
	{ "ordinary_userfaultfd", "In a range of userfaultfd.", "" },
	{ "ordinary_nested", "In a handler itself.", "" },
	{ "ordinary_masked", "The thread had masked them.", "" },
	{ "ordinary_signal_stack", "On an alternate signal stack.", "" },
	{ "ordinary_rseq", "In a restartable sequence.", "" },
	{ "ordinary_synchronous",
	  "The swap device answers within the call.", "" },
	{ "ordinary_slots", "All slots of the thread were in use.", "" },
	{ "ordinary_user_limit", "reads_per_user was reached.", "" },
	{ "ordinary_nomem", "No memory.", "" },
	{ "ordinary_off", "Switched off in the meantime.", "" },
	{ "threads", "Threads that have opted in.", "" },
	{ "reads", "Reads in flight.", "pages" },
};

static const struct tandem_stat_help reclaim_stats[] = {
	{ "calls", "Lists of pages taken into the pipeline.", "" },
	{ "batches", "Batches prepared.", "" },
	{ "pages_held", "Pages whose write waited for the flush.", "pages" },
	{ "pages_submitted", "Pages handed to a device.", "pages" },
	{ "pages_completed", "Pages whose write has ended.", "pages" },
	{ "pages_freed", "Pages freed when their write ended.", "pages" },
	{ "pages_sync", "Pages freed in the call, without a device.",
	  "pages" },
	{ "pages_requeued", "Pages used again while being written.",
	  "pages" },
	{ "write_errors", "Pages whose write failed; they were kept.",
	  "pages" },
	{ "bios", "Writes handed to the swap devices.", "" },
	{ "batches_deferred", "Batches that a worker submitted.", "" },
	{ "flushes", "TLB flushes made for a batch.", "" },
	{ "overlap_ns",
	  "Preparation time beside a write of the same task.", "ns" },
	{ "write_ns", "Time from submission to completion of all batches.",
	  "ns" },
	{ "prepare_ns", "Time preparing batches.", "ns" },
	{ "wait_ns", "Time waiting for depth.", "ns" },
	{ "oom_deferred",
	  "Out-of-memory kills put off, as memory came free.", "" },
	{ "worker_ns", "Time of workers, not counting waits for a device.", "ns" },
	{ "fallback_disabled", "The module was off.", "" },
	{ "fallback_bio_list", "Inside the submission of block I/O.", "" },
	{ "fallback_noio", "The allocation forbids I/O.", "" },
	{ "fallback_nomem", "No memory for bookkeeping.", "" },
	{ "fallback_depth_timeout", "The device was too slow.", "" },
	{ "fallback_inflight_limit", "Too many pages in flight.", "" },
	{ "fallback_nested", "Reclaim inside reclaim.", "" },
	{ "fallback_not_swap", "Pages that do not go to swap.", "" },
	{ "fallback_large", "Large pages of shared memory.", "" },
	{ "fallback_remapped", "Used again before the write.", "" },
	{ "fallback_locked", "Locked when the write was due.", "" },
	{ "fallback_pinned", "Pinned or referenced.", "" },
	{ "fallback_device", "Written by the kernel's own path.", "" },
	{ "fallback_write_error", "A swap device refused writes.", "" },
};

static const struct {
	const char *name;
	const struct tandem_knob_info *knobs;
	size_t nr_knobs;
	const struct tandem_stat_help *stats;
	size_t nr_stats;
	const struct tandem_knob_info *subject_knobs;
	size_t nr_subject_knobs;
} known[] = {
	{ "reclaim", reclaim_knobs, LENGTH(reclaim_knobs), reclaim_stats,
	  LENGTH(reclaim_stats), NULL, 0 },
	{ "tier", tier_knobs, LENGTH(tier_knobs), tier_stats,
	  LENGTH(tier_stats), tier_subject_knobs, LENGTH(tier_subject_knobs) },
	/* Numbers of interrupts do not outlive a boot: none can be kept. */
	{ "irq", irq_knobs, LENGTH(irq_knobs), irq_stats, LENGTH(irq_stats),
	  NULL, 0 },
	{ "apf", apf_knobs, LENGTH(apf_knobs), apf_stats, LENGTH(apf_stats),
	  NULL, 0 },
};

#define NR_KNOWN LENGTH(known)

/**
 * tandem_known_capability - name a capability of this version
 * @index: counted from 0
 *
 * Return: its name, or NULL past the last.
 */
const char *tandem_known_capability(size_t index)
{
	return index < NR_KNOWN ? known[index].name : NULL;
}

/**
 * tandem_known_knobs - the knobs of a capability of this version
 * @capability: its name
 * @n: gets how many
 *
 * Return: the knobs, or NULL when there is no such capability.
 */
const struct tandem_knob_info *tandem_known_knobs(const char *capability,
						  size_t *n)
{
	size_t i;

	for (i = 0; i < NR_KNOWN; i++) {
		if (strcmp(known[i].name, capability))
			continue;
		*n = known[i].nr_knobs;
		return known[i].knobs;
	}
	*n = 0;
	return NULL;
}

/**
 * tandem_known_subject_knobs - the knobs of a subject of a capability
 * @capability: its name
 * @n: gets how many
 *
 * Return: the knobs, or NULL when this version knows of no subjects there.
 */
const struct tandem_knob_info *
tandem_known_subject_knobs(const char *capability, size_t *n)
{
	size_t i;

	for (i = 0; i < NR_KNOWN; i++) {
		if (strcmp(known[i].name, capability))
			continue;
		*n = known[i].nr_subject_knobs;
		return known[i].subject_knobs;
	}
	*n = 0;
	return NULL;
}

/**
 * tandem_known_stat - what a statistic means
 * @capability: its capability
 * @name: its name
 *
 * Return: the explanation, or NULL when it is not known.
 */
const struct tandem_stat_help *tandem_known_stat(const char *capability,
						 const char *name)
{
	size_t i, j;

	for (i = 0; i < NR_KNOWN; i++) {
		if (strcmp(known[i].name, capability))
			continue;
		for (j = 0; j < known[i].nr_stats; j++)
			if (!strcmp(known[i].stats[j].name, name))
				return &known[i].stats[j];
	}
	return NULL;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edit distance of two words no longer than a name. */
static size_t distance(const char *a, const char *b)
{
	size_t row[TANDEM_NAME_LEN + 1], la = strlen(a), lb = strlen(b);
	size_t i, j;

	if (la > TANDEM_NAME_LEN || lb > TANDEM_NAME_LEN)
		return TANDEM_NAME_LEN;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= lb; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1,
				      diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb];
}

/**
 * tandem_nearest - guess which name was meant
 * @word: as it was written
 * @names: the names that exist
 * @n: how many
 *
 * Return: the name that is close enough to be meant, or NULL.
 */
const char *tandem_nearest(const char *word, const char *const *names,
			   size_t n)
{
	size_t best = 3, i;
	const char *found = NULL;

	for (i = 0; i < n; i++) {
		size_t d = distance(word, names[i]);

		if (d < best && d < strlen(names[i])) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
