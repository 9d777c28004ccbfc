// SPDX-License-Identifier: GPL-2.0-only
/*
 * apfcases CASE: one situation in which a thread that has opted in faults on a page in
 * swap. Each case verifies what was read, and how often the handler was entered.
 * It ends with 0, or says what was wrong.
 */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#include <linux/tandem_apf.h>

#include "apfswap.h"
#include "tandem_apf.h"

#define PAGES 16
#define SEED 11

static uint64_t *memory;
static struct tandem_apf *apf;
static uint64_t entries;

/* What the handler does before it waits for a page of the memory. */
static void (*in_handler)(void);

/* The program's own pages go out too, and come back whenever they are needed. */
static bool of_memory(const struct tandem_apf_fault *fault)
{
	return fault->address - (uintptr_t)memory < PAGES * PAGE;
}

static void on_fault(struct tandem_apf *context,
		     const struct tandem_apf_fault *fault, void *arg)
{
	(void)arg;
	if (of_memory(fault)) {
		entries++;
		if (in_handler)
			in_handler();
	}
	while (tandem_apf_next(context) != (int)fault->slot)
		tandem_apf_wait(context);
}

static void opt_in(void)
{
	const struct tandem_apf_options options = { .handler = on_fault };
	int err = tandem_apf_open(&apf, &options);

	if (err)
		fail("cannot opt in: %s", strerror(-err));
}

static void out_again(void)
{
	madvise(memory, PAGES * PAGE, MADV_PAGEOUT);
	page_out(memory, PAGES);
}

static void start(void)
{
	memory = new_memory(PAGES);
	fill(memory, PAGES, SEED);
	out_again();
	opt_in();
}

/* Not inlined: the first instruction is the load. */
uint64_t load(const uint64_t *at) __attribute__((visibility("hidden")));
__asm__("	.text\n"
"	.type load, @function\n"
"load:\n"
"	movq (%rdi), %rax\n"
"	ret\n"
"	.size load, . - load\n");

static void read_page(size_t page)
{
	if (load(&memory[page * WORDS]) != pattern(SEED, page, 0))
		fail("wrong data: page %zu", page);
}

static void want_entries(uint64_t n)
{
	if (entries != n)
		fail("%llu entries of the handler, not %llu",
		     (unsigned long long)entries, (unsigned long long)n);
}

/* Nothing of the case is left: the next fault is handed back. */
static void still_works(void)
{
	uint64_t before = entries;

	out_again();
	read_page(0);
	want_entries(before + 1);
}

static void want_child(pid_t child, int status)
{
	int got = -1;

	if (child < 0 || waitpid(child, &got, 0) != child || got != status)
		fail("the child ended with %#x, not %#x", got, status);
}

/* --- the ordinary way ------------------------------------------------------ */

static void case_kernel(void)
{
	uint64_t word;
	int ends[2];

	start();
	if (pipe(ends) || write(ends[1], memory, 8) != 8 ||
	    read(ends[0], &word, 8) != 8 || word != pattern(SEED, 0, 0))
		fail("wrong data through a pipe");
	want_entries(0);
	still_works();
}

static void case_masked(void)
{
	start();
	tandem_apf_mask(apf);
	read_page(0);
	tandem_apf_unmask(apf);
	want_entries(0);
	read_page(1);
	want_entries(1);
}

static void read_another(void)
{
	read_page(1);
}

static void case_nested(void)
{
	start();
	in_handler = read_another;
	read_page(0);
	in_handler = NULL;
	want_entries(1);
	still_works();
}

static void on_signal(int number)
{
	(void)number;
	read_page(3);
}

static void case_signal_stack(void)
{
	static char stack[65536];
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_ONSTACK };

	start();
	sigaltstack(&other, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	want_entries(0);
	still_works();
}

/* On the thread's own stack a handler of signals is like any other code. */
static void case_signal(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	start();
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	want_entries(1);
	still_works();
}

static void raise_another(void)
{
	raise(SIGUSR1);
}

static void case_signal_in_handler(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	start();
	sigaction(SIGUSR1, &action, NULL);
	in_handler = raise_another;
	read_page(0);
	in_handler = NULL;
	want_entries(1);
	still_works();
}

static void case_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { (uintptr_t)0, PAGES * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	start();
	range.range.start = (uintptr_t)memory;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &range))
		fail("userfaultfd: %s", strerror(errno));
	read_page(0);
	want_entries(0);
	ioctl(fd, UFFDIO_UNREGISTER, &range.range);
	close(fd);
	still_works();
}

