// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comparing, when the module is built, what the suite believes of the kernel
 * with the kernel's own type information.
 *
 * btf_facts.h is made by tools/btf/tandem-btf from the vmlinux of the kernel
 * that is built for.  A difference does not compile.
 */
#include <generated/utsrelease.h>
#include <linux/build_bug.h>
#include <linux/init.h>
#include <linux/stddef.h>
#include <tandem/borrow.h>
#include "core.h"

#define FACT_TYPE "tandem: not the kernel that this source knows: "

/* A function has the prototype that borrowed.h gives it. */
#define FACT_FUNCTION(name, text) \
	static_assert(__same_type(tandem_proto_##name, tandem_btf_##name), \
		      FACT_TYPE "its prototype is " text)

#define FACT_SIZE(type, size) \
	static_assert(sizeof(type) == (size), \
		      FACT_TYPE "sizeof(" #type ") is " #size)

#define FACT_MEMBER(type, member, offset, size) \
	static_assert(offsetof(type, member) == (offset) && \
		      sizeof_field(type, member) == (size), \
		      FACT_TYPE #type " has " #member " of " #size \
		      " bytes at " #offset)

#define FACT_VALUE(name, value) \
	static_assert((name) == (value), \
		      FACT_TYPE #name " is " #value)

/* A bit-field has no offset in C: set it, and see which bits have changed. */
#define FACT_BITS(type, member, bit, width) do { \
	union { \
		type s; \
		u32 words[sizeof(type) / sizeof(u32)]; \
	} u = { .words = { 0 } }; \
	u.s.member = ~0; \
	BUILD_BUG_ON_MSG(u.words[(bit) / 32] != \
			 GENMASK((bit) % 32 + (width) - 1, (bit) % 32), \
			 FACT_TYPE #type " has " #member " of " #width \
			 " bits at bit " #bit); \
} while (0)

#include "btf_facts.h"

/* Never called; the compiler drops what is not used before it complains. */
static void __init __used facts_of_bit_fields(void)
{
	TANDEM_BTF_BIT_FIELDS
}

const u8 tandem_btf_digest[] = TANDEM_BTF_DIGEST;
const size_t tandem_btf_size = TANDEM_BTF_SIZE;
const char tandem_built_for[] = UTS_RELEASE;
