// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programming message-signalled interrupts. The hypervisor writes address,
 * data and masks itself, for a message can raise any vector of any CPU. What
 * cannot be masked is kept quiet by the capability's enable bit until
 * somebody is bound.
 */
#include <arch/apic.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/msi.h>
#include <common/frame.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include "msi_regs.h"

static u32 conf_read(const struct msi_entry *e, u16 reg, unsigned int width)
{
	return pci_conf_read(e->fn->id.segment, e->fn->id.bus, e->fn->id.devfn, reg, width);
}

static void conf_write(const struct msi_entry *e, u16 reg, unsigned int width, u32 v)
{
	pci_conf_write(e->fn->id.segment, e->fn->id.bus, e->fn->id.devfn, reg, width, v);
}

static void *table_entry(const struct msi_entry *e)
{
	return (char *)e->fn->table + e->index * MSIX_ENTRY_BYTES;
}

static void change_control(const struct msi_entry *e, u16 cap, u16 clear, u16 set)
{
	u16 v = conf_read(e, cap + MSI_CONTROL, 2), new = (v & ~clear) | set;

	if (new != v)
		conf_write(e, cap + MSI_CONTROL, 2, new);
}

/* The mask register is the group's: its members' locks do not order writes to it. */
static DEFINE_SPINLOCK(mask_lock);

static void set_mask(struct msi_entry *e, bool masked)
{
	unsigned long flags;

	e->masked = masked;
	if (e->msix) {
		writel(masked ? MSIX_ENTRY_MASKED : 0, (char *)table_entry(e) + MSIX_ENTRY_CONTROL);
		/* It takes effect before anything else is done to the entry. */
		readl((char *)table_entry(e) + MSIX_ENTRY_CONTROL);
	} else if (e->mask_reg) {
		struct msi_entry *first = e->first;

		spin_lock_irqsave(&mask_lock, flags);
		if (masked)
			first->mask_bits |= 1u << e->index;
		else
			first->mask_bits &= ~(1u << e->index);
		conf_write(e, e->mask_reg, 4, first->mask_bits);
		spin_unlock_irqrestore(&mask_lock, flags);
	}
}

void msi_mask(struct msi_entry *e)
{
	set_mask(e, true);
	if (!e->msix && !e->mask_reg && e->count == 1)
		change_control(e, e->cap, MSI_CONTROL_ENABLE, 0);
}

void msi_unmask(struct msi_entry *e)
{
	set_mask(e, false);
	if (!e->msix) {
		change_control(e, e->cap, 0, MSI_CONTROL_ENABLE);
	} else if (e->fn->msix_all_masked) {
		e->fn->msix_all_masked = false;
		change_control(e, e->fn->msix_cap, MSIX_CONTROL_MASK_ALL, MSIX_CONTROL_ENABLE);
	}
}

bool msi_can_mask(const struct msi_entry *e)
{
	return e->can_mask;
}

/* A group shares one address, and its vectors are a block. */
bool msi_can_move(const struct msi_entry *e)
{
	return e->count == 1;
}

void msi_group(const struct msi_entry *e, u32 *first_irq, u32 *count)
{
	*first_irq = e->first_irq;
	*count = e->count;
}

void msi_write_message(struct msi_entry *e)
{
	const struct irq_desc *desc = irq_to_desc(e->first_irq);
	u32 address = MESSAGE_ADDRESS(apic_dest_id(desc->cpu)), data = desc->vector;
	bool masked = e->masked;

	if (e->msix) {
		char *at = table_entry(e);

		if (!masked)
			set_mask(e, true);
		writel(address, at + MSIX_ENTRY_ADDRESS);
		writel(0, at + MSIX_ENTRY_ADDRESS_HIGH);
		writel(data, at + MSIX_ENTRY_DATA);
		if (!masked)
			set_mask(e, false);
		return;
	}
	if (!masked && e->can_mask)
		set_mask(e, true);
	conf_write(e, e->cap + MSI_ADDRESS, 4, address);
	if (e->is_64bit)
		conf_write(e, e->cap + MSI_ADDRESS_HIGH, 4, 0);
	conf_write(e, e->cap + MSI_DATA(e->is_64bit), 2, data);
	if (!masked && e->can_mask)
		set_mask(e, false);
}

