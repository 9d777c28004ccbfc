// SPDX-License-Identifier: GPL-2.0-only
/*
 * apfregs argument|hard-coded|tasks FAULTS: a load from a page in swap, with a value
 * of its own in every register, every flag, the FPU, the vector registers and the red
 * zone, each time another. What is run meanwhile changes all of them. Then each is
 * compared.
 */
#include "apf_tasks.h"
#include "apfswap.h"
#include "tandem_apf.h"

#define NR_GENERAL 14	/* all but RSP and that of the load */
#define NR_RED 16
#define NR_X87 8
#define NR_VECTOR 16
#define VECTOR 32

#define FLAGS_TESTED 0xcd5u	/* CF PF AF ZF SF DF OF */
#define FLAGS_ALWAYS 0x202u

struct values {
	uint64_t general[NR_GENERAL];
	uint64_t red[NR_RED];
	uint64_t flags;
	uint64_t x87[NR_X87];
	uint8_t vector[NR_VECTOR][VECTOR];
	uint32_t mxcsr;
	uint16_t control;
};

struct values in __attribute__((visibility("hidden")));
struct values out __attribute__((visibility("hidden")));
uint64_t loaded __attribute__((visibility("hidden")));

_Static_assert(offsetof(struct values, red) == 112, "used below");
_Static_assert(offsetof(struct values, flags) == 240, "used below");
_Static_assert(offsetof(struct values, x87) == 248, "used below");
_Static_assert(offsetof(struct values, vector) == 312, "used below");
_Static_assert(offsetof(struct values, mxcsr) == 824, "used below");
_Static_assert(offsetof(struct values, control) == 828, "used below");

/* Loads from the address with the values of in, and leaves those after in out. */
void probe(const uint64_t *address) __attribute__((visibility("hidden")));

/* mov changes no flag, so it comes after them. */
__asm__("	.text\n"
"	.type probe, @function\n"
"probe:\n"
"	pushq %rbp\n"
"	pushq %rbx\n"
"	pushq %r12\n"
"	pushq %r13\n"
"	pushq %r14\n"
"	pushq %r15\n"
"	movq %rdi, %r15\n"
"	fninit\n"
"	fldcw in+828(%rip)\n"
"	.irp n,0,1,2,3,4,5,6,7\n"
"	fildll in+248+8*\\n(%rip)\n"
"	.endr\n"
"	ldmxcsr in+824(%rip)\n"
"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
"	vmovdqu in+312+32*\\n(%rip), %ymm\\n\n"
"	.endr\n"
"	pushq in+240(%rip)\n"
"	popfq\n"
"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
"	movq in+112+8*\\n(%rip), %rax\n"
"	movq %rax, -8-8*\\n(%rsp)\n"
"	.endr\n"
"	movq in(%rip), %rax\n"
"	movq in+8(%rip), %rbx\n"
"	movq in+16(%rip), %rcx\n"
"	movq in+24(%rip), %rdx\n"
"	movq in+32(%rip), %rsi\n"
"	movq in+40(%rip), %rdi\n"
"	movq in+48(%rip), %rbp\n"
"	movq in+56(%rip), %r8\n"
"	movq in+64(%rip), %r9\n"
"	movq in+72(%rip), %r10\n"
"	movq in+80(%rip), %r11\n"
"	movq in+88(%rip), %r12\n"
"	movq in+96(%rip), %r13\n"
"	movq in+104(%rip), %r14\n"
"	movq (%r15), %r15\n"
"	movq %rax, out(%rip)\n"
"	movq %rbx, out+8(%rip)\n"
"	movq %rcx, out+16(%rip)\n"
"	movq %rdx, out+24(%rip)\n"
"	movq %rsi, out+32(%rip)\n"
"	movq %rdi, out+40(%rip)\n"
"	movq %rbp, out+48(%rip)\n"
"	movq %r8, out+56(%rip)\n"
"	movq %r9, out+64(%rip)\n"
"	movq %r10, out+72(%rip)\n"
"	movq %r11, out+80(%rip)\n"
"	movq %r12, out+88(%rip)\n"
"	movq %r13, out+96(%rip)\n"
"	movq %r14, out+104(%rip)\n"
"	movq %r15, loaded(%rip)\n"
"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
"	movq -8-8*\\n(%rsp), %rax\n"
"	movq %rax, out+112+8*\\n(%rip)\n"
"	.endr\n"
"	pushfq\n"
"	popq out+240(%rip)\n"
"	cld\n"
"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
"	vmovdqu %ymm\\n, out+312+32*\\n(%rip)\n"
"	.endr\n"
"	stmxcsr out+824(%rip)\n"
"	fnstcw out+828(%rip)\n"
"	.irp n,7,6,5,4,3,2,1,0\n"
"	fistpll out+248+8*\\n(%rip)\n"
"	.endr\n"
"	fninit\n"
"	vzeroupper\n"
"	movl $0x1f80, -4(%rsp)\n"
"	ldmxcsr -4(%rsp)\n"
"	popq %r15\n"
"	popq %r14\n"
"	popq %r13\n"
"	popq %r12\n"
"	popq %rbx\n"
"	popq %rbp\n"
"	ret\n"
"	.size probe, . - probe\n");

