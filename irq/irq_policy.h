/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions about interrupts, and nothing else: which lines may be handed over,
 * to which CPU, and when that pays.
 *
 * Every function here is a pure function of its arguments: no kernel call, no
 * lock, no global, no allocation.  The mechanism collects facts, asks here, and
 * acts.
 */
#ifndef TANDEM_IRQ_POLICY_H
#define TANDEM_IRQ_POLICY_H

#include <linux/types.h>

/* Interrupts that a mean must come from before auto believes it. */
#define IRQ_AUTO_EVENTS 16

/**
 * enum irq_mode - how the interrupts of a line are handled
 * @IRQ_STOCK: as without the module
 * @IRQ_WATCH: in place, and measured
 * @IRQ_PINNED: in place, and its thread runs on a helper CPU
 * @IRQ_HANDOFF: on a helper CPU
 * @IRQ_AUTO: on a helper CPU when that pays, else in place
 * @IRQ_NR_MODES: how many
 */
enum irq_mode {
	IRQ_STOCK,
	IRQ_WATCH,
	IRQ_PINNED,
	IRQ_HANDOFF,
	IRQ_AUTO,
	IRQ_NR_MODES,
};

/**
 * enum irq_refusal - why a line stays as it is
 * @IRQ_ALLOWED: it does not have to
 * @IRQ_ABSENT: nobody has requested it
 * @IRQ_PER_CPU_LINE: each CPU has its own
 * @IRQ_TIMER: it is a timer's
 * @IRQ_NO_THREAD: its owner forbids threads
 * @IRQ_NESTED: it runs in the thread of another
 * @IRQ_SHARED_LINE: several drivers share it
 * @IRQ_SLOW_BUS: its controller sits behind a bus that sleeps
 * @IRQ_IN_SUSPEND: it has to work while the machine is suspended
 * @IRQ_UNKNOWN_FLOW: it is neither edge nor level nor fasteoi
 * @IRQ_HAS_THREAD: its handler has a thread, which can be pinned
 * @IRQ_HAS_NO_THREAD: there is no thread to pin
 * @IRQ_NO_HELPER: no CPU may help
 * @IRQ_STUCK: the helper did not answer
 * @IRQ_NR_REFUSALS: how many
 */
enum irq_refusal {
	IRQ_ALLOWED,
	IRQ_ABSENT,
	IRQ_PER_CPU_LINE,
	IRQ_TIMER,
	IRQ_NO_THREAD,
	IRQ_NESTED,
	IRQ_SHARED_LINE,
	IRQ_SLOW_BUS,
	IRQ_IN_SUSPEND,
	IRQ_UNKNOWN_FLOW,
	IRQ_HAS_THREAD,
	IRQ_HAS_NO_THREAD,
	IRQ_NO_HELPER,
	IRQ_STUCK,
	IRQ_NR_REFUSALS,
};

/**
 * struct irq_facts - what is known of a line
 * @present: a driver has requested it
 * @per_cpu: each CPU has its own
 * @timer: requested by a timer
 * @no_thread: must not be handled by a thread
 * @nested: handled by the thread of another line
 * @shared: more than one handler
 * @slow_bus: its controller is reached by sleeping
 * @in_suspend: stays on in suspend
 * @known_flow: edge, level or fasteoi
 * @has_thread: its handler has a thread
 * @oneshot: masked until that thread has run
 * @managed: the kernel alone places it
 */
struct irq_facts {
	bool present;
	bool per_cpu;
	bool timer;
	bool no_thread;
	bool nested;
	bool shared;
	bool slow_bus;
	bool in_suspend;
	bool known_flow;
	bool has_thread;
	bool oneshot;
	bool managed;
};

/**
 * struct irq_cpu - what is known of a CPU that might help a line
 * @online: it runs, and is to go on
 * @asked: an administrator named helper CPUs
 * @named: and this is one of them
 * @takes: it takes the interrupts of the line
 * @isolated: kept free of the kernel's own work
 * @cache: it shares the last cache with those that take them
 * @node: it is on their node
 * @lines: lines that it helps already
 */
struct irq_cpu {
	bool online;
	bool asked;
	bool named;
	bool takes;
	bool isolated;
	bool cache;
	bool node;
	u32 lines;
};

/**
 * struct irq_auto - what auto remembers of a line
 * @handed: it is handed over
 * @events: interrupts since the last decision
 * @handler_ns: time of their handlers
 */
struct irq_auto {
	bool handed;
	u64 events;
	u64 handler_ns;
};

enum irq_refusal irq_policy_refusal(const struct irq_facts *facts,
				    enum irq_mode mode);
const char *irq_policy_why(enum irq_refusal refusal);
u32 irq_policy_rank(const struct irq_cpu *cpu, bool managed);
bool irq_policy_auto(struct irq_auto *line, u64 events, u64 handler_ns,
		     u64 break_even_ns, u32 margin);

#endif /* TANDEM_IRQ_POLICY_H */
