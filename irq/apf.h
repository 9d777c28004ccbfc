/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tandem_apf.ko: what its files share.
 *
 * The life of one read:
 *
 *   apf_fault.c   a thread that opted in faults; a slot is taken, the read is
 *   apf_file.c    started, a waiter is queued at the folio, task work at the
 *                 thread; the fault ends as if somebody else had resolved it
 *   apf_return.c  on its way to user mode, with no lock held, the task work puts
 *                 the thread into its handler, or gives the slot up
 *   apf_read.c    the folio is unlocked: in any context the waiter tells the
 *                 thread, if it was put into its handler, and frees the slot
 *
 * Lock order: the kernel's lock of the folio's wait queue, then
 * &apf_thread.lock, then the lock of &apf_thread.wait.  &apf_thread.mutex is
 * outside of these and of the mmap lock, under which &apf_thread.lock is taken.
 */
#ifndef TANDEM_APF_H
#define TANDEM_APF_H

#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/task_work.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include <uapi/linux/tandem_apf.h>

#include <tandem/borrow.h>
#include <tandem/capability.h>
#include <tandem/patch.h>

#include "apf_policy.h"
#include "apf_stats.h"

/**
 * enum apf_knob - index into apf_knobs
 * @APF_THREADS_PER_USER: threads of one user that may have opted in
 * @APF_READS_PER_USER: reads of one user that may be in flight
 * @APF_NR_KNOBS: how many
 */
enum apf_knob {
	APF_THREADS_PER_USER,
	APF_READS_PER_USER,
	APF_NR_KNOBS,
};

extern u32 apf_knobs[APF_NR_KNOBS];

/* Context: any. */
static inline u32 apf_knob(enum apf_knob knob)
{
	return READ_ONCE(apf_knobs[knob]);
}

/**
 * struct apf_user - what all threads of one user have together
 * @node: entry of the list of users
 * @uid: who
 * @ref: one for each open file; under the lock of the list
 * @threads: threads that have opted in; under the lock of the list
 * @reads: reads in flight
 */
struct apf_user {
	struct hlist_node node;
	kuid_t uid;
	unsigned int ref;
	unsigned int threads;
	atomic_t reads;
};

struct apf_thread;

/**
 * enum apf_slot_state - of a slot that is in use
 * @APF_READING: the read is in flight, its thread not yet in user mode
 * @APF_TOLD: the thread is in its handler and waits to be told
 * @APF_THERE: the read has completed, its thread is not yet in user mode
 * @APF_GIVEN_UP: the thread was not put into its handler; nobody waits
 */
enum apf_slot_state {
	APF_READING,
	APF_TOLD,
	APF_THERE,
	APF_GIVEN_UP,
};

/**
 * struct apf_slot - a read in flight
 * @waiter: in the wait queue of the folio, of which it holds no reference: a
 *	folio in the swap cache or of a file stays while it is locked
 * @thread: whose read it is; a reference while in flight
 * @address: address whose page is read
 * @state: under &apf_thread.lock
 */
struct apf_slot {
	struct wait_page_queue waiter;
	struct apf_thread *thread;
	unsigned long address;
	enum apf_slot_state state;
};

/**
 * struct apf_thread - an open file, and the thread that has opted in by it
 * @ref: one for the file, one for each read in flight, one for queued work
 * @node: entry of the table of threads that have opted in
 * @rcu: for freeing it
 * @mutex: joining and leaving
 * @task: who has opted in, with a reference; NULL: nobody
 * @pid: of @task, for the trace
 * @mm: address space of the mappings, held by mmgrab(); NULL before the first
 * @user: of the file
 * @code_page: page of code
 * @area_page: page of the area
 * @area: the same for the kernel
 * @code_at: where the page of code is mapped; 0: it is not
 * @area_at: where the area is mapped; 0: it is not
 * @hard_coded: RIP and RSP are written into the code
 * @entry: where the thread is put
 * @stack: lowest address of the handler's stack
 * @stack_size: its size
 * @leave: offset in the page of code of what the handler jumps to
 * @ip: RIP and RSP that were interrupted last, as the leaving code has them when
 *	@hard_coded
 * @work: queued at the task from the fault to user mode
 * @queued: it is; the task's own
 * @pending: slot of that fault; the task's own
 * @pending_ip: program counter of that fault; the task's own
 * @pending_sp: its stack pointer
 * @skip: page whose next fault goes the ordinary way, plus 1; the task's own
 * @lock: the slots, what is told in the area, and the mappings
 * @wait: who waits for @head
 * @head: reads told so far; the area has a copy
 * @next: where to look for a slot first
 * @busy: slots in use
 * @slots: the reads
 */
