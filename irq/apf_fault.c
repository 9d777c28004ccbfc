// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks: a page is wanted that is in swap, or that a file or shared memory has.
 *
 * For a thread that has opted in the read is started here, as the kernel would
 * start it, and nothing else: neither registers nor user memory are touched, since
 * the lock of the address space or of the mapping is held.  The fault then ends
 * as if another thread had resolved it.
 *
 * The original is the last call of a replacement, so that a thread which sleeps
 * in it, for ever with userfaultfd, has no return address in this module.
 */
#include <linux/jump_label.h>
#include <linux/memcontrol.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/uprobes.h>
#include <linux/userfaultfd_k.h>

#include <asm/prctl.h>

#include "apf.h"

#define CREATE_TRACE_POINTS
#include "apf_trace.h"

static DEFINE_STATIC_KEY_FALSE(apf_enabled);

/* Between disabling and the last task that had seen it enabled. */
static bool apf_started;
DEFINE_STATIC_SRCU(apf_inside);

/**
 * apf_on() - is the capability on?
 *
 * Context: any.
 * Return: whether it is.
 */
bool apf_on(void)
{
	return READ_ONCE(apf_started);
}

/**
 * apf_fault_start() - begin to hand threads back early
 *
 * Context: process context.
 */
void apf_fault_start(void)
{
	WRITE_ONCE(apf_started, true);
	static_branch_enable(&apf_enabled);
}

/**
 * apf_fault_stop() - end it, and wait until no fault is being looked at
 *
 * Context: process context.
 */
void apf_fault_stop(void)
{
	static_branch_disable(&apf_enabled);
	WRITE_ONCE(apf_started, false);
	synchronize_srcu(&apf_inside);
}

/**
 * apf_shadow_stack() - has the calling thread a shadow stack?
 *
 * Return: whether it has.
 */
bool apf_shadow_stack(void)
{
#ifdef CONFIG_X86_USER_SHADOW_STACK
	return current->thread.features & ARCH_SHSTK_SHSTK;
#else
	return false;
#endif
}

static bool in_uprobe(void)
{
#ifdef CONFIG_UPROBES
	return current->utask && current->utask->state != UTASK_RUNNING;
#else
	return false;
#endif
}

/* Asked once: a second fault at the same page is another one. */
static bool to_be_skipped(struct apf_thread *thread, unsigned long address)
{
	unsigned long skip = thread->skip;

	thread->skip = 0;
	return skip == (address & PAGE_MASK) + 1;
}

static enum apf_cause decide(struct apf_thread *thread,
			     const struct vm_fault *vmf)
{
	const struct pt_regs *regs = task_pt_regs(current);
	const struct apf_facts facts = {
		.user = vmf->flags & FAULT_FLAG_USER,
		.retried = vmf->flags & FAULT_FLAG_TRIED,
		.skipped = to_be_skipped(thread, vmf->address),
		.dying = fatal_signal_pending(current),
		.mapped = READ_ONCE(thread->code_at) &&
			  READ_ONCE(thread->area_at),
		.long_mode = user_64bit_mode((struct pt_regs *)regs),
		.shadow_stack = apf_shadow_stack(),
		.traced = current->ptrace,
		.stepped = regs->flags & X86_EFLAGS_TF || in_uprobe(),
		.userfaultfd = userfaultfd_armed(vmf->vma),
		.masked = READ_ONCE(thread->area->masked),
		.signal_stack = on_sig_stack(regs->sp),
		.ip = regs->ip,
		.sp = regs->sp,
		.code = READ_ONCE(thread->code_at),
		.stack = thread->stack,
		.stack_size = thread->stack_size,
	};

	return apf_decide(&facts);
}

/**
 * apf_count_major() - a read was started for a fault
 * @mm: address space
 *
 * Context: process context.
 */
void apf_count_major(struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	unsigned long flags;

	count_vm_event(PGMAJFAULT);
	rcu_read_lock();
	memcg = mem_cgroup_from_task(rcu_dereference(mm->owner));
	if (memcg) {
		local_irq_save(flags);
		tandem_call(__count_memcg_events)(memcg, PGMAJFAULT, 1);
		local_irq_restore(flags);
	}
	rcu_read_unlock();
}

/**
 * apf_slot_for() - a slot for the read of a fault that may be handed back early
 * @thread: the calling thread
 * @vmf: the fault
 * @si: the swap device to be read, or NULL
 *
 * Context: process context.
 * Return: the slot, to be followed by apf_hand_back(), or -1, and why was counted.
 */
int apf_slot_for(struct apf_thread *thread, const struct vm_fault *vmf,
		 const struct swap_info_struct *si)
{
	enum apf_cause cause = decide(thread, vmf);
	int slot = -1;

	/* Other bits change under a lock; this one is set at swapon. */
	if (cause == APF_EARLY && si && data_race(si->flags & SWP_SYNCHRONOUS_IO))
		cause = APF_CAUSE_synchronous;
	if (cause == APF_EARLY)
		slot = apf_read_begin(thread, vmf->real_address, &cause);
	if (slot < 0)
		apf_count_cause(cause);
	return slot;
}

