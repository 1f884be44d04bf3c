// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of HYPERVISOR_physdev_op in which the control domain reports the
 * PCI functions that it finds. What is known of one is what its
 * message-signalled interrupts need (arch/msi.h).
 */
#include <arch/acpi.h>
#include <arch/msi.h>
#include <common/domain.h>
#include <common/guest_access.h>
#include <lib/errno.h>
#include <public/physdev.h>
#include "physdev_private.h"

/* Without the optional tail, which says where memory is near. */
#define DEVICE_ADD_BYTES	offsetof(struct physdev_pci_device_add, optarr)

static long manage_add(u64 arg)
{
	struct physdev_manage_pci op;

	if (read_guest(&op, arg))
		return -EFAULT;
	return pci_function_add((struct pci_id){ 0, op.bus, op.devfn });
}

static long manage_remove(u64 arg)
{
	struct physdev_manage_pci op;

	if (read_guest(&op, arg))
		return -EFAULT;
	return pci_function_remove((struct pci_id){ 0, op.bus, op.devfn });
}

static long manage_add_ext(u64 arg)
{
	struct physdev_manage_pci_ext op;

	if (read_guest(&op, arg))
		return -EFAULT;
	if (op.is_extfn > 1 || op.is_virtfn > 1)
		return -EINVAL;
	return pci_function_add((struct pci_id){ 0, op.bus, op.devfn });
}

static long device_add(u64 arg)
{
	struct physdev_pci_device_add op;

	if (copy_from_guest(&op, arg, DEVICE_ADD_BYTES))
		return -EFAULT;
	return pci_function_add((struct pci_id){ op.seg, op.bus, op.devfn });
}

static int read_device(u64 arg, struct pci_id *id)
{
	struct physdev_pci_device op;

	if (read_guest(&op, arg))
		return -EFAULT;
	*id = (struct pci_id){ op.seg, op.bus, op.devfn };
	return 0;
}

static long restore_old(u64 arg)
{
	struct physdev_restore_msi op;

	if (read_guest(&op, arg))
		return -EFAULT;
	return msi_restore((struct pci_id){ 0, op.bus, op.devfn });
}

/* The windows come from the same table that dom0 reads: it can only confirm them. */
static long mmcfg_reserved(u64 arg)
{
	struct physdev_pci_mmcfg_reserved op;

	if (read_guest(&op, arg))
		return -EFAULT;
	for (u32 i = 0; i < acpi_info.nr_mcfg; i++) {
		const struct acpi_mcfg *m = &acpi_info.mcfg[i];

		if (m->base == op.address && m->segment == op.segment &&
		    m->start_bus == op.start_bus && m->end_bus >= op.end_bus)
			return 0;
	}
	return -ENODEV;
}

long physdev_pci_op(u32 cmd, u64 arg)
{
	struct pci_id id;

	switch (cmd) {
	case PHYSDEVOP_manage_pci_add ... PHYSDEVOP_manage_pci_remove:
	case PHYSDEVOP_restore_msi ... PHYSDEVOP_manage_pci_add_ext:
	case PHYSDEVOP_pci_mmcfg_reserved ... PHYSDEVOP_restore_msi_ext:
	case PHYSDEVOP_prepare_msix ... PHYSDEVOP_release_msix:
		if (!is_control_domain(current->domain))
			return -EPERM;
		break;
	}
	switch (cmd) {
	case PHYSDEVOP_manage_pci_add:
		return manage_add(arg);
	case PHYSDEVOP_manage_pci_remove:
		return manage_remove(arg);
	case PHYSDEVOP_manage_pci_add_ext:
		return manage_add_ext(arg);
	case PHYSDEVOP_pci_device_add:
		return device_add(arg);
	case PHYSDEVOP_pci_device_remove:
		return read_device(arg, &id) ? -EFAULT : pci_function_remove(id);
	case PHYSDEVOP_restore_msi:
		return restore_old(arg);
	case PHYSDEVOP_restore_msi_ext:
		return read_device(arg, &id) ? -EFAULT : msi_restore(id);
	case PHYSDEVOP_prepare_msix:
	case PHYSDEVOP_release_msix:
		return read_device(arg, &id) ? -EFAULT : msix_prepare(id, cmd == PHYSDEVOP_release_msix);
	case PHYSDEVOP_pci_mmcfg_reserved:
		return mmcfg_reserved(arg);
	case PHYSDEVOP_dbgp_op:
		/* No console of ours is on a USB debug port. */
		return -EOPNOTSUPP;
	default:
		return -ENOSYS;
	}
}