struct apf_thread {
	refcount_t ref;
	struct hlist_node node;
	struct rcu_head rcu;
	/* outside of the mmap lock */
	struct mutex mutex;
	struct task_struct *task;
	pid_t pid;
	struct mm_struct *mm;
	struct apf_user *user;
	struct page *code_page;
	struct page *area_page;
	struct tandem_apf_area *area;
	unsigned long code_at;
	unsigned long area_at;
	bool hard_coded;
	unsigned long entry;
	unsigned long stack;
	unsigned long stack_size;
	unsigned int leave;
	unsigned long ip;
	struct callback_head work;
	bool queued;
	unsigned int pending;
	unsigned long pending_ip;
	unsigned long pending_sp;
	unsigned long skip;
	/* taken in any context */
	spinlock_t lock;
	wait_queue_head_t wait;
	u32 head;
	unsigned int next;
	DECLARE_BITMAP(busy, TANDEM_APF_SLOTS);
	struct apf_slot slots[TANDEM_APF_SLOTS];
};

extern struct tandem_capability apf_capability;

/* In place of what a fault has come to: the kernel is to do it all. */
#define APF_ORDINARY ((__force vm_fault_t)~0u)

/* apf_main.c */
extern atomic_t apf_in_flight;
void apf_begin(void);
void apf_end(void);

/* apf_fault.c */
extern struct tandem_patch apf_patch;
bool apf_on(void);
void apf_fault_start(void);
void apf_fault_stop(void);
bool apf_shadow_stack(void);
void apf_count_major(struct mm_struct *mm);
int apf_slot_for(struct apf_thread *thread, const struct vm_fault *vmf,
		 const struct swap_info_struct *si);
void apf_hand_back(struct apf_thread *thread, const struct vm_fault *vmf,
		   struct folio *folio, unsigned int slot);

/* apf_file.c */
vm_fault_t apf_file_fault(struct apf_thread *thread, struct vm_fault *vmf);

/* apf_thread.c */
#define APF_THREADS_BITS 8
extern DECLARE_HASHTABLE(apf_threads, APF_THREADS_BITS);
extern atomic_t apf_nr_threads;
struct apf_thread *apf_thread_new(void);
void apf_thread_put(struct apf_thread *thread);
struct apf_thread *apf_thread_current(void);

/*
 * False: the calling thread has not opted in. True: look it up. Most threads have not,
 * and their faults are to cost what they did.
 * Context: any.
 */
static inline bool apf_thread_possible(void)
{
	return !hlist_empty(&apf_threads[hash_min((unsigned long)current,
						  APF_THREADS_BITS)]);
}

int apf_thread_join(struct apf_thread *thread);
void apf_thread_leave(struct apf_thread *thread);

/* apf_code.c */
int apf_code_write(struct apf_thread *thread,
		   const struct tandem_apf_join *join);
unsigned long apf_code_last(const struct apf_thread *thread);
void apf_code_set(struct apf_thread *thread, unsigned long ip,
		  unsigned long sp);

/* apf_read.c */
extern atomic_t apf_nr_reads;
int apf_read_begin(struct apf_thread *thread, unsigned long address,
		   enum apf_cause *cause);
void apf_read_cancel(struct apf_thread *thread, unsigned int slot);
void apf_read_watch(struct apf_thread *thread, unsigned int slot,
		    struct folio *folio);
bool apf_read_tell(struct apf_thread *thread, unsigned int slot);
void apf_read_give_up(struct apf_thread *thread, unsigned int slot);

/* apf_return.c */
int apf_return_queue(struct apf_thread *thread, unsigned int slot,
		     const struct pt_regs *regs);

/* apf_signal.c */
int apf_signals_watch(void);
void apf_signals_exit(void);

/* apf_device.c */
int apf_device_init(void);
void apf_device_exit(void);

#endif /* TANDEM_APF_H */