/* Loads in a restartable sequence, which begins anew when it was preempted. */
uint64_t load_rseq(const uint64_t *at, struct rseq *area)
	__attribute__((visibility("hidden")));
__asm__("	.data\n"
"	.balign 32\n"
"load_section:\n"
"	.long 0, 0\n"
"	.quad 1f, 2f - 1f, 4f\n"
"	.text\n"
"	.type load_rseq, @function\n"
"load_rseq:\n"
"3:\n"
"	leaq load_section(%rip), %rax\n"
"	movq %rax, 8(%rsi)\n"
"1:\n"
"	movq (%rdi), %rax\n"
"2:\n"
"	movq $0, 8(%rsi)\n"
"	ret\n"
"	.long 0x53053053\n"
"4:\n"
"	jmp 3b\n"
"	.size load_rseq, . - load_rseq\n");

_Static_assert(RSEQ_SIG == 0x53053053, "before the label where it goes on");
_Static_assert(offsetof(struct rseq, rseq_cs) == 8, "in the code above");

static void case_rseq(void)
{
	struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() +
					    __rseq_offset);

	start();
	if (!__rseq_size)
		fail("the C library has registered no rseq");
	if (load_rseq(memory, area) != pattern(SEED, 0, 0))
		fail("wrong data");
	want_entries(0);
	still_works();
}

static void on_step(int number)
{
	(void)number;
}

static void case_stepped(void)
{
	struct sigaction action = { .sa_handler = on_step };

	start();
	sigaction(SIGTRAP, &action, NULL);
	__asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\t"
			 "movq (%0), %%rax\n\t"
			 "pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq\n\t"
			 : : "r" (memory) : "rax", "cc", "memory");
	want_entries(0);
	still_works();
}

static int perf_open(struct perf_event_attr *attr)
{
	return (int)syscall(SYS_perf_event_open, attr, 0, -1, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

static uint64_t uprobe_type(void)
{
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	unsigned long type = 0;

	if (!f || fscanf(f, "%lu", &type) != 1)
		fail("no uprobes");
	fclose(f);
	return type;
}

/* Where in the file the function is: its segment is mapped from there. */
static uint64_t file_offset(const void *at)
{
	unsigned long begin, end, offset;
	char line[512];
	FILE *f = fopen("/proc/self/maps", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %*s %lx", &begin, &end, &offset) == 3 &&
		    begin <= (uintptr_t)at && (uintptr_t)at < end) {
			fclose(f);
			return (uintptr_t)at - begin + offset;
		}
	fail("not in the maps");
}

static void case_uprobe(void)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = (uint32_t)uprobe_type(),
		.config1 = (uintptr_t)"/proc/self/exe",
		.config2 = file_offset(load),
	};
	char path[256] = { 0 };
	int fd;

	if (readlink("/proc/self/exe", path, sizeof(path) - 1) > 0)
		attr.config1 = (uintptr_t)path;
	start();
	fd = perf_open(&attr);
	if (fd < 0)
		fail("uprobe: %s", strerror(errno));
	read_page(0);
	want_entries(0);
	close(fd);
	still_works();
}

static void case_traced(void)
{
	pid_t child = fork();
	int status;

	if (!child) {
		start();
		raise(SIGSTOP);
		read_page(0);
		want_entries(0);
		_exit(0);
	}
	waitpid(child, &status, WUNTRACED);
	if (ptrace(PTRACE_SEIZE, child, 0, 0))
		fail("ptrace: %s", strerror(errno));
	kill(child, SIGCONT);
	for (;;) {
		waitpid(child, &status, 0);
		if (!WIFSTOPPED(status))
			break;
		ptrace(PTRACE_CONT, child, 0, 0);
	}
	if (status)
		fail("the traced child ended with %#x", status);
}

/* Where the page of code is: only the maps tell. */
static unsigned long device_code(void)
{
	unsigned long begin = 0;
	char line[512];
	FILE *f = fopen("/proc/self/maps", "re");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "tandem_apf") && strstr(line, "r-xs"))
			sscanf(line, "%lx", &begin);
	if (f)
		fclose(f);
	if (!begin)
		fail("no code of the device in the maps");
	return begin;
}

