// SPDX-License-Identifier: MIT
/* Events of the tandem family: listening to them and reading them. */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include <linux/tandem.h>

#include "messages.h"

/**
 * tandem_events_open - begin to listen to events
 * @handle: context
 *
 * Return: 0, or -errno.
 */
int tandem_events_open(struct tandem *handle)
{
	int group = genl_ctrl_resolve_grp(handle->sock, TANDEM_FAMILY_NAME,
					  TANDEM_MCGRP_EVENTS);
	struct nl_sock *sock;

	if (group < 0)
		return tandem_fail(handle, -ENOENT,
				   "the tandem modules are not loaded");
	sock = nl_socket_alloc();
	if (!sock)
		return tandem_fail(handle, -ENOMEM, "out of memory");
	nl_socket_disable_seq_check(sock);
	if (genl_connect(sock) < 0 || nl_socket_set_nonblocking(sock) < 0 ||
	    nl_socket_add_membership(sock, group) < 0) {
		nl_socket_free(sock);
		return tandem_fail(handle, -EIO, "cannot listen to events");
	}
	if (handle->events)
		nl_socket_free(handle->events);
	handle->events = sock;
	return 0;
}

/**
 * tandem_events_fd - descriptor that becomes readable at an event
 * @handle: context
 *
 * Return: the descriptor, for poll() only; -1 before tandem_events_open().
 */
int tandem_events_fd(const struct tandem *handle)
{
	return handle->events ? nl_socket_get_fd(handle->events) : -1;
}

/**
 * struct event_call - who is told of events
 * @state: of a change of state, or NULL
 * @subject: of a subject, or NULL
 * @arg: for both
 */
struct event_call {
	tandem_capability_fn state;
	tandem_subject_event_fn subject;
	void *arg;
};

static int on_state(struct nlmsghdr *nlh, const struct event_call *call)
{
	struct nlattr *attrs[TANDEM_A_CAPABILITY_MAX + 1];
	struct tandem_capability_info info;

	if (!call->state || genlmsg_parse(nlh, 0, attrs,
					  TANDEM_A_CAPABILITY_MAX, NULL) < 0)
		return NL_SKIP;
	message_capability(&info, attrs);
	call->state(&info, call->arg);
	return NL_OK;
}

static int on_subject(struct nlmsghdr *nlh, const struct event_call *call)
{
	struct nlattr *attrs[TANDEM_A_SUBJECT_MAX + 1];
	struct tandem_subject_event event = { 0 };

	if (!call->subject || genlmsg_parse(nlh, 0, attrs,
					    TANDEM_A_SUBJECT_MAX, NULL) < 0)
		return NL_SKIP;
	message_text(event.capability, sizeof(event.capability),
		     attrs[TANDEM_A_SUBJECT_CAPABILITY]);
	message_text(event.name, sizeof(event.name),
		     attrs[TANDEM_A_SUBJECT_NAME]);
	message_text(event.what, sizeof(event.what),
		     attrs[TANDEM_A_SUBJECT_WHAT]);
	call->subject(&event, call->arg);
	return NL_OK;
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	const struct genlmsghdr *header = nlmsg_data(nlh);

	switch (header->cmd) {
	case TANDEM_CMD_CAPABILITY_NTF:
		return on_state(nlh, arg);
	case TANDEM_CMD_SUBJECT_NTF:
		return on_subject(nlh, arg);
	default:
		return NL_SKIP;
	}
}

/**
 * tandem_events_read_all - read the events that have come, those of subjects too
 * @handle: context
 * @state: called for each change of state, with the capability as it now
 *         stands; may be NULL
 * @subject: called for each event of a subject; may be NULL
 * @arg: for both
 *
 * Does not wait. Events of subjects come to those alone who may read subjects,
 * in the initial network namespace.
 *
 * Return: 0; -ENOBUFS when events came faster than they were read and some
 * are lost; another errno.
 */
int tandem_events_read_all(struct tandem *handle, tandem_capability_fn state,
			   tandem_subject_event_fn subject, void *arg)
{
	struct event_call call = { state, subject, arg };
	int err;

	nl_socket_modify_cb(handle->events, NL_CB_VALID, NL_CB_CUSTOM,
			    on_event, &call);
	do {
		err = nl_recvmsgs_default(handle->events);
	} while (!err);
	if (err == -NLE_AGAIN)
		return 0;
	if (err == -NLE_NOMEM)
		return tandem_fail(handle, -ENOBUFS, "events were lost");
	return tandem_fail(handle, -EIO, "netlink: %s", nl_geterror(err));
}

/**
 * tandem_events_read - read the changes of state that have come
 * @handle: context
 * @fn: called for each, with the capability as it now stands
 * @arg: for @fn
 *
 * Does not wait; events of subjects are passed over.
 *
 * Return: as tandem_events_read_all().
 */
int tandem_events_read(struct tandem *handle, tandem_capability_fn fn,
		       void *arg)
{
	return tandem_events_read_all(handle, fn, NULL, arg);
}
