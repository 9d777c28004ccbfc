// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the running kernel the one that this module was built for?
 *
 * The release string does not tell: a kernel that was rebuilt keeps it.  The
 * type information does, since what was compared at build time is in there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/sha2.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "core.h"

/* Between two chances for others to run. */
#define BTF_CHUNK	(256 * 1024)

static void digest_of(const u8 *data, size_t size, u8 *out)
{
	struct sha256_state state;

	sha256_init(&state);
	while (size) {
		size_t n = min_t(size_t, size, BTF_CHUNK);

		sha256_update(&state, data, n);
		data += n;
		size -= n;
		cond_resched();
	}
	sha256_final(&state, out);
}

/**
 * tandem_btf_check() - compare the type information with that of the build
 *
 * Context: process context, module init; takes a few milliseconds.
 * Return: 0, or -ENOEXEC after one line in the log.
 */
int tandem_btf_check(void)
{
	const u8 *start = tandem_borrow_address("__start_BTF");
	const u8 *stop = tandem_borrow_address("__stop_BTF");
	u8 digest[SHA256_DIGEST_SIZE];

	if (!start || !stop || stop <= start) {
		pr_err("not loaded: this kernel carries no type information (BTF) to compare with\n");
		return -ENOEXEC;
	}
	if (stop - start == tandem_btf_size) {
		digest_of(start, stop - start, digest);
		if (!memcmp(digest, tandem_btf_digest, sizeof(digest)))
			return 0;
	}
	pr_err("not loaded: the running kernel is not the build of %s that this module was built for: build it again with the headers of this kernel\n",
	       tandem_built_for);
	return -ENOEXEC;
}