static void case_unmapped(void)
{
	start();
	munmap((void *)device_code(), PAGE);
	read_page(0);
	want_entries(0);
}

static void case_user_limit(void)
{
	start();
	read_page(0);
	want_entries(0);
}

/* Completions that nobody takes note of. */
static void on_fault_lazy(struct tandem_apf *context,
			  const struct tandem_apf_fault *fault, void *arg)
{
	(void)context;
	(void)fault;
	(void)arg;
	entries++;
}

static void case_slots(void)
{
	const struct tandem_apf_options options = { .handler = on_fault_lazy };
	const size_t pages = TANDEM_APF_SLOTS + 8;
	size_t i;

	memory = new_memory(pages);
	fill(memory, pages, SEED);
	page_out(memory, pages);
	if (tandem_apf_open(&apf, &options))
		fail("cannot opt in");
	for (i = 0; i < pages; i++)
		read_page(i);
	want_entries(TANDEM_APF_SLOTS);
	for (i = 0; tandem_apf_next(apf) >= 0; i++)
		;
	if (i != TANDEM_APF_SLOTS)
		fail("%zu completions", i);
}

/* --- others ---------------------------------------------------------------- */

static void case_vfork(void)
{
	pid_t child;

	start();
	child = vfork();
	if (!child) {
		if (load(memory) != pattern(SEED, 0, 0))
			_exit(1);
		_exit(0);
	}
	want_child(child, 0);
	want_entries(0);
	still_works();
}

static pid_t forked;

static void fork_here(void)
{
	forked = fork();
	if (forked)
		return;
	/* On the same stack, with nothing of the device. */
	read_page(2);
	_exit(0);
}

static void case_fork(void)
{
	start();
	in_handler = fork_here;
	read_page(0);
	in_handler = NULL;
	want_child(forked, 0);
	want_entries(1);
	still_works();
}

static void *other_thread(void *arg)
{
	(void)arg;
	read_page(0);
	return NULL;
}

static void case_thread(void)
{
	pthread_t thread;

	start();
	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, NULL);
	want_entries(0);
	still_works();
}

static void exec_here(void)
{
	execl("/proc/self/exe", "apfcases", "nothing", NULL);
}

static void case_exec(void)
{
	start();
	in_handler = exec_here;
	read_page(0);
	fail("exec has returned");
}

static void case_nothing(void)
{
}

static void exit_here(void)
{
	_exit(0);
}

static void case_exit(void)
{
	start();
	in_handler = exit_here;
	read_page(0);
	fail("exit has returned");
}

/* From here on the device answers nothing until it is told to. */
static void case_held(void)
{
	memory = new_memory(PAGES);
	fill(memory, PAGES, SEED);
	out_again();
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		fail("mlockall: %s", strerror(errno));
	opt_in();
	if (system("/usr/lib/tandem-tests/dmtable suspend slow"))
		fail("the device was not suspended");
	in_handler = exit_here;
	read_page(0);
	fail("exit has returned");
}

static void end_thread_here(void)
{
	syscall(SYS_exit, 0);
}

static void *ending_thread(void *arg)
{
	opt_in();
	in_handler = end_thread_here;
	read_page(0);
	return arg;
}

static void case_thread_exit(void)
{
	pthread_t thread;

	memory = new_memory(PAGES);
	fill(memory, PAGES, SEED);
	out_again();
	pthread_create(&thread, NULL, ending_thread, NULL);
	pthread_join(thread, NULL);
	in_handler = NULL;
	read_page(0);
	tandem_apf_close(apf);
}

static void kill_here(void)
{
	kill(getpid(), SIGKILL);
}

static void case_kill(void)
{
	pid_t child = fork();

	if (!child) {
		start();
		in_handler = kill_here;
		read_page(0);
		_exit(1);
	}
	want_child(child, SIGKILL);
}

static sigjmp_buf back;
static siginfo_t fault_info;
static uint64_t fault_pc;

static void on_bad(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	fault_info = *info;
	fault_pc = (uint64_t)u->uc_mcontext.gregs[REG_RIP];
	siglongjmp(back, number);
}

static void catch(int number)
{
	struct sigaction action = { .sa_sigaction = on_bad,
				    .sa_flags = SA_SIGINFO };

	sigaction(number, &action, NULL);
}

