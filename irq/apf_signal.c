// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals at the last instruction of a handler.
 *
 * There the thread has its stack and all of its registers back, and only jumps to
 * where it was.  A signal handler that ran at this point could fault, and the jump
 * would then go to where that fault was.  So a signal at this instruction finds
 * the jump done.
 */
#include <linux/mutex.h>
#include <linux/signal.h>
#include <linux/tracepoint.h>

#include "apf.h"

#define TRACEPOINT "signal_deliver"

static DEFINE_MUTEX(watch_lock);
static struct tracepoint *watched;

static void finish_leaving(const struct apf_thread *thread,
			   struct pt_regs *regs)
{
	unsigned long ip = thread->hard_coded ? thread->ip :
						READ_ONCE(thread->area->ip);

	/* The thread may have written nonsense: it is left to jump there. */
	if (regs->ip != apf_code_last(thread) || ip >= TASK_SIZE_MAX)
		return;
	regs->ip = ip;
	apf_count(leaving_signals);
}

/* Called with the lock of the signals. */
static void on_signal(void *data, int sig, struct kernel_siginfo *info,
		      struct k_sigaction *action)
{
	struct apf_thread *thread = apf_thread_current();

	if (!thread)
		return;
	finish_leaving(thread, task_pt_regs(current));
	apf_thread_put(thread);
}

static void find_tracepoint(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, TRACEPOINT))
		*(struct tracepoint **)found = tp;
}

/**
 * apf_signals_watch() - look at each signal from now on
 *
 * From the first thread that opts in to the end of the module.
 * Context: process context.
 * Return: 0 or a negative error.
 */
int apf_signals_watch(void)
{
	struct tracepoint *tp = NULL;
	int err = 0;

	mutex_lock(&watch_lock);
	if (watched)
		goto unlock;
	for_each_kernel_tracepoint(find_tracepoint, &tp);
	err = tp ? tracepoint_probe_register(tp, on_signal, NULL) : -ENOENT;
	if (!err)
		watched = tp;
unlock:
	mutex_unlock(&watch_lock);
	return err;
}

/**
 * apf_signals_exit() - end it
 *
 * Context: process context.
 */
void apf_signals_exit(void)
{
	if (!watched)
		return;
	tracepoint_probe_unregister(watched, on_signal, NULL);
	tracepoint_synchronize_unregister();
	watched = NULL;
}
