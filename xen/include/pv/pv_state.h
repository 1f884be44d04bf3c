/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest ABI keeps per vcpu and per domain. pv/entry.S reads most of
 * struct pv_vcpu by generated offsets.
 */
#ifndef XEN_PV_STATE_H
#define XEN_PV_STATE_H

#include <arch/layout.h>
#include <lib/types.h>

struct page_info;

#define PV_NR_TRAPS	256

/* One entry of the guest's trap table, as the hypervisor keeps it. */
struct pv_trap {
	u64 rip;
	u16 cs;			/* 0: no handler */
	u8 dpl;			/* lowest privilege that may raise it by INT n */
	u8 mask_events;		/* deliver with events masked */
	u32 pad;
};

/* flags of struct pv_vcpu */
#define PV_KERNEL_MODE		(1u << 0)	/* 64-bit ABI: runs on its kernel root */
#define PV_RING1		(1u << 1)	/* 32-bit ABI: kernel in ring 1, one root */
#define PV_GUEST_TS		(1u << 2)	/* virtual CR0.TS */
#define PV_IN_NMI		(1u << 3)	/* an NMI was delivered, and no iret has come since */

/* arch/desc and pv/: what the entry code consults. Offsets are generated. */
struct pv_vcpu {
	u32 flags;
	u32 iopl;			/* virtual IOPL, 0 to 3 */
	u32 shown_iopl;			/* eflags bits a bounce frame shows (architectural_iopl assist), else 0 */
	u32 iret_plain_flags;		/* what eflags an iret by the fast path has, of those that need thought */
	u8 syscall_masks, syscall32_masks, sysenter_masks, failsafe_masks; /* callback wants events masked: 0, 1 */
	u64 kernel_root;		/* machine address of the kernel's page-table root */
	u64 user_root;			/* 64-bit ABI: of user space's; 0 until given */
	u64 kernel_sp;			/* aligned down to 16, outside the hypervisor's range */
	u64 kernel_ss;
	u32 kernel_linear;		/* ring-1 ABI: kernel_sp as a linear address */
	u64 syscall_entry;		/* callbacks: guest addresses, 0 for none */
	u64 syscall32_entry;
	u64 sysenter_entry;
	u64 event_entry;
	u64 failsafe_entry;
	u16 event_cs, failsafe_cs, syscall32_cs, sysenter_cs;	/* ring-1 ABI */
	u64 cr2;			/* guest's CR2 lives in vcpu_info; copy for emulation */

	struct pv_trap trap[PV_NR_TRAPS];

	/* segment state, valid while not running */
	u16 ds, es, fs, gs;
	u64 fs_base;
	u64 gs_base_kernel;		/* 64-bit ABI: as set by SEGBASE_GS_KERNEL / swapped in */
	u64 gs_base_user;

	u64 guest_cr4;			/* what the guest reads back */
	u64 real_cr4;			/* loaded while it runs */
	u8 iret_vector;			/* of the last frame that IRETQ refused */
	u16 iret_error;
	u64 dr[4], dr6, dr7;
	u64 xcr0;
	u32 tsc_aux;

	u32 gdt_entries;		/* of the guest's own GDT */
	u32 ldt_entries;
	vaddr_t ldt_base;		/* guest linear address */
	u64 gdt_mfn[14];		/* frames, each with a descriptor-type reference; 0 none */
	u32 ldt_mapped;			/* bit n: page n of the LDT window holds a frame reference */

	u32 reserved_gdt_cpu;		/* whose reserved page the window holds: CPU + 1, 0 none */

	struct page_info *deferred;	/* a table whose teardown it goes on with, by a general reference */
	u64 *compat_root;		/* ring-1 ABI: its level-4 table, whose slot 0 holds the guest's root */
	u64 *descriptor_ptes;		/* the 32 level-1 entries of its GDT/LDT window */

	vaddr_t iobmp;			/* guest address of its I/O permission bitmap */
	u32 iobmp_bits;
};

struct pv_domain {
	struct page_info *perdomain_l3;	/* root of the per-domain slot */
	struct page_info *perdomain_pages; /* its lower tables, chained */
	u64 perdomain_l4e;		/* the root entry that every root of the domain carries */
	u32 pci_address;		/* last value written to port 0xcf8 */
	u8 cmos_index;			/* and to port 0x70 */
	vaddr_t hv_start_low;		/* ring-1 ABI: lowest address kept for the hypervisor */
	u32 address_bits;		/* its frames have machine addresses below 2 to this; 0: any */
	u64 physdev_eoi_mfn;		/* pirq_eoi page, 0 none; event_lock */
	bool auto_unmask;
};

#endif
