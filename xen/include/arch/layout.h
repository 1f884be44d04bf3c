/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's virtual address space: root-table slots 256 to 271, the
 * sixteen that the 64-bit guest ABI reserves for it. docs/memory.md draws it.
 * Usable from assembly.
 */
#ifndef XEN_ARCH_LAYOUT_H
#define XEN_ARCH_LAYOUT_H

#ifdef __ASSEMBLY__
#define VADDR(x) x
#else
#define VADDR(x) x##ul
#endif

#define PAGE_SHIFT		12
#define PAGE_SIZE		(VADDR(1) << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))

#define HYPERVISOR_FIRST_SLOT	256
#define HYPERVISOR_LAST_SLOT	271
#define HYPERVISOR_START	VADDR(0xffff800000000000)
#define HYPERVISOR_END		VADDR(0xffff880000000000)	/* exclusive */

/*
 * In slot 0 of a ring-1 guest: the machine-to-physical table of 32-bit entries
 * begins at the lowest address that is the hypervisor's and ends here. The
 * rest up to 4 GiB is empty.
 */
#define M2P_32_START		VADDR(0xf5800000)	/* unless the guest allows for a lower one */
#define M2P_32_END		VADDR(0xf6800000)
#define M2P_32_LOWEST		VADDR(0xc0000000)	/* all in the last level-2 table */

/* Slot 256: the machine-to-physical table, read-only and user-accessible. */
#define RO_M2P_START		VADDR(0xffff800000000000)
#define RO_M2P_END		VADDR(0xffff804000000000)

/* Slot 259: device mappings, per-CPU stacks and entry stubs, 4 KiB pages. */
#define VMAP_START		VADDR(0xffff818000000000)
#define STACKS_START		VADDR(0xffff818000000000)	/* STACK_SIZE per CPU */
#define STUBS_START		VADDR(0xffff818010000000)	/* STUB_SIZE per CPU */
#define IOREMAP_START		VADDR(0xffff818040000000)
#define IOREMAP_END		VADDR(0xffff81c000000000)
#define VMAP_END		VADDR(0xffff820000000000)

/* Slot 260: differs from domain to domain: descriptor tables of its vcpus. */
#define PERDOMAIN_START		VADDR(0xffff820000000000)
#define PERDOMAIN_SLOT		260
#define VCPU_AREA_SHIFT		17		/* 32 pages a vcpu: 16 GDT, 16 LDT */
#define GDT_VIRT(vcpu_id)	(PERDOMAIN_START + ((vaddr_t)(vcpu_id) << VCPU_AREA_SHIFT))
#define LDT_VIRT(vcpu_id)	(GDT_VIRT(vcpu_id) + 16 * PAGE_SIZE)

/* Slot 261: writable machine-to-physical table, the image, the frame table. */
#define RW_M2P_START		VADDR(0xffff828000000000)
#define RW_M2P_END		VADDR(0xffff82c000000000)
#define IMAGE_START		VADDR(0xffff82d080000000)	/* 1 GiB window */
#define FRAME_TABLE_START	VADDR(0xffff82e000000000)
#define FRAME_TABLE_END		VADDR(0xffff830000000000)

/* Slots 262 to 271: all of RAM, one to one. */
#define DIRECTMAP_START		VADDR(0xffff830000000000)
#define DIRECTMAP_END		VADDR(0xffff880000000000)

/*
 * One CPU's stacks, STACK_SIZE bytes aligned to STACK_SIZE, each stack with an
 * unmapped guard page below: #DF at page 1, NMI at 3, #MC at 5, #DB at 7, the
 * ordinary stack at 9 to 15 with struct cpu_info at its very top.
 */
#define STACK_ORDER		4
#define STACK_SIZE		(PAGE_SIZE << STACK_ORDER)
#define STACK_PAGE_DF		1
#define STACK_PAGE_NMI		3
#define STACK_PAGE_MC		5
#define STACK_PAGE_DB		7
#define STACK_PAGE_MAIN		9
#define STACK_VIRT(cpu)		(STACKS_START + (vaddr_t)(cpu) * STACK_SIZE)

/* One CPU's entry stub: an executable page, then a writable data page. */
#define STUB_SIZE		(2 * PAGE_SIZE)
#define STUB_VIRT(cpu)		(STUBS_START + (vaddr_t)(cpu) * STUB_SIZE)

#define MAX_CPUS		256

/*
 * Selectors. The hypervisor's own descriptors fill the page of the GDT that
 * follows the 14 pages a guest may supply, at the public FLAT_* numbers.
 */
#define RESERVED_GDT_PAGE	14
#define RESERVED_GDT_BYTES	(RESERVED_GDT_PAGE * 4096)
#define SEL_RING1_CS32		0xe019	/* guest kernel of the ring-1 ABI */
#define SEL_RING1_DS32		0xe021
#define SEL_RING1_USER_CS32	0xe02b	/* user space of the ring-1 ABI */
#define SEL_RING1_USER_DS32	0xe033
#define SEL_RING3_CS32		0xe023	/* 64-bit ABI: 32-bit user code */
#define SEL_RING3_DS32		0xe02b	/* flat data */
#define SEL_RING3_CS64		0xe033	/* 64-bit ABI: user and kernel code */
#define SEL_HYPERVISOR_CS	0xe008
#define SEL_HYPERVISOR_DS	0xe010
#define SEL_HYPERVISOR_CS32	0xe038
#define SEL_TSS			0xe040	/* 16 bytes */
#define SEL_LDT			0xe050	/* 16 bytes */
#define SEL_CPU			0xe060	/* limit of this segment is the CPU number (lsl) */

#endif
