// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subjects by netlink: subject-get, subject-set, subject-forget, subject-ntf.
 *
 * A subject may be the workload of any user, so each of these asks for the right
 * to change things before it says anything, even whether there is a capability
 * of that name.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/sock.h>
#include "netlink.h"
#include "netlink_gen.h"

/* As tandem_netlink_get(), but the capability has subjects. */
static struct tandem_capability *get_capability(const struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[TANDEM_A_SUBJECT_CAPABILITY];
	struct tandem_capability *cap = tandem_netlink_get(attr, info->extack);

	if (IS_ERR(cap) || tandem_subjects_supported(cap))
		return cap;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "%s has no subjects",
				cap->name);
	tandem_registry_put();
	return ERR_PTR(-EOPNOTSUPP);
}

static const char *get_name(const struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[TANDEM_A_SUBJECT_NAME];

	if (attr)
		return nla_data(attr);
	NL_SET_ERR_MSG(info->extack, "the name of a subject is missing");
	return NULL;
}

static void refuse(struct genl_info *info,
		   const struct tandem_refusal *refusal,
		   const struct tandem_knob_request *request)
{
	tandem_netlink_refuse(info, refusal, request,
			      info->attrs[TANDEM_A_SUBJECT_NAME]);
}

static size_t text_size(const char *text)
{
	return nla_total_size(strlen(text) + 1);
}

static size_t knob_size(const struct tandem_knob *knob)
{
	return nla_total_size(text_size(knob->name) + text_size(knob->unit) +
			      4 * nla_total_size(sizeof(u32)));
}

static size_t stat_size(const struct tandem_stat *stat)
{
	return nla_total_size(text_size(stat->name) +
			      nla_total_size_64bit(sizeof(u64)) +
			      nla_total_size(sizeof(u32)));
}

static size_t histogram_size(const struct tandem_histogram *histogram)
{
	return nla_total_size(text_size(histogram->name) +
			      text_size(histogram->unit) +
			      nla_total_size(histogram->nr_buckets *
					     sizeof(u64)));
}

/* What the longest message about a subject of @cap takes. */
static size_t subject_size(const struct tandem_capability *cap)
{
	size_t size = GENL_HDRLEN + text_size(cap->name) +
		      nla_total_size(TANDEM_SUBJECT_NAME_MAX);
	unsigned int i;

	for (i = 0; i < cap->nr_subject_knobs; i++)
		size += knob_size(&cap->subject_knobs[i]);
	for (i = 0; i < cap->nr_subject_stats; i++)
		size += stat_size(&cap->subject_stats[i]);
	for (i = 0; i < cap->nr_subject_histograms; i++)
		size += histogram_size(&cap->subject_histograms[i]);
	return size;
}

static int put_stat(struct sk_buff *skb, const struct tandem_stat *stat,
		    u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, TANDEM_A_SUBJECT_STAT);

	if (!nest ||
	    nla_put_string(skb, TANDEM_A_SUBJECT_STAT_NAME, stat->name) ||
	    nla_put_u64_64bit(skb, TANDEM_A_SUBJECT_STAT_VALUE, value,
			      TANDEM_A_SUBJECT_STAT_PAD) ||
	    nla_put_u32(skb, TANDEM_A_SUBJECT_STAT_KIND, stat->kind))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_histogram(struct sk_buff *skb,
			 const struct tandem_histogram *histogram,
			 const u64 *buckets)
{
	struct nlattr *nest = nla_nest_start(skb, TANDEM_A_SUBJECT_HISTOGRAM);

	if (!nest ||
	    nla_put_string(skb, TANDEM_A_HISTOGRAM_NAME, histogram->name) ||
	    nla_put_string(skb, TANDEM_A_HISTOGRAM_UNIT, histogram->unit) ||
	    nla_put(skb, TANDEM_A_HISTOGRAM_BUCKETS,
		    histogram->nr_buckets * sizeof(*buckets), buckets))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_parts(struct sk_buff *skb, const struct tandem_capability *cap,
		     const struct tandem_subject *subject)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < cap->nr_subject_knobs; i++)
		ret = tandem_netlink_put_knob(skb, TANDEM_A_SUBJECT_KNOB,
					      &cap->subject_knobs[i],
					      subject->values[i]);
	for (i = 0; !ret && i < cap->nr_subject_stats; i++)
		ret = put_stat(skb, &cap->subject_stats[i], subject->stats[i]);
	for (i = 0; !ret && i < cap->nr_subject_histograms; i++)
		ret = put_histogram(skb, &cap->subject_histograms[i],
				    subject->buckets[i]);
	return ret;
}

