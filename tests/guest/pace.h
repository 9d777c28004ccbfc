/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows of a minimum length: the work in one is fixed, and what is done early
 * waits. So who looks at memory by the clock has as much time for each window
 * on a slow host as on a fast one.
 */
#ifndef TANDEM_TESTS_PACE_H
#define TANDEM_TESTS_PACE_H

#include <stdbool.h>
#include <time.h>

/**
 * struct pace - where the windows are
 * @end: of the one that is being worked on
 * @late: windows whose work took longer than they should have
 */
struct pace {
	struct timespec end;
	unsigned int late;
};

static inline bool pace_is_late(const struct pace *pace)
{
	const struct timespec *end = &pace->end;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec ||
	       (now.tv_sec == end->tv_sec && now.tv_nsec > end->tv_nsec);
}

static inline void pace_start(struct pace *pace)
{
	pace->late = 0;
	clock_gettime(CLOCK_MONOTONIC, &pace->end);
}

/* The next window is to end so many milliseconds after the last one. */
static inline void pace_next(struct pace *pace, unsigned long ms)
{
	pace->end.tv_nsec += ms % 1000 * 1000000L;
	pace->end.tv_sec += ms / 1000 + pace->end.tv_nsec / 1000000000L;
	pace->end.tv_nsec %= 1000000000L;
}

/* A window that comes late puts off those that follow it. */
static inline void pace_wait(struct pace *pace)
{
	if (pace_is_late(pace)) {
		pace->late++;
		clock_gettime(CLOCK_MONOTONIC, &pace->end);
		return;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &pace->end, NULL);
}

#endif
