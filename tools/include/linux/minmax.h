/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's pure code needs of this header, in user space. */
#ifndef TANDEM_TOOLS_LINUX_MINMAX_H
#define TANDEM_TOOLS_LINUX_MINMAX_H

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))

#endif
