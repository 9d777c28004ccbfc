// SPDX-License-Identifier: MIT
/*
 * Many tasks on one thread: see apf_tasks.h.
 *
 * The scheduler runs on the stack of the fault handler, where no fault is handed
 * back, so nothing here is interrupted by itself. A task is left in one of two
 * ways: at a fault, with all of its registers in a context; or by a call, with
 * what a function must keep on its own stack.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/tandem_apf.h>

#include "apf_tasks.h"
#include "tandem_apf.h"

#define STACK_DEFAULT (64u << 10)

/**
 * struct task - one of many
 * @context: registers, where it was left at a fault or has not begun
 * @sp: where it was left by a call; NULL otherwise
 * @run: what it does
 * @arg: its argument
 * @stack: its own
 * @stack_size: of it
 * @owner: of all
 * @next: in the queue of those that can run
 */
struct task {
	struct tandem_apf_context context;
	void *sp;
	void (*run)(void *arg);
	void *arg;
	void *stack;
	size_t stack_size;
	struct tasks *owner;
	struct task *next;
};

/**
 * struct tasks - all on one thread
 * @apf: how it is told of faults
 * @all: tasks
 * @nr: how many there are
 * @most: how many there can be
 * @left: how many have not ended
 * @running: the one that runs, or NULL
 * @first: of those that can run
 * @last: of those that can run
 * @waiting: for each read in flight, who waits for it
 * @caller: where tasks_run() was left
 * @counts: what has happened
 */
struct tasks {
	struct tandem_apf *apf;
	struct task *all;
	size_t nr;
	size_t most;
	size_t left;
	struct task *running;
	struct task *first;
	struct task *last;
	struct task *waiting[TANDEM_APF_SLOTS];
	void *caller;
	struct tasks_counts counts;
};

/*
 * tasks_leave: keep what a function must keep and the stack pointer, and call fn on
 * another stack. tasks_enter: take them back.
 */
void tasks_leave(void **sp, void *top, void (*fn)(struct tasks *tasks),
		 struct tasks *tasks);
_Noreturn void tasks_enter(void *sp);

__asm__("	.text\n"
"	.globl tasks_leave, tasks_enter\n"
"	.hidden tasks_leave, tasks_enter\n"
"	.type tasks_leave, @function\n"
"	.type tasks_enter, @function\n"
"tasks_leave:\n"
"	pushq %rbp\n"
"	pushq %rbx\n"
"	pushq %r12\n"
"	pushq %r13\n"
"	pushq %r14\n"
"	pushq %r15\n"
"	movq %rsp, (%rdi)\n"
"	movq %rsi, %rsp\n"
"	movq %rcx, %rdi\n"
"	call *%rdx\n"
"	ud2\n"
"	.size tasks_leave, . - tasks_leave\n"
"tasks_enter:\n"
"	movq %rdi, %rsp\n"
"	popq %r15\n"
"	popq %r14\n"
"	popq %r13\n"
"	popq %r12\n"
"	popq %rbx\n"
"	popq %rbp\n"
"	ret\n"
"	.size tasks_enter, . - tasks_enter\n"
);

static void make_ready(struct tasks *tasks, struct task *task)
{
	task->next = NULL;
	if (tasks->first)
		tasks->last->next = task;
	else
		tasks->first = task;
	tasks->last = task;
}

static void take_note(struct tasks *tasks)
{
	int slot;

	while ((slot = tandem_apf_next(tasks->apf)) >= 0) {
		if (tasks->waiting[slot])
			make_ready(tasks, tasks->waiting[slot]);
		else
			tasks->counts.lost++;
		tasks->waiting[slot] = NULL;
	}
}

static _Noreturn void go_on(struct tasks *tasks, struct task *task)
{
	void *sp = task->sp;

	tasks->running = task;
	if (!sp)
		tandem_apf_resume(tasks->apf, &task->context);
	task->sp = NULL;
	tandem_apf_use(tasks->apf, &task->context);
	tasks_enter(sp);
}

static _Noreturn void end_all(struct tasks *tasks)
{
	tandem_apf_use(tasks->apf, NULL);
	tasks_enter(tasks->caller);
}

/* On the stack of the handler; what was there before is not needed any more. */
static void schedule(struct tasks *tasks)
{
	struct task *task;

	tasks->running = NULL;
	take_note(tasks);
	while (!tasks->first && tasks->left) {
		tasks->counts.waits++;
		tandem_apf_wait(tasks->apf);
		take_note(tasks);
	}
	if (!tasks->first)
		end_all(tasks);
	task = tasks->first;
	tasks->first = task->next;
	go_on(tasks, task);
}

