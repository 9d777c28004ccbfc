/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that the suite takes from the kernel without an export, each
 * symbol once.  There is no include guard: a file that includes this defines
 * the macros that it is interested in first.
 *
 *   TANDEM_BORROW(ret, name, (args))  a function that modules call by
 *                                     tandem_call(name)(...)
 *   TANDEM_HOOK(ret, name, (args))    a function that modules replace; what it
 *                                     replaced is tandem_original(name)(...)
 *   TANDEM_DATA(type, name)           a variable, for tandem_borrow_data()
 *   TANDEM_PERCPU(type, name)         a per-CPU variable, likewise
 *   TANDEM_STRUCT(tag)                a structure declared in kernel-X.Y.h; all
 *                                     of its members are compared
 *   TANDEM_MEMBER(tag, member)        one member of a structure that a public
 *                                     header declares
 *   TANDEM_ENUM(name)                 an enumeration declared in kernel-X.Y.h,
 *                                     by its tag or typedef name
 *   TANDEM_VALUE(name)                one value of an enumeration without a
 *                                     name, declared in kernel-X.Y.h
 *
 * Every entry is compared with the kernel's BTF by the build.  Arguments need
 * names.  Whatever the kernel exports is called directly and has no entry.
 */
#ifndef TANDEM_BORROW
#define TANDEM_BORROW(...)
#endif
#ifndef TANDEM_HOOK
#define TANDEM_HOOK(...)
#endif
#ifndef TANDEM_DATA
#define TANDEM_DATA(...)
#endif
#ifndef TANDEM_PERCPU
#define TANDEM_PERCPU(...)
#endif
#ifndef TANDEM_STRUCT
#define TANDEM_STRUCT(...)
#endif
#ifndef TANDEM_MEMBER
#define TANDEM_MEMBER(...)
#endif
#ifndef TANDEM_ENUM
#define TANDEM_ENUM(...)
#endif
#ifndef TANDEM_VALUE
#define TANDEM_VALUE(...)
#endif

/* core: which livepatch stands on top of a function */
TANDEM_BORROW(unsigned long, ftrace_location, (unsigned long ip))
TANDEM_BORROW(struct klp_ops *, klp_find_ops, (void *old_func))
TANDEM_DATA(struct mutex, klp_mutex)
TANDEM_DATA(struct klp_patch *, klp_transition_patch)
TANDEM_STRUCT(klp_ops)

/* reclaim: what it replaces */
TANDEM_HOOK(unsigned int, shrink_folio_list,
	    (struct list_head *folio_list, struct pglist_data *pgdat,
	     struct scan_control *sc, struct reclaim_stat *stat,
	     bool ignore_references))
TANDEM_HOOK(unsigned long, reclaim_pages, (struct list_head *folio_list))
TANDEM_HOOK(unsigned long, isolate_lru_folios,
	    (unsigned long nr_to_scan, struct lruvec *lruvec,
	     struct list_head *dst, unsigned long *nr_scanned,
	     struct scan_control *sc, enum lru_list lru))
TANDEM_HOOK(int, isolate_folios,
	    (struct lruvec *lruvec, struct scan_control *sc, int swappiness,
	     int *type_scanned, struct list_head *list))
TANDEM_HOOK(pageout_t, pageout,
	    (struct folio *folio, struct address_space *mapping,
	     struct swap_iocb **plug, struct list_head *folio_list))
TANDEM_HOOK(void, try_to_unmap_flush_dirty, (void))
TANDEM_HOOK(void, __swap_writepage,
	    (struct folio *folio, struct writeback_control *wbc))
TANDEM_HOOK(bool, mem_cgroup_out_of_memory,
	    (struct mem_cgroup *memcg, gfp_t gfp_mask, int order))
TANDEM_STRUCT(scan_control)
TANDEM_ENUM(pageout_t)

/* reclaim: what it calls */
TANDEM_BORROW(unsigned long, try_to_free_mem_cgroup_pages,
	      (struct mem_cgroup *memcg, unsigned long nr_pages, gfp_t gfp_mask,
	       unsigned int reclaim_options, int *swappiness))
TANDEM_BORROW(int, __remove_mapping,
	      (struct address_space *mapping, struct folio *folio,
	       bool reclaimed, struct mem_cgroup *target_memcg))
TANDEM_BORROW(void, __mem_cgroup_uncharge_folios, (struct folio_batch *folios))
TANDEM_BORROW(void, free_unref_folios, (struct folio_batch *folios))
TANDEM_BORROW(void, folio_putback_lru, (struct folio *folio))
TANDEM_BORROW(struct swap_info_struct *, swp_swap_info, (swp_entry_t entry))
TANDEM_BORROW(sector_t, swap_folio_sector, (struct folio *folio))
TANDEM_BORROW(struct cgroup_subsys_state *, cgroup_e_css,
	      (struct cgroup *cgrp, struct cgroup_subsys *ss))
