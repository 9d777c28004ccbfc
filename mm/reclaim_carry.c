// SPDX-License-Identifier: GPL-2.0-only
/*
 * MADV_PAGEOUT hands over one list for each 2 MiB of address space, and before
 * each it flushes the address space once more if a batched flush has happened
 * since.  Here the lists of one system call are carried on and reclaimed
 * together, which leaves one such flush for many lists.
 *
 * Carried folios stay mapped and are isolated, as stock has them in its list.
 * They belong to the task: it reclaims them when it carries enough, or by task
 * work before it returns to user mode, so that when madvise() returns its
 * pages have been dealt with, as on stock.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/task_work.h>

#include "reclaim.h"

/**
 * struct reclaim_carry - lists that a task carries on
 * @work: runs before the task is back in user mode
 * @stream: of the task; holds a reference
 * @folios: the first to be reclaimed is at the tail
 * @nr: pages
 */
struct reclaim_carry {
	struct callback_head work;
	struct reclaim_stream *stream;
	struct list_head folios;
	u32 nr;
};

/* Tasks that carry something. */
static atomic_t carriers = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(carriers_wait);

/* A list as long as one flush can cover, the first folio at its tail. */
static void take_list(struct reclaim_carry *carry, struct list_head *list)
{
	struct folio *folio;
	u32 most = reclaim_knob(RECLAIM_BATCH_PAGES);
	u32 nr = 0;

	while (nr < most && !list_empty(&carry->folios)) {
		folio = list_last_entry(&carry->folios, struct folio, lru);
		nr += folio_nr_pages(folio);
		list_move(&folio->lru, list);
	}
}

static void reclaim_carried(struct reclaim_carry *carry)
{
	while (!list_empty(&carry->folios)) {
		LIST_HEAD(list);

		take_list(carry, &list);
		tandem_original(reclaim_pages)(&list);
		cond_resched();
	}
	carry->nr = 0;
}

static void carry_end(struct callback_head *work)
{
	struct reclaim_carry *carry = container_of(work, struct reclaim_carry,
						   work);

	reclaim_carried(carry);
	carry->stream->carry = NULL;
	reclaim_stream_put(carry->stream);
	kfree(carry);
	if (atomic_dec_and_test(&carriers))
		wake_up_all(&carriers_wait);
}

/* Takes the reference to the stream over, also when it fails. */
static struct reclaim_carry *carry_begin(struct reclaim_stream *stream)
{
	struct reclaim_carry *carry;

	carry = kmalloc(sizeof(*carry), GFP_NOWAIT | __GFP_NOWARN);
	if (!carry)
		goto put_stream;
	init_task_work(&carry->work, carry_end);
	INIT_LIST_HEAD(&carry->folios);
	carry->stream = stream;
	carry->nr = 0;
	if (task_work_add(current, &carry->work, TWA_RESUME))
		goto free_carry;
	atomic_inc(&carriers);
	stream->carry = carry;
	return carry;

free_carry:
	kfree(carry);
put_stream:
	reclaim_stream_put(stream);
	return NULL;
}

static struct reclaim_carry *current_carry(void)
{
	struct reclaim_stream *stream = reclaim_stream_enter();
	struct reclaim_carry *carry;

	if (!stream)
		return NULL;
	carry = stream->carry;
	if (!carry)
		carry = carry_begin(stream);
	else
		reclaim_stream_put(stream);
	return carry;
}

static u32 pages_of(const struct list_head *list)
{
	struct folio *folio;
	u32 nr = 0;

	list_for_each_entry(folio, list, lru)
		nr += folio_nr_pages(folio);
	return nr;
}

/* Of the cgroup, or U64_MAX if it has no limit of its own. */
static u64 usage_of(struct folio *folio)
{
	struct mem_cgroup *memcg = folio_memcg(folio);

	if (!memcg || !parent_mem_cgroup(memcg))
		return U64_MAX;
	return page_counter_read(&memcg->memory);
}

/**
 * reclaim_carry() - carry a list of isolated folios on
 * @list: from the kernel's reclaim_pages(); empty if it was taken
 *
 * A task that does not return to user mode cannot carry.
 *
 * Context: may sleep; inside an SRCU section of the calls.
 * Return: true if the list was taken.
 */
bool reclaim_carry(struct list_head *list)
{
	struct reclaim_carry *carry;
	u64 usage;

	if (list_empty(list) ||
	    current->flags & (PF_KTHREAD | PF_IO_WORKER | PF_EXITING))
		return false;
	carry = current_carry();
	if (!carry)
		return false;
	carry->nr += pages_of(list);
	usage = usage_of(list_first_entry(list, struct folio, lru));
	list_splice_init(list, &carry->folios);
	if (reclaim_policy_carry_full(carry->nr, totalram_pages(), usage))
		reclaim_carried(carry);
	return true;
}

/**
 * reclaim_carry_exit() - no task carries, nor runs code of this file
 *
 * Waits for system calls that are in progress to end.
 *
 * Context: may sleep. New lists must have been stopped.
 */
void reclaim_carry_exit(void)
{
	wait_event(carriers_wait, !atomic_read(&carriers));
	/* The last one may still be on its way out of carry_end(). */
	synchronize_rcu_tasks();
}