static struct msi_entry *new_entry(struct pci_function *fn, u32 irq, u32 first_irq, u32 count)
{
	struct msi_entry *e = xzalloc(struct msi_entry);

	if (e) {
		e->fn = fn;
		e->irq = irq;
		e->first_irq = first_irq;
		e->count = count;
		e->masked = true;
	}
	return e;
}

/* From here on its interrupt leads to it. */
static void publish(struct msi_entry *e)
{
	struct irq_desc *desc = irq_to_desc(e->irq);
	unsigned long flags;

	list_add_tail(&e->link, &e->fn->entries);
	spin_lock_irqsave(&desc->lock, flags);
	desc->msi = e;
	spin_unlock_irqrestore(&desc->lock, flags);
}

static int setup_msix(struct pci_function *fn, const struct msi_request *req, u32 irq)
{
	struct msi_entry *e;
	u16 control;
	int rc;

	list_for_each_entry(e, &fn->entries, link) {
		if (!e->msix)
			return -EBUSY;
		if (e->index == req->entry)
			return -EEXIST;
	}
	rc = msix_map_table(fn, req->table_base);
	if (rc)
		return rc;
	e = req->entry < fn->table_entries ? new_entry(fn, irq, irq, 1) : NULL;
	if (!e) {
		rc = req->entry < fn->table_entries ? -ENOMEM : -EINVAL;
		if (list_empty(&fn->entries))
			msix_unmap_table(fn);
		return rc;
	}
	e->msix = e->can_mask = true;
	e->index = req->entry;
	e->first = e;

	/* Some functions take writes to the table only while it is enabled. */
	control = conf_read(e, fn->msix_cap + MSI_CONTROL, 2);
	if (!(control & MSIX_CONTROL_ENABLE)) {
		conf_write(e, fn->msix_cap + MSI_CONTROL, 2,
			   control | MSIX_CONTROL_ENABLE | MSIX_CONTROL_MASK_ALL);
		fn->msix_all_masked = true;
	}
	set_mask(e, true);
	msi_write_message(e);
	publish(e);
	return 0;
}

static void free_entries(struct msi_entry **e, u32 count)
{
	while (count)
		xfree(e[--count]);
}

static int setup_msi(struct pci_function *fn, const struct msi_request *req, u32 first_irq)
{
	struct msi_entry *e[MSI_MAX_VECTORS] = { NULL }, *other;
	u32 log = 0;
	u16 control;
	u8 cap;

	if (!list_empty(&fn->entries)) {
		other = list_first_entry(&fn->entries, struct msi_entry, link);
		return other->msix ? -EBUSY : -EEXIST;
	}
	cap = pci_find_capability(fn->id, PCI_CAP_MSI);
	if (!cap)
		return -ENODEV;
	control = pci_conf_read(fn->id.segment, fn->id.bus, fn->id.devfn, cap + MSI_CONTROL, 2);
	if (req->count > MSI_CONTROL_CAPABLE(control))
		return -EINVAL;
	while (1u << log < req->count)
		log++;

	for (u32 i = 0; i < req->count; i++) {
		e[i] = new_entry(fn, first_irq + i, first_irq, req->count);
		if (!e[i]) {
			free_entries(e, i);
			return -ENOMEM;
		}
		e[i]->first = e[0];
		e[i]->index = i;
		e[i]->cap = cap;
		e[i]->is_64bit = control & MSI_CONTROL_64BIT;
		e[i]->can_mask = control & MSI_CONTROL_MASKABLE;
		if (e[i]->can_mask)
			e[i]->mask_reg = cap + MSI_MASK(e[i]->is_64bit);
	}
	change_control(e[0], cap, MSI_CONTROL_ENABLE | MSI_CONTROL_COUNT_MASK, log << MSI_CONTROL_COUNT_SHIFT);
	e[0]->mask_bits = ~0u >> (32 - req->count);
	set_mask(e[0], true);
	msi_write_message(e[0]);
	for (u32 i = 0; i < req->count; i++)
		publish(e[i]);
	return 0;
}

