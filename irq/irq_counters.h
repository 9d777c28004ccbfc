/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of tandem_irq.ko.  There is no include guard: a file that
 * includes this defines IRQ_COUNTER(name) first, and IRQ_GAUGE(name), which is
 * for what goes up and down.
 */

/* Interrupts handed over to a helper. */
IRQ_COUNTER(handed)
/* Interrupts of lines that are looked after, handled where they came. */
IRQ_COUNTER(in_place)
/* Handlers that a helper has run to the end. */
IRQ_COUNTER(completed)
/* Interrupts that came while so many waited that the last of them does for both. */
IRQ_COUNTER(merged)
/* Interrupts left to the kernel, which raises them again when it enables the line. */
IRQ_COUNTER(put_off)
/* Handlers that the watchdog has run, since the helper did not. */
IRQ_COUNTER(rescued)
/* Lines that went back to stock, since the helper did not answer. */
IRQ_COUNTER(stuck)
/* Nanoseconds that interrupted CPUs spent in handing over. */
IRQ_COUNTER(entry_ns)
/* Nanoseconds that interrupted CPUs spent in handlers. */
IRQ_COUNTER(in_place_ns)
/* Nanoseconds that helpers spent in handlers. */
IRQ_COUNTER(helper_ns)
/* Lines that are handed over now. */
IRQ_GAUGE(lines_handed)
/* Lines whose thread is pinned now. */
IRQ_GAUGE(lines_pinned)
/* What handing over costs the interrupted CPU, as measured. */
IRQ_GAUGE(break_even_ns)

#undef IRQ_COUNTER
#undef IRQ_GAUGE
