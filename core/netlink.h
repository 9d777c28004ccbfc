/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What netlink.c has for the other files of the netlink family: rights, the
 * capability that a request names, and knobs in both directions.
 */
#ifndef _TANDEM_NETLINK_H
#define _TANDEM_NETLINK_H

#include <net/genetlink.h>
#include "core.h"

/**
 * struct tandem_knob_request - the knobs of one request
 * @n: how many
 * @changes: name and value of each; the names lie in the request
 * @nests: where each stands in the request
 */
struct tandem_knob_request {
	unsigned int n;
	struct tandem_knob_change *changes;
	const struct nlattr **nests;
};

int tandem_netlink_may(struct sk_buff *skb, const struct genl_info *info);
struct tandem_capability *tandem_netlink_get(const struct nlattr *attr,
					     struct netlink_ext_ack *extack);
int tandem_netlink_put_knob(struct sk_buff *skb, int type,
			    const struct tandem_knob *knob, u32 value);
int tandem_netlink_read_knobs(struct genl_info *info, int type,
			      struct tandem_knob_request *request);
void tandem_netlink_free_knobs(const struct tandem_knob_request *request);
void tandem_netlink_refuse(struct genl_info *info,
			   const struct tandem_refusal *refusal,
			   const struct tandem_knob_request *request,
			   const struct nlattr *subject);

#endif /* _TANDEM_NETLINK_H */