/* Registers that a function may change, and what it may not but the entry saves. */
static void change_all(void)
{
	static const uint32_t mxcsr = 0x1f80;

	__asm__ volatile("fninit\n\t"
			 "fld1\n\tfldpi\n\tfldz\n\t"
			 "ldmxcsr %0\n\t"
			 ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
			 "vpcmpeqb %%ymm\\n, %%ymm\\n, %%ymm\\n\n\t"
			 ".endr\n\t"
			 "movq $-1, %%rax\n\tmovq $-2, %%rbx\n\t"
			 "movq $-3, %%rcx\n\tmovq $-4, %%rdx\n\t"
			 "movq $-5, %%rsi\n\tmovq $-6, %%rdi\n\t"
			 "movq $-7, %%r8\n\tmovq $-8, %%r9\n\t"
			 "movq $-9, %%r10\n\tmovq $-10, %%r11\n\t"
			 "movq $-11, %%r12\n\tmovq $-12, %%r13\n\t"
			 "movq $-13, %%r14\n\tmovq $-14, %%r15\n\t"
			 "xorl %%eax, %%eax\n\t"
			 "fninit\n\t"
			 : : "m" (mxcsr)
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9",
			   "r10", "r11", "r12", "r13", "r14", "r15", "cc",
			   "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
			   "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
			   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

static void choose(uint64_t *state)
{
	uint8_t *at = (uint8_t *)&in;
	size_t i;

	for (i = 0; i < sizeof(in); i++)
		at[i] = (uint8_t)next_random(state);
	in.flags = (in.flags & FLAGS_TESTED) | FLAGS_ALWAYS;
	/* Exceptions masked; any rounding. Integers keep all of their bits. */
	in.mxcsr = 0x1f80 | (in.mxcsr & 0x6000) | (in.mxcsr & 0x3f);
	in.control = 0x037f | (in.control & 0x0c00);
}

static void compare(void)
{
	size_t i;

	for (i = 0; i < NR_GENERAL; i++)
		if (in.general[i] != out.general[i])
			fail("register %zu is %#llx, was %#llx", i,
			     (unsigned long long)out.general[i],
			     (unsigned long long)in.general[i]);
	for (i = 0; i < NR_RED; i++)
		if (in.red[i] != out.red[i])
			fail("word %zu of the red zone has changed", i);
	for (i = 0; i < NR_X87; i++)
		if (in.x87[i] != out.x87[i])
			fail("x87 register %zu has changed", i);
	for (i = 0; i < NR_VECTOR; i++)
		if (memcmp(in.vector[i], out.vector[i], VECTOR))
			fail("vector register %zu has changed", i);
	if (in.flags != out.flags)
		fail("flags are %#llx, were %#llx",
		     (unsigned long long)out.flags,
		     (unsigned long long)in.flags);
	if (in.mxcsr != out.mxcsr || in.control != out.control)
		fail("control words have changed");
}

static uint64_t *memory;
static size_t faults;

static void probe_all(void)
{
	uint64_t state = 7;
	size_t i;

	for (i = 0; i < faults; i++) {
		choose(&state);
		probe(&memory[i * WORDS + i % WORDS]);
		if (loaded != pattern(1, i, i % WORDS))
			fail("wrong data: page %zu", i);
		compare();
	}
}

static void on_fault(struct tandem_apf *apf,
		     const struct tandem_apf_fault *fault, void *arg)
{
	(void)arg;
	do {
		change_all();
	} while (tandem_apf_next(apf) != (int)fault->slot);
}

static void with_handler(bool hard_coded)
{
	struct tandem_apf_options options = {
		.handler = on_fault,
		.hard_coded = hard_coded,
	};
	struct tandem_apf *apf;
	int err = tandem_apf_open(&apf, &options);

	if (err)
		fail("cannot opt in: %s", strerror(-err));
	probe_all();
	printf("faults %zu entries %llu\n", faults,
	       (unsigned long long)tandem_apf_entries(apf));
	tandem_apf_close(apf);
}

static bool ended;
static struct tasks *tasks;

static void probe_task(void *arg)
{
	(void)arg;
	probe_all();
	ended = true;
}

static void change_task(void *arg)
{
	(void)arg;
	while (!ended) {
		change_all();
		tasks_yield(tasks);
	}
}

static void with_tasks(void)
{
	int err = tasks_new(&tasks, 2);

	if (!err)
		err = tasks_spawn(tasks, probe_task, NULL, 0);
	if (!err)
		err = tasks_spawn(tasks, change_task, NULL, 0);
	if (err)
		fail("cannot have tasks: %s", strerror(-err));
	tasks_run(tasks);
	printf("faults %zu entries %llu\n", faults,
	       (unsigned long long)tasks_counts(tasks).faults);
	tasks_free(tasks);
}

int main(int argc, char **argv)
{
	faults = argc == 3 ? (size_t)atol(argv[2]) : 0;
	if (!faults)
		fail("usage: apfregs argument|hard-coded|tasks FAULTS");
	if (!__builtin_cpu_supports("avx2"))
		fail("this CPU has no AVX2");
	memory = new_memory(faults);
	fill(memory, faults, 1);
	page_out(memory, faults);
	if (!strcmp(argv[1], "tasks"))
		with_tasks();
	else
		with_handler(!strcmp(argv[1], "hard-coded"));
	return 0;
}
