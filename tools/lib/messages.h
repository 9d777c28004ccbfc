/* SPDX-License-Identifier: MIT */
/* What the files of libtandem share about what stands in a message. */
#ifndef LIBTANDEM_MESSAGES_H
#define LIBTANDEM_MESSAGES_H

#include "netlink.h"

void message_text(char *to, size_t size, struct nlattr *attr);
uint64_t message_u64(struct nlattr *attr);
uint32_t message_u32(struct nlattr *attr);
void message_capability(struct tandem_capability_info *info,
			struct nlattr **attrs);
int message_knob(struct tandem *t, struct nlattr *nest,
		 struct tandem_knob_info *info);
int message_put_knobs(struct tandem *t, struct nl_msg *msg, int type,
		      const struct tandem_knob_value *values, size_t n);
int message_subject(struct tandem *t, struct nlmsghdr *nlh,
		    tandem_subject_fn fn, void *arg);

#endif