/* The signal comes where the load is, as without a handler. */
static void want_signal(int number, int code)
{
	if (fault_info.si_signo != number || fault_info.si_code != code ||
	    fault_info.si_addr != memory || fault_pc != (uintptr_t)load)
		fail("signal %d code %d address %p pc %#llx",
		     fault_info.si_signo, fault_info.si_code,
		     fault_info.si_addr, (unsigned long long)fault_pc);
}

static void munmap_here(void)
{
	munmap(memory, PAGES * PAGE);
}

static void case_munmap(void)
{
	start();
	catch(SIGSEGV);
	in_handler = munmap_here;
	if (!sigsetjmp(back, 1)) {
		read_page(0);
		fail("read what is not there");
	}
	want_signal(SIGSEGV, SEGV_MAPERR);
	want_entries(1);
}

/* The swap device fails all reads from now on: told by who runs this. */
static void case_failed_read(void)
{
	char line[8];

	memory = new_memory(PAGES);
	fill(memory, PAGES, SEED);
	/* All else stays, or it would be lost too. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE) ||
	    munlock(memory, PAGES * PAGE))
		fail("mlockall: %s", strerror(errno));
	out_again();
	opt_in();
	catch(SIGBUS);
	puts("paged out");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		fail("nobody said go");
	if (!sigsetjmp(back, 1)) {
		read_page(0);
		fail("read what cannot be read");
	}
	want_signal(SIGBUS, BUS_ADRERR);
	if (!entries)
		fail("the handler was not entered");
}

static void truncate_file(void)
{
	if (truncate(getenv("TANDEM_MEMORY"), 0))
		fail("truncate: %s", strerror(errno));
}

/* The file loses the page that is being read: the kernel waits for the read. */
static void case_truncated(void)
{
	start();
	catch(SIGBUS);
	in_handler = truncate_file;
	if (!sigsetjmp(back, 1)) {
		read_page(0);
		fail("read what the file has no more");
	}
	want_signal(SIGBUS, BUS_ADRERR);
	want_entries(1);
}

static void jump_away(void)
{
	siglongjmp(back, 1);
}

/* What was interrupted is given up, and the device closed with a read in flight. */
static void case_abandon(void)
{
	start();
	in_handler = jump_away;
	if (!sigsetjmp(back, 1)) {
		read_page(0);
		fail("the handler has returned");
	}
	in_handler = NULL;
	tandem_apf_close(apf);
	entries = 0;
	read_page(0);
	opt_in();
	still_works();
}

/* --- the last instruction of the handler ----------------------------------- */

static uint64_t traps;

static void on_trap(int number)
{
	size_t page = 5 + traps++ % 4;

	(void)number;
	/* Not by load(): a jump to there would be the right one by chance. */
	if (*(volatile uint64_t *)&memory[page * WORDS] !=
	    pattern(SEED, page, 0))
		fail("wrong data: page %zu", page);
}

static void case_leaving(void)
{
	struct sigaction action = { .sa_handler = on_trap };
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_BREAKPOINT,
		.bp_type = HW_BREAKPOINT_X,
		.bp_len = sizeof(long),
		.sample_period = 1,
		.sigtrap = 1,
		.remove_on_exec = 1,
	};
	int fd;

	start();
	sigaction(SIGTRAP, &action, NULL);
	/* Behind the load of RSP, which has 7 bytes. */
	attr.bp_addr = device_code() + 7;
	fd = perf_open(&attr);
	if (fd < 0)
		fail("breakpoint: %s", strerror(errno));
	read_page(0);
	read_page(1);
	close(fd);
	if (traps < 2 || entries < 3)
		fail("%llu traps, %llu entries", (unsigned long long)traps,
		     (unsigned long long)entries);
	still_works();
}

/* --- what is refused -------------------------------------------------------- */

static void want_error(const char *what, long ret, int error)
{
	if (ret != -1 || errno != error)
		fail("%s: %ld, %s", what, ret, strerror(errno));
}

static char stack[65536] __attribute__((aligned(4096)));

static void refuse_maps(int fd)
{
	void *at;

	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	want_error("writable code", (long)at, EINVAL);
	at = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, PAGE);
	want_error("executable area", (long)at, EINVAL);
	at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	want_error("private", (long)at, EINVAL);
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	want_error("two pages", (long)at, EINVAL);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 2 * PAGE);
	want_error("a third page", (long)at, EINVAL);
}

