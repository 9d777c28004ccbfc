// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver for QEMU's "edu" device, for the tests of interrupts: its handler
 * takes as long as it is told, and counts what it sees.  A program raises the
 * interrupts through the device's memory, which this driver leaves unclaimed.
 *
 * The device keeps what was raised in a register until it is acknowledged, so an
 * interrupt that is lost stays there, and one that is handled twice finds
 * nothing.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sched.h>

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

/* Registers: what is read here is the complement of what was written. */
#define EDU_LIVENESS	0x04
#define EDU_RAISED	0x24
#define EDU_RAISE	0x60
#define EDU_ACKNOWLEDGE	0x64

static unsigned int us = 200;
module_param(us, uint, 0644);
MODULE_PARM_DESC(us, "microseconds that the handler takes");

static unsigned int loops;
module_param(loops, uint, 0644);
MODULE_PARM_DESC(loops, "turns of a loop of two instructions that the handler makes besides");

static bool msi = true;
module_param(msi, bool, 0444);
MODULE_PARM_DESC(msi, "0: use the level interrupt of the device");

static ulong flags;
module_param(flags, ulong, 0644);
MODULE_PARM_DESC(flags, "IRQF_ flags of the next request");

static bool thread;
module_param(thread, bool, 0644);
MODULE_PARM_DESC(thread, "handle in a thread from the next request on");

static int work_cpu = -1;
module_param(work_cpu, int, 0644);
MODULE_PARM_DESC(work_cpu, "have a worker on this CPU take the time that handling takes, -1 for none");

static char *owner_name = "edu";
module_param(owner_name, charp, 0644);
MODULE_PARM_DESC(owner_name, "name of the next request");

static unsigned int disable_every;
module_param(disable_every, uint, 0644);
MODULE_PARM_DESC(disable_every, "disable the interrupt in each so many handlers, and enable it in a worker");

static unsigned int offline_ms;
module_param(offline_ms, uint, 0444);
MODULE_PARM_DESC(offline_ms, "keep a CPU that goes offline so long on its way, after those who have asked later have been told");

static int irq = -1;
module_param(irq, int, 0444);
static unsigned long handled;
module_param(handled, ulong, 0644);
static unsigned long empty;
module_param(empty, ulong, 0644);
static unsigned long twice;
module_param(twice, ulong, 0644);
static unsigned long while_disabled;
module_param(while_disabled, ulong, 0644);
static unsigned long after_free;
module_param(after_free, ulong, 0644);
static unsigned long wrong_context;
module_param(wrong_context, ulong, 0644);
static unsigned long by_thread;
module_param(by_thread, ulong, 0644);
static int last_cpu = -1;
module_param(last_cpu, int, 0444);

static void __iomem *registers;
static struct pci_dev *device;
static DEFINE_MUTEX(owner_lock);
static bool requested;
static atomic_t inside;
static atomic_t disabled;

static void enable_again(struct work_struct *work)
{
	atomic_dec(&disabled);
	enable_irq(irq);
}

static DECLARE_WORK(enabling, enable_again);

static void look_around(void)
{
	if (atomic_inc_return(&inside) != 1)
		twice++;
	if (atomic_read(&disabled))
		while_disabled++;
	if (!thread && (!irqs_disabled() || !in_interrupt()))
		wrong_context++;
	if (!in_hardirq())
		by_thread++;
	last_cpu = raw_smp_processor_id();
}

#define TURNS 200000ul

static void turn(unsigned long n)
{
	if (n)
		asm volatile("1: dec %0\n\tjnz 1b" : "+r" (n));
}

/*
 * A delay by the clock would pause in between, and a CPU of the emulator that
 * pauses takes a lock without which the others cannot reach a device.
 */
static unsigned long turns_per_us;

static void find_turns_per_us(void)
{
	u64 best = U64_MAX, start;
	int i;

	for (i = 0; i < 10; i++) {
		start = ktime_get_ns();
		turn(TURNS);
		best = min(best, ktime_get_ns() - start);
	}
	turns_per_us = max(TURNS * 1000ul / max(best, 1ull), 1ul);
}

/* Does nothing, but the plugin tests/bench/plugin/gaps.c knows it. */
static void mark_handled(void)
{
	asm volatile(".rept 4\n\t"
		     ".byte 0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n\t"
		     "nop\n\t"
		     ".endr" : : : "memory");
}

static void take_time(void)
{
	turn(us * turns_per_us);
	turn(loops);
	mark_handled();
}

/* What a worker has still to do: one that is queued already is not queued again. */
static atomic_t left;

static void take_time_left(struct work_struct *unused)
{
	while (atomic_add_unless(&left, -1, 0))
		take_time();
}

