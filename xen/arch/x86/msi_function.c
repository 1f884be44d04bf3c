// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PCI functions that dom0 has reported, and the mappings of their MSI-X
 * tables: all in one window of addresses, so that mapping and unmapping for
 * ever does not use addresses up. msi_lock guards all of it.
 */
#include <arch/bitops.h>
#include <arch/io.h>
#include <arch/msi.h>
#include <arch/page.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/frame.h>
#include <common/rangeset.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include "msi_regs.h"

#define TABLE_WINDOW_PAGES	2048

DEFINE_SPINLOCK(msi_lock);
static LIST_HEAD(functions);

/* The window's pages, set: in use. The window is made with the first mapping. */
static DECLARE_BITMAP(window_used, TABLE_WINDOW_PAGES);
static vaddr_t window;

struct pci_function *pci_function_find(struct pci_id id)
{
	struct pci_function *fn;

	list_for_each_entry(fn, &functions, link)
		if (!fn->removed && fn->id.segment == id.segment && fn->id.bus == id.bus &&
		    fn->id.devfn == id.devfn)
			return fn;
	return NULL;
}

int pci_function_add(struct pci_id id)
{
	struct pci_function *fn;
	int rc = 0;

	spin_lock(&msi_lock);
	if (!pci_function_find(id)) {
		fn = xzalloc(struct pci_function);
		if (fn) {
			fn->id = id;
			INIT_LIST_HEAD(&fn->entries);
			list_add_tail(&fn->link, &functions);
		} else {
			rc = -ENOMEM;
		}
	}
	spin_unlock(&msi_lock);
	return rc;
}

void pci_function_put(struct pci_function *fn)
{
	if (!fn->removed || !list_empty(&fn->entries))
		return;
	list_del(&fn->link);
	xfree(fn);
}

int pci_function_remove(struct pci_id id)
{
	struct pci_function *fn;
	int rc = -ENODEV;

	spin_lock(&msi_lock);
	fn = pci_function_find(id);
	if (fn) {
		fn->removed = true;
		pci_function_put(fn);
		rc = 0;
	}
	spin_unlock(&msi_lock);
	return rc;
}

u8 pci_find_capability(struct pci_id id, u8 which)
{
	u8 at;

	if (!(pci_conf_read(id.segment, id.bus, id.devfn, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES))
		return 0;
	at = pci_conf_read(id.segment, id.bus, id.devfn, PCI_CAPABILITIES, 1) & ~3;
	/* A broken list may loop. */
	for (int left = PCI_MAX_CAPABILITIES; at >= PCI_HEADER_BYTES && left; left--) {
		u8 kind = pci_conf_read(id.segment, id.bus, id.devfn, at, 1);

		if (kind == 0xff)
			break;
		if (kind == which)
			return at;
		at = pci_conf_read(id.segment, id.bus, id.devfn, at + 1, 1) & ~3;
	}
	return 0;
}

/* Where a memory BAR is; 0: nowhere, or of no use. */
static paddr_t read_bar(struct pci_id id, unsigned int bar)
{
	u8 header = pci_conf_read(id.segment, id.bus, id.devfn, PCI_HEADER_TYPE, 1) & 0x7f;
	unsigned int nr_bars = header == 0 ? 6 : header == 1 ? 2 : 0;
	u16 reg = PCI_BAR + 4 * bar;
	paddr_t base;
	u32 low;

	if (bar >= nr_bars)
		return 0;
	low = pci_conf_read(id.segment, id.bus, id.devfn, reg, 4);
	if (low & PCI_BAR_IO)
		return 0;
	base = low & PCI_BAR_MEM_MASK;
	if ((low & PCI_BAR_TYPE_MASK) == PCI_BAR_TYPE_64) {
		if (bar + 1 >= nr_bars)
			return 0;
		base |= (paddr_t)pci_conf_read(id.segment, id.bus, id.devfn, reg + 4, 4) << 32;
	}
	return base;
}

/* Device memory that dom0 may touch, and nothing else. */
static bool is_device_memory(paddr_t pa, size_t bytes)
{
	unsigned long first = PFN_DOWN(pa), last = PFN_DOWN(pa + bytes - 1);

	if (pa + bytes < pa || !rangeset_contains_range(dom0->iomem_caps, first, last))
		return false;
	for (unsigned long m = first; m <= last; m++)
		if (mfn_to_page_checked(MFN(m)))
			return false;
	return true;
}

static void make_window(void)
{
	void *va;

	if (window)
		return;
	/* Mapped once for its addresses, which are ours from then on. */
	va = ioremap(0, TABLE_WINDOW_PAGES * PAGE_SIZE);
	iounmap(va, TABLE_WINDOW_PAGES * PAGE_SIZE);
	window = (vaddr_t)va;
}

static void *map_in_window(paddr_t pa, size_t bytes)
{
	unsigned int pages = PFN_UP((pa & (PAGE_SIZE - 1)) + bytes), run = 0, end;

	for (end = 0; end < TABLE_WINDOW_PAGES && run < pages; end++)
		run = bitmap_test_bit(window_used, end) ? 0 : run + 1;
	if (run < pages)
		return NULL;
	make_window();
	if (map_vmap_pages(window + (end - pages) * PAGE_SIZE, maddr_to_mfn(pa), pages, PAGE_HYPERVISOR_UC))
		return NULL;
	bitmap_set_range(window_used, end - pages, pages);
	return (char *)window + (end - pages) * PAGE_SIZE + (pa & (PAGE_SIZE - 1));
}

int msix_map_table(struct pci_function *fn, paddr_t bar_hint)
{
	struct pci_id id = fn->id;
	u32 where, control;
	paddr_t base;
	u8 cap;

	if (fn->table)
		return 0;
	cap = pci_find_capability(id, PCI_CAP_MSIX);
	if (!cap)
		return -ENODEV;
	if (!(pci_conf_read(id.segment, id.bus, id.devfn, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY))
		return -ENXIO;
	control = pci_conf_read(id.segment, id.bus, id.devfn, cap + MSI_CONTROL, 2);
	where = pci_conf_read(id.segment, id.bus, id.devfn, cap + MSIX_TABLE, 4);
	base = read_bar(id, where & MSIX_TABLE_BAR);
	/* A virtual function's own BARs read as zero. */
	if (!base)
		base = bar_hint & PAGE_MASK;
	fn->table_entries = (control & MSIX_CONTROL_SIZE) + 1;
	base += where & ~MSIX_TABLE_BAR;
	if (!is_device_memory(base, fn->table_entries * MSIX_ENTRY_BYTES))
		return -EINVAL;
	fn->table = map_in_window(base, fn->table_entries * MSIX_ENTRY_BYTES);
	if (!fn->table)
		return -ENOMEM;
	fn->msix_cap = cap;
	return 0;
}

void msix_unmap_table(struct pci_function *fn)
{
	vaddr_t va = (vaddr_t)fn->table;
	unsigned int first = PFN_DOWN(va - window);
	unsigned int pages = PFN_UP((va & (PAGE_SIZE - 1)) + fn->table_entries * MSIX_ENTRY_BYTES);

	fn->table = NULL;
	unmap_vmap_pages(va & PAGE_MASK, pages);
	bitmap_clear_range(window_used, first, pages);
}
