// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads in flight: slots, the wait for a folio, and telling the thread.
 *
 * A read ends when its folio is unlocked, which happens once whether it failed or
 * not.  A read that failed is told like any other: the thread goes back, faults
 * again and gets its signal from the kernel.
 *
 * Of the end of a read and the return of its thread to user mode, the later one
 * acts: see enum apf_slot_state.
 */
#include <linux/wait.h>

#include "apf.h"
#include "apf_trace.h"

atomic_t apf_nr_reads = ATOMIC_INIT(0);

static bool user_may_read(struct apf_user *user)
{
	if (atomic_inc_return(&user->reads) <= apf_knob(APF_READS_PER_USER))
		return true;
	atomic_dec(&user->reads);
	return false;
}

static int take_slot(struct apf_thread *thread, unsigned long address)
{
	unsigned long flags;
	int slot;

	spin_lock_irqsave(&thread->lock, flags);
	slot = apf_pick_slot(thread->busy, thread->area->done,
			     TANDEM_APF_SLOTS, thread->next);
	if (slot >= 0) {
		__set_bit(slot, thread->busy);
		thread->next = slot + 1;
		thread->slots[slot].state = APF_READING;
		thread->slots[slot].address = address;
	}
	spin_unlock_irqrestore(&thread->lock, flags);
	return slot;
}

/**
 * apf_read_begin() - take a slot
 * @thread: the calling thread
 * @address: what faulted
 * @cause: why not, if there is none
 *
 * Context: any.
 * Return: the slot, to be followed by apf_read_watch() or apf_read_cancel(), or
 * -1.
 */
int apf_read_begin(struct apf_thread *thread, unsigned long address,
		   enum apf_cause *cause)
{
	int slot;

	if (!user_may_read(thread->user)) {
		*cause = APF_CAUSE_user_limit;
		return -1;
	}
	slot = take_slot(thread, address);
	if (slot < 0) {
		atomic_dec(&thread->user->reads);
		*cause = APF_CAUSE_slots;
		return -1;
	}
	refcount_inc(&thread->ref);
	thread->slots[slot].thread = thread;
	atomic_inc(&apf_nr_reads);
	apf_begin();
	return slot;
}

/* The slot is free already; the thread may be gone afterwards. */
static void end_read(struct apf_thread *thread)
{
	atomic_dec(&thread->user->reads);
	atomic_dec(&apf_nr_reads);
	apf_thread_put(thread);
	apf_end();
}

/**
 * apf_read_cancel() - a read was not started, or has ended already
 * @thread: the calling thread
 * @slot: its slot
 *
 * Context: any.
 */
void apf_read_cancel(struct apf_thread *thread, unsigned int slot)
{
	unsigned long flags;

	spin_lock_irqsave(&thread->lock, flags);
	__clear_bit(slot, thread->busy);
	spin_unlock_irqrestore(&thread->lock, flags);
	end_read(thread);
}

/* The word is there before the ring has the slot, and both before head. */
static void publish(struct apf_thread *thread, unsigned int slot)
{
	struct tandem_apf_area *area = thread->area;

	lockdep_assert_held(&thread->lock);
	/* Who looks at the word alone finds the page there. */
	smp_store_release(&area->done[slot], 1);
	WRITE_ONCE(area->ring[thread->head % TANDEM_APF_SLOTS], slot);
	/* Pairs with the acquire of who reads the ring. */
	smp_store_release(&area->head, thread->head + 1);
	WRITE_ONCE(thread->head, thread->head + 1);
	__clear_bit(slot, thread->busy);
	apf_count(completed);
	wake_up(&thread->wait);
}

static void read_is_there(struct apf_thread *thread, unsigned int index)
{
	struct apf_slot *slot = &thread->slots[index];
	unsigned long flags;

	trace_apf_complete(thread->pid, index, slot->address);
	spin_lock_irqsave(&thread->lock, flags);
	if (slot->state == APF_TOLD)
		publish(thread, index);
	else if (slot->state == APF_GIVEN_UP)
		__clear_bit(index, thread->busy);
	else
		slot->state = APF_THERE;
	spin_unlock_irqrestore(&thread->lock, flags);
	end_read(thread);
}

/* In any context, under the lock of the wait queue. */
static int folio_unlocked(wait_queue_entry_t *entry, unsigned int mode,
			  int flags, void *key)
{
	struct wait_page_queue *waiter =
		container_of(entry, struct wait_page_queue, wait);
	struct apf_slot *slot = container_of(waiter, struct apf_slot, waiter);

	if (!wake_page_match(waiter, key))
		return 0;
	list_del_init(&entry->entry);
	read_is_there(slot->thread, slot - slot->thread->slots);
	return 0;
}

/**
 * apf_read_watch() - wait, by a slot, until a folio is unlocked
 * @thread: the calling thread
 * @slot: its slot
 * @folio: of the swap cache, with a reference that is given back here
 *
 * May be over before this returns.
 * Context: process context.
 */
void apf_read_watch(struct apf_thread *thread, unsigned int slot,
		    struct folio *folio)
{
	struct wait_page_queue *waiter = &thread->slots[slot].waiter;

	waiter->folio = folio;
	waiter->bit_nr = PG_locked;
	init_waitqueue_func_entry(&waiter->wait, folio_unlocked);
	waiter->wait.flags = 0;
	folio_add_wait_queue(folio, &waiter->wait);
	/*
	 * Who unlocks it from here on finds the waiter, since the flag that says
	 * so is in the same word as the lock.  If it was unlocked before, this
	 * does it once more.
	 */
	if (folio_trylock(folio))
		folio_unlock(folio);
	folio_put(folio);
}

/**
 * apf_read_tell() - the thread will be in its handler and wants to be told
 * @thread: the calling thread
 * @slot: its slot
 *
 * Context: process context.
 * Return: false when the read is there: there is nothing to wait for, and the
 * slot is free.
 */
bool apf_read_tell(struct apf_thread *thread, unsigned int slot)
{
	bool there;

	spin_lock_irq(&thread->lock);
	there = thread->slots[slot].state == APF_THERE;
	if (there)
		__clear_bit(slot, thread->busy);
	else
		thread->slots[slot].state = APF_TOLD;
	spin_unlock_irq(&thread->lock);
	return !there;
}

/**
 * apf_read_give_up() - nobody wants to be told
 * @thread: the calling thread
 * @slot: its slot
 *
 * Context: process context.
 */
void apf_read_give_up(struct apf_thread *thread, unsigned int slot)
{
	spin_lock_irq(&thread->lock);
	if (thread->slots[slot].state == APF_THERE)
		__clear_bit(slot, thread->busy);
	else
		thread->slots[slot].state = APF_GIVEN_UP;
	spin_unlock_irq(&thread->lock);
}
