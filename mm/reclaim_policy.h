/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions of the pipelined reclaim, and nothing else.
 *
 * Every function here is a pure function of its arguments: no kernel call, no
 * lock, no global.  The mechanism (reclaim_batch.c, reclaim_io.c) collects
 * facts, asks here, and acts.  The same file is compiled into the module and
 * into its KUnit test.
 */
#ifndef TANDEM_RECLAIM_POLICY_H
#define TANDEM_RECLAIM_POLICY_H

#include <linux/types.h>

/**
 * enum reclaim_cause - why a call or a folio went the stock way
 * @RECLAIM_PIPELINE: it did not: it is pipelined
 * @RECLAIM_DISABLED: the module is off, or another livepatch is being checked
 * @RECLAIM_BIO_LIST: the task is inside bio submission, so it must not wait
 * @RECLAIM_NOIO: the allocation mask forbids I/O
 * @RECLAIM_NOMEM: no memory for the bookkeeping of a batch
 * @RECLAIM_DEPTH_TIMEOUT: the earlier batches of the task took too long
 * @RECLAIM_INFLIGHT_LIMIT: too many pages in flight on the machine
 * @RECLAIM_NESTED: reclaim inside reclaim of the same task
 * @RECLAIM_NOT_SWAP: not a page that goes to swap
 * @RECLAIM_LARGE: a large shmem folio, which the kernel may split in writing
 * @RECLAIM_REMAPPED: used again between its unmapping and its write
 * @RECLAIM_LOCKED: locked by somebody else when its write was due
 * @RECLAIM_PINNED: pinned for DMA, or referenced by somebody else
 * @RECLAIM_DEVICE: written by the kernel's own path: a synchronous device,
 *	a swap file behind a filesystem's own swap operations
 * @RECLAIM_WRITE_ERROR: a swap device has refused a write in the last seconds
 * @RECLAIM_NR_CAUSES: number of causes
 */
enum reclaim_cause {
	RECLAIM_PIPELINE,
	RECLAIM_DISABLED,
	RECLAIM_BIO_LIST,
	RECLAIM_NOIO,
	RECLAIM_NOMEM,
	RECLAIM_DEPTH_TIMEOUT,
	RECLAIM_INFLIGHT_LIMIT,
	RECLAIM_NESTED,
	RECLAIM_NOT_SWAP,
	RECLAIM_LARGE,
	RECLAIM_REMAPPED,
	RECLAIM_LOCKED,
	RECLAIM_PINNED,
	RECLAIM_DEVICE,
	RECLAIM_WRITE_ERROR,
	RECLAIM_NR_CAUSES,
};

/**
 * struct reclaim_call_facts - what is known when the kernel starts a list
 * @accepting: the module takes new work
 * @nested: this task is already inside a pipelined call
 * @submitting_bio: current->bio_list is set
 * @may_io: the allocation mask holds __GFP_IO
 * @failing: a swap device has refused a write in the last seconds
 * @swapbacked: the first folio of the list goes to swap when it is reclaimed
 */
struct reclaim_call_facts {
	bool accepting;
	bool nested;
	bool submitting_bio;
	bool may_io;
	bool failing;
	bool swapbacked;
};

/**
 * struct reclaim_folio_facts - what is known of a folio handed to pageout()
 * @mapping: it has a mapping (swap cache or page cache)
 * @swapcache: it is in the swap cache
 * @shmem: it is not, and its mapping is a shmem file
 * @large: it is a large folio
 */
struct reclaim_folio_facts {
	bool mapping;
	bool swapcache;
	bool shmem;
	bool large;
};

/**
 * struct reclaim_write_facts - what is known when a held folio is relocked
 * @locked: the lock was free
 * @mapped: it is in a page table again
 * @writeback: somebody else writes it
 * @pinned: it may be pinned for DMA
 */
struct reclaim_write_facts {
	bool locked;
	bool mapped;
	bool writeback;
	bool pinned;
};

/**
 * struct reclaim_extent - a run of sectors of one device, for one cgroup
 * @device: the block device, as an opaque key
 * @owner: the memory cgroup charged for the I/O, as an opaque key
 * @sector: first sector (of 512 bytes)
 * @nr_sectors: length
 */
struct reclaim_extent {
	const void *device;
	const void *owner;
	u64 sector;
	u64 nr_sectors;
};

/**
 * struct reclaim_list_facts - what is known when the kernel isolates a list
 * @asked: pages it asks for
 * @lru_pages: pages there are
 * @priority: of the reclaim; it plans to scan @lru_pages >> @priority
 * @list_pages: knob
 * @batch_pages: knob
 */
struct reclaim_list_facts {
	u32 asked;
	u64 lru_pages;
	u32 priority;
	u32 list_pages;
	u32 batch_pages;
};

enum reclaim_cause reclaim_policy_call(const struct reclaim_call_facts *f);
enum reclaim_cause reclaim_policy_hold(const struct reclaim_folio_facts *f);
enum reclaim_cause reclaim_policy_write(const struct reclaim_write_facts *f);
bool reclaim_policy_failing(u64 last_ns, u64 now_ns);
bool reclaim_policy_extends(const struct reclaim_extent *open,
			    const struct reclaim_extent *next);
u32 reclaim_policy_segments(u32 last, u32 gathered);
u32 reclaim_policy_ahead(const struct reclaim_list_facts *f);
bool reclaim_policy_carry_full(u32 carried, u64 ram_pages, u64 usage);
bool reclaim_policy_batch_full(u32 held, u32 batch_pages);
bool reclaim_policy_depth_free(u32 in_flight, u32 depth);
bool reclaim_policy_defer(u32 in_flight, bool blocks);
u64 reclaim_policy_inflight_limit(u32 knob_pages, u64 reach_pages);
bool reclaim_policy_cgroup_room(u64 in_flight, u64 usage);
bool reclaim_policy_must_settle(u64 swap_room);
u64 reclaim_policy_overlap_ns(u64 start_ns, u64 end_ns, bool in_flight,
			      u64 last_done_ns);

#endif /* TANDEM_RECLAIM_POLICY_H */
