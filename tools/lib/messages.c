// SPDX-License-Identifier: MIT
/* The messages of the tandem family, as they stand in its specification. */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <string.h>

#include <linux/tandem.h>

#include "messages.h"

struct capability_call {
	tandem_capability_fn fn;
	void *arg;
};

struct knob_call {
	tandem_knob_fn fn;
	void *arg;
};

struct stat_call {
	tandem_stat_fn fn;
	void *arg;
};

static const char *const state_names[] = {
	[TANDEM_OFF] = "off",
	[TANDEM_ENABLING] = "enabling",
	[TANDEM_ON] = "on",
	[TANDEM_DRAINING] = "draining",
	[TANDEM_DISABLING] = "disabling",
	[TANDEM_DISPLACED] = "displaced",
	[TANDEM_FAILED] = "failed",
	[TANDEM_UNKNOWN] = "unknown",
};

/**
 * tandem_state_parse - read the name of a state
 * @name: as in sysfs
 *
 * Return: the state; TANDEM_UNKNOWN for any other word.
 */
enum tandem_capability_state tandem_state_parse(const char *name)
{
	unsigned int i;

	for (i = 0; i < TANDEM_UNKNOWN; i++)
		if (!strcmp(name, state_names[i]))
			return i;
	return TANDEM_UNKNOWN;
}

/**
 * message_text - read a text of a message
 * @to: gets it, cut to fit; empty when there is none
 * @size: of @to
 * @attr: where it stands, or NULL
 */
void message_text(char *to, size_t size, struct nlattr *attr)
{
	size_t len = attr ? (size_t)nla_len(attr) : 0;

	if (len > size - 1)
		len = size - 1;
	if (len)
		memcpy(to, nla_data(attr), len);
	to[len] = '\0';
}

/* A number of a message; 0 when there is none. */
uint64_t message_u64(struct nlattr *attr)
{
	return attr && nla_len(attr) >= 8 ? nla_get_u64(attr) : 0;
}

uint32_t message_u32(struct nlattr *attr)
{
	return attr && nla_len(attr) >= 4 ? nla_get_u32(attr) : 0;
}

/**
 * message_capability - read a capability
 * @info: gets it
 * @attrs: attributes of the message
 */
void message_capability(struct tandem_capability_info *info,
			struct nlattr **attrs)
{
	uint32_t state = message_u32(attrs[TANDEM_A_CAPABILITY_STATE]);

	memset(info, 0, sizeof(*info));
	info->enabled = attrs[TANDEM_A_CAPABILITY_ENABLED] &&
			nla_get_u8(attrs[TANDEM_A_CAPABILITY_ENABLED]);
	info->state = state < TANDEM_UNKNOWN ? state : TANDEM_UNKNOWN;
	snprintf(info->state_name, sizeof(info->state_name), "%s",
		 state_names[info->state]);
	message_text(info->name, sizeof(info->name),
		     attrs[TANDEM_A_CAPABILITY_NAME]);
	message_text(info->reason, sizeof(info->reason),
		     attrs[TANDEM_A_CAPABILITY_REASON]);
	message_text(info->version, sizeof(info->version),
		     attrs[TANDEM_A_CAPABILITY_VERSION]);
	message_text(info->built_for, sizeof(info->built_for),
		     attrs[TANDEM_A_CAPABILITY_BUILT_FOR]);
	info->since_ns = message_u64(attrs[TANDEM_A_CAPABILITY_SINCE_NS]);
	info->in_flight = message_u64(attrs[TANDEM_A_CAPABILITY_IN_FLIGHT]);
}

static int on_capability(struct tandem *t, struct nlattr **attrs, void *arg)
{
	struct tandem_capability_info info;
	struct capability_call *call = arg;

	(void)t;
	message_capability(&info, attrs);
	return call->fn(&info, call->arg);
}

