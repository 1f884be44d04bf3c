/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct paging: frame types, page-table validation, and the hypercalls and
 * faults by which guests change their page tables. The typing core compiles
 * as a host program too (tests/unit).
 */
#ifndef XEN_PV_MM_H
#define XEN_PV_MM_H

#include <common/domain.h>
#include <common/frame.h>
#include <lib/types.h>

/* Boot, once the CPU is identified and memory can be allocated. */
void pv_mm_init(void);
/* Frames of devices that guests may read but never write (struct rangeset of frame numbers). */
extern struct rangeset *mmio_readonly;

/*
 * Take a type reference on a frame that the caller holds a general reference
 * on. Validates the contents when the type is new. 0, -EINVAL (wrong type or
 * contents), -EPERM (device memory), -ERESTART (preempted; progress is kept in
 * the frame: call again). Teardown that is left over is the current vcpu's
 * deferred work: see finish_deferred.
 * get_page_type: never preempted, for types that need no long work.
 */
int get_page_type_preemptible(struct page_info *pg, u64 type) __must_check;
bool get_page_type(struct page_info *pg, u64 type) __must_check;
/* Drop one. -ERESTART: it is dropped, and the teardown that follows is deferred work. */
int put_page_type_preemptible(struct page_info *pg);
void put_page_type(struct page_info *pg);
bool get_page_and_type(struct page_info *pg, const struct domain *d, u64 type) __must_check;
void put_page_and_type(struct page_info *pg);

/*
 * Before a vcpu's hypercall touches any type: finish what its last one left.
 * 0, or -ERESTART: continue the hypercall, nothing new was begun.
 */
int finish_deferred(struct vcpu *v);

/* Load the current vcpu's roots: kernel root or user root by its mode. Local CPU only. */
void load_vcpu_root(struct vcpu *v);
/*
 * Give v a new kernel or user root; a general and a type reference are taken,
 * the old one's are dropped. A 32-bit guest's is its four-entry root. For v
 * other than current, v does not run. 0, -EINVAL, -ERESTART (call again).
 */
int set_vcpu_kernel_root(struct vcpu *v, mfn_t root);
int set_vcpu_user_root(struct vcpu *v, mfn_t root);	/* MFN(0): none */
/* Drop both; preemptible: 0 or -ERESTART. v does not run. */
int vcpu_drop_roots(struct vcpu *v);
/* Fill the hypervisor's slots of a new root table of d. */
void init_root_table(void *l4_table, struct domain *d);

/* Teardown of all guest memory of a dying domain, preemptible: 0 or -ERESTART. No vcpu runs. */
int domain_relinquish_memory(struct domain *d);

/*
 * Walk v's page tables for a guest address: the level-1 entry and the frame of
 * the table it is in; false when there is no such table. *l1e may be not
 * present. Writable, user and NX of all levels are combined in *flags (may be NULL).
 */
bool guest_walk(struct vcpu *v, vaddr_t va, u64 *l1e, mfn_t *table, u64 *flags);

/* A write fault at va: emulate it when it is a write to one of the guest's page tables
 * (writable-page-tables assist). True: done, resume the guest. */
bool ptwr_emulate_fault(struct vcpu *v, struct cpu_regs *regs, vaddr_t va);

/*
 * Map a frame that the grant table holds a reference on, at a guest level-1
 * entry of the current domain. l1e is the new entry; contains_pte: addr is the
 * machine address of the entry to write, else a linear address. The entry takes
 * references of its own, as every entry does, and drops them however it goes.
 * 0, -EINVAL (no such table, or the frame cannot be mapped so).
 */
int create_grant_pv_mapping(u64 addr, u64 l1e, bool contains_pte);
/*
 * Replace the entry at addr, which maps the frame of l1e with the rights of l1e: by nothing, or by what the
 * entry at the linear address new_addr is, which is cleared. 0; -EINVAL when it does not map it so.
 * The caller flushes the TLB.
 */
int replace_grant_pv_mapping(u64 addr, u64 l1e, u64 new_addr, bool contains_pte);

/* Descriptor tables: window entries of the per-domain area. v is current, or does not run. */
long pv_set_gdt(struct vcpu *v, const u64 *frames, unsigned int entries);	/* 0, -EINVAL */
void pv_destroy_gdt(struct vcpu *v);
/* A fault at page `page` of the LDT window: true when it is mapped now. Current vcpu. */
bool pv_map_ldt_page(struct vcpu *v, unsigned int page);
/* May a table of so many entries be there: aligned, within what is the guest's. */
bool pv_ldt_ok(const struct domain *d, vaddr_t base, u32 entries);
void pv_invalidate_ldt(struct vcpu *v);
/* One descriptor made safe: privilege raised to the guest kernel's; false when the guest may not have it. */
bool check_descriptor(const struct domain *d, u64 *desc);

/* Per-domain slot: created with the domain, a window per vcpu. 0, -ENOMEM. */
int pv_perdomain_init(struct domain *d);
void pv_perdomain_destroy(struct domain *d);
int pv_perdomain_init_vcpu(struct vcpu *v);
void pv_perdomain_destroy_vcpu(struct vcpu *v);
/* A domain without memory or contexts becomes one of the ring-1 ABI, whose hypervisor begins at hv_start. 0, -ENOMEM. */
int pv_make_32bit(struct domain *d, vaddr_t hv_start);
/* Boot, before any domain has memory: the machine-to-physical table that ring-1 guests see. */
void m2p_32_init(void);
/* The highest address at which it may begin, to cover all of RAM, at lowest or above; 2 MiB aligned. */
vaddr_t m2p_32_start(vaddr_t lowest);

/* Root frames in the cr3 values of the ring-1 ABI: the low 12 bits are the frame number's highest. */
static inline u32 mfn_to_cr3_32(mfn_t m)
{
	return (u32)mfn_x(m) << 12 | (u32)mfn_x(m) >> 20;
}
static inline mfn_t cr3_32_to_mfn(u32 cr3)
{
	return MFN(cr3 >> 12 | cr3 << 20);
}
/* The reserved page (hypervisor's descriptors) of CPU cpu is put at its place in v's window. */
void pv_map_reserved_gdt(struct vcpu *v, u32 cpu);

/* Audit in debug builds and on debug key: counts recomputed from all page tables; returns the number of errors. */
unsigned int audit_frames(struct domain *d);
void audit_init(void);		/* registers the key */

#endif