static int fill_subject(struct sk_buff *skb,
			const struct tandem_capability *cap,
			const struct tandem_subject *subject, void *header)
{
	if (!header ||
	    nla_put_string(skb, TANDEM_A_SUBJECT_CAPABILITY, cap->name) ||
	    nla_put_string(skb, TANDEM_A_SUBJECT_NAME, subject->name) ||
	    put_parts(skb, cap, subject)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/* Writes what is known of the subject @name to @reply. */
static int answer(struct sk_buff *reply, struct genl_info *info,
		  const struct tandem_capability *cap, const char *name)
{
	struct tandem_subject *subject = tandem_subject_alloc(cap);
	struct tandem_refusal refusal;
	int ret = -ENOMEM;

	if (!subject)
		return ret;
	ret = tandem_subject_get(cap->core, name, subject, &refusal);
	if (ret)
		refuse(info, &refusal, NULL);
	else
		ret = fill_subject(reply, cap, subject,
				   genlmsg_iput(reply, info));
	tandem_subject_free(subject);
	return ret;
}

/*
 * The capability and the name of the subject that a request is about, if whoever
 * sent it may.  The registry is held until tandem_registry_put().
 */
static struct tandem_capability *begin(struct sk_buff *skb,
				       struct genl_info *info,
				       const char **name)
{
	int ret = tandem_netlink_may(skb, info);

	if (ret)
		return ERR_PTR(ret);
	*name = get_name(info);
	return *name ? get_capability(info) : ERR_PTR(-EINVAL);
}

int tandem_nl_subject_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tandem_capability *cap;
	struct sk_buff *reply;
	const char *name;
	int ret;

	cap = begin(skb, info, &name);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	reply = genlmsg_new(subject_size(cap), GFP_KERNEL);
	ret = reply ? answer(reply, info, cap, name) : -ENOMEM;
	tandem_registry_put();
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	return genlmsg_reply(reply, info);
}

/* Between two messages of a dump nothing is held but the name reached, since
 * the capability may go away and come back with other knobs.
 */
int tandem_nl_subject_get_start(struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct tandem_capability *cap;
	char *after;
	int ret;

	ret = tandem_netlink_may(cb->skb, info);
	if (ret)
		return ret;
	cap = get_capability(info);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	cb->min_dump_alloc = NLMSG_HDRLEN + subject_size(cap);
	tandem_registry_put();
	after = kzalloc(TANDEM_SUBJECT_NAME_MAX, GFP_KERNEL);
	if (!after)
		return -ENOMEM;
	cb->args[0] = (unsigned long)after;
	return 0;
}

int tandem_nl_subject_get_done(struct netlink_callback *cb)
{
	kfree((void *)cb->args[0]);
	return 0;
}

/* As many subjects as there is room for; @after moves on with each. */
static int fill_message(struct sk_buff *skb, const struct genl_info *info,
			const struct tandem_capability *cap, char *after)
{
	struct tandem_subject *subject = tandem_subject_alloc(cap);
	int ret;

	if (!subject)
		return -ENOMEM;
	while (!(ret = tandem_subject_next(cap->core, after, subject))) {
		ret = fill_subject(skb, cap, subject,
				   genlmsg_iput(skb, info));
		if (ret)
			break;
		strscpy(after, subject->name, TANDEM_SUBJECT_NAME_MAX);
	}
	tandem_subject_free(subject);
	return ret;
}

int tandem_nl_subject_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct tandem_capability *cap;
	int ret;

	/* Each time, since the reader may have become another. */
	ret = tandem_netlink_may(cb->skb, info);
	if (ret)
		return ret;
	cap = get_capability(info);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	ret = fill_message(skb, info, cap, (char *)cb->args[0]);
	tandem_registry_put();
	if (ret == -ENOENT)
		return 0;
	return ret == -EMSGSIZE && skb->len ? skb->len : ret;
}

