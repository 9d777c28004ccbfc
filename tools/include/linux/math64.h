/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's pure code needs of this header, in user space. */
#ifndef TANDEM_TOOLS_LINUX_MATH64_H
#define TANDEM_TOOLS_LINUX_MATH64_H

#include <linux/types.h>

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

#endif
