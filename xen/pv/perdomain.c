// SPDX-License-Identifier: GPL-2.0-only
/*
 * The per-domain slot of the address space: one level-3 and one level-2 table
 * for each domain, a level-1 table for every 16 vcpus, and in it 32 pages for
 * each vcpu: 14 of its GDT, the hypervisor's page of the GDT, one spare, 16 of
 * its LDT. Built when the domain is, changed by the vcpu itself or while it
 * does not run.
 */
#include <arch/smp.h>
#include <arch/tlb.h>
#include <lib/string.h>
#include <pv/pgtype.h>
#include <pv/perdomain.h>

#define VCPU_WINDOW_PAGES	32
#define VCPUS_PER_TABLE		(PT_ENTRIES / VCPU_WINDOW_PAGES)

static_assert(VCPU_WINDOW_PAGES << PAGE_SHIFT == 1 << VCPU_AREA_SHIFT, "window size");
static_assert(MAX_VCPUS_PER_DOMAIN / VCPUS_PER_TABLE <= PT_ENTRIES, "one level-2 table is enough");

/* A zeroed table, and the entry that names it. No guest mode reaches the slot: no user bit. */
static u64 *new_table(u64 *entry)
{
	u64 *table = alloc_xenheap_page();

	if (table)
		*entry = virt_to_maddr(table) | PAGE_HYPERVISOR_TABLE;
	return table;
}

static u64 *level2(const struct domain *d)
{
	const u64 *l3 = page_to_virt(d->pv.perdomain_l3);

	return maddr_to_virt(l3[l3_index(PERDOMAIN_START)] & PTE_ADDR_MASK);
}

int pv_perdomain_init(struct domain *d)
{
	u64 *l3 = new_table(&d->pv.perdomain_l4e);

	if (!l3)
		return -ENOMEM;
	if (!new_table(&l3[l3_index(PERDOMAIN_START)])) {
		free_xenheap_page(l3);
		return -ENOMEM;
	}
	d->pv.perdomain_l3 = virt_to_page(l3);
	return 0;
}

void pv_perdomain_destroy(struct domain *d)
{
	u64 *l2;

	if (!d->pv.perdomain_l3)
		return;
	l2 = level2(d);
	for (unsigned int i = 0; i < PT_ENTRIES; i++)
		if (l2[i] & _PAGE_PRESENT)
			free_xenheap_page(maddr_to_virt(l2[i] & PTE_ADDR_MASK));
	free_xenheap_page(l2);
	free_xenheap_page(page_to_virt(d->pv.perdomain_l3));
	d->pv.perdomain_l3 = NULL;
	d->pv.perdomain_l4e = 0;
}

int pv_perdomain_init_vcpu(struct vcpu *v)
{
	u64 *entry = &level2(v->domain)[v->id / VCPUS_PER_TABLE], *l1;

	l1 = *entry & _PAGE_PRESENT ? maddr_to_virt(*entry & PTE_ADDR_MASK) : new_table(entry);
	if (!l1)
		return -ENOMEM;
	v->pv.descriptor_ptes = l1 + v->id % VCPUS_PER_TABLE * VCPU_WINDOW_PAGES;
	for (unsigned int i = 0; i < RESERVED_GDT_PAGE; i++)
		v->pv.descriptor_ptes[i] = empty_descriptor_pte();

	if (v->domain->is_32bit) {
		v->pv.compat_root = alloc_xenheap_page();
		if (!v->pv.compat_root)
			return -ENOMEM;
		init_root_table(v->pv.compat_root, v->domain);
	}
	return 0;
}

void pv_perdomain_destroy_vcpu(struct vcpu *v)
{
	free_xenheap_page(v->pv.compat_root);
	v->pv.compat_root = NULL;
	v->pv.descriptor_ptes = NULL;
}

void pv_map_reserved_gdt(struct vcpu *v, u32 cpu)
{
	const mfn_t m = v->domain->is_32bit ? cpu_compat_gdt_page[cpu] : cpu_gdt_page[cpu];

	/* Writable: LTR marks the TSS busy. */
	WRITE_ONCE(v->pv.descriptor_ptes[RESERVED_GDT_PAGE],
		   mfn_to_maddr(m) | _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_NX);
}
