// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "tandem".
 *
 * Documentation/netlink/specs/tandem.yaml says what it looks like; the policy
 * tables in netlink_gen.c are made from that.  The same commands serve every
 * capability.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "core.h"
#include "netlink.h"
#include "netlink_gen.h"

/**
 * tandem_netlink_may() - refuse who may not change things
 * @skb: the request
 * @info: what the kernel knows of it
 *
 * The generated admin flag would ask for CAP_NET_ADMIN, which is another right.
 * netlink_capable() wants it of the one who opened the socket as well as of the
 * one who sends, so a socket that was passed on gives nobody more rights.
 * Context: process context.
 * Return: 0 or -EPERM.
 */
int tandem_netlink_may(struct sk_buff *skb, const struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(info->extack,
		       "needs CAP_SYS_ADMIN in the initial user namespace");
	return -EPERM;
}

/**
 * tandem_netlink_get() - find the capability that an attribute names
 * @attr: the attribute, or NULL
 * @extack: where the reason of a refusal goes
 *
 * Context: process context.
 * Return: the capability, to be followed by tandem_registry_put(), or an error.
 */
struct tandem_capability *tandem_netlink_get(const struct nlattr *attr,
					     struct netlink_ext_ack *extack)
{
	struct tandem_capability *cap;

	if (!attr) {
		NL_SET_ERR_MSG(extack, "the name of a capability is missing");
		return ERR_PTR(-EINVAL);
	}
	cap = tandem_registry_get(nla_data(attr));
	if (!cap) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"there is no capability %.15s",
					(const char *)nla_data(attr));
		return ERR_PTR(-ENOENT);
	}
	return cap;
}

static int fill_capability(struct sk_buff *skb,
			   struct tandem_capability_core *core, void *header)
{
	const struct module *owner = core->cap->owner;
	struct tandem_state_view view;

	tandem_capability_view(core, &view);
	if (!header ||
	    nla_put_string(skb, TANDEM_A_CAPABILITY_NAME, core->cap->name) ||
	    nla_put_u8(skb, TANDEM_A_CAPABILITY_ENABLED,
		       READ_ONCE(core->wanted)) ||
	    nla_put_u32(skb, TANDEM_A_CAPABILITY_STATE, view.state) ||
	    nla_put_string(skb, TANDEM_A_CAPABILITY_REASON, view.reason) ||
	    nla_put_u64_64bit(skb, TANDEM_A_CAPABILITY_SINCE_NS, view.since_ns,
			      TANDEM_A_CAPABILITY_PAD) ||
	    nla_put_u64_64bit(skb, TANDEM_A_CAPABILITY_IN_FLIGHT,
			      tandem_capability_in_flight(core),
			      TANDEM_A_CAPABILITY_PAD) ||
	    nla_put_string(skb, TANDEM_A_CAPABILITY_VERSION,
			   owner->version ?: "") ||
	    nla_put_string(skb, TANDEM_A_CAPABILITY_BUILT_FOR,
			   tandem_built_for)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

int tandem_nl_capability_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tandem_capability *cap;
	struct sk_buff *reply;
	int ret;

	cap = tandem_netlink_get(info->attrs[TANDEM_A_CAPABILITY_NAME], info->extack);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	ret = -ENOMEM;
	if (reply)
		ret = fill_capability(reply, cap->core,
				      genlmsg_iput(reply, info));
	tandem_registry_put();
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	return genlmsg_reply(reply, info);
}

/* One message of a dump for each capability; cb->args[0] is the next one. */
int tandem_nl_capability_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct tandem_capability *cap;
	int ret = 0;

	while (!ret && (cap = tandem_registry_get_nth(cb->args[0]))) {
		ret = fill_capability(skb, cap->core, genlmsg_iput(skb, info));
		tandem_registry_put();
		if (!ret)
			cb->args[0]++;
	}
	return ret == -EMSGSIZE && skb->len ? skb->len : ret;
}

int tandem_nl_capability_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *enabled = info->attrs[TANDEM_A_CAPABILITY_ENABLED];
	struct tandem_refusal refusal = { .index = -1 };
	struct tandem_capability *cap;
	int ret;

	ret = tandem_netlink_may(skb, info);
	if (ret)
		return ret;
	if (!enabled) {
		NL_SET_ERR_MSG(info->extack, "the attribute enabled is missing");
		return -EINVAL;
	}
	cap = tandem_netlink_get(info->attrs[TANDEM_A_CAPABILITY_NAME], info->extack);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	ret = tandem_capability_set(cap->core, nla_get_u8(enabled), &refusal);
	if (ret)
		NL_SET_ERR_MSG_FMT(info->extack, "%s", refusal.text);
	tandem_registry_put();
	return ret;
}

