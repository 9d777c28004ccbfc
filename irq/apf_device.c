// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/tandem_apf: mapping, opting in and out, waiting.  What the calls mean stands
 * in uapi/linux/tandem_apf.h.
 */
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include "apf.h"

#define STACK_MIN SZ_8K
#define STACK_MAX SZ_1G
#define STACK_ALIGN 16

static int apf_open(struct inode *inode, struct file *file)
{
	file->private_data = apf_thread_new();
	return file->private_data ? stream_open(inode, file) : -ENOMEM;
}

static int apf_release(struct inode *inode, struct file *file)
{
	struct apf_thread *thread = file->private_data;

	apf_thread_leave(thread);
	if (thread->mm)
		mmdrop(thread->mm);
	apf_thread_put(thread);
	return 0;
}

static unsigned long *mapped_at(struct apf_thread *thread, pgoff_t page)
{
	return page ? &thread->area_at : &thread->code_at;
}

static vm_fault_t apf_map_fault(struct vm_fault *vmf)
{
	struct apf_thread *thread = vmf->vma->vm_private_data;

	vmf->page = vmf->pgoff ? thread->area_page : thread->code_page;
	get_page(vmf->page);
	return 0;
}

/* A mapping that was to be moved and could not be is at another address. */
static void apf_map_close(struct vm_area_struct *vma)
{
	struct apf_thread *thread = vma->vm_private_data;
	unsigned long *at = mapped_at(thread, vma->vm_pgoff);

	spin_lock_irq(&thread->lock);
	if (*at == vma->vm_start)
		WRITE_ONCE(*at, 0);
	spin_unlock_irq(&thread->lock);
}

static int apf_map_refuse(struct vm_area_struct *vma)
{
	return -EINVAL;
}

static int apf_map_split(struct vm_area_struct *vma, unsigned long address)
{
	return -EINVAL;
}

static const struct vm_operations_struct apf_map_ops = {
	.close = apf_map_close,
	.may_split = apf_map_split,
	.mremap = apf_map_refuse,
	.fault = apf_map_fault,
};

static bool right_mapping(const struct vm_area_struct *vma)
{
	unsigned long wrong = vma->vm_pgoff ? VM_EXEC : VM_WRITE;

	return vma->vm_pgoff <= 1 && vma->vm_flags & VM_SHARED &&
	       vma->vm_end - vma->vm_start == PAGE_SIZE &&
	       !(vma->vm_flags & wrong);
}

static int apf_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct apf_thread *thread = file->private_data;
	unsigned long *at = mapped_at(thread, vma->vm_pgoff);
	int err = 0;

	if (!right_mapping(vma))
		return -EINVAL;
	spin_lock_irq(&thread->lock);
	if (!thread->mm) {
		mmgrab(current->mm);
		thread->mm = current->mm;
	}
	if (thread->mm != current->mm)
		err = -EINVAL;
	else if (*at)
		err = -EBUSY;
	else
		WRITE_ONCE(*at, vma->vm_start);
	spin_unlock_irq(&thread->lock);
	if (err)
		return err;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTCOPY | VM_DONTDUMP,
		     vma->vm_pgoff ? VM_MAYEXEC : VM_MAYWRITE);
	vma->vm_private_data = thread;
	vma->vm_ops = &apf_map_ops;
	return 0;
}

/* Below the hole in the address space too, which access_ok() does not look at. */
static bool in_user_space(u64 at, u64 size)
{
	return at < TASK_SIZE_MAX && size <= TASK_SIZE_MAX - at;
}

static bool right_stack(const struct tandem_apf_join *join)
{
	return join->stack_size >= STACK_MIN && join->stack_size <= STACK_MAX &&
	       IS_ALIGNED(join->stack, STACK_ALIGN) &&
	       IS_ALIGNED(join->stack_size, STACK_ALIGN) &&
	       in_user_space(join->stack, join->stack_size);
}

