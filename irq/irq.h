/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tandem_irq.ko: what its files share.
 *
 * A line is an interrupt that an administrator has named.  Its handler is
 * replaced by irq_queue_handler(), which either calls it in place or leaves it
 * to a helper CPU.
 *
 * Locks, outer to inner:
 *   irq_lines_lock	the list of lines, their settings, every change of mode
 *   irq_desc.lock	the kernel's: who has requested the line, whether it is on
 *   irq_line.lock	the queue of the line
 */
#ifndef TANDEM_IRQ_H
#define TANDEM_IRQ_H

#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/task_work.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include <tandem/borrow.h>
#include <tandem/capability.h>

#include "irq_policy.h"
#include "irq_stats.h"

/* Interrupts of a line that can wait one by one; more are merged. */
#define IRQ_QUEUE 64

/* Handler times in nanoseconds: the last bucket begins at half a second. */
#define IRQ_BUCKETS 31

/* Of the name under which a driver has requested a line. */
#define IRQ_OWNER_MAX 32

/**
 * enum irq_knob - index into irq_knobs
 * @IRQ_HELPERS: mask of CPUs that may help, of the first 32; 0: those nearby
 * @IRQ_STUCK_MS: how long a helper may not answer
 * @IRQ_MARGIN: percent above break-even from which auto hands over
 * @IRQ_NR_KNOBS: how many
 */
enum irq_knob {
	IRQ_HELPERS,
	IRQ_STUCK_MS,
	IRQ_MARGIN,
	IRQ_NR_KNOBS,
};

extern u32 irq_knobs[IRQ_NR_KNOBS];

/* Context: any. */
static inline u32 irq_knob(enum irq_knob knob)
{
	return READ_ONCE(irq_knobs[knob]);
}

/**
 * enum irq_setting - index of a setting of a line
 * @IRQ_MODE: an enum irq_mode
 * @IRQ_POLL_US: how long its helper looks for the next one before it sleeps
 * @IRQ_NR_SETTINGS: how many
 */
enum irq_setting {
	IRQ_MODE,
	IRQ_POLL_US,
	IRQ_NR_SETTINGS,
};

extern const struct tandem_knob irq_settings[IRQ_NR_SETTINGS];

/**
 * enum irq_subject_stat - index of a statistic of a line
 * @IRQ_SUBJECT_MODE: how it is handled now: IRQ_STOCK to IRQ_HANDOFF
 * @IRQ_SUBJECT_REFUSAL: why not as it was set: an enum irq_refusal
 * @IRQ_SUBJECT_HELPER: the CPU that helps, when one does
 * @IRQ_SUBJECT_INTERRUPTS: that came while the line was looked after
 * @IRQ_SUBJECT_HANDED: handed over
 * @IRQ_SUBJECT_IN_PLACE: handled where they came
 * @IRQ_SUBJECT_COMPLETED: handed over, and the handler has run
 * @IRQ_SUBJECT_MERGED: came while the queue was full
 * @IRQ_SUBJECT_PUT_OFF: left to the kernel, as the line was disabled
 * @IRQ_SUBJECT_RESCUED: run by the watchdog
 * @IRQ_SUBJECT_LOST: nanoseconds that the interrupted CPU lost to all of them
 * @IRQ_SUBJECT_HANDLER: nanoseconds of the handlers, wherever they ran
 * @IRQ_SUBJECT_HELPED: nanoseconds of those on a helper
 * @IRQ_SUBJECT_WAIT: nanoseconds from interrupt to handler, of those handed over
 * @IRQ_SUBJECT_COST: what handing one over costs, nanoseconds
 * @IRQ_NR_SUBJECT_STATS: how many
 */
enum irq_subject_stat {
	IRQ_SUBJECT_MODE,
	IRQ_SUBJECT_REFUSAL,
	IRQ_SUBJECT_HELPER,
	IRQ_SUBJECT_INTERRUPTS,
	IRQ_SUBJECT_HANDED,
	IRQ_SUBJECT_IN_PLACE,
	IRQ_SUBJECT_COMPLETED,
	IRQ_SUBJECT_MERGED,
	IRQ_SUBJECT_PUT_OFF,
	IRQ_SUBJECT_RESCUED,
	IRQ_SUBJECT_LOST,
	IRQ_SUBJECT_HANDLER,
	IRQ_SUBJECT_HELPED,
	IRQ_SUBJECT_WAIT,
	IRQ_SUBJECT_COST,
	IRQ_NR_SUBJECT_STATS,
};

