/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The declarations that the target kernel keeps to itself, for the kernel that
 * this build is for.  Each supported kernel has one file; a new kernel gets a
 * new file and a line here, and nothing else in the tree tests a version.
 */
#ifndef _TANDEM_KERNEL_H
#define _TANDEM_KERNEL_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) && \
	LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#include <tandem/kernel-6.12.h>
#else
#error "tandem: this kernel is not supported; supported is Linux 6.12 (LTS)"
#endif

#endif /* _TANDEM_KERNEL_H */
