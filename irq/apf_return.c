// SPDX-License-Identifier: GPL-2.0-only
/*
 * On the way to user mode after a fault whose read was started: the thread is put
 * into its return handler.
 *
 * This is task work: it runs in the thread itself, with no lock held, before any
 * signal is delivered, so it may read user memory and change registers.  The only
 * user memory it writes is that of the device, which is always there.
 */
#include <linux/uaccess.h>

#include "apf.h"
#include "apf_trace.h"

/* Preemption would send the thread elsewhere: it is left to finish or restart. */
static bool in_rseq(unsigned long ip)
{
#ifdef CONFIG_RSEQ
	struct rseq_cs section;
	u64 at;

	if (!current->rseq)
		return false;
	if (get_user(at, &current->rseq->rseq_cs))
		return true;
	if (!at)
		return false;
	if (copy_from_user(&section, u64_to_user_ptr(at), sizeof(section)))
		return true;
	return apf_in_section(ip, section.start_ip,
			      section.post_commit_offset);
#else
	return false;
#endif
}

static enum apf_cause may_enter(const struct apf_thread *thread,
				const struct pt_regs *regs)
{
	if (current->flags & PF_EXITING)
		return APF_CAUSE_dying;
	if (!apf_on())
		return APF_CAUSE_off;
	/* Whoever has changed them did not know of the handler. */
	if (regs->ip != thread->pending_ip || regs->sp != thread->pending_sp)
		return APF_CAUSE_skipped;
	if (in_rseq(regs->ip))
		return APF_CAUSE_rseq;
	return APF_EARLY;
}

static void enter_handler(struct apf_thread *thread, unsigned int slot,
			  struct pt_regs *regs)
{
	struct tandem_apf_area *area = thread->area;
	unsigned long address = thread->slots[slot].address;

	apf_code_set(thread, regs->ip, regs->sp);
	WRITE_ONCE(area->arg, regs->di);
	WRITE_ONCE(area->address, address);
	WRITE_ONCE(area->slot, slot);
	WRITE_ONCE(area->entries, area->entries + 1);
	if (!thread->hard_coded)
		regs->di = regs->ip;
	regs->sp = thread->stack + thread->stack_size;
	regs->ip = thread->entry;
	apf_count(early);
	trace_apf_user_again(thread->pid, slot, address);
}

static void return_early(struct callback_head *work)
{
	struct apf_thread *thread = container_of(work, struct apf_thread, work);
	struct pt_regs *regs = task_pt_regs(current);
	unsigned int slot = thread->pending;
	enum apf_cause cause;

	thread->queued = false;
	cause = may_enter(thread, regs);
	if (cause != APF_EARLY) {
		thread->skip = (thread->slots[slot].address & PAGE_MASK) + 1;
		apf_read_give_up(thread, slot);
		apf_count_cause(cause);
	} else if (apf_read_tell(thread, slot)) {
		enter_handler(thread, slot, regs);
	} else {
		apf_count(ready);
	}
	apf_thread_put(thread);
	apf_end();
}

/**
 * apf_return_queue() - have the thread put into its handler on its way out
 * @thread: the calling thread
 * @slot: slot of the read it would wait for
 * @regs: what it has in user mode
 *
 * Context: process context, with the lock of the address space or mapping.
 * Return: 0, or a negative error when it is on its way to its end.
 */
int apf_return_queue(struct apf_thread *thread, unsigned int slot,
		     const struct pt_regs *regs)
{
	int err;

	if (WARN_ON_ONCE(thread->queued)) {
		tandem_capability_fail(&apf_capability,
				       "a thread has faulted twice on its way to user mode");
		return -EBUSY;
	}
	thread->pending = slot;
	thread->pending_ip = regs->ip;
	thread->pending_sp = regs->sp;
	thread->queued = true;
	refcount_inc(&thread->ref);
	apf_begin();
	init_task_work(&thread->work, return_early);
	err = task_work_add(current, &thread->work, TWA_RESUME);
	if (!err)
		return 0;
	thread->queued = false;
	apf_end();
	apf_thread_put(thread);
	return err;
}
