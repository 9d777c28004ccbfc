// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting: for the clock, for signals, for keys and for descriptors.
 *
 * Signals become readable descriptors, so that a command ends in one place
 * and cleans up whatever ends it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"

/**
 * now_ns - the monotonic clock
 *
 * Return: nanoseconds.
 */
uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static int open_signals(struct loop *loop)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, &loop->old_mask);
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->signals < 0 ? -errno : 0;
}

static int open_timer(struct loop *loop, uint64_t interval_ns)
{
	struct timespec step = { (time_t)(interval_ns / NS_PER_S),
				 (long)(interval_ns % NS_PER_S) };
	struct itimerspec timer = { step, step };

	loop->timer = timerfd_create(CLOCK_MONOTONIC,
				     TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->timer < 0 || timerfd_settime(loop->timer, 0, &timer, NULL))
		return -errno;
	return 0;
}

static void open_keys(struct loop *loop)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &loop->old_tty))
		return;
	raw = loop->old_tty;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	loop->keys = !tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

/**
 * loop_open - make ready to wait
 * @loop: filled in
 * @interval_ns: time between ticks
 * @keys: read keys when standard input is a terminal
 *
 * Return: 0, or -errno; loop_close() is due in both cases.
 */
int loop_open(struct loop *loop, uint64_t interval_ns, bool keys)
{
	int err;

	memset(loop, 0, sizeof(*loop));
	loop->timer = -1;
	loop->watched = -1;
	err = open_signals(loop);
	if (!err)
		err = open_timer(loop, interval_ns);
	if (!err && keys)
		open_keys(loop);
	return err;
}

static unsigned int take_signals(struct loop *loop)
{
	struct signalfd_siginfo info;
	unsigned int events = 0;

	while (read(loop->signals, &info, sizeof(info)) == sizeof(info))
		events |= info.ssi_signo == SIGWINCH ? LOOP_RESIZED :
						       LOOP_QUIT;
	return events;
}

static unsigned int take_tick(struct loop *loop)
{
	uint64_t ticks;

	return read(loop->timer, &ticks, sizeof(ticks)) == sizeof(ticks) ?
		       LOOP_TICK : 0;
}

static unsigned int take_key(struct loop *loop)
{
	if (read(STDIN_FILENO, &loop->key, 1) != 1) {
		loop->keys = false;
		return 0;
	}
	return loop->key == 'q' || loop->key == 'Q' ? LOOP_QUIT : LOOP_KEY;
}

static unsigned int wait_for(struct loop *loop, int timeout_ms)
{
	struct pollfd fds[] = {
		{ .fd = loop->signals, .events = POLLIN },
		{ .fd = loop->timer, .events = POLLIN },
		{ .fd = loop->keys ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = loop->watched, .events = POLLIN },
	};
	unsigned int events = 0;

	if (poll(fds, 4, timeout_ms) < 0)
		return errno == EINTR ? 0 : LOOP_QUIT;
	if (fds[0].revents)
		events |= take_signals(loop);
	if (fds[1].revents)
		events |= take_tick(loop);
	if (fds[2].revents)
		events |= take_key(loop);
	if (fds[3].revents)
		events |= LOOP_READABLE;
	return events;
}

/**
 * loop_wait - wait until something happens
 * @loop: the loop
 *
 * Return: what happened, from enum loop_event.
 */
unsigned int loop_wait(struct loop *loop)
{
	return wait_for(loop, -1);
}

/* What has happened already, without waiting. */
unsigned int loop_check(struct loop *loop)
{
	return wait_for(loop, 0);
}

void loop_close(struct loop *loop)
{
	if (loop->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &loop->old_tty);
	if (loop->timer >= 0)
		close(loop->timer);
	if (loop->signals >= 0)
		close(loop->signals);
	sigprocmask(SIG_SETMASK, &loop->old_mask, NULL);
}