/**
 * apf_hand_back() - the thread is to be back in user mode before its page is there
 * @thread: the calling thread
 * @vmf: the fault
 * @folio: what is being read, with a reference that is given back here, or NULL:
 *	the read could not be started
 * @slot: from apf_slot_for()
 *
 * What fails is tried again by the thread, the ordinary way.
 * Context: process context, with the lock of the address space or of the mapping.
 */
void apf_hand_back(struct apf_thread *thread, const struct vm_fault *vmf,
		   struct folio *folio, unsigned int slot)
{
	if (!folio) {
		apf_count_cause(APF_CAUSE_nomem);
		thread->skip = (vmf->address & PAGE_MASK) + 1;
		apf_read_cancel(thread, slot);
		return;
	}
	if (!folio_test_locked(folio)) {
		apf_count(ready);
		folio_put(folio);
		apf_read_cancel(thread, slot);
		return;
	}
	trace_apf_enter(thread->pid, slot, vmf->real_address);
	apf_read_watch(thread, slot, folio);
	if (apf_return_queue(thread, slot, task_pt_regs(current)))
		apf_read_give_up(thread, slot);
}

/* The folio that is being read, or NULL; without it no memory is left. */
static struct folio *start_read(struct vm_fault *vmf, swp_entry_t entry,
				vm_fault_t *ret)
{
	struct folio *folio;

	folio = tandem_call(swapin_readahead)(entry, GFP_HIGHUSER_MOVABLE,
					      vmf);
	if (!folio)
		return NULL;
	apf_count_major(vmf->vma->vm_mm);
	*ret = VM_FAULT_MAJOR;
	return folio;
}

static void unmap_table(struct vm_fault *vmf)
{
	/* It was mapped by the caller of the function that is replaced. */
	__acquire(RCU);
	pte_unmap(vmf->pte);
	vmf->pte = NULL;
}

static vm_fault_t swap_fault(struct apf_thread *thread, struct vm_fault *vmf,
			     swp_entry_t entry, struct swap_info_struct *si)
{
	vm_fault_t ret = 0;
	struct folio *folio;
	int slot;

	folio = tandem_call(swap_cache_get_folio)(entry, vmf->vma,
						  vmf->address);
	if (folio && !folio_test_locked(folio)) {
		folio_put(folio);
		return APF_ORDINARY;
	}
	slot = apf_slot_for(thread, vmf, si);
	if (slot < 0) {
		if (folio)
			folio_put(folio);
		return APF_ORDINARY;
	}
	/* From here on there is no way back: the original wants the table mapped. */
	unmap_table(vmf);
	if (!folio)
		folio = start_read(vmf, entry, &ret);
	apf_hand_back(thread, vmf, folio, slot);
	return ret;
}

/* Kept from being switched off meanwhile by the swap device's reference. */
static vm_fault_t anonymous_fault(struct apf_thread *thread,
				  struct vm_fault *vmf)
{
	swp_entry_t entry = pte_to_swp_entry(vmf->orig_pte);
	struct swap_info_struct *si;
	vm_fault_t ret;

	if (non_swap_entry(entry))
		return APF_ORDINARY;
	si = tandem_call(get_swap_device)(entry);
	if (!si)
		return APF_ORDINARY;
	ret = swap_fault(thread, vmf, entry, si);
	put_swap_device(si);
	return ret;
}

/* APF_ORDINARY, or how the fault has ended. */
typedef vm_fault_t (*apf_fault_fn)(struct apf_thread *thread,
				   struct vm_fault *vmf);

static noinline vm_fault_t apf_fault(struct vm_fault *vmf, apf_fault_fn fault)
{
	struct apf_thread *thread = apf_thread_current();
	vm_fault_t ret = APF_ORDINARY;
	int idx;

	if (!thread)
		return APF_ORDINARY;
	idx = srcu_read_lock(&apf_inside);
	if (apf_on())
		ret = fault(thread, vmf);
	srcu_read_unlock(&apf_inside, idx);
	apf_thread_put(thread);
	return ret;
}

static vm_fault_t tandem_do_swap_page(struct vm_fault *vmf)
{
	if (static_branch_unlikely(&apf_enabled) && apf_thread_possible()) {
		vm_fault_t ret = apf_fault(vmf, anonymous_fault);

		if (ret != APF_ORDINARY)
			return ret;
	}
	return tandem_original(do_swap_page)(vmf);
}

static vm_fault_t tandem___do_fault(struct vm_fault *vmf)
{
	if (static_branch_unlikely(&apf_enabled) && apf_thread_possible()) {
		vm_fault_t ret = apf_fault(vmf, apf_file_fault);

		if (ret != APF_ORDINARY)
			return ret;
	}
	return tandem_original(__do_fault)(vmf);
}

static_assert(__same_type(tandem_do_swap_page, tandem_proto(do_swap_page)));
static_assert(__same_type(tandem___do_fault, tandem_proto(__do_fault)));

static struct tandem_patch_func apf_funcs[] = {
	{ .name = "do_swap_page", .replacement = tandem_do_swap_page },
	{ .name = "__do_fault", .replacement = tandem___do_fault },
};

struct tandem_patch apf_patch = {
	.name = "apf",
	.mod = THIS_MODULE,
	.funcs = apf_funcs,
	.nr = ARRAY_SIZE(apf_funcs),
	.cap = &apf_capability,
};