static DECLARE_WORK(taking_time, take_time_left);

static void take_or_leave_time(void)
{
	if (work_cpu < 0) {
		take_time();
		return;
	}
	atomic_inc(&left);
	queue_work_on(work_cpu, system_highpri_wq, &taking_time);
}

static irqreturn_t handle(int number, void *dev)
{
	u32 raised = ioread32(registers + EDU_RAISED);

	look_around();
	if (!raised) {
		empty++;
		atomic_dec(&inside);
		return IRQ_NONE;
	}
	iowrite32(raised, registers + EDU_ACKNOWLEDGE);
	handled++;
	take_or_leave_time();
	if (disable_every && handled % disable_every == 0) {
		disable_irq_nosync(number);
		atomic_inc(&disabled);
		schedule_work(&enabling);
	}
	iowrite32(handled, registers + EDU_LIVENESS);
	atomic_dec(&inside);
	return IRQ_HANDLED;
}

static int request(void)
{
	int err;

	irq = pci_irq_vector(device, 0);
	err = request_threaded_irq(irq, thread ? NULL : handle,
				   thread ? handle : NULL,
				   flags | (thread ? IRQF_ONESHOT : 0),
				   owner_name, device);
	requested = !err;
	return err;
}

static void let_go(void)
{
	if (requested)
		free_irq(irq, device);
	if (atomic_read(&inside))
		after_free++;
	flush_work(&enabling);
	flush_work(&taking_time);
	requested = false;
}

static int act(const char *what)
{
	if (sysfs_streq(what, "free"))
		let_go();
	else if (sysfs_streq(what, "request") && !requested)
		return request();
	else if (sysfs_streq(what, "disable") && requested)
		disable_irq(irq);
	else if (sysfs_streq(what, "enable") && requested)
		enable_irq(irq);
	else
		return -EINVAL;
	return 0;
}

/* What drivers do with their interrupts: free, request, disable, enable. */
static int set_owner(const char *value, const struct kernel_param *param)
{
	int err;

	mutex_lock(&owner_lock);
	err = act(value);
	mutex_unlock(&owner_lock);
	return err;
}

static const struct kernel_param_ops owner_ops = { .set = set_owner };
module_param_cb(owner, &owner_ops, NULL, 0200);

static unsigned int ms_deaf;
static DECLARE_COMPLETION(is_deaf);

static void be_deaf(struct work_struct *unused)
{
	local_irq_disable();
	complete(&is_deaf);
	turn(ms_deaf * 1000ul * turns_per_us);
	local_irq_enable();
}

static DECLARE_WORK(being_deaf, be_deaf);

/* The last CPU takes no interrupts for so many milliseconds. */
static int set_deaf(const char *value, const struct kernel_param *param)
{
	int err = kstrtouint(value, 10, &ms_deaf);

	if (err)
		return err;
	schedule_work_on(cpumask_last(cpu_online_mask), &being_deaf);
	wait_for_completion(&is_deaf);
	return 0;
}

static const struct kernel_param_ops deaf_ops = { .set = set_deaf };
module_param_cb(deaf, &deaf_ops, NULL, 0200);

/* States that are asked for later come after this when a CPU comes, before when it goes. */
static enum cpuhp_state going = CPUHP_INVALID;

static int cpu_goes(unsigned int cpu)
{
	msleep(offline_ms);
	return 0;
}

static int watch_cpus(void)
{
	int state;

	if (!offline_ms)
		return 0;
	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
					  "tandem/edu:online", NULL, cpu_goes);
	if (state < 0)
		return state;
	going = state;
	return 0;
}

static int probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	int err = pcim_enable_device(dev);

	if (err)
		return err;
	pci_set_master(dev);
	find_turns_per_us();
	registers = pcim_iomap(dev, 0, 0);
	if (!registers)
		return -ENOMEM;
	err = pci_alloc_irq_vectors(dev, 1, 1, msi ? PCI_IRQ_MSI :
						     PCI_IRQ_INTX);
	if (err < 0)
		return err;
	device = dev;
	err = request() ?: watch_cpus();
	if (err) {
		let_go();
		pci_free_irq_vectors(dev);
	}
	return err;
}

static void leave(struct pci_dev *dev)
{
	let_go();
	flush_work(&being_deaf);
	pci_free_irq_vectors(dev);
	if (going != CPUHP_INVALID)
		cpuhp_remove_state_nocalls(going);
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{ }
};

static struct pci_driver edu_driver = {
	.name = "tandem_edu",
	.id_table = ids,
	.probe = probe,
	.remove = leave,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("tandem: a driver for the tests of interrupts");
MODULE_AUTHOR("The tandem developers");
MODULE_LICENSE("GPL");
