/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of asynchronous page faults, in the order in which they come for
 * one read: the read was started; the thread is about to be in user mode again,
 * in its handler; the page can be mapped.  The last two may change places.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tandem_apf

#if !defined(TANDEM_APF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TANDEM_APF_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(apf_read,
	TP_PROTO(pid_t thread, u32 slot, unsigned long address),
	TP_ARGS(thread, slot, address),
	TP_STRUCT__entry(
		__field(unsigned long, address)
		__field(pid_t, thread)
		__field(u32, slot)
	),
	TP_fast_assign(
		__entry->address = address;
		__entry->thread = thread;
		__entry->slot = slot;
	),
	TP_printk("thread=%d slot=%u address=%#lx",
		  __entry->thread, __entry->slot, __entry->address)
);

DEFINE_EVENT(apf_read, apf_enter,
	TP_PROTO(pid_t thread, u32 slot, unsigned long address),
	TP_ARGS(thread, slot, address)
);

DEFINE_EVENT(apf_read, apf_user_again,
	TP_PROTO(pid_t thread, u32 slot, unsigned long address),
	TP_ARGS(thread, slot, address)
);

DEFINE_EVENT(apf_read, apf_complete,
	TP_PROTO(pid_t thread, u32 slot, unsigned long address),
	TP_ARGS(thread, slot, address)
);

#endif /* TANDEM_APF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE apf_trace
#include <trace/define_trace.h>
