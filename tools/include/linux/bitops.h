/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's pure code needs of this header, in user space. */
#ifndef TANDEM_TOOLS_LINUX_BITOPS_H
#define TANDEM_TOOLS_LINUX_BITOPS_H

#include <linux/types.h>

#define BIT(nr) (1UL << (nr))

static inline unsigned int hweight32(u32 word)
{
	return (unsigned int)__builtin_popcount(word);
}

#endif
