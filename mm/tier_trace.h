/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of tiering: a window was read, its round was decided, pages were
 * moved.  Pages are base pages, times nanoseconds.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tandem_tier

#if !defined(TANDEM_TIER_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TANDEM_TIER_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(tier_scan,
	TP_PROTO(u32 window, u32 window_ms, u64 look_ns, u64 accessed),
	TP_ARGS(window, window_ms, look_ns, accessed),
	TP_STRUCT__entry(
		__field(u64, look_ns)
		__field(u64, accessed)
		__field(u32, window)
		__field(u32, window_ms)
	),
	TP_fast_assign(
		__entry->look_ns = look_ns;
		__entry->accessed = accessed;
		__entry->window = window;
		__entry->window_ms = window_ms;
	),
	TP_printk("window=%u window_ms=%u look_ns=%llu accessed=%llu",
		  __entry->window, __entry->window_ms, __entry->look_ns,
		  __entry->accessed)
);

TRACE_EVENT(tier_decide,
	TP_PROTO(u32 window, u64 fast_pages, u64 fast_free, u32 t1),
	TP_ARGS(window, fast_pages, fast_free, t1),
	TP_STRUCT__entry(
		__field(u64, fast_pages)
		__field(u64, fast_free)
		__field(u32, window)
		__field(u32, t1)
	),
	TP_fast_assign(
		__entry->fast_pages = fast_pages;
		__entry->fast_free = fast_free;
		__entry->window = window;
		__entry->t1 = t1;
	),
	TP_printk("window=%u fast_pages=%llu fast_free=%llu t1_windows=%u",
		  __entry->window, __entry->fast_pages, __entry->fast_free,
		  __entry->t1)
);

TRACE_EVENT(tier_move,
	TP_PROTO(const char *workload, u32 window, u64 promote, u64 promoted,
		 u64 demote, u64 demoted),
	TP_ARGS(workload, window, promote, promoted, demote, demoted),
	TP_STRUCT__entry(
		__string(workload, workload)
		__field(u64, promote)
		__field(u64, promoted)
		__field(u64, demote)
		__field(u64, demoted)
		__field(u32, window)
	),
	TP_fast_assign(
		__assign_str(workload);
		__entry->promote = promote;
		__entry->promoted = promoted;
		__entry->demote = demote;
		__entry->demoted = demoted;
		__entry->window = window;
	),
	TP_printk("workload=%s window=%u promote=%llu promoted=%llu demote=%llu demoted=%llu",
		  __get_str(workload), __entry->window, __entry->promote,
		  __entry->promoted, __entry->demote, __entry->demoted)
);

#endif /* TANDEM_TIER_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE tier_trace
#include <trace/define_trace.h>
