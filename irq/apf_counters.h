/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of tandem_apf.ko.  There is no include guard: a file that includes
 * this defines APF_COUNTER(name), APF_CAUSE(name), which is a counter of faults
 * that went the ordinary way, and APF_GAUGE(name), which goes up and down.
 */

/* Times that a thread was put into its return handler. */
APF_COUNTER(early)
/* Reads that were there before their thread was back in user mode. */
APF_COUNTER(ready)
/* Reads that were handed back early and have completed since. */
APF_COUNTER(completed)
/* Signals that came at the last instruction of a leaving handler. */
APF_COUNTER(leaving_signals)

/* From kernel mode. */
APF_CAUSE(kernel)
/* Tried before by the kernel itself. */
APF_CAUSE(retried)
/* The thread was to be handed back, and could not be. */
APF_CAUSE(skipped)
/* The thread was killed. */
APF_CAUSE(dying)
/* The thread has unmapped the device. */
APF_CAUSE(unmapped)
/* From code that is not 64-bit. */
APF_CAUSE(mode)
/* The thread has a shadow stack. */
APF_CAUSE(shadow_stack)
/* The thread is traced. */
APF_CAUSE(traced)
/* It is single-stepped, or in a uprobe. */
APF_CAUSE(stepped)
/* In a range of userfaultfd. */
APF_CAUSE(userfaultfd)
/* In the handler itself, or on its way out of it. */
APF_CAUSE(nested)
/* The thread had masked it. */
APF_CAUSE(masked)
/* On the alternate signal stack. */
APF_CAUSE(signal_stack)
/* In a restartable sequence. */
APF_CAUSE(rseq)
/* The swap device answers within the call. */
APF_CAUSE(synchronous)
/* All slots of the thread were in use. */
APF_CAUSE(slots)
/* All reads that its user may have were in flight. */
APF_CAUSE(user_limit)
/* No memory for the page. */
APF_CAUSE(nomem)
/* Switched off in the meantime. */
APF_CAUSE(off)

/* Threads that have opted in. */
APF_GAUGE(threads)
/* Reads in flight. */
APF_GAUGE(reads)

#undef APF_COUNTER
#undef APF_CAUSE
#undef APF_GAUGE
