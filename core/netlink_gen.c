// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/tandem.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/tandem.h>

/* Common nested types */
const struct nla_policy tandem_knob_nl_policy[TANDEM_A_KNOB_UNIT + 1] = {
	[TANDEM_A_KNOB_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[TANDEM_A_KNOB_VALUE] = { .type = NLA_U32, },
	[TANDEM_A_KNOB_MINIMUM] = { .type = NLA_U32, },
	[TANDEM_A_KNOB_MAXIMUM] = { .type = NLA_U32, },
	[TANDEM_A_KNOB_DEFAULT] = { .type = NLA_U32, },
	[TANDEM_A_KNOB_UNIT] = { .type = NLA_NUL_STRING, },
};

/* TANDEM_CMD_CAPABILITY_GET - do */
static const struct nla_policy tandem_capability_get_nl_policy[TANDEM_A_CAPABILITY_NAME + 1] = {
	[TANDEM_A_CAPABILITY_NAME] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* TANDEM_CMD_CAPABILITY_SET - do */
static const struct nla_policy tandem_capability_set_nl_policy[TANDEM_A_CAPABILITY_ENABLED + 1] = {
	[TANDEM_A_CAPABILITY_NAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[TANDEM_A_CAPABILITY_ENABLED] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* TANDEM_CMD_KNOB_GET - dump */
static const struct nla_policy tandem_knob_get_nl_policy[TANDEM_A_KNOBS_CAPABILITY + 1] = {
	[TANDEM_A_KNOBS_CAPABILITY] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* TANDEM_CMD_KNOB_SET - do */
static const struct nla_policy tandem_knob_set_nl_policy[TANDEM_A_KNOBS_KNOB + 1] = {
	[TANDEM_A_KNOBS_CAPABILITY] = { .type = NLA_NUL_STRING, .len = 15, },
	[TANDEM_A_KNOBS_KNOB] = NLA_POLICY_NESTED(tandem_knob_nl_policy),
};

/* TANDEM_CMD_STAT_GET - dump */
static const struct nla_policy tandem_stat_get_nl_policy[TANDEM_A_STAT_CAPABILITY + 1] = {
	[TANDEM_A_STAT_CAPABILITY] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* TANDEM_CMD_SUBJECT_GET - do */
static const struct nla_policy tandem_subject_get_do_nl_policy[TANDEM_A_SUBJECT_NAME + 1] = {
	[TANDEM_A_SUBJECT_CAPABILITY] = { .type = NLA_NUL_STRING, .len = 15, },
	[TANDEM_A_SUBJECT_NAME] = { .type = NLA_NUL_STRING, .len = 255, },
};

/* TANDEM_CMD_SUBJECT_GET - dump */
static const struct nla_policy tandem_subject_get_dump_nl_policy[TANDEM_A_SUBJECT_CAPABILITY + 1] = {
	[TANDEM_A_SUBJECT_CAPABILITY] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* TANDEM_CMD_SUBJECT_SET - do */
static const struct nla_policy tandem_subject_set_nl_policy[TANDEM_A_SUBJECT_KNOB + 1] = {
	[TANDEM_A_SUBJECT_CAPABILITY] = { .type = NLA_NUL_STRING, .len = 15, },
	[TANDEM_A_SUBJECT_NAME] = { .type = NLA_NUL_STRING, .len = 255, },
	[TANDEM_A_SUBJECT_KNOB] = NLA_POLICY_NESTED(tandem_knob_nl_policy),
};

/* TANDEM_CMD_SUBJECT_FORGET - do */
static const struct nla_policy tandem_subject_forget_nl_policy[TANDEM_A_SUBJECT_NAME + 1] = {
	[TANDEM_A_SUBJECT_CAPABILITY] = { .type = NLA_NUL_STRING, .len = 15, },
	[TANDEM_A_SUBJECT_NAME] = { .type = NLA_NUL_STRING, .len = 255, },
};

/* Ops table for tandem */
static const struct genl_split_ops tandem_nl_ops[] = {
	{
		.cmd		= TANDEM_CMD_CAPABILITY_GET,
		.doit		= tandem_nl_capability_get_doit,
		.policy		= tandem_capability_get_nl_policy,
		.maxattr	= TANDEM_A_CAPABILITY_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= TANDEM_CMD_CAPABILITY_GET,
		.dumpit	= tandem_nl_capability_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TANDEM_CMD_CAPABILITY_SET,
		.doit		= tandem_nl_capability_set_doit,
		.policy		= tandem_capability_set_nl_policy,
		.maxattr	= TANDEM_A_CAPABILITY_ENABLED,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TANDEM_CMD_KNOB_GET,
		.dumpit		= tandem_nl_knob_get_dumpit,
		.policy		= tandem_knob_get_nl_policy,
		.maxattr	= TANDEM_A_KNOBS_CAPABILITY,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TANDEM_CMD_KNOB_SET,
		.doit		= tandem_nl_knob_set_doit,
		.policy		= tandem_knob_set_nl_policy,
		.maxattr	= TANDEM_A_KNOBS_KNOB,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TANDEM_CMD_STAT_GET,
		.dumpit		= tandem_nl_stat_get_dumpit,
		.policy		= tandem_stat_get_nl_policy,
		.maxattr	= TANDEM_A_STAT_CAPABILITY,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TANDEM_CMD_SUBJECT_GET,
		.doit		= tandem_nl_subject_get_doit,
		.policy		= tandem_subject_get_do_nl_policy,
		.maxattr	= TANDEM_A_SUBJECT_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TANDEM_CMD_SUBJECT_GET,
		.start		= tandem_nl_subject_get_start,
		.dumpit		= tandem_nl_subject_get_dumpit,
		.done		= tandem_nl_subject_get_done,
		.policy		= tandem_subject_get_dump_nl_policy,
		.maxattr	= TANDEM_A_SUBJECT_CAPABILITY,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TANDEM_CMD_SUBJECT_SET,
		.doit		= tandem_nl_subject_set_doit,
		.policy		= tandem_subject_set_nl_policy,
		.maxattr	= TANDEM_A_SUBJECT_KNOB,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TANDEM_CMD_SUBJECT_FORGET,
		.doit		= tandem_nl_subject_forget_doit,
		.policy		= tandem_subject_forget_nl_policy,
		.maxattr	= TANDEM_A_SUBJECT_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group tandem_nl_mcgrps[] = {
	[TANDEM_NLGRP_EVENTS] = { "events", },
};

struct genl_family tandem_nl_family __ro_after_init = {
	.name		= TANDEM_FAMILY_NAME,
	.version	= TANDEM_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= tandem_nl_ops,
	.n_split_ops	= ARRAY_SIZE(tandem_nl_ops),
	.mcgrps		= tandem_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(tandem_nl_mcgrps),
};
