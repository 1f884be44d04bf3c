/* SPDX-License-Identifier: MIT */
/*
 * Features, by bit number: what the hypervisor offers (XENVER_get_features) and
 * what a kernel supports or, with a leading '!', needs (ELF notes FEATURES and
 * SUPPORTED_FEATURES, which use the names without XENFEAT_).
 */
#ifndef __XEN_PUBLIC_FEATURES_H__
#define __XEN_PUBLIC_FEATURES_H__

#define XENFEAT_writable_page_tables		0	/* the guest may write page tables directly */
#define XENFEAT_writable_descriptor_tables	1	/* and descriptor tables */
#define XENFEAT_auto_translated_physmap		2	/* frame numbers are translated for it */
#define XENFEAT_supervisor_mode_kernel		3	/* the kernel runs in ring 0 */
#define XENFEAT_pae_pgdir_above_4gb		4	/* PAE roots may be anywhere */
#define XENFEAT_mmu_pt_update_preserve_ad	5	/* MMU_PT_UPDATE_PRESERVE_AD works */
#define XENFEAT_highmem_assist			6	/* MMUEXT_CLEAR_PAGE and COPY_PAGE work */
#define XENFEAT_gnttab_map_avail_bits		7	/* GNTMAP_guest_avail bits are kept */
#define XENFEAT_hvm_callback_vector		8
#define XENFEAT_hvm_safe_pvclock		9
#define XENFEAT_hvm_pirqs			10
#define XENFEAT_dom0				11	/* can be dom0 */
#define XENFEAT_memory_op_vnode_supported	13
#define XENFEAT_ARM_SMCCC_supported		14
#define XENFEAT_linux_rsdp_unrestricted		15
#define XENFEAT_not_direct_mapped		16	/* pfn and mfn differ */
#define XENFEAT_direct_mapped			17

#define XENFEAT_NR_SUBMAPS	1

#endif /* __XEN_PUBLIC_FEATURES_H__ */
