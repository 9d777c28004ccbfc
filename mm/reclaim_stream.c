// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: which task is reclaiming, and how many of its batches are in
 * flight.
 *
 * A stream exists while its task is inside a call or has batches in flight.
 * Only the task itself creates its stream, so two tasks never race to make
 * one; the last reference takes it out of the table under the lock, and
 * lookups without the lock are safe because the memory lives on for a grace
 * period.  They happen several times a page, so they keep the CPU for these few
 * instructions, which is a read section too and cheaper than the other kind.
 */
#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "reclaim.h"

static DEFINE_HASHTABLE(streams, 8);
/* Protects changes of the table. Process context only; innermost. */
static DEFINE_SPINLOCK(streams_lock);

static struct reclaim_stream *stream_find(struct task_struct *task)
{
	struct reclaim_stream *stream;

	hash_for_each_possible_rcu(streams, stream, node, (unsigned long)task,
				   rcu_read_lock_sched_held() ||
				   lockdep_is_held(&streams_lock))
		if (stream->task == task)
			return stream;
	return NULL;
}

static struct reclaim_stream *stream_reuse(struct task_struct *task)
{
	struct reclaim_stream *stream;

	spin_lock(&streams_lock);
	stream = stream_find(task);
	if (stream)
		refcount_inc(&stream->refs);
	spin_unlock(&streams_lock);
	return stream;
}

static struct reclaim_stream *stream_create(struct task_struct *task)
{
	struct reclaim_stream *stream;

	stream = kzalloc(sizeof(*stream), GFP_NOWAIT | __GFP_NOWARN);
	if (!stream)
		return NULL;
	stream->task = task;
	stream->pid = task->pid;
	refcount_set(&stream->refs, 1);
	init_waitqueue_head(&stream->wait);
	spin_lock_init(&stream->queue_lock);
	bio_list_init(&stream->queue);
	INIT_WORK(&stream->submit, reclaim_submit_work);
	spin_lock(&streams_lock);
	hash_add_rcu(streams, &stream->node, (unsigned long)task);
	spin_unlock(&streams_lock);
	return stream;
}

/**
 * reclaim_stream_enter() - the stream of the current task, made if need be
 *
 * Context: process context; does not sleep.
 * Return: the stream with a reference for the caller, NULL without memory.
 */
struct reclaim_stream *reclaim_stream_enter(void)
{
	struct reclaim_stream *stream = stream_reuse(current);

	return stream ? stream : stream_create(current);
}

/**
 * reclaim_stream_get() - take a reference for a batch
 * @stream: stream the caller holds a reference of
 */
void reclaim_stream_get(struct reclaim_stream *stream)
{
	refcount_inc(&stream->refs);
}

/**
 * reclaim_stream_put() - drop a reference
 * @stream: stream; gone after its last reference
 *
 * Context: process context; does not sleep.
 */
void reclaim_stream_put(struct reclaim_stream *stream)
{
	bool last;

	spin_lock(&streams_lock);
	last = refcount_dec_and_test(&stream->refs);
	if (last)
		hash_del_rcu(&stream->node);
	spin_unlock(&streams_lock);
	if (last)
		kfree_rcu(stream, rcu);
}

/**
 * reclaim_current_call() - the pipelined call the current task is inside
 *
 * Context: any process context; does not sleep.
 * Return: the call, NULL if there is none.
 */
struct reclaim_call *reclaim_current_call(void)
{
	struct reclaim_stream *stream;
	struct reclaim_call *call = NULL;

	rcu_read_lock_sched();
	stream = stream_find(current);
	if (stream)
		call = stream->call;
	rcu_read_unlock_sched();
	return call;
}

static bool depth_free(struct reclaim_stream *stream)
{
	return reclaim_policy_depth_free(atomic_read(&stream->in_flight),
					 reclaim_knob(RECLAIM_DEPTH));
}

/**
 * reclaim_stream_wait() - wait until the task may prepare another batch
 * @stream: stream of the current task
 *
 * Bounded by the knob wait_ms; a killed task does not wait, since it is about
 * to give its memory back.
 *
 * Context: may sleep.
 * Return: true if it may.
 */
bool reclaim_stream_wait(struct reclaim_stream *stream)
{
	unsigned long timeout;
	u64 start_ns;
	long left;

	if (depth_free(stream))
		return true;
	timeout = msecs_to_jiffies(reclaim_knob(RECLAIM_WAIT_MS));
	start_ns = ktime_get_ns();
	left = wait_event_killable_timeout(stream->wait, depth_free(stream),
					   timeout);
	reclaim_count(wait_ns, ktime_get_ns() - start_ns);
	return left > 0;
}

/**
 * reclaim_streams_empty() - is no task inside a call and no batch in flight?
 *
 * Return: true if the table of streams is empty.
 */
bool reclaim_streams_empty(void)
{
	bool empty;

	spin_lock(&streams_lock);
	empty = hash_empty(streams);
	spin_unlock(&streams_lock);
	return empty;
}
