/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting: for the clock, for signals, for keys and for descriptors. */
#ifndef TANDEM_CLI_LOOP_H
#define TANDEM_CLI_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#define NS_PER_S 1000000000ULL

/* What a wait ended with; several may be set. */
enum loop_event {
	LOOP_TICK = 1,
	LOOP_QUIT = 2,
	LOOP_KEY = 4,
	LOOP_READABLE = 8,
	LOOP_RESIZED = 16,
};

/**
 * struct loop - a single-threaded wait
 * @timer: ticks
 * @signals: SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGWINCH
 * @watched: one more descriptor, or -1
 * @keys: keys are read one by one from standard input
 * @key: the last key
 * @old_mask: signals to be restored
 * @old_tty: terminal to be restored
 */
struct loop {
	int timer;
	int signals;
	int watched;
	bool keys;
	char key;
	sigset_t old_mask;
	struct termios old_tty;
};

int loop_open(struct loop *loop, uint64_t interval_ns, bool keys);
unsigned int loop_wait(struct loop *loop);
unsigned int loop_check(struct loop *loop);
void loop_close(struct loop *loop);
uint64_t now_ns(void);

#endif