TANDEM_BORROW(bool, __folio_unqueue_deferred_split, (struct folio *folio))
TANDEM_BORROW(void, __count_memcg_events,
	      (struct mem_cgroup *memcg, enum vm_event_item idx,
	       unsigned long count))
TANDEM_BORROW(void, try_to_unmap_flush, (void))
TANDEM_BORROW(void, swap_write_unplug, (struct swap_iocb *sio))
TANDEM_BORROW(bool, folio_free_swap, (struct folio *folio))
TANDEM_BORROW(bool, mem_cgroup_swap_full, (struct folio *folio))
TANDEM_PERCPU(struct mthp_stat, mthp_stats)

/* tier: what it calls */
TANDEM_BORROW(bool, node_is_toptier, (int node))
TANDEM_BORROW(bool, vma_is_secretmem, (struct vm_area_struct *vma))
TANDEM_BORROW(int, walk_page_range,
	      (struct mm_struct *mm, unsigned long start, unsigned long end,
	       const struct mm_walk_ops *ops, void *private))
TANDEM_BORROW(pte_t *, __pte_offset_map_lock,
	      (struct mm_struct *mm, pmd_t *pmd, unsigned long addr,
	       spinlock_t **ptlp))
TANDEM_BORROW(int, ptep_test_and_clear_young,
	      (struct vm_area_struct *vma, unsigned long addr, pte_t *ptep))
TANDEM_BORROW(int, pmdp_test_and_clear_young,
	      (struct vm_area_struct *vma, unsigned long addr, pmd_t *pmdp))
TANDEM_BORROW(int, __mmu_notifier_clear_young,
	      (struct mm_struct *mm, unsigned long start, unsigned long end))
TANDEM_BORROW(void, flush_tlb_mm_range,
	      (struct mm_struct *mm, unsigned long start, unsigned long end,
	       unsigned int stride_shift, bool freed_tables))
TANDEM_BORROW(pmd_t *, mm_find_pmd,
	      (struct mm_struct *mm, unsigned long address))
TANDEM_BORROW(struct folio *, folio_walk_start,
	      (struct folio_walk *fw, struct vm_area_struct *vma,
	       unsigned long addr, folio_walk_flags_t flags))
TANDEM_BORROW(bool, folio_isolate_lru, (struct folio *folio))
TANDEM_BORROW(void, lru_add_drain_all, (void))
TANDEM_BORROW(int, migrate_pages,
	      (struct list_head *from, new_folio_t *get_new_folio,
	       free_folio_t *put_new_folio, unsigned long private,
	       enum migrate_mode mode, int reason,
	       unsigned int *ret_succeeded))
TANDEM_BORROW(void, putback_movable_pages, (struct list_head *l))

/* irq: what it calls */
TANDEM_BORROW(struct irq_desc *, irq_to_desc, (unsigned int irq))
TANDEM_BORROW(void, __enable_irq, (struct irq_desc *desc))
TANDEM_BORROW(void, __disable_irq, (struct irq_desc *desc))
TANDEM_BORROW(void, mask_irq, (struct irq_desc *desc))
TANDEM_BORROW(bool, cpus_share_cache, (int this_cpu, int that_cpu))
TANDEM_VALUE(IRQS_ONESHOT)
TANDEM_VALUE(IRQS_PENDING)

/* apf: what it replaces and what it calls */
TANDEM_HOOK(vm_fault_t, do_swap_page, (struct vm_fault *vmf))
TANDEM_BORROW(struct folio *, swapin_readahead,
	      (swp_entry_t entry, gfp_t flag, struct vm_fault *vmf))
TANDEM_BORROW(struct folio *, swap_cache_get_folio,
	      (swp_entry_t entry, struct vm_area_struct *vma,
	       unsigned long addr))
TANDEM_BORROW(struct swap_info_struct *, get_swap_device, (swp_entry_t entry))
TANDEM_HOOK(vm_fault_t, __do_fault, (struct vm_fault *vmf))
TANDEM_BORROW(struct folio *, swap_cluster_readahead,
	      (swp_entry_t entry, gfp_t gfp_mask, struct mempolicy *mpol,
	       pgoff_t ilx))
TANDEM_BORROW(struct mempolicy *, get_vma_policy,
	      (struct vm_area_struct *vma, unsigned long addr, int order,
	       pgoff_t *ilx))
TANDEM_BORROW(void, __mpol_put, (struct mempolicy *pol))

#undef TANDEM_BORROW
#undef TANDEM_HOOK
#undef TANDEM_DATA
#undef TANDEM_PERCPU
#undef TANDEM_STRUCT
#undef TANDEM_MEMBER
#undef TANDEM_ENUM
#undef TANDEM_VALUE
