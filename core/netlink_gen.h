/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/tandem.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_TANDEM_GEN_H
#define _LINUX_TANDEM_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/tandem.h>

/* Common nested types */
extern const struct nla_policy tandem_knob_nl_policy[TANDEM_A_KNOB_UNIT + 1];

int tandem_nl_subject_get_start(struct netlink_callback *cb);
int tandem_nl_subject_get_done(struct netlink_callback *cb);

int tandem_nl_capability_get_doit(struct sk_buff *skb, struct genl_info *info);
int tandem_nl_capability_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb);
int tandem_nl_capability_set_doit(struct sk_buff *skb, struct genl_info *info);
int tandem_nl_knob_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int tandem_nl_knob_set_doit(struct sk_buff *skb, struct genl_info *info);
int tandem_nl_stat_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int tandem_nl_subject_get_doit(struct sk_buff *skb, struct genl_info *info);
int tandem_nl_subject_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int tandem_nl_subject_set_doit(struct sk_buff *skb, struct genl_info *info);
int tandem_nl_subject_forget_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	TANDEM_NLGRP_EVENTS,
};

extern struct genl_family tandem_nl_family;

#endif /* _LINUX_TANDEM_GEN_H */
