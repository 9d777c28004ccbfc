// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helper CPUs: finding the facts about each that the policy chooses by, and
 * moving threads there.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/topology.h>

#include "irq.h"

static u32 lines_helped(int cpu, const struct irq_line *besides)
{
	const struct irq_line *line;
	u32 n = 0;

	list_for_each_entry(line, &irq_lines, list)
		if (line != besides && line->helper == cpu)
			n++;
	return n;
}

static bool is_named(u32 mask, int cpu)
{
	return cpu < 32 && (mask & BIT(cpu));
}

static bool is_isolated(int cpu)
{
	return !cpumask_test_cpu(cpu, housekeeping_cpumask(HK_TYPE_DOMAIN)) ||
	       !cpumask_test_cpu(cpu, housekeeping_cpumask(HK_TYPE_MISC));
}

/*
 * A CPU that is about to go offline is not active any more when irq_watch.c is told,
 * and goes on only when irq_lines_lock is free. To one that is active under that lock a
 * thread can be moved; one that came later would stay on a CPU that is gone.
 */
static void find_facts(struct irq_cpu *facts, const struct irq_line *line,
		       int cpu, const struct cpumask *takers)
{
	int taker = cpumask_first(takers);

	facts->online = cpu_active(cpu);
	facts->asked = irq_knob(IRQ_HELPERS);
	facts->named = is_named(irq_knob(IRQ_HELPERS), cpu);
	facts->takes = cpumask_test_cpu(cpu, takers);
	facts->isolated = is_isolated(cpu);
	facts->cache = taker < nr_cpu_ids &&
		       tandem_call(cpus_share_cache)(cpu, taker);
	facts->node = taker < nr_cpu_ids &&
		      cpu_to_node(cpu) == cpu_to_node(taker);
	facts->lines = lines_helped(cpu, line);
}

static int best(const struct irq_line *line, const struct cpumask *takers,
		bool managed)
{
	struct irq_cpu facts;
	u32 rank, highest = 0;
	int cpu, found = -1;

	for_each_online_cpu(cpu) {
		find_facts(&facts, line, cpu, takers);
		rank = irq_policy_rank(&facts, managed);
		/* The one that it has is as good as any other. */
		if (rank > highest || (rank == highest && rank &&
				       cpu == line->helper)) {
			highest = rank;
			found = cpu;
		}
	}
	return found;
}

/**
 * irq_helpers_choose() - find the CPU that is to help a line
 * @line: the line
 *
 * Context: process context, irq_lines_lock held.
 * Return: the CPU, or -1 when there is none.
 */
int irq_helpers_choose(const struct irq_line *line)
{
	cpumask_var_t takers;
	bool managed;
	int cpu = -1;

	if (!alloc_cpumask_var(&takers, GFP_KERNEL))
		return -1;
	if (irq_descriptor_cpus(line->irq, takers, &managed))
		cpu = best(line, takers, managed);
	free_cpumask_var(takers);
	return cpu;
}

/**
 * irq_helpers_move() - let a thread run on one CPU alone
 * @task: the thread
 * @cpu: the CPU, as it was chosen
 *
 * Context: process context, irq_lines_lock held since then.
 * Return: false when it was not there before.
 */
bool irq_helpers_move(struct task_struct *task, int cpu)
{
	if (cpumask_equal(task->cpus_ptr, cpumask_of(cpu)))
		return true;
	set_cpus_allowed_ptr(task, cpumask_of(cpu));
	return false;
}
