// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that have opted in, and users and what they may have.
 *
 * A thread is looked up at each fault on a page that is not there, so there is a
 * table by task that needs no lock to read.  Nothing is decided here.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "apf.h"

DEFINE_HASHTABLE(apf_threads, APF_THREADS_BITS);

/* Protects the table against writers, and the users. */
static DEFINE_SPINLOCK(threads_lock);
static HLIST_HEAD(users);

atomic_t apf_nr_threads = ATOMIC_INIT(0);

static struct apf_user *user_of(kuid_t uid)
{
	struct apf_user *user;

	hlist_for_each_entry(user, &users, node)
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/* One for each user of whom there is an open file. */
static struct apf_user *user_get(kuid_t uid)
{
	struct apf_user *fresh, *user;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return NULL;
	fresh->uid = uid;
	spin_lock_bh(&threads_lock);
	user = user_of(uid);
	if (!user) {
		user = fresh;
		fresh = NULL;
		hlist_add_head(&user->node, &users);
	}
	user->ref++;
	spin_unlock_bh(&threads_lock);
	kfree(fresh);
	return user;
}

static void user_put(struct apf_user *user)
{
	bool last;

	spin_lock_bh(&threads_lock);
	last = !--user->ref;
	if (last)
		hlist_del(&user->node);
	spin_unlock_bh(&threads_lock);
	if (last)
		kfree(user);
}

static void free_pages_of(struct apf_thread *thread)
{
	if (thread->code_page)
		__free_page(thread->code_page);
	if (thread->area_page)
		__free_page(thread->area_page);
}

static int make_pages(struct apf_thread *thread)
{
	thread->code_page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	thread->area_page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!thread->code_page || !thread->area_page)
		return -ENOMEM;
	thread->area = page_address(thread->area_page);
	thread->area->slots = TANDEM_APF_SLOTS;
	return 0;
}

/**
 * apf_thread_new() - for a file that is being opened
 *
 * Context: process context.
 * Return: with one reference, or NULL when there is no memory.
 */
struct apf_thread *apf_thread_new(void)
{
	struct apf_thread *thread;

	BUILD_BUG_ON(sizeof(struct tandem_apf_area) > PAGE_SIZE);
	thread = kzalloc(sizeof(*thread), GFP_KERNEL_ACCOUNT);
	if (!thread)
		return NULL;
	thread->user = user_get(current_uid());
	if (!thread->user || make_pages(thread))
		goto free;
	refcount_set(&thread->ref, 1);
	mutex_init(&thread->mutex);
	spin_lock_init(&thread->lock);
	init_waitqueue_head(&thread->wait);
	return thread;

free:
	free_pages_of(thread);
	if (thread->user)
		user_put(thread->user);
	kfree(thread);
	return NULL;
}

static void free_thread(struct rcu_head *rcu)
{
	struct apf_thread *thread = container_of(rcu, struct apf_thread, rcu);

	free_pages_of(thread);
	user_put(thread->user);
	kfree(thread);
}

/**
 * apf_thread_put() - give a reference back
 * @thread: whose
 *
 * Context: any but NMI.
 */
void apf_thread_put(struct apf_thread *thread)
{
	if (refcount_dec_and_test(&thread->ref))
		call_rcu(&thread->rcu, free_thread);
}

static struct apf_thread *find_thread(const struct task_struct *task)
{
	struct apf_thread *thread;

	hash_for_each_possible_rcu(apf_threads, thread, node, (unsigned long)task)
		if (READ_ONCE(thread->task) == task)
			return thread;
	return NULL;
}

/**
 * apf_thread_current() - the calling thread, if it has opted in
 *
 * A thread that has begun another program since then has not.
 * Context: any but NMI.
 * Return: with a reference, or NULL.
 */
struct apf_thread *apf_thread_current(void)
{
	struct apf_thread *thread;

	rcu_read_lock();
	thread = find_thread(current);
	if (thread && (READ_ONCE(thread->mm) != current->mm ||
		       !refcount_inc_not_zero(&thread->ref)))
		thread = NULL;
	rcu_read_unlock();
	return thread;
}

/**
 * apf_thread_join() - the calling thread opts in
 * @thread: by this file; under its mutex
 *
 * Context: process context.
 * Return: 0; -EBUSY when it has by another file, -EUSERS when its user has as many
 * as it may have.
 */
int apf_thread_join(struct apf_thread *thread)
{
	int err = 0;

	spin_lock_bh(&threads_lock);
	rcu_read_lock();
	if (find_thread(current))
		err = -EBUSY;
	else if (thread->user->threads >= apf_knob(APF_THREADS_PER_USER))
		err = -EUSERS;
	rcu_read_unlock();
	if (!err) {
		thread->user->threads++;
		WRITE_ONCE(thread->task, get_task_struct(current));
		hash_add_rcu(apf_threads, &thread->node, (unsigned long)current);
		atomic_inc(&apf_nr_threads);
	}
	spin_unlock_bh(&threads_lock);
	return err;
}

/**
 * apf_thread_leave() - whoever has opted in by a file opts out
 * @thread: of the file; under its mutex, or the file is being released
 *
 * Reads in flight are still told.
 * Context: process context.
 */
void apf_thread_leave(struct apf_thread *thread)
{
	struct task_struct *task = thread->task;

	if (!task)
		return;
	spin_lock_bh(&threads_lock);
	hash_del_rcu(&thread->node);
	thread->user->threads--;
	atomic_dec(&apf_nr_threads);
	spin_unlock_bh(&threads_lock);
	/* The entry may be used again: nobody is on its way past it. */
	synchronize_rcu();
	WRITE_ONCE(thread->task, NULL);
	put_task_struct(task);
}
