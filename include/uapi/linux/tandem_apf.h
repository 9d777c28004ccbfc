/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/tandem_apf: a thread goes on while its page is being read.
 *
 * A thread opens the device, maps it twice and joins.  From then on a fault
 * from user mode that has to read a page from swap starts the read and puts the
 * thread into its return handler, on the handler's own stack.  When the page
 * can be mapped, a word in the mapped memory says so.  Each open file serves one
 * thread.
 *
 *   offset 0          one page, PROT_READ | PROT_EXEC, MAP_SHARED: code
 *   offset PAGE_SIZE  one page, PROT_READ | PROT_WRITE, MAP_SHARED: struct
 *                     tandem_apf_area, at the address right after the code
 *
 * The handler begins with the registers and flags of what was interrupted, but
 * for RIP, RSP and, unless TANDEM_APF_HARD_CODED is given, RDI, which is the
 * interrupted program counter.  It goes back by restoring all of them and jumping
 * to &tandem_apf_join.leave, where RIP and RSP are loaded.
 *
 * While the stack pointer is in the handler's stack, faults go the ordinary way.
 */
#ifndef _UAPI_LINUX_TANDEM_APF_H
#define _UAPI_LINUX_TANDEM_APF_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TANDEM_APF_DEVICE	"/dev/tandem_apf"

/* Reads that a thread can have in flight or not yet taken note of. */
#define TANDEM_APF_SLOTS	128

/* Longest handler that is copied, in bytes. */
#define TANDEM_APF_CODE_MAX	2048

/**
 * struct tandem_apf_area - what the kernel and the thread share
 * @ip: interrupted program counter; where &tandem_apf_join.leave jumps to
 * @sp: interrupted stack pointer; what it loads
 * @arg: interrupted RDI, which the handler gets its argument in
 * @address: address whose page is being read
 * @slot: index of the read into @done
 * @masked: the thread sets it to anything but 0 where it must not be taken to
 *	its handler: such faults go the ordinary way
 * @head: reads completed so far; grows without end
 * @slots: TANDEM_APF_SLOTS
 * @entries: times that the handler was entered
 * @tail: reads that the thread has taken note of, which it writes if it wants
 *	poll(2) to say when there are more
 * @reserved: 0
 * @ring: slots in the order in which their reads completed; read number n is at
 *	n % @slots
 * @done: for each slot, 1 when its page can be mapped.  The thread writes 0
 *	when it has taken note, and the slot may be used again.
 *
 * Without TANDEM_APF_HARD_CODED the thread may write @ip and @sp, and so go to
 * another place than the one that was interrupted last.
 */
struct tandem_apf_area {
	__u64 ip;
	__u64 sp;
	__u64 arg;
	__u64 address;
	__u32 slot;
	__u32 masked;
	__u32 head;
	__u32 slots;
	__u64 entries;
	__u32 tail;
	__u32 reserved;
	__u32 ring[TANDEM_APF_SLOTS];
	__u32 done[TANDEM_APF_SLOTS];
};

/*
 * The handler is copied to the start of the page of code, and what it jumps to at
 * its end has the interrupted RIP and RSP written into it each time.
 */
#define TANDEM_APF_HARD_CODED	1

/**
 * struct tandem_apf_join - how a thread wants to be called back
 * @flags: TANDEM_APF_HARD_CODED, or 0
 * @code_len: length of what is copied, or 0
 * @handler: address of the handler, or of what is copied
 * @stack: lowest address of the handler's stack
 * @stack_size: its size, 8 KiB to 1 GiB; both are multiples of 16
 * @leave: filled in: where the handler jumps to at its end.  With
 *	TANDEM_APF_HARD_CODED that is right behind the copy.
 */
struct tandem_apf_join {
	__u32 flags;
	__u32 code_len;
	__u64 handler;
	__u64 stack;
	__u64 stack_size;
	__u64 leave;
};

/* The calling thread opts in. */
#define TANDEM_APF_IOC_JOIN	_IOWR('t', 0xa0, struct tandem_apf_join)
/* It opts out. */
#define TANDEM_APF_IOC_LEAVE	_IO('t', 0xa1)
/* Waits until &tandem_apf_area.head is another than the argument. */
#define TANDEM_APF_IOC_WAIT	_IOW('t', 0xa2, __u32)

#endif /* _UAPI_LINUX_TANDEM_APF_H */