/**
 * tandem_netlink_put_knob() - write a knob
 * @skb: the answer
 * @type: the attribute that it becomes
 * @knob: the knob
 * @value: what it is set to
 *
 * Return: 0 or -EMSGSIZE.
 */
int tandem_netlink_put_knob(struct sk_buff *skb, int type,
			    const struct tandem_knob *knob, u32 value)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    nla_put_string(skb, TANDEM_A_KNOB_NAME, knob->name) ||
	    nla_put_u32(skb, TANDEM_A_KNOB_VALUE, value) ||
	    nla_put_u32(skb, TANDEM_A_KNOB_MINIMUM, knob->min) ||
	    nla_put_u32(skb, TANDEM_A_KNOB_MAXIMUM, knob->max) ||
	    nla_put_u32(skb, TANDEM_A_KNOB_DEFAULT, knob->def) ||
	    nla_put_string(skb, TANDEM_A_KNOB_UNIT, knob->unit))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_knob(struct sk_buff *skb, const struct tandem_capability *cap,
		     unsigned long i, void *header)
{
	if (!header ||
	    nla_put_string(skb, TANDEM_A_KNOBS_CAPABILITY, cap->name) ||
	    tandem_netlink_put_knob(skb, TANDEM_A_KNOBS_KNOB, &cap->knobs[i],
				    READ_ONCE(cap->values[i]))) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

static int fill_stat(struct sk_buff *skb, struct tandem_capability *cap,
		     unsigned long i, void *header)
{
	if (!header ||
	    nla_put_string(skb, TANDEM_A_STAT_CAPABILITY, cap->name) ||
	    nla_put_string(skb, TANDEM_A_STAT_NAME, cap->stats[i].name) ||
	    nla_put_u64_64bit(skb, TANDEM_A_STAT_VALUE, cap->ops->stat(cap, i),
			      TANDEM_A_STAT_PAD) ||
	    nla_put_u32(skb, TANDEM_A_STAT_KIND, cap->stats[i].kind)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

int tandem_nl_knob_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct tandem_capability *cap;
	int ret = 0;

	cap = tandem_netlink_get(info->attrs[TANDEM_A_KNOBS_CAPABILITY], info->extack);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	while (!ret && cb->args[0] < cap->nr_knobs) {
		ret = fill_knob(skb, cap, cb->args[0], genlmsg_iput(skb, info));
		if (!ret)
			cb->args[0]++;
	}
	tandem_registry_put();
	return ret == -EMSGSIZE && skb->len ? skb->len : ret;
}

int tandem_nl_stat_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct tandem_capability *cap;
	int ret = 0;

	cap = tandem_netlink_get(info->attrs[TANDEM_A_STAT_CAPABILITY], info->extack);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	while (!ret && cb->args[0] < cap->nr_stats) {
		ret = fill_stat(skb, cap, cb->args[0], genlmsg_iput(skb, info));
		if (!ret)
			cb->args[0]++;
	}
	tandem_registry_put();
	return ret == -EMSGSIZE && skb->len ? skb->len : ret;
}

/* One knob of a request: its name and the value it shall have. */
static int parse_change(const struct nlattr *nest,
			struct tandem_knob_change *change,
			struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[TANDEM_A_KNOB_MAX + 1];
	int i, ret;

	ret = nla_parse_nested(attrs, TANDEM_A_KNOB_MAX, nest,
			       tandem_knob_nl_policy, extack);
	if (ret)
		return ret;
	for (i = 1; i <= TANDEM_A_KNOB_MAX; i++) {
		bool wanted = i == TANDEM_A_KNOB_NAME ||
			      i == TANDEM_A_KNOB_VALUE;

		if (wanted != !!attrs[i]) {
			NL_SET_ERR_MSG_ATTR(extack, nest,
					    "a knob is set by its name and value, nothing else");
			return -EINVAL;
		}
	}
	change->name = nla_data(attrs[TANDEM_A_KNOB_NAME]);
	change->value = nla_get_u32(attrs[TANDEM_A_KNOB_VALUE]);
	return 0;
}

/**
 * tandem_netlink_read_knobs() - read the knobs of a request
 * @info: the request
 * @type: the attribute that each of them is
 * @request: for tandem_netlink_free_knobs(), also after an error
 *
 * Context: process context, may sleep.
 * Return: 0, or a negative error, whose reason has been put where the sender
 * finds it.
 */
int tandem_netlink_read_knobs(struct genl_info *info, int type,
			      struct tandem_knob_request *request)
{
	const struct nlattr *nest;
	unsigned int n = 0;
	int rem, ret = 0;

	nlmsg_for_each_attr_type(nest, type, info->nlhdr, GENL_HDRLEN, rem)
		n++;
	request->changes = kvcalloc(n, sizeof(*request->changes), GFP_KERNEL);
	request->nests = kvcalloc(n, sizeof(*request->nests), GFP_KERNEL);
	if (!request->changes || !request->nests)
		return -ENOMEM;
	nlmsg_for_each_attr_type(nest, type, info->nlhdr, GENL_HDRLEN, rem) {
		ret = parse_change(nest, &request->changes[request->n],
				   info->extack);
		if (ret)
			break;
		request->nests[request->n++] = nest;
	}
	return ret;
}

/**
 * tandem_netlink_free_knobs() - end of a request
 * @request: its knobs
 */
void tandem_netlink_free_knobs(const struct tandem_knob_request *request)
{
	kvfree(request->changes);
	kvfree(request->nests);
}

/**
 * tandem_netlink_refuse() - answer why a request is refused
 * @info: the request
 * @refusal: the reason
 * @request: its knobs, or NULL
 * @subject: its subject, or NULL
 */
void tandem_netlink_refuse(struct genl_info *info,
			   const struct tandem_refusal *refusal,
			   const struct tandem_knob_request *request,
			   const struct nlattr *subject)
{
	NL_SET_ERR_MSG_FMT(info->extack, "%s", refusal->text);
	if (refusal->index >= 0)
		NL_SET_BAD_ATTR(info->extack, request->nests[refusal->index]);
	else if (refusal->index == TANDEM_REFUSED_SUBJECT)
		NL_SET_BAD_ATTR(info->extack, subject);
}

static int commit_request(struct genl_info *info,
			  const struct tandem_knob_request *request)
{
	struct tandem_refusal refusal;
	struct tandem_capability *cap;
	int ret;

	if (!request->n) {
		NL_SET_ERR_MSG(info->extack, "no knob is given");
		return -EINVAL;
	}
	cap = tandem_netlink_get(info->attrs[TANDEM_A_KNOBS_CAPABILITY],
				 info->extack);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	ret = tandem_knobs_commit(cap->core, request->changes, request->n,
				  &refusal);
	tandem_registry_put();
	if (ret)
		tandem_netlink_refuse(info, &refusal, request, NULL);
	return ret;
}

int tandem_nl_knob_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tandem_knob_request request = {};
	int ret;

	ret = tandem_netlink_may(skb, info);
	if (ret)
		return ret;
	ret = tandem_netlink_read_knobs(info, TANDEM_A_KNOBS_KNOB, &request);
	if (!ret)
		ret = commit_request(info, &request);
	tandem_netlink_free_knobs(&request);
	return ret;
}

/**
 * tandem_netlink_event() - send a capability to the group "events"
 * @core: a capability that has entered another state
 *
 * In every network namespace, since state is no secret and an administrator may
 * listen in any.  Lost when there is no memory: a listener can read the state.
 * Context: process context.
 */
void tandem_netlink_event(struct tandem_capability_core *core)
{
	struct sk_buff *skb;
	void *header;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &tandem_nl_family, 0,
			     TANDEM_CMD_CAPABILITY_NTF);
	if (fill_capability(skb, core, header)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_multicast_allns(&tandem_nl_family, skb, 0,
				TANDEM_NLGRP_EVENTS);
}

/**
 * tandem_netlink_init() - register the family
 *
 * Return: 0 or a negative error.
 */
int tandem_netlink_init(void)
{
	return genl_register_family(&tandem_nl_family);
}

/**
 * tandem_netlink_exit() - take the family away
 */
void tandem_netlink_exit(void)
{
	genl_unregister_family(&tandem_nl_family);
}
