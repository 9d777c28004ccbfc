/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the pipeline.  Times are ktime nanoseconds; overlap is the
 * order of these events: batch_prepare of batch n+1 of a stream carries the
 * start of its preparation, which lies before batch_complete of batch n.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tandem

#if !defined(TANDEM_RECLAIM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TANDEM_RECLAIM_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(batch_prepare,
	TP_PROTO(u64 id, pid_t stream, int node, u32 nr_pages, u64 start_ns,
		 u64 end_ns),
	TP_ARGS(id, stream, node, nr_pages, start_ns, end_ns),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, start_ns)
		__field(u64, end_ns)
		__field(pid_t, stream)
		__field(int, node)
		__field(u32, nr_pages)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->start_ns = start_ns;
		__entry->end_ns = end_ns;
		__entry->stream = stream;
		__entry->node = node;
		__entry->nr_pages = nr_pages;
	),
	TP_printk("id=%llu stream=%d node=%d nr_pages=%u start_ns=%llu end_ns=%llu",
		  __entry->id, __entry->stream, __entry->node,
		  __entry->nr_pages, __entry->start_ns, __entry->end_ns)
);

TRACE_EVENT(batch_submit,
	TP_PROTO(u64 id, pid_t stream, u32 nr_pages, u32 nr_bios,
		 u64 submit_ns),
	TP_ARGS(id, stream, nr_pages, nr_bios, submit_ns),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, submit_ns)
		__field(pid_t, stream)
		__field(u32, nr_pages)
		__field(u32, nr_bios)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->submit_ns = submit_ns;
		__entry->stream = stream;
		__entry->nr_pages = nr_pages;
		__entry->nr_bios = nr_bios;
	),
	TP_printk("id=%llu stream=%d nr_pages=%u nr_bios=%u submit_ns=%llu",
		  __entry->id, __entry->stream, __entry->nr_pages,
		  __entry->nr_bios, __entry->submit_ns)
);

TRACE_EVENT(batch_complete,
	TP_PROTO(u64 id, pid_t stream, u32 nr_pages, u32 freed, u32 requeued,
		 u32 errors, u64 done_ns),
	TP_ARGS(id, stream, nr_pages, freed, requeued, errors, done_ns),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, done_ns)
		__field(pid_t, stream)
		__field(u32, nr_pages)
		__field(u32, freed)
		__field(u32, requeued)
		__field(u32, errors)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->done_ns = done_ns;
		__entry->stream = stream;
		__entry->nr_pages = nr_pages;
		__entry->freed = freed;
		__entry->requeued = requeued;
		__entry->errors = errors;
	),
	TP_printk("id=%llu stream=%d nr_pages=%u freed=%u requeued=%u errors=%u done_ns=%llu",
		  __entry->id, __entry->stream, __entry->nr_pages,
		  __entry->freed, __entry->requeued, __entry->errors,
		  __entry->done_ns)
);

#endif /* TANDEM_RECLAIM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE reclaim_trace
#include <trace/define_trace.h>
