/* SPDX-License-Identifier: MIT */
/* What apf_entry.c has in assembler, and where that finds what it needs. */
#ifndef TANDEM_LIB_APF_ENTRY_H
#define TANDEM_LIB_APF_ENTRY_H

#include <stdint.h>

/**
 * struct apf_state - extended state: where it is saved, and which parts
 * @area: of what is running, aligned to 64 bytes
 * @parts: mask of state components
 */
struct apf_state {
	void *area;
	uint64_t parts;
};

/**
 * struct apf_top - what lies at the top of the handler's stack
 * @leave: where the handler jumps to at its end
 * @state: where extended state goes
 * @enter: called with the registers that were saved, and @arg
 * @arg: for @enter
 */
struct apf_top {
	uint64_t leave;
	struct apf_state *state;
	void (*enter)(uint64_t *registers, void *arg);
	void *arg;
};

/* Where the kernel puts the thread, and the end of what can be copied. */
extern const char apf_entry[] __attribute__((visibility("hidden")));
extern const char apf_entry_end[] __attribute__((visibility("hidden")));

/* Loads registers and extended state, and leaves by way of the top. */
_Noreturn void apf_go(const uint64_t *registers, const struct apf_top *top)
	__attribute__((visibility("hidden")));

#endif
