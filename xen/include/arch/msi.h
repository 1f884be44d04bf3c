/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Message-signalled interrupts: the capabilities of PCI functions that dom0
 * has reported. msi_lock (inside) guards functions and entries; masking and
 * moving one entry is under its interrupt's desc->lock alone.
 */
#ifndef XEN_ARCH_MSI_H
#define XEN_ARCH_MSI_H

#include <common/spinlock.h>
#include <lib/list.h>
#include <lib/types.h>

#define MSI_MAX_VECTORS		32	/* of one function's plain MSI */

struct pci_id {
	u16 segment;
	u8 bus, devfn;
};

/* What PHYSDEVOP_map_pirq asks for. */
struct msi_request {
	struct pci_id id;
	bool msix;
	u32 count;		/* plain MSI: vectors, 1 to MSI_MAX_VECTORS; else 1 */
	u32 entry;		/* MSI-X: index into the table */
	paddr_t table_base;	/* MSI-X: start of the table's BAR as dom0 knows it */
};

/* A PCI function; lives until it is removed and its last entry is gone. */
struct pci_function {
	struct list_head link;
	struct list_head entries;
	struct pci_id id;
	bool removed;
	bool msix_all_masked;	/* by us, until an entry is to be used */
	u16 msix_cap;		/* position, 0 none; valid while the table is mapped */
	void *table;		/* MSI-X table, mapped while entries exist */
	u32 table_entries;
};

/* One interrupt of a function. */
struct msi_entry {
	struct list_head link;
	struct pci_function *fn;
	bool msix, masked, can_mask, is_64bit;
	u16 cap;		/* plain MSI: position of the capability */
	u16 mask_reg;		/* plain MSI: of the mask bits, 0 none */
	u32 index;		/* MSI-X table entry, or number within the group */
	u32 first_irq, count;	/* the group it belongs to */
	u32 irq;
	struct msi_entry *first;
	u32 mask_bits;		/* in the first of a group: what the register holds */
};

/* --- arch/x86/msi_function.c --- */
int pci_function_add(struct pci_id id);		/* 0 (also when known), -ENOMEM */
int pci_function_remove(struct pci_id id);	/* 0, -ENODEV */
struct pci_function *pci_function_find(struct pci_id id);	/* msi_lock held; NULL */
void pci_function_put(struct pci_function *fn);	/* msi_lock held: free it if removed and unused */
u8 pci_find_capability(struct pci_id id, u8 which);	/* position, or 0 */
/* Map the MSI-X table of fn, if it is not: 0; -ENODEV, -ENXIO (not decoding), -EINVAL (no sane place), -ENOMEM */
int msix_map_table(struct pci_function *fn, paddr_t bar_hint);
void msix_unmap_table(struct pci_function *fn);
extern spinlock_t msi_lock;

/* --- arch/x86/msi.c --- */
/*
 * Program req's interrupts, numbered from first_irq on, masked. They have
 * vectors. 0; -ENODEV, unknown function or it has no such capability; -EINVAL,
 * more than it has; -EEXIST, in use; -EBUSY, it uses the other kind; -ENOMEM.
 */
int msi_setup(const struct msi_request *req, u32 first_irq);
void msi_teardown(struct msi_entry *first);	/* the whole group; nobody is bound to it */
void msi_group(const struct msi_entry *e, u32 *first_irq, u32 *count);
int msi_restore(struct pci_id id);		/* write everything again: 0, -ENODEV */
/* PHYSDEVOP_prepare_msix, release_msix: 0, -ENODEV, -EBUSY. */
int msix_prepare(struct pci_id id, bool release);

/* desc->lock of e's interrupt held */
void msi_mask(struct msi_entry *e);
void msi_unmask(struct msi_entry *e);
void msi_write_message(struct msi_entry *e);	/* as its descriptor's cpu and vector say */
bool msi_can_mask(const struct msi_entry *e);
bool msi_can_move(const struct msi_entry *e);

#endif