static void on_fault(struct tandem_apf *apf,
		     const struct tandem_apf_fault *fault, void *arg)
{
	struct tasks *tasks = arg;
	struct task *task = tasks->running;

	/* Outside of any task: the page is waited for. */
	if (!task) {
		while (tandem_apf_next(apf) != (int)fault->slot)
			tandem_apf_wait(apf);
		return;
	}
	tandem_apf_park(apf, &task->context);
	tasks->waiting[fault->slot] = task;
	tasks->counts.faults++;
	schedule(tasks);
}

static void end_task(struct tasks *tasks)
{
	tasks->left--;
	schedule(tasks);
}

static void begin_task(void *arg)
{
	struct task *task = arg;
	struct tasks *tasks = task->owner;
	void *sp;

	task->run(task->arg);
	tasks_leave(&sp, tandem_apf_stack_top(tasks->apf), end_task, tasks);
}

/**
 * tasks_new - the calling thread will run tasks
 * @tasks: gets them
 * @most: how many there can be
 *
 * Return: 0 or a negative errno.
 */
int tasks_new(struct tasks **tasks, size_t most)
{
	struct tandem_apf_options options = { .handler = on_fault };
	struct tasks *fresh = calloc(1, sizeof(*fresh));
	int err = -ENOMEM;

	if (!fresh)
		return err;
	fresh->all = calloc(most, sizeof(*fresh->all));
	fresh->most = most;
	options.arg = fresh;
	if (fresh->all)
		err = tandem_apf_open(&fresh->apf, &options);
	if (err) {
		free(fresh->all);
		free(fresh);
		return err;
	}
	*tasks = fresh;
	return 0;
}

/**
 * tasks_spawn - make a task
 * @tasks: of the calling thread
 * @run: what it does
 * @arg: its argument
 * @stack_size: bytes; 0: 64 KiB
 *
 * Return: 0 or a negative errno.
 */
int tasks_spawn(struct tasks *tasks, void (*run)(void *arg), void *arg,
		size_t stack_size)
{
	struct task *task = &tasks->all[tasks->nr];
	int err;

	if (tasks->nr == tasks->most)
		return -ENOSPC;
	err = tandem_apf_context_init(&task->context);
	if (err)
		return err;
	task->stack_size = stack_size ? stack_size : STACK_DEFAULT;
	task->stack = mmap(NULL, task->stack_size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (task->stack == MAP_FAILED) {
		tandem_apf_context_free(&task->context);
		return -errno;
	}
	task->run = run;
	task->arg = arg;
	task->owner = tasks;
	tandem_apf_context_make(&task->context, begin_task, task, task->stack,
				task->stack_size);
	tasks->nr++;
	tasks->left++;
	make_ready(tasks, task);
	return 0;
}

/**
 * tasks_run - run all tasks to their ends
 * @tasks: of the calling thread
 */
void tasks_run(struct tasks *tasks)
{
	tasks_leave(&tasks->caller, tandem_apf_stack_top(tasks->apf), schedule,
		    tasks);
}

static void yield(struct tasks *tasks)
{
	make_ready(tasks, tasks->running);
	schedule(tasks);
}

/**
 * tasks_yield - let the others run
 * @tasks: of the calling task
 */
void tasks_yield(struct tasks *tasks)
{
	tasks_leave(&tasks->running->sp, tandem_apf_stack_top(tasks->apf),
		    yield, tasks);
}

/**
 * tasks_mask - the calling task is not to be left at a fault
 * @tasks: of the calling task
 */
void tasks_mask(struct tasks *tasks)
{
	tandem_apf_mask(tasks->apf);
}

/**
 * tasks_unmask - end of tasks_mask()
 * @tasks: of the calling task
 */
void tasks_unmask(struct tasks *tasks)
{
	tandem_apf_unmask(tasks->apf);
}

/**
 * tasks_counts - what has happened so far
 * @tasks: of the calling thread
 *
 * Return: the counts.
 */
struct tasks_counts tasks_counts(const struct tasks *tasks)
{
	return tasks->counts;
}

/**
 * tasks_free - end of tasks_new()
 * @tasks: none of which runs
 */
void tasks_free(struct tasks *tasks)
{
	size_t i;

	for (i = 0; i < tasks->nr; i++) {
		munmap(tasks->all[i].stack, tasks->all[i].stack_size);
		tandem_apf_context_free(&tasks->all[i].context);
	}
	tandem_apf_close(tasks->apf);
	free(tasks->all);
	free(tasks);
}
