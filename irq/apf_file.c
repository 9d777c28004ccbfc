// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of files and of shared memory.
 *
 * Of a file the page is read as read(2) would read it, which looks ahead when it
 * sees a sequence; MADV_RANDOM and MADV_SEQUENTIAL are heeded.  Shared memory that
 * is in swap is read as the kernel does, a cluster at a time.  The kernel lets go of
 * the lock of the address space before it starts a read; here it is held until the
 * read is on its way, as for anonymous memory.
 */
#include <linux/mempolicy.h>
#include <linux/shmem_fs.h>
#include <linux/swap.h>
#include <linux/swapops.h>

#include "apf.h"

/* Pages come from the page cache, which the file system reads into. */
static bool is_cached_file(const struct vm_area_struct *vma)
{
	const struct address_space *mapping = vma->vm_file->f_mapping;

	return vma->vm_ops->map_pages == filemap_map_pages &&
	       mapping->a_ops->read_folio && !IS_DAX(mapping->host);
}

static bool behind_end(const struct inode *inode, pgoff_t index)
{
	return index >= DIV_ROUND_UP(i_size_read(inode), PAGE_SIZE);
}

static void read_file(const struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	DEFINE_READAHEAD(ractl, file, &file->f_ra, file->f_mapping, vmf->pgoff);
	unsigned long pages = 1;

	apf_count_major(vmf->vma->vm_mm);
	if (vmf->vma->vm_flags & VM_RAND_READ) {
		page_cache_ra_unbounded(&ractl, pages, 0);
		return;
	}
	if (vmf->vma->vm_flags & VM_SEQ_READ)
		pages = max(READ_ONCE(file->f_ra.ra_pages), 1);
	page_cache_sync_ra(&ractl, pages);
}

static struct folio *cached_folio(const struct vm_fault *vmf)
{
	struct folio *folio = filemap_get_folio(vmf->vma->vm_file->f_mapping,
						vmf->pgoff);

	return IS_ERR(folio) ? NULL : folio;
}

/* Being read: locked for whatever else, it is not waited for long. */
static bool is_being_read(const struct folio *folio)
{
	return folio_test_locked(folio) && !folio_test_uptodate(folio);
}

static vm_fault_t file_fault(struct apf_thread *thread, struct vm_fault *vmf)
{
	vm_fault_t ret = VM_FAULT_NOPAGE;
	struct folio *folio;
	int slot;

	if (behind_end(vmf->vma->vm_file->f_mapping->host, vmf->pgoff))
		return APF_ORDINARY;
	folio = cached_folio(vmf);
	slot = folio && !is_being_read(folio) ? -1 :
						apf_slot_for(thread, vmf, NULL);
	if (slot < 0) {
		if (folio)
			folio_put(folio);
		return APF_ORDINARY;
	}
	if (!folio) {
		read_file(vmf);
		ret |= VM_FAULT_MAJOR;
		folio = cached_folio(vmf);
	}
	apf_hand_back(thread, vmf, folio, slot);
	return ret;
}

/* Where a page of shared memory is in swap; the slots of a large folio are not told. */
static bool in_swap(struct address_space *mapping, pgoff_t index,
		    swp_entry_t *entry)
{
	void *value = xa_load(&mapping->i_pages, index);

	if (!xa_is_value(value) || xa_get_order(&mapping->i_pages, index))
		return false;
	*entry = radix_to_swp_entry(value);
	return !non_swap_entry(*entry);
}

static struct folio *read_swap(struct vm_fault *vmf, swp_entry_t entry)
{
	gfp_t gfp = mapping_gfp_mask(vmf->vma->vm_file->f_mapping);
	struct mempolicy *policy;
	struct folio *folio;
	pgoff_t ilx;

	apf_count_major(vmf->vma->vm_mm);
	policy = tandem_call(get_vma_policy)(vmf->vma, vmf->address, 0, &ilx);
	folio = tandem_call(swap_cluster_readahead)(entry, gfp, policy, ilx);
	if (mpol_needs_cond_ref(policy))
		tandem_call(__mpol_put)(policy);
	return folio;
}

static vm_fault_t swapped_fault(struct apf_thread *thread, struct vm_fault *vmf,
				swp_entry_t entry, struct swap_info_struct *si)
{
	vm_fault_t ret = VM_FAULT_NOPAGE;
	struct folio *folio;
	int slot;

	folio = tandem_call(swap_cache_get_folio)(entry, NULL, 0);
	slot = folio && !folio_test_locked(folio) ?
		       -1 : apf_slot_for(thread, vmf, si);
	if (slot < 0) {
		if (folio)
			folio_put(folio);
		return APF_ORDINARY;
	}
	if (!folio) {
		folio = read_swap(vmf, entry);
		ret |= VM_FAULT_MAJOR;
	}
	apf_hand_back(thread, vmf, folio, slot);
	return ret;
}

/* That the page is still there is looked at when the device cannot go away. */
static vm_fault_t shared_fault(struct apf_thread *thread, struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	vm_fault_t ret = APF_ORDINARY;
	struct swap_info_struct *si;
	swp_entry_t entry, again;

	/* A hole is being punched, for which the kernel waits. */
	if (READ_ONCE(mapping->host->i_private) ||
	    !in_swap(mapping, vmf->pgoff, &entry))
		return APF_ORDINARY;
	si = tandem_call(get_swap_device)(entry);
	if (!si)
		return APF_ORDINARY;
	if (in_swap(mapping, vmf->pgoff, &again) && again.val == entry.val)
		ret = swapped_fault(thread, vmf, entry, si);
	put_swap_device(si);
	return ret;
}

/**
 * apf_file_fault() - a page is wanted that a file or shared memory has
 * @thread: the calling thread
 * @vmf: the fault
 *
 * Context: process context, with the lock of the address space or of the mapping.
 * Return: APF_ORDINARY, or how the fault has ended.
 */
vm_fault_t apf_file_fault(struct apf_thread *thread, struct vm_fault *vmf)
{
	const struct vm_area_struct *vma = vmf->vma;

	if (!vma->vm_file)
		return APF_ORDINARY;
	if (shmem_mapping(vma->vm_file->f_mapping))
		return shared_fault(thread, vmf);
	if (is_cached_file(vma))
		return file_fault(thread, vmf);
	return APF_ORDINARY;
}
