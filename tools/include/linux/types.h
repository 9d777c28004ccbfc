/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own names of types, for its pure code in user space. */
#ifndef TANDEM_TOOLS_LINUX_TYPES_H
#define TANDEM_TOOLS_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include_next <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX

#endif