/**
 * tandem_capabilities - ask for all capabilities
 * @handle: context
 * @fn: called for each; an answer other than 0 ends the asking
 * @arg: for @fn
 *
 * Return: 0, -errno, or what @fn returned.
 */
int tandem_capabilities(struct tandem *handle, tandem_capability_fn fn,
			void *arg)
{
	struct capability_call call = { fn, arg };
	const struct request rq = { TANDEM_CMD_CAPABILITY_GET, true,
				    TANDEM_A_CAPABILITY_MAX, on_capability,
				    &call };

	return netlink_run(handle, netlink_message(handle, &rq), &rq);
}

static int keep_capability(const struct tandem_capability_info *info,
			   void *arg)
{
	*(struct tandem_capability_info *)arg = *info;
	return 0;
}

/**
 * tandem_capability_get - ask for one capability
 * @handle: context
 * @name: which
 * @info: gets the answer
 *
 * Return: 0; -ENOENT when it is not loaded; another errno.
 */
int tandem_capability_get(struct tandem *handle, const char *name,
			  struct tandem_capability_info *info)
{
	struct capability_call call = { keep_capability, info };
	const struct request rq = { TANDEM_CMD_CAPABILITY_GET, false,
				    TANDEM_A_CAPABILITY_MAX, on_capability,
				    &call };
	struct nl_msg *msg = netlink_message(handle, &rq);

	memset(info, 0, sizeof(*info));
	if (msg)
		nla_put_string(msg, TANDEM_A_CAPABILITY_NAME, name);
	return netlink_run(handle, msg, &rq);
}

/**
 * tandem_capability_set - switch a capability on or off
 * @handle: context
 * @name: which
 * @enabled: on or off
 *
 * Return: 0; -EPERM without CAP_SYS_ADMIN; another errno.
 */
int tandem_capability_set(struct tandem *handle, const char *name,
			  bool enabled)
{
	const struct request rq = { .cmd = TANDEM_CMD_CAPABILITY_SET };
	struct nl_msg *msg = netlink_message(handle, &rq);

	if (msg) {
		nla_put_string(msg, TANDEM_A_CAPABILITY_NAME, name);
		nla_put_u8(msg, TANDEM_A_CAPABILITY_ENABLED, enabled);
	}
	return netlink_run(handle, msg, &rq);
}

/**
 * message_knob - read a knob of a message
 * @t: context
 * @nest: where it stands, or NULL
 * @info: gets it
 *
 * Return: 0, or -EPROTO.
 */
int message_knob(struct tandem *t, struct nlattr *nest,
		 struct tandem_knob_info *info)
{
	struct nlattr *knob[TANDEM_A_KNOB_MAX + 1];

	memset(info, 0, sizeof(*info));
	if (!nest || nla_parse_nested(knob, TANDEM_A_KNOB_MAX, nest, NULL) < 0)
		return tandem_fail(t, -EPROTO,
				   "the kernel's answer cannot be read");
	message_text(info->name, sizeof(info->name), knob[TANDEM_A_KNOB_NAME]);
	message_text(info->unit, sizeof(info->unit), knob[TANDEM_A_KNOB_UNIT]);
	info->value = message_u32(knob[TANDEM_A_KNOB_VALUE]);
	info->min = message_u32(knob[TANDEM_A_KNOB_MINIMUM]);
	info->max = message_u32(knob[TANDEM_A_KNOB_MAXIMUM]);
	info->def = message_u32(knob[TANDEM_A_KNOB_DEFAULT]);
	return 0;
}

static int on_knob(struct tandem *t, struct nlattr **attrs, void *arg)
{
	struct tandem_knob_info info;
	struct knob_call *call = arg;
	int err = message_knob(t, attrs[TANDEM_A_KNOBS_KNOB], &info);

	return err ? err : call->fn(&info, call->arg);
}

/**
 * tandem_knobs - ask for the knobs of a capability
 * @handle: context
 * @capability: which
 * @fn: called for each; an answer other than 0 ends the asking
 * @arg: for @fn
 *
 * Return: 0, -errno, or what @fn returned.
 */