static int set_subject(struct genl_info *info, const char *name,
		       const struct tandem_knob_request *request)
{
	struct tandem_refusal refusal;
	struct tandem_capability *cap;
	int ret;

	cap = get_capability(info);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	ret = tandem_subject_set(cap->core, name, request->changes, request->n,
				 &refusal);
	tandem_registry_put();
	if (ret)
		refuse(info, &refusal, request);
	return ret;
}

int tandem_nl_subject_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tandem_knob_request request = {};
	const char *name;
	int ret;

	ret = tandem_netlink_may(skb, info);
	if (ret)
		return ret;
	name = get_name(info);
	if (!name)
		return -EINVAL;
	ret = tandem_netlink_read_knobs(info, TANDEM_A_SUBJECT_KNOB, &request);
	if (!ret)
		ret = set_subject(info, name, &request);
	tandem_netlink_free_knobs(&request);
	return ret;
}

int tandem_nl_subject_forget_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tandem_refusal refusal;
	struct tandem_capability *cap;
	const char *name;
	int ret;

	cap = begin(skb, info, &name);
	if (IS_ERR(cap))
		return PTR_ERR(cap);
	ret = tandem_subject_forget(cap->core, name, &refusal);
	tandem_registry_put();
	if (ret)
		refuse(info, &refusal, NULL);
	return ret;
}

/* The right counts that its socket was opened with: it is not the one running.
 * A socket stays in its groups, and so keeps its file, until nobody sends.
 */
static int may_not_hear(struct sock *listener, struct sk_buff *skb, void *data)
{
	const struct file *file = listener->sk_socket->file;

	return !file || !file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

static int fill_event(struct sk_buff *skb, const struct tandem_capability *cap,
		      const char *name, const char *what)
{
	void *header = genlmsg_put(skb, 0, 0, &tandem_nl_family, 0,
				   TANDEM_CMD_SUBJECT_NTF);

	if (!header ||
	    nla_put_string(skb, TANDEM_A_SUBJECT_CAPABILITY, cap->name) ||
	    nla_put_string(skb, TANDEM_A_SUBJECT_NAME, name) ||
	    nla_put_string(skb, TANDEM_A_SUBJECT_WHAT, what))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

/**
 * tandem_netlink_subject_event() - tell of a subject to the group "events"
 * @cap: the capability
 * @name: name of the subject
 * @what: what has happened to it
 *
 * To those alone who may read subjects, in the initial network namespace, where
 * an administrator listens.  Lost when there is no memory: a listener can read
 * the subjects.
 * Context: process context.
 */
void tandem_netlink_subject_event(const struct tandem_capability *cap,
				  const char *name, const char *what)
{
	struct sk_buff *skb;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	if (fill_event(skb, cap, name, what)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_multicast_netns_filtered(&tandem_nl_family, &init_net, skb, 0,
					 TANDEM_NLGRP_EVENTS, GFP_KERNEL,
					 may_not_hear, NULL);
}

void tandem_subject_event(struct tandem_capability *cap, const char *name,
			  const char *what)
{
	tandem_netlink_subject_event(cap, name, what);
}
EXPORT_SYMBOL_GPL(tandem_subject_event);
