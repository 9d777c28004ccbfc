/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of handing over: an interrupt has come and is handed over, the
 * process that it interrupted is about to go on, its handler has run.  The
 * three have the number of the interrupt on its line in common.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tandem_irq

#if !defined(TANDEM_IRQ_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TANDEM_IRQ_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(handoff_enter,
	TP_PROTO(u32 irq, u64 number, u32 waiting),
	TP_ARGS(irq, number, waiting),
	TP_STRUCT__entry(
		__field(u64, number)
		__field(u32, irq)
		__field(u32, waiting)
	),
	TP_fast_assign(
		__entry->number = number;
		__entry->irq = irq;
		__entry->waiting = waiting;
	),
	TP_printk("irq=%u number=%llu waiting=%u", __entry->irq,
		  __entry->number, __entry->waiting)
);

TRACE_EVENT(handoff_user_again,
	TP_PROTO(u32 irq, u64 number),
	TP_ARGS(irq, number),
	TP_STRUCT__entry(
		__field(u64, number)
		__field(u32, irq)
	),
	TP_fast_assign(
		__entry->number = number;
		__entry->irq = irq;
	),
	TP_printk("irq=%u number=%llu", __entry->irq, __entry->number)
);

TRACE_EVENT(handoff_complete,
	TP_PROTO(u32 irq, u64 number, u64 wait_ns, u64 handler_ns, int result),
	TP_ARGS(irq, number, wait_ns, handler_ns, result),
	TP_STRUCT__entry(
		__field(u64, number)
		__field(u64, wait_ns)
		__field(u64, handler_ns)
		__field(u32, irq)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->number = number;
		__entry->wait_ns = wait_ns;
		__entry->handler_ns = handler_ns;
		__entry->irq = irq;
		__entry->result = result;
	),
	TP_printk("irq=%u number=%llu wait_ns=%llu handler_ns=%llu result=%d",
		  __entry->irq, __entry->number, __entry->wait_ns,
		  __entry->handler_ns, __entry->result)
);

#endif /* TANDEM_IRQ_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE irq_trace
#include <trace/define_trace.h>