int tandem_knobs(struct tandem *handle, const char *capability,
		 tandem_knob_fn fn, void *arg)
{
	struct knob_call call = { fn, arg };
	const struct request rq = { TANDEM_CMD_KNOB_GET, true,
				    TANDEM_A_KNOBS_MAX, on_knob, &call };
	struct nl_msg *msg = netlink_message(handle, &rq);

	if (msg)
		nla_put_string(msg, TANDEM_A_KNOBS_CAPABILITY, capability);
	return netlink_run(handle, msg, &rq);
}

static int put_knob(struct nl_msg *msg, int type,
		    const struct tandem_knob_value *v)
{
	struct nlattr *nest = nla_nest_start(msg, type | NLA_F_NESTED);

	if (!nest || nla_put_string(msg, TANDEM_A_KNOB_NAME, v->name) ||
	    nla_put_u32(msg, TANDEM_A_KNOB_VALUE, v->value))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * message_put_knobs - add knobs to a request
 * @t: context
 * @msg: the request; freed on error
 * @type: the attribute that each of them becomes
 * @values: the knobs and their values
 * @n: how many
 *
 * Return: 0, or -EMSGSIZE.
 */
int message_put_knobs(struct tandem *t, struct nl_msg *msg, int type,
		      const struct tandem_knob_value *values, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!put_knob(msg, type, &values[i]))
			continue;
		nlmsg_free(msg);
		return tandem_fail(t, -EMSGSIZE,
				   "too many knobs for one request");
	}
	return 0;
}

/**
 * tandem_knobs_set - set knobs of a capability, all or none
 * @handle: context
 * @capability: which
 * @values: the knobs and their new values
 * @n: how many
 *
 * Return: 0; -EINVAL or -ERANGE when a knob is wrong, which tandem_error()
 * names; -EPERM without CAP_SYS_ADMIN; another errno.
 */
int tandem_knobs_set(struct tandem *handle, const char *capability,
		     const struct tandem_knob_value *values, size_t n)
{
	const struct request rq = { .cmd = TANDEM_CMD_KNOB_SET };
	struct nl_msg *msg = netlink_message(handle, &rq);
	int err;

	if (!msg)
		return -ENOMEM;
	nla_put_string(msg, TANDEM_A_KNOBS_CAPABILITY, capability);
	err = message_put_knobs(handle, msg, TANDEM_A_KNOBS_KNOB, values, n);
	return err ? err : netlink_run(handle, msg, &rq);
}

static int on_stat(struct tandem *t, struct nlattr **attrs, void *arg)
{
	struct tandem_stat_info info = { 0 };
	struct stat_call *call = arg;

	(void)t;
	message_text(info.name, sizeof(info.name), attrs[TANDEM_A_STAT_NAME]);
	info.value = message_u64(attrs[TANDEM_A_STAT_VALUE]);
	info.gauge = message_u32(attrs[TANDEM_A_STAT_KIND]) ==
		     TANDEM_STAT_KIND_GAUGE;
	return call->fn(&info, call->arg);
}

/**
 * tandem_stats - ask for the statistics of a capability
 * @handle: context
 * @capability: which
 * @fn: called for each; an answer other than 0 ends the asking
 * @arg: for @fn
 *
 * Return: 0, -errno, or what @fn returned.
 */
int tandem_stats(struct tandem *handle, const char *capability,
		 tandem_stat_fn fn, void *arg)
{
	struct stat_call call = { fn, arg };
	const struct request rq = { TANDEM_CMD_STAT_GET, true,
				    TANDEM_A_STAT_MAX, on_stat, &call };
	struct nl_msg *msg = netlink_message(handle, &rq);

	if (msg)
		nla_put_string(msg, TANDEM_A_STAT_CAPABILITY, capability);
	return netlink_run(handle, msg, &rq);
}