static void refuse_joins(int fd)
{
	const struct tandem_apf_join good = {
		.handler = (uintptr_t)load,
		.stack = (uintptr_t)stack,
		.stack_size = sizeof(stack),
	};
	struct tandem_apf_join join;

#define WRONG(what, field, value) do { \
	join = good; \
	join.field = (value); \
	want_error(what, ioctl(fd, TANDEM_APF_IOC_JOIN, &join), EINVAL); \
} while (0)
	WRONG("flags", flags, 2);
	WRONG("code without its flag", code_len, 16);
	WRONG("flag without code", flags, TANDEM_APF_HARD_CODED);
	WRONG("no handler", handler, 0);
	WRONG("handler of the kernel", handler, 0xffffffff81000000u);
	WRONG("handler in the hole", handler, 0x0100000000000000u);
	WRONG("crooked stack", stack, (uintptr_t)stack + 8);
	WRONG("small stack", stack_size, 4096);
	WRONG("large stack", stack_size, 2ull << 30);
	WRONG("stack of the kernel", stack, 0xffff888000000000u);
	want_error("no argument", ioctl(fd, TANDEM_APF_IOC_JOIN, NULL), EFAULT);
}

static void case_refuse(void)
{
	struct tandem_apf_join join = {
		.handler = (uintptr_t)load,
		.stack = (uintptr_t)stack,
		.stack_size = sizeof(stack),
	};
	int fd = open(TANDEM_APF_DEVICE, O_RDWR | O_CLOEXEC);
	char *at;

	if (fd < 0)
		fail("%s", strerror(errno));
	want_error("not mapped", ioctl(fd, TANDEM_APF_IOC_JOIN, &join), EINVAL);
	want_error("not in", ioctl(fd, TANDEM_APF_IOC_LEAVE), EINVAL);
	want_error("unknown", ioctl(fd, _IO('t', 0xaf)), ENOTTY);
	refuse_maps(fd);
	at = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mmap(at, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0) ==
	    MAP_FAILED)
		fail("code: %s", strerror(errno));
	want_error("half mapped", ioctl(fd, TANDEM_APF_IOC_JOIN, &join), EINVAL);
	want_error("writable later", mprotect(at, PAGE, PROT_WRITE), EACCES);
	if (mmap(at + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 fd, PAGE) == MAP_FAILED)
		fail("area: %s", strerror(errno));
	want_error("moved", (long)mremap(at, PAGE, PAGE, MREMAP_MAYMOVE |
					 MREMAP_FIXED, stack), EINVAL);
	refuse_joins(fd);
	if (ioctl(fd, TANDEM_APF_IOC_JOIN, &join))
		fail("join: %s", strerror(errno));
	want_error("twice", ioctl(fd, TANDEM_APF_IOC_JOIN, &join), EBUSY);
	if (ioctl(fd, TANDEM_APF_IOC_LEAVE))
		fail("leave: %s", strerror(errno));
}

static void case_thread_limit(void)
{
	const struct tandem_apf_options options = { .handler = on_fault };
	int err = tandem_apf_open(&apf, &options);

	if (err != -EUSERS)
		fail("%s", strerror(-err));
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "kernel", case_kernel },
	{ "masked", case_masked },
	{ "nested", case_nested },
	{ "signal-stack", case_signal_stack },
	{ "signal", case_signal },
	{ "signal-in-handler", case_signal_in_handler },
	{ "userfaultfd", case_userfaultfd },
	{ "rseq", case_rseq },
	{ "stepped", case_stepped },
	{ "uprobe", case_uprobe },
	{ "traced", case_traced },
	{ "unmapped", case_unmapped },
	{ "user-limit", case_user_limit },
	{ "slots", case_slots },
	{ "vfork", case_vfork },
	{ "fork", case_fork },
	{ "thread", case_thread },
	{ "exec", case_exec },
	{ "nothing", case_nothing },
	{ "exit", case_exit },
	{ "held", case_held },
	{ "thread-exit", case_thread_exit },
	{ "kill", case_kill },
	{ "munmap", case_munmap },
	{ "failed-read", case_failed_read },
	{ "truncated", case_truncated },
	{ "abandon", case_abandon },
	{ "leaving", case_leaving },
	{ "refuse", case_refuse },
	{ "thread-limit", case_thread_limit },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!strcmp(argv[1], cases[i].name)) {
			cases[i].run();
			return 0;
		}
	fail("usage: apfcases CASE");
}
