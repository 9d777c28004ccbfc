// SPDX-License-Identifier: MIT
/*
 * Opting in to asynchronous page faults, and what a handler is given.
 *
 * All that runs here between an interrupted instruction and the same again is on
 * the handler's stack, where the kernel does not interrupt anything.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/tandem_apf.h>

#include "apf_entry.h"
#include "tandem_apf.h"

#define PAGE 4096u
#define STACK_DEFAULT (64u << 10)
#define STACK_SPARE (16u << 10)
#define ALIGN 64u

/* RFLAGS of a context that has never run: interrupts on, as always. */
#define FLAGS_AT_START 0x202u
/* Its MXCSR, which lies at this offset of the extended state. */
#define MXCSR_AT_START 0x1f80u
#define MXCSR_OFFSET 24u

enum {
	REGISTER_RDI = 8,
	REGISTER_FLAGS = 15,
};

/**
 * struct tandem_apf - a thread that has opted in
 * @fd: of the device
 * @code: its page of code; the area follows
 * @area: what the kernel writes
 * @stack: of the handler
 * @stack_size: bytes of it that can be used
 * @top: at its upper end
 * @state: of what is running
 * @own: extended state for who has no contexts
 * @tail: completed reads that were taken note of
 * @options: as given
 */
struct tandem_apf {
	int fd;
	char *code;
	struct tandem_apf_area *area;
	char *stack;
	size_t stack_size;
	struct apf_top *top;
	struct apf_state state;
	void *own;
	uint32_t tail;
	struct tandem_apf_options options;
};

/* State components that the kernel has enabled, and bytes that they take. */
static int extended_state(uint64_t *parts, size_t *size)
{
	unsigned int a, b, c, d;
	uint32_t low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) ||
	    !__get_cpuid_count(13, 0, &a, &b, &c, &d))
		return -EOPNOTSUPP;
	__asm__("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
	*parts = (uint64_t)high << 32 | low;
	*size = (b + ALIGN - 1) / ALIGN * ALIGN;
	return 0;
}

static void *new_state(size_t size)
{
	void *area = aligned_alloc(ALIGN, size);

	/* The header has reserved bits that must be 0. */
	if (area)
		memset(area, 0, size);
	return area;
}

/* Two pages side by side: nobody may come in between. */
static int map_device(struct tandem_apf *apf)
{
	char *at = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	if (at == MAP_FAILED)
		return -errno;
	apf->code = at;
	if (mmap(at, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED,
		 apf->fd, 0) == MAP_FAILED ||
	    mmap(at + PAGE, PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, apf->fd, PAGE) == MAP_FAILED)
		return -errno;
	apf->area = (struct tandem_apf_area *)(at + PAGE);
	return 0;
}

static void enter(uint64_t *registers, void *arg)
{
	struct tandem_apf *apf = arg;
	const struct tandem_apf_fault fault = {
		.pc = apf->area->ip,
		.sp = apf->area->sp,
		.address = apf->area->address,
		.slot = apf->area->slot,
	};

	/* The register of the argument; in the other form it is as it was. */
	registers[REGISTER_RDI] = apf->area->arg;
	apf->options.handler(apf, &fault, apf->options.arg);
}

/* Touched once, so that it is there when the first fault needs it. */
static int make_stack(struct tandem_apf *apf)
{
	size_t size = apf->options.stack_size ? apf->options.stack_size :
						STACK_DEFAULT;

	size = (size + PAGE - 1) / PAGE * PAGE + STACK_SPARE;
	apf->stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (apf->stack == MAP_FAILED) {
		apf->stack = NULL;
		return -errno;
	}
	memset(apf->stack, 0, size);
	apf->stack_size = size - ALIGN;
	apf->top = (struct apf_top *)(apf->stack + apf->stack_size);
	apf->top->state = &apf->state;
	apf->top->enter = enter;
	apf->top->arg = apf;
	return 0;
}