int msi_setup(const struct msi_request *req, u32 first_irq)
{
	struct pci_function *fn;
	int rc = -ENODEV;

	spin_lock(&msi_lock);
	fn = pci_function_find(req->id);
	if (fn)
		rc = req->msix ? setup_msix(fn, req, first_irq) : setup_msi(fn, req, first_irq);
	spin_unlock(&msi_lock);
	return rc;
}

void msi_teardown(struct msi_entry *first)
{
	struct pci_function *fn = first->fn;
	u32 irq = first->first_irq, count = first->count;

	spin_lock(&msi_lock);
	if (first->msix) {
		set_mask(first, true);
		/* While it is on, a function does not use its line. */
		if (fn->entries.next == &first->link && fn->entries.prev == &first->link)
			change_control(first, fn->msix_cap, MSIX_CONTROL_ENABLE | MSIX_CONTROL_MASK_ALL, 0);
	} else {
		change_control(first, first->cap, MSI_CONTROL_ENABLE, 0);
		conf_write(first, first->cap + MSI_ADDRESS, 4, 0);
	}
	for (u32 i = 0; i < count; i++) {
		struct irq_desc *desc = irq_to_desc(irq + i);
		struct msi_entry *e = desc->msi;
		unsigned long flags;

		spin_lock_irqsave(&desc->lock, flags);
		desc->msi = NULL;
		spin_unlock_irqrestore(&desc->lock, flags);
		list_del(&e->link);
		xfree(e);
	}
	if (fn->table && list_empty(&fn->entries))
		msix_unmap_table(fn);
	pci_function_put(fn);
	spin_unlock(&msi_lock);
}

static void restore_entry(struct msi_entry *e)
{
	struct irq_desc *desc = irq_to_desc(e->irq);
	unsigned long flags;
	bool masked;

	spin_lock_irqsave(&desc->lock, flags);
	masked = e->masked;
	set_mask(e, true);
	if (e == e->first)
		msi_write_message(e);
	if (!masked)
		msi_unmask(e);
	spin_unlock_irqrestore(&desc->lock, flags);
}

int msi_restore(struct pci_id id)
{
	struct pci_function *fn;
	struct msi_entry *e;
	int rc = -ENODEV;

	spin_lock(&msi_lock);
	fn = pci_function_find(id);
	if (fn) {
		list_for_each_entry(e, &fn->entries, link) {
			u32 log = 0;

			if (e->msix) {
				change_control(e, fn->msix_cap, 0, MSIX_CONTROL_ENABLE);
			} else if (e == e->first) {
				while (1u << log < e->count)
					log++;
				change_control(e, e->cap, MSI_CONTROL_COUNT_MASK,
					       log << MSI_CONTROL_COUNT_SHIFT);
			}
			restore_entry(e);
		}
		rc = 0;
	}
	spin_unlock(&msi_lock);
	return rc;
}

/* The table is mapped and written here only, so there is nothing to be told of
 * but whether the function can be given away now. */
int msix_prepare(struct pci_id id, bool release)
{
	struct pci_function *fn;
	int rc = 0;

	spin_lock(&msi_lock);
	fn = pci_function_find(id);
	if (!fn || !pci_find_capability(id, PCI_CAP_MSIX))
		rc = -ENODEV;
	else if (!release && !list_empty(&fn->entries))
		rc = -EBUSY;
	spin_unlock(&msi_lock);
	return rc;
}
