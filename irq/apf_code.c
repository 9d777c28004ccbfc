// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last two instructions of a handler: they load RSP and jump to RIP, and
 * need no other register and no stack.
 *
 *   handler with an argument       mov  area.sp(%rip), %rsp
 *                                  jmp  *area.ip(%rip)
 *   hard-coded                     movabs $sp, %rsp
 *                                  jmp  *(behind this)(%rip); .quad ip
 *
 * The second form follows a copy of the handler on a page of the thread's own,
 * and has the two values written into it while the thread is in the kernel.
 */
#include <linux/uaccess.h>

#include "apf.h"

static_assert(offsetof(struct tandem_apf_area, ip) == 0);
static_assert(offsetof(struct tandem_apf_area, sp) == 8);

#define LOAD_SIZE 7	/* mov disp32(%rip), %rsp */
#define JUMP_SIZE 6	/* jmp *disp32(%rip) */
#define MOVABS_SIZE 10	/* movabs $imm64, %rsp */
#define MOVABS_IMM 2	/* where its value is */

static const u8 load[] = { 0x48, 0x8b, 0x25 };
static const u8 jump[] = { 0xff, 0x25 };
static const u8 movabs[] = { 0x48, 0xbc };

static u8 *code_of(const struct apf_thread *thread)
{
	return page_address(thread->code_page);
}

static void put_disp(u8 *at, s32 disp)
{
	memcpy(at, &disp, sizeof(disp));
}

/* The area is on the page right behind. */
static void write_argument_form(u8 *code)
{
	memcpy(code, load, sizeof(load));
	put_disp(code + sizeof(load), PAGE_SIZE - LOAD_SIZE +
		 offsetof(struct tandem_apf_area, sp));
	code += LOAD_SIZE;
	memcpy(code, jump, sizeof(jump));
	put_disp(code + sizeof(jump), PAGE_SIZE - LOAD_SIZE - JUMP_SIZE +
		 offsetof(struct tandem_apf_area, ip));
}

static void write_hard_coded_form(u8 *code)
{
	memcpy(code, movabs, sizeof(movabs));
	code += MOVABS_SIZE;
	memcpy(code, jump, sizeof(jump));
	put_disp(code + sizeof(jump), 0);
}

/**
 * apf_code_write() - write the page of code of a thread
 * @thread: whose; it has not opted in yet
 * @join: what it wants
 *
 * Context: process context, may fault.
 * Return: 0, or -EFAULT.
 */
int apf_code_write(struct apf_thread *thread,
		   const struct tandem_apf_join *join)
{
	u8 *code = code_of(thread);

	if (!thread->hard_coded) {
		thread->leave = 0;
		write_argument_form(code);
		return 0;
	}
	if (copy_from_user(code, u64_to_user_ptr(join->handler),
			   join->code_len))
		return -EFAULT;
	thread->leave = join->code_len;
	write_hard_coded_form(code + thread->leave);
	return 0;
}

/**
 * apf_code_last() - address of the last instruction of a handler
 * @thread: whose
 *
 * Return: the address of the jump, at which RSP has been loaded.
 */
unsigned long apf_code_last(const struct apf_thread *thread)
{
	return READ_ONCE(thread->code_at) + thread->leave +
	       (thread->hard_coded ? MOVABS_SIZE : LOAD_SIZE);
}

/**
 * apf_code_set() - say where the last instruction goes
 * @thread: the calling thread
 * @ip: interrupted program counter
 * @sp: interrupted stack pointer
 *
 * The return to user mode is what makes the CPU fetch the new code.
 */
void apf_code_set(struct apf_thread *thread, unsigned long ip, unsigned long sp)
{
	u8 *code = code_of(thread) + thread->leave;

	WRITE_ONCE(thread->area->ip, ip);
	WRITE_ONCE(thread->area->sp, sp);
	thread->ip = ip;
	if (!thread->hard_coded)
		return;
	memcpy(code + MOVABS_IMM, &sp, sizeof(sp));
	memcpy(code + MOVABS_SIZE + JUMP_SIZE, &ip, sizeof(ip));
}
