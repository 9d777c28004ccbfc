/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/tandem.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_TANDEM_H
#define _UAPI_LINUX_TANDEM_H

#define TANDEM_FAMILY_NAME	"tandem"
#define TANDEM_FAMILY_VERSION	1

/**
 * enum tandem_state - What a capability is doing.
 * @TANDEM_STATE_OFF: takes no work, and nothing is in flight
 * @TANDEM_STATE_ENABLING: is about to take work
 * @TANDEM_STATE_ON: takes work
 * @TANDEM_STATE_DRAINING: takes no work, and what it began is still in flight
 * @TANDEM_STATE_DISABLING: is waiting for calls that are inside
 * @TANDEM_STATE_DISPLACED: its hooks do not run, because of another livepatch
 * @TANDEM_STATE_FAILED: an internal check found it broken; off until it is
 *   enabled again
 */
enum tandem_state {
	TANDEM_STATE_OFF,
	TANDEM_STATE_ENABLING,
	TANDEM_STATE_ON,
	TANDEM_STATE_DRAINING,
	TANDEM_STATE_DISABLING,
	TANDEM_STATE_DISPLACED,
	TANDEM_STATE_FAILED,

	/* private: */
	__TANDEM_STATE_MAX,
	TANDEM_STATE_MAX = (__TANDEM_STATE_MAX - 1)
};

/**
 * enum tandem_stat_kind - How a statistic is to be read.
 * @TANDEM_STAT_KIND_COUNTER: only grows, from 0 when the module was loaded
 * @TANDEM_STAT_KIND_GAUGE: goes up and down
 */
enum tandem_stat_kind {
	TANDEM_STAT_KIND_COUNTER,
	TANDEM_STAT_KIND_GAUGE,
};

enum {
	TANDEM_A_CAPABILITY_PAD = 1,
	TANDEM_A_CAPABILITY_NAME,
	TANDEM_A_CAPABILITY_ENABLED,
	TANDEM_A_CAPABILITY_STATE,
	TANDEM_A_CAPABILITY_REASON,
	TANDEM_A_CAPABILITY_SINCE_NS,
	TANDEM_A_CAPABILITY_IN_FLIGHT,
	TANDEM_A_CAPABILITY_VERSION,
	TANDEM_A_CAPABILITY_BUILT_FOR,

	__TANDEM_A_CAPABILITY_MAX,
	TANDEM_A_CAPABILITY_MAX = (__TANDEM_A_CAPABILITY_MAX - 1)
};

enum {
	TANDEM_A_KNOB_NAME = 1,
	TANDEM_A_KNOB_VALUE,
	TANDEM_A_KNOB_MINIMUM,
	TANDEM_A_KNOB_MAXIMUM,
	TANDEM_A_KNOB_DEFAULT,
	TANDEM_A_KNOB_UNIT,

	__TANDEM_A_KNOB_MAX,
	TANDEM_A_KNOB_MAX = (__TANDEM_A_KNOB_MAX - 1)
};

enum {
	TANDEM_A_KNOBS_CAPABILITY = 1,
	TANDEM_A_KNOBS_KNOB,

	__TANDEM_A_KNOBS_MAX,
	TANDEM_A_KNOBS_MAX = (__TANDEM_A_KNOBS_MAX - 1)
};

enum {
	TANDEM_A_STAT_PAD = 1,
	TANDEM_A_STAT_CAPABILITY,
	TANDEM_A_STAT_NAME,
	TANDEM_A_STAT_VALUE,
	TANDEM_A_STAT_KIND,

	__TANDEM_A_STAT_MAX,
	TANDEM_A_STAT_MAX = (__TANDEM_A_STAT_MAX - 1)
};

enum {
	TANDEM_CMD_CAPABILITY_GET = 1,
	TANDEM_CMD_CAPABILITY_SET,
	TANDEM_CMD_CAPABILITY_NTF,
	TANDEM_CMD_KNOB_GET,
	TANDEM_CMD_KNOB_SET,
	TANDEM_CMD_STAT_GET,

	__TANDEM_CMD_MAX,
	TANDEM_CMD_MAX = (__TANDEM_CMD_MAX - 1)
};

#define TANDEM_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_TANDEM_H */