static int join(struct tandem_apf *apf)
{
	struct tandem_apf_join join = {
		.handler = (uintptr_t)apf_entry,
		.stack = (uintptr_t)apf->stack,
		.stack_size = apf->stack_size,
	};

	if (apf->options.hard_coded) {
		join.flags = TANDEM_APF_HARD_CODED;
		join.code_len = (uint32_t)((uintptr_t)apf_entry_end -
					   (uintptr_t)apf_entry);
	}
	if (ioctl(apf->fd, TANDEM_APF_IOC_JOIN, &join))
		return -errno;
	apf->top->leave = join.leave;
	return 0;
}

static int start(struct tandem_apf *apf)
{
	size_t size;
	int err = extended_state(&apf->state.parts, &size);

	if (err)
		return err;
	apf->own = new_state(size);
	if (!apf->own)
		return -ENOMEM;
	apf->state.area = apf->own;
	apf->fd = open(TANDEM_APF_DEVICE, O_RDWR | O_CLOEXEC);
	if (apf->fd < 0)
		return -errno;
	err = map_device(apf);
	if (!err)
		err = make_stack(apf);
	return err ? err : join(apf);
}

/**
 * tandem_apf_open - the calling thread opts in
 * @apf: gets the context
 * @options: how
 *
 * The handler may run before this returns. A fault from then on that has to read
 * from swap calls it, if the administrator has enabled apf.
 *
 * Return: 0 or a negative errno.
 */
int tandem_apf_open(struct tandem_apf **apf,
		    const struct tandem_apf_options *options)
{
	struct tandem_apf *fresh = calloc(1, sizeof(*fresh));
	int err;

	if (!fresh)
		return -ENOMEM;
	fresh->fd = -1;
	fresh->options = *options;
	*apf = fresh;
	err = start(fresh);
	if (err) {
		tandem_apf_close(fresh);
		*apf = NULL;
	}
	return err;
}

/**
 * tandem_apf_close - opt out and give everything back
 * @apf: of the calling thread, or of one that has ended; may be NULL
 *
 * Nothing that was parked can be resumed afterwards.
 */
void tandem_apf_close(struct tandem_apf *apf)
{
	if (!apf)
		return;
	if (apf->fd >= 0)
		ioctl(apf->fd, TANDEM_APF_IOC_LEAVE);
	if (apf->code)
		munmap(apf->code, 2 * PAGE);
	if (apf->fd >= 0)
		close(apf->fd);
	if (apf->stack)
		munmap(apf->stack, apf->stack_size + ALIGN);
	free(apf->own);
	free(apf);
}

/**
 * tandem_apf_fd - a descriptor that can be polled
 * @apf: context
 *
 * Return: it can be read when tandem_apf_next() has something.
 */
int tandem_apf_fd(const struct tandem_apf *apf)
{
	return apf->fd;
}

/**
 * tandem_apf_entries - how often the handler was called
 * @apf: context
 *
 * Return: since it was opened.
 */
uint64_t tandem_apf_entries(const struct tandem_apf *apf)
{
	return __atomic_load_n(&apf->area->entries, __ATOMIC_RELAXED);
}

/**
 * tandem_apf_next - take note of a read that has completed
 * @apf: context
 *
 * Return: its slot, which may be used again from now on, or -EAGAIN.
 */
int tandem_apf_next(struct tandem_apf *apf)
{
	struct tandem_apf_area *area = apf->area;
	uint32_t slot;

	if (__atomic_load_n(&area->head, __ATOMIC_ACQUIRE) == apf->tail)
		return -EAGAIN;
	slot = __atomic_load_n(&area->ring[apf->tail % TANDEM_APF_SLOTS],
			       __ATOMIC_RELAXED);
	apf->tail++;
	__atomic_store_n(&area->tail, apf->tail, __ATOMIC_RELAXED);
	__atomic_store_n(&area->done[slot], 0, __ATOMIC_RELEASE);
	return (int)slot;
}

/**
 * tandem_apf_wait - sleep until a read has completed
 * @apf: context
 *
 * Returns at once if there is one that was not taken note of.
 *
 * Return: 0, or -EINTR after a signal.
 */
