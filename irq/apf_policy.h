/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions of asynchronous page faults, and nothing else: whether a fault may
 * be handed back early, and which slot its read gets.
 *
 * Every function here is a pure function of its arguments: no lock, no global,
 * no kernel call that does anything.
 */
#ifndef TANDEM_APF_POLICY_H
#define TANDEM_APF_POLICY_H

#include <linux/types.h>

/*
 * Why a fault goes the ordinary way; APF_EARLY: it does not, and the thread is
 * handed back early.  The others are named and explained in apf_counters.h.
 */
enum apf_cause {
	APF_EARLY,
#define APF_COUNTER(name)
#define APF_CAUSE(name) APF_CAUSE_##name,
#define APF_GAUGE(name)
#include "apf_counters.h"
	APF_NR_CAUSES,
};

/**
 * struct apf_facts - what is known when a fault happens
 * @user: it comes from user mode
 * @retried: the kernel has tried this fault before
 * @skipped: this very fault was to be handed back, and could not be
 * @dying: the thread has been killed
 * @mapped: both pages of the device are where they were
 * @long_mode: it comes from 64-bit code
 * @shadow_stack: the thread has a shadow stack
 * @traced: it is traced
 * @stepped: it is single-stepped, or a uprobe runs an instruction of it
 * @userfaultfd: the range is looked after by user space
 * @masked: the thread does not want it now
 * @signal_stack: it is on its alternate signal stack
 * @ip: program counter
 * @sp: stack pointer
 * @code: address of the page of code
 * @stack: lowest address of the handler's stack
 * @stack_size: its size
 */
struct apf_facts {
	bool user;
	bool retried;
	bool skipped;
	bool dying;
	bool mapped;
	bool long_mode;
	bool shadow_stack;
	bool traced;
	bool stepped;
	bool userfaultfd;
	bool masked;
	bool signal_stack;
	unsigned long ip;
	unsigned long sp;
	unsigned long code;
	unsigned long stack;
	unsigned long stack_size;
};

enum apf_cause apf_decide(const struct apf_facts *facts);
bool apf_in_section(unsigned long ip, u64 start, u64 length);
int apf_pick_slot(const unsigned long *busy, const u32 *done, unsigned int nr,
		  unsigned int from);

#endif /* TANDEM_APF_POLICY_H */
