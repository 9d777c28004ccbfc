/* SPDX-License-Identifier: MIT */
/*
 * libtandem: a thread goes on while its page is being read.
 *
 * One struct tandem_apf serves the thread that opened it. Functions return 0 or a
 * negative errno. x86-64 only.
 */
#ifndef LIBTANDEM_APF_H
#define LIBTANDEM_APF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tandem_apf;

/**
 * struct tandem_apf_fault - what was interrupted
 * @pc: program counter; the instruction there is run again
 * @sp: stack pointer
 * @address: what it wanted
 * @slot: name of the read until it has completed
 */
struct tandem_apf_fault {
	uint64_t pc;
	uint64_t sp;
	uint64_t address;
	uint32_t slot;
};

/**
 * tandem_apf_handler_fn - called in place of what was interrupted
 * @apf: the context
 * @fault: what was interrupted
 * @arg: from struct tandem_apf_options
 *
 * Runs on a stack of its own, with all registers saved. When it returns, what
 * was interrupted goes on; a page that is not there yet is waited for.
 */
typedef void (*tandem_apf_handler_fn)(struct tandem_apf *apf,
				      const struct tandem_apf_fault *fault,
				      void *arg);

/**
 * struct tandem_apf_options - how to opt in
 * @handler: what is called
 * @arg: its last argument
 * @stack_size: bytes for its stack; 0: 64 KiB
 * @hard_coded: use a copy of the handler's entry with the program counter written
 *	into it; tandem_apf_resume() cannot be used then
 */
struct tandem_apf_options {
	tandem_apf_handler_fn handler;
	void *arg;
	size_t stack_size;
	bool hard_coded;
};

int tandem_apf_open(struct tandem_apf **apf,
		    const struct tandem_apf_options *options);
void tandem_apf_close(struct tandem_apf *apf);
int tandem_apf_fd(const struct tandem_apf *apf);
uint64_t tandem_apf_entries(const struct tandem_apf *apf);

int tandem_apf_next(struct tandem_apf *apf);
int tandem_apf_wait(struct tandem_apf *apf);
void tandem_apf_mask(struct tandem_apf *apf);
void tandem_apf_unmask(struct tandem_apf *apf);

/*
 * For who switches between many things on one thread.
 */

/**
 * struct tandem_apf_context - all that a thread had when it was interrupted
 * @registers: R15 to R8, RDI, RSI, RBP, RDX, RCX, RBX, RAX, RFLAGS
 * @ip: program counter
 * @sp: stack pointer
 * @extended: state of FPU, SSE, AVX and what else the CPU has
 */
struct tandem_apf_context {
	uint64_t registers[16];
	uint64_t ip;
	uint64_t sp;
	void *extended;
};

int tandem_apf_context_init(struct tandem_apf_context *context);
void tandem_apf_context_free(struct tandem_apf_context *context);
void tandem_apf_context_make(struct tandem_apf_context *context,
			     void (*start)(void *arg), void *arg, void *stack,
			     size_t size);
void tandem_apf_park(struct tandem_apf *apf,
		     struct tandem_apf_context *context);
void tandem_apf_use(struct tandem_apf *apf,
		    struct tandem_apf_context *context);
_Noreturn void tandem_apf_resume(struct tandem_apf *apf,
				 struct tandem_apf_context *context);
void *tandem_apf_stack_top(const struct tandem_apf *apf);

#ifdef __cplusplus
}
#endif

#endif
