// SPDX-License-Identifier: MIT
/*
 * The first and the last instructions of a return handler.
 *
 * They may not change a register or a flag of what was interrupted, nor use its
 * stack. All that they need is found from the stack pointer, which the kernel
 * has set to the top of the handler's stack (struct apf_top), so they work where
 * they are copied to.
 *
 * The copy ends where the last register is back: there follows, on the page that
 * the kernel has made, the jump that has the program counter in it.
 */
#include <stddef.h>

#include "apf_entry.h"

_Static_assert(offsetof(struct apf_top, leave) == 0, "jmp *(%rsp)");
_Static_assert(offsetof(struct apf_top, state) == 8, "136(%rsp)");
_Static_assert(offsetof(struct apf_top, enter) == 16, "144(%rsp)");
_Static_assert(offsetof(struct apf_top, arg) == 24, "152(%rsp)");
_Static_assert(offsetof(struct apf_state, area) == 0, "(%rbx)");
_Static_assert(offsetof(struct apf_state, parts) == 8, "8(%rbx)");

__asm__("	.text\n"
"	.balign 16\n"
"	.globl apf_entry, apf_entry_end, apf_go\n"
"	.hidden apf_entry, apf_entry_end, apf_go\n"
"	.type apf_entry, @function\n"
"	.type apf_go, @function\n"
"apf_entry:\n"
"	pushfq\n"
"	cld\n"
"	pushq %rax\n"
"	pushq %rbx\n"
"	pushq %rcx\n"
"	pushq %rdx\n"
"	pushq %rbp\n"
"	pushq %rsi\n"
"	pushq %rdi\n"
"	pushq %r8\n"
"	pushq %r9\n"
"	pushq %r10\n"
"	pushq %r11\n"
"	pushq %r12\n"
"	pushq %r13\n"
"	pushq %r14\n"
"	pushq %r15\n"
"	movq 136(%rsp), %rbx\n"
"	movq (%rbx), %rcx\n"
"	movl 8(%rbx), %eax\n"
"	movl 12(%rbx), %edx\n"
"	xsave64 (%rcx)\n"
"	movq %rsp, %rdi\n"
"	movq 152(%rsp), %rsi\n"
"	call *144(%rsp)\n"
"1:\n"
"	movq 136(%rsp), %rbx\n"
"	movq (%rbx), %rcx\n"
"	movl 8(%rbx), %eax\n"
"	movl 12(%rbx), %edx\n"
"	xrstor64 (%rcx)\n"
"	popq %r15\n"
"	popq %r14\n"
"	popq %r13\n"
"	popq %r12\n"
"	popq %r11\n"
"	popq %r10\n"
"	popq %r9\n"
"	popq %r8\n"
"	popq %rdi\n"
"	popq %rsi\n"
"	popq %rbp\n"
"	popq %rdx\n"
"	popq %rcx\n"
"	popq %rbx\n"
"	popq %rax\n"
"	popfq\n"
"apf_entry_end:\n"
"	jmp *(%rsp)\n"
"	.size apf_entry, . - apf_entry\n"
"\n"
/* The frame of whoever called is given up: it may be overwritten. */
"	.balign 16\n"
"apf_go:\n"
"	movq %rsi, %r8\n"
"	movq %rdi, %rsi\n"
"	leaq -128(%r8), %rdi\n"
"	movl $16, %ecx\n"
"	cld\n"
"	rep movsq\n"
"	leaq -128(%r8), %rsp\n"
"	jmp 1b\n"
"	.size apf_go, . - apf_go\n"
);