/**
 * struct irq_line - an interrupt that is looked after
 * @list: entry of the list of lines, by name
 * @name: its number, as text
 * @irq: its number
 * @owner: the name under which it was requested when it was set
 * @settings: by enum irq_setting
 * @now: how it is handled: never IRQ_AUTO
 * @refusal: why it is not handled as set
 * @helper: the CPU that helps, or -1
 * @thread: runs its handler there when a call finds too many, or when it is to poll;
 *	NULL when it is not wrapped
 * @pinned: the kernel's thread that is pinned, with a reference, or NULL
 * @held: it is disabled by us while its mode changes; under the kernel's lock
 * @automatic: what auto remembers
 * @seen_events: interrupts that auto has been told of
 * @seen_ns: time of handlers that it has been told of
 * @desc: the kernel's description.  This and the next four are set while it is
 *	not wrapped and constant while it is.
 * @action: what its owner requested; freed by the kernel when the owner frees it,
 *	so only compared
 * @handler: the owner's handler
 * @dev_id: its argument
 * @level: the line has to be kept disabled until the handler has run
 * @lock: of what follows
 * @hand: hand over what comes
 * @tripped: the helper did not answer; hand over nothing
 * @reported: that was told
 * @running: a handler runs, by the helper or the watchdog
 * @awake: a call or the thread looks, and will again: the helper need not be called
 * @called: the helper is called, and has not begun to look
 * @call: what calls it
 * @pushed: interrupts put into the queue
 * @taken: interrupts taken out of it
 * @entered: when they came, by number
 * @started: when the one that runs was started
 * @result: of the handler that ran last
 * @idle: woken when nothing waits and nothing runs
 * @again: tells of the return to user mode
 * @again_armed: @again is queued
 * @again_number: number of the interrupt that it tells of
 * @stats: by enum irq_subject_stat, as far as they count
 * @buckets: handler times
 */
struct irq_line {
	struct list_head list;
	char name[12];
	unsigned int irq;
	char owner[IRQ_OWNER_MAX];
	u32 settings[IRQ_NR_SETTINGS];
	enum irq_mode now;
	enum irq_refusal refusal;
	int helper;
	struct task_struct *thread;
	struct task_struct *pinned;
	bool held;
	struct irq_auto automatic;
	u64 seen_events;
	u64 seen_ns;
	struct irq_desc *desc;
	struct irqaction *action;
	irq_handler_t handler;
	void *dev_id;
	bool level;
	/* The queue. */
	raw_spinlock_t lock;
	bool hand;
	bool tripped;
	bool reported;
	bool running;
	bool awake;
	bool called;
	call_single_data_t call;
	u64 pushed;
	u64 taken;
	u64 entered[IRQ_QUEUE];
	u64 started;
	irqreturn_t result;
	wait_queue_head_t idle;
	struct callback_head again;
	atomic_t again_armed;
	u64 again_number;
	u64 stats[IRQ_NR_SUBJECT_STATS];
	u64 buckets[IRQ_BUCKETS];
};

/* Who counts is alone; who reads may be anybody. */
static inline void irq_line_count(struct irq_line *line,
				  enum irq_subject_stat item, u64 n)
{
	WRITE_ONCE(line->stats[item], line->stats[item] + n);
}

extern struct tandem_capability irq_capability;

/* irq_lines.c */
extern struct mutex irq_lines_lock;
extern struct list_head irq_lines;
extern struct xarray irq_lines_by_number;
int irq_lines_set(struct tandem_capability *cap, const char *name,
		  const u32 *values, const unsigned long *given,
		  const char **why);
int irq_lines_forget(struct tandem_capability *cap, const char *name);
int irq_lines_next(struct tandem_capability *cap, const char *after,
		   struct tandem_subject *out);
void irq_lines_start(void);
void irq_lines_stop(void);
void irq_lines_look(void);
u64 irq_lines_waiting(void);
void irq_lines_exit(void);

/* irq_descriptor.c */
enum irq_refusal irq_descriptor_refusal(unsigned int irq, enum irq_mode mode,
					char *owner);
bool irq_descriptor_cpus(unsigned int irq, struct cpumask *cpus, bool *managed);
bool irq_descriptor_wrap(struct irq_line *line);
bool irq_descriptor_wrapped(const struct irq_line *line);
void irq_descriptor_hold(struct irq_line *line);
void irq_descriptor_release(struct irq_line *line, bool unwrap);
bool irq_descriptor_disabled(struct irq_line *line);
void irq_descriptor_level_done(struct irq_line *line);
struct task_struct *irq_descriptor_thread(unsigned int irq);

/* irq_queue.c */
irqreturn_t irq_queue_handler(int irq, void *dev_id);
void irq_queue_init(struct irq_line *line);
int irq_queue_start(struct irq_line *line);
void irq_queue_stop(struct irq_line *line);
void irq_queue_hand(struct irq_line *line, bool hand);
bool irq_queue_idle(struct irq_line *line);
bool irq_queue_at_rest(struct irq_line *line);
void irq_queue_rescue(struct irq_line *line, u64 now, u64 limit_ns);
u64 irq_queue_cost(void);
void irq_queue_measure(void);

/* irq_helpers.c */
int irq_helpers_choose(const struct irq_line *line);
bool irq_helpers_move(struct task_struct *task, int cpu);

/* irq_watch.c */
int irq_watch_init(void);
void irq_watch_exit(void);
void irq_watch_start(void);
void irq_watch_stop(void);

#endif /* TANDEM_IRQ_H */
