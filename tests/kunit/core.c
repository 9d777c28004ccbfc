// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit's core, from the kernel source that the build laid in lib/, without
 * the part that finds suites through members of struct module that a kernel
 * without KUnit does not have.
 *
 * Every header that lib/test.c takes from the kernel is read before
 * CONFIG_MODULES goes, so that no structure changes its shape.
 */
#include <kunit/attributes.h>
#include <kunit/device.h>
#include <kunit/resource.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/sched/debug.h>
#include <linux/slab.h>
#include <linux/string.h>

#undef CONFIG_MODULES
#include "lib/test.c"