static bool right_handler(const struct tandem_apf_join *join)
{
	bool hard_coded = join->flags & TANDEM_APF_HARD_CODED;

	if (join->flags & ~TANDEM_APF_HARD_CODED)
		return false;
	if (hard_coded != !!join->code_len ||
	    join->code_len > TANDEM_APF_CODE_MAX)
		return false;
	return join->handler &&
	       in_user_space(join->handler, join->code_len ?: 1);
}

static bool both_mapped(const struct apf_thread *thread)
{
	unsigned long code = READ_ONCE(thread->code_at);

	return code && READ_ONCE(thread->mm) == current->mm &&
	       code + PAGE_SIZE == READ_ONCE(thread->area_at);
}

static int join_with(struct apf_thread *thread, struct tandem_apf_join *join)
{
	int err;

	if (thread->task)
		return -EBUSY;
	if (!both_mapped(thread))
		return -EINVAL;
	thread->hard_coded = join->flags & TANDEM_APF_HARD_CODED;
	err = apf_code_write(thread, join);
	if (err)
		return err;
	thread->entry = thread->hard_coded ? thread->code_at : join->handler;
	thread->stack = join->stack;
	thread->stack_size = join->stack_size;
	thread->skip = 0;
	thread->pid = task_pid_nr(current);
	join->leave = thread->code_at + thread->leave;
	return apf_thread_join(thread);
}

static long ioctl_join(struct apf_thread *thread,
		       struct tandem_apf_join __user *argp)
{
	struct tandem_apf_join join;
	int err;

	if (copy_from_user(&join, argp, sizeof(join)))
		return -EFAULT;
	if (!right_stack(&join) || !right_handler(&join))
		return -EINVAL;
	if (apf_shadow_stack())
		return -EOPNOTSUPP;
	err = apf_signals_watch();
	if (err)
		return err;
	mutex_lock(&thread->mutex);
	err = join_with(thread, &join);
	if (!err && copy_to_user(argp, &join, sizeof(join))) {
		apf_thread_leave(thread);
		err = -EFAULT;
	}
	mutex_unlock(&thread->mutex);
	return err;
}

static long ioctl_leave(struct apf_thread *thread)
{
	int err = 0;

	mutex_lock(&thread->mutex);
	if (thread->task == current)
		apf_thread_leave(thread);
	else
		err = thread->task ? -EPERM : -EINVAL;
	mutex_unlock(&thread->mutex);
	return err;
}

static long ioctl_wait(struct apf_thread *thread, u32 __user *argp)
{
	u32 seen;

	if (get_user(seen, argp))
		return -EFAULT;
	return wait_event_interruptible(thread->wait,
					READ_ONCE(thread->head) != seen);
}

static long apf_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct apf_thread *thread = file->private_data;
	void __user *argp = (void __user *)arg;

	switch (cmd) {
	case TANDEM_APF_IOC_JOIN:
		return ioctl_join(thread, argp);
	case TANDEM_APF_IOC_LEAVE:
		return ioctl_leave(thread);
	case TANDEM_APF_IOC_WAIT:
		return ioctl_wait(thread, argp);
	default:
		return -ENOTTY;
	}
}

static __poll_t apf_poll(struct file *file, poll_table *table)
{
	struct apf_thread *thread = file->private_data;

	poll_wait(file, &thread->wait, table);
	return READ_ONCE(thread->head) == READ_ONCE(thread->area->tail) ?
	       0 : EPOLLIN | EPOLLRDNORM;
}

static const struct file_operations apf_file_ops = {
	.owner = THIS_MODULE,
	.open = apf_open,
	.release = apf_release,
	.mmap = apf_mmap,
	.unlocked_ioctl = apf_ioctl,
	.poll = apf_poll,
};

static struct miscdevice apf_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tandem_apf",
	.fops = &apf_file_ops,
	.mode = 0660,
};

/**
 * apf_device_init() - make /dev/tandem_apf
 *
 * Context: process context.
 * Return: 0 or a negative error.
 */
int apf_device_init(void)
{
	return misc_register(&apf_device);
}

/**
 * apf_device_exit() - remove it; no file is open
 *
 * Context: process context.
 */
void apf_device_exit(void)
{
	misc_deregister(&apf_device);
}