int tandem_apf_wait(struct tandem_apf *apf)
{
	return ioctl(apf->fd, TANDEM_APF_IOC_WAIT, &apf->tail) ? -errno : 0;
}

/**
 * tandem_apf_mask - no handler from here on: faults are waited for
 * @apf: context
 *
 * For code that must not be left half-way, such as with a lock held that the
 * handler or another context might take. Calls nest.
 */
void tandem_apf_mask(struct tandem_apf *apf)
{
	__atomic_fetch_add(&apf->area->masked, 1, __ATOMIC_SEQ_CST);
}

/**
 * tandem_apf_unmask - end of tandem_apf_mask()
 * @apf: context
 */
void tandem_apf_unmask(struct tandem_apf *apf)
{
	__atomic_fetch_sub(&apf->area->masked, 1, __ATOMIC_SEQ_CST);
}

/**
 * tandem_apf_context_init - make room for all that a thread has
 * @context: context
 *
 * Return: 0 or a negative errno.
 */
int tandem_apf_context_init(struct tandem_apf_context *context)
{
	uint64_t parts;
	size_t size;
	int err = extended_state(&parts, &size);

	memset(context, 0, sizeof(*context));
	if (err)
		return err;
	context->extended = new_state(size);
	return context->extended ? 0 : -ENOMEM;
}

/**
 * tandem_apf_context_free - end of tandem_apf_context_init()
 * @context: context
 */
void tandem_apf_context_free(struct tandem_apf_context *context)
{
	free(context->extended);
	context->extended = NULL;
}

/**
 * tandem_apf_context_make - a context that begins with a call
 * @context: context, from tandem_apf_context_init()
 * @start: function that is called and must not return
 * @arg: its argument
 * @stack: lowest address of its stack
 * @size: of the stack
 */
void tandem_apf_context_make(struct tandem_apf_context *context,
			     void (*start_fn)(void *arg), void *arg, void *stack,
			     size_t size)
{
	const uint32_t mxcsr = MXCSR_AT_START;
	uint64_t sp = ((uintptr_t)stack + size) / 16 * 16 - 8;

	memset(context->registers, 0, sizeof(context->registers));
	context->registers[REGISTER_RDI] = (uintptr_t)arg;
	context->registers[REGISTER_FLAGS] = FLAGS_AT_START;
	context->ip = (uintptr_t)start_fn;
	context->sp = sp;
	/* Nobody to return to. */
	memset((void *)(uintptr_t)sp, 0, sizeof(uint64_t));
	memcpy((char *)context->extended + MXCSR_OFFSET, &mxcsr,
	       sizeof(mxcsr));
}

/**
 * tandem_apf_use - say where extended state is saved at the next fault
 * @apf: context of the thread
 * @context: what is about to run, from tandem_apf_context_init(); NULL: nothing
 *	that will be parked
 */
void tandem_apf_use(struct tandem_apf *apf, struct tandem_apf_context *context)
{
	apf->state.area = context ? context->extended : apf->own;
}

/**
 * tandem_apf_park - keep what was interrupted, to resume it later
 * @apf: context of the thread, in the handler
 * @context: that of the last tandem_apf_use() or tandem_apf_resume()
 */
void tandem_apf_park(struct tandem_apf *apf,
		     struct tandem_apf_context *context)
{
	memcpy(context->registers, (char *)apf->top - sizeof(context->registers),
	       sizeof(context->registers));
	context->ip = apf->area->ip;
	context->sp = apf->area->sp;
}

/**
 * tandem_apf_resume - go on with a context
 * @apf: context of the thread, on the handler's stack
 * @context: what to go on with
 */
void tandem_apf_resume(struct tandem_apf *apf,
		       struct tandem_apf_context *context)
{
	tandem_apf_use(apf, context);
	apf->area->ip = context->ip;
	apf->area->sp = context->sp;
	apf_go(context->registers, apf->top);
}

/**
 * tandem_apf_stack_top - where a switch to the handler's stack puts RSP
 * @apf: context of the thread
 *
 * Return: an address that is a multiple of 16.
 */
void *tandem_apf_stack_top(const struct tandem_apf *apf)
{
	return apf->top;
}
