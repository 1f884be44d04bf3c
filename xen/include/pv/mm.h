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

/*
 * Take a type reference on a frame that the caller holds a general reference
 * on. Validates the contents when the type is new. 0, -EINVAL (wrong type or
 * contents), -ERESTART/-EINTR (preempted; progress is kept in the frame).
 * get_page_type: never preempted, for types that need no long work.
 */
int get_page_type_preemptible(struct page_info *pg, u64 type);
bool get_page_type(struct page_info *pg, u64 type);
int put_page_type_preemptible(struct page_info *pg);
void put_page_type(struct page_info *pg);
bool get_page_and_type(struct page_info *pg, const struct domain *d, u64 type);
void put_page_and_type(struct page_info *pg);

/* Load the current vcpu's roots: kernel root or user root by its mode. Local CPU only. */
void load_vcpu_root(struct vcpu *v);
/* Set a vcpu's initial or new kernel root (a general+type reference is taken). 0, -EINVAL, -ERESTART. */
int set_vcpu_kernel_root(struct vcpu *v, mfn_t root);
int set_vcpu_user_root(struct vcpu *v, mfn_t root);
/* Drop both; preemptible. */
int vcpu_drop_roots(struct vcpu *v);
/* Fill the hypervisor's slots of a new root table of d. */
void init_root_table(void *l4_table, struct domain *d);

/* Teardown of all guest memory of a dying domain, preemptible: 0 or -ERESTART. */
int domain_relinquish_memory(struct domain *d);

/* Walk the current vcpu's (or v's) page tables for a guest address: the level-1 entry and the frame
 * of the table it is in; false when not present. */
bool guest_walk(struct vcpu *v, vaddr_t va, u64 *l1e, mfn_t *table, u64 *effective_flags);

/* A write fault at va: emulate it when it is a write to one of the guest's page tables
 * (writable-page-tables assist). True: done, resume the guest. */
bool ptwr_emulate_fault(struct vcpu *v, struct cpu_regs *regs, vaddr_t va);

/* Map a frame of `foreign` or own at a guest level-1 entry on behalf of the grant table. l1e is the new entry.
 * flags: GNTMAP_contains_pte: addr is the machine address of the entry; else a linear address of the current vcpu.
 * 0, -EINVAL, -EFAULT. The frame's own references are the grant table's business. */
int create_grant_pv_mapping(u64 addr, u64 l1e, bool contains_pte);
/* Replace the entry mapping frame at addr by new (0 to clear); checks that it maps frame. */
int replace_grant_pv_mapping(u64 addr, mfn_t frame, u64 new_addr, bool contains_pte);

/* Descriptor tables: window entries of the per-domain area. */
long pv_set_gdt(struct vcpu *v, const u64 *frames, unsigned int entries);	/* 0, -EINVAL */
void pv_destroy_gdt(struct vcpu *v);
bool pv_map_ldt_page(struct vcpu *v, unsigned int page);	/* on a fault in the LDT window */
void pv_invalidate_ldt(struct vcpu *v);
/* One descriptor made safe: privilege raised to the guest kernel's; false when the guest may not have it. */
bool check_descriptor(const struct domain *d, u64 *desc);

/* Per-domain slot: created with the domain, a window per vcpu. 0, -ENOMEM. */
int pv_perdomain_init(struct domain *d);
void pv_perdomain_destroy(struct domain *d);
int pv_perdomain_init_vcpu(struct vcpu *v);
/* The reserved page (hypervisor's descriptors) of CPU cpu is put at its place in v's window. */
void pv_map_reserved_gdt(struct vcpu *v, u32 cpu);

/* Audit in debug builds and on debug key: counts recomputed from all page tables; returns the number of errors. */
unsigned int audit_frames(struct domain *d);

long do_memory_op(u64 cmd, u64 arg);

#endif
