// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_physdev_op: interrupts, I/O privilege and, by pv/physdev_pci.c,
 * PCI functions. Whatever changes the machine is the control domain's; the
 * privilege of its own vcpus and its own interrupts are everybody's. Arguments
 * are read once; those whose 32-bit layout differs are widened first.
 */
#include <arch/ioapic.h>
#include <arch/irq.h>
#include <common/event.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/irq.h>
#include <lib/errno.h>
#include <public/physdev.h>
#include "physdev_private.h"
#include <pv/cpu_ops.h>

#define MAX_IO_PORTS	65536

struct physdev_set_iobitmap_32 {
	u32 bitmap;
	u32 nr_ports;
};
struct physdev_apic_32 {
	u32 apic_physbase;
	u32 reg;
	u32 value;
};

static long eoi(struct domain *d, u64 arg)
{
	struct physdev_eoi eoi;

	if (read_guest(&eoi, arg))
		return -EFAULT;
	if (pirq_irq(d, eoi.irq) < 0)
		return -EINVAL;
	/* A port that fires while masked would wait for the next interrupt. */
	if (d->pv.auto_unmask) {
		evtchn_port_t port = evtchn_of_pirq(d, eoi.irq);

		if (port)
			evtchn_unmask_port(d, port);
	}
	pirq_guest_eoi(d, eoi.irq);
	return 0;
}

static long share_eoi_page(struct domain *d, u64 arg, bool auto_unmask)
{
	struct physdev_pirq_eoi_gmfn page;
	u64 mfn;

	if (d->is_32bit) {
		u32 mfn_32;

		if (read_guest(&mfn_32, arg))
			return -EFAULT;
		mfn = mfn_32;
	} else {
		if (read_guest(&page, arg))
			return -EFAULT;
		mfn = page.gmfn;
	}
	return pirq_share_eoi_page(d, mfn, auto_unmask);
}

static long status_query(struct domain *d, u64 arg)
{
	struct physdev_irq_status_query q;
	bool needs_eoi = false, shared = false;

	if (read_guest(&q, arg))
		return -EFAULT;
	if (q.irq >= nr_pirqs())
		return -EINVAL;
	pirq_status(d, q.irq, &needs_eoi, &shared);
	q.flags = (needs_eoi ? XENIRQSTAT_needs_eoi : 0) | (shared ? XENIRQSTAT_shared : 0);
	return write_guest(arg, &q);
}

static long set_iopl(struct vcpu *v, u64 arg)
{
	struct physdev_set_iopl set;

	if (read_guest(&set, arg))
		return -EFAULT;
	if (set.iopl > 3)
		return -EINVAL;
	pv_set_iopl(v, set.iopl);
	return 0;
}

static long set_iobitmap(struct vcpu *v, u64 arg)
{
	u64 bitmap;
	u32 nr_ports;

	if (v->domain->is_32bit) {
		struct physdev_set_iobitmap_32 set;

		if (read_guest(&set, arg))
			return -EFAULT;
		bitmap = set.bitmap;
		nr_ports = set.nr_ports;
	} else {
		struct physdev_set_iobitmap set;

		if (read_guest(&set, arg))
			return -EFAULT;
		bitmap = handle_addr(set.bitmap);
		nr_ports = set.nr_ports;
	}
	if (nr_ports > MAX_IO_PORTS || !guest_range_ok(bitmap, (nr_ports + 7) / 8))
		return -EINVAL;
	v->pv.iobmp = bitmap;
	v->pv.iobmp_bits = nr_ports;
	return 0;
}

/* --- I/O APIC registers, the control domain's way to see and set up lines --- */

static int read_apic_op(struct domain *d, u64 arg, struct physdev_apic *op)
{
	struct physdev_apic_32 op_32;

	if (!d->is_32bit)
		return read_guest(op, arg);
	if (read_guest(&op_32, arg))
		return -EFAULT;
	*op = (struct physdev_apic){ op_32.apic_physbase, op_32.reg, op_32.value };
	return 0;
}

static long apic_register_read(struct domain *d, u64 arg)
{
	struct physdev_apic op;
	long rc;

	if (!is_control_domain(d))
		return -EPERM;
	if (read_apic_op(d, arg, &op))
		return -EFAULT;
	rc = ioapic_read_register(op.apic_physbase, op.reg, &op.value);
	if (rc)
		return rc;
	return copy_to_guest(arg + (d->is_32bit ? offsetof(struct physdev_apic_32, value)
						: offsetof(struct physdev_apic, value)),
			     &op.value, sizeof(op.value));
}

/*
 * Of an entry only trigger and polarity are the guest's to choose, and only
 * before it is bound; vector, target and mask are ours.
 */
static long apic_register_write(struct domain *d, u64 arg)
{
	struct physdev_apic op;
	bool high_half;
	u32 gsi;

	if (!is_control_domain(d))
		return -EPERM;
	if (read_apic_op(d, arg, &op))
		return -EFAULT;
	if (ioapic_register_gsi(op.apic_physbase, op.reg, &gsi, &high_half) && !high_half)
		irq_set_gsi_mode(gsi, op.value & IOAPIC_ENTRY_LEVEL, op.value & IOAPIC_ENTRY_LOW_POLARITY);
	return 0;
}

/* Vectors are ours; what the guest gets to see is the interrupt's number. */
static long alloc_irq_vector(struct domain *d, u64 arg)
{
	struct physdev_irq op;
	int pirq;
	long rc;

	if (!is_control_domain(d))
		return -EPERM;
	if (read_guest(&op, arg))
		return -EFAULT;
	if (op.irq >= nr_gsis())
		return -EINVAL;
	/* Kernels of old never map it: the number is the GSI's. */
	pirq = op.irq;
	if (pirq_irq(d, op.irq) < 0 && ioapic_has_gsi(op.irq)) {
		rc = pirq_map_gsi(d, op.irq, &pirq);
		if (rc && rc != -EINVAL)
			return rc;
	}
	op.vector = op.irq;
	return write_guest(arg, &op);
}

static long setup_gsi(struct domain *d, u64 arg)
{
	struct physdev_setup_gsi setup;

	if (!is_control_domain(d))
		return -EPERM;
	if (read_guest(&setup, arg))
		return -EFAULT;
	if (setup.gsi < 0 || (u32)setup.gsi >= nr_gsis())
		return -EINVAL;
	return irq_set_gsi_mode(setup.gsi, setup.triggering, setup.polarity);
}

static long get_free_pirq(struct domain *d, u64 arg)
{
	struct physdev_get_free_pirq get;
	int rc;

	if (read_guest(&get, arg))
		return -EFAULT;
	if (get.type != MAP_PIRQ_TYPE_GSI && get.type != MAP_PIRQ_TYPE_MSI)
		return -EINVAL;
	rc = pirq_reserve(d, get.type == MAP_PIRQ_TYPE_GSI);
	if (rc < 0)
		return rc;
	get.pirq = rc;
	return write_guest(arg, &get);
}

long do_physdev_op(u64 cmd, u64 arg)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;

	switch ((u32)cmd) {
	case PHYSDEVOP_eoi:
		return eoi(d, arg);
	case PHYSDEVOP_pirq_eoi_gmfn_v1:
		return share_eoi_page(d, arg, true);
	case PHYSDEVOP_pirq_eoi_gmfn_v2:
		return share_eoi_page(d, arg, false);
	case PHYSDEVOP_IRQ_UNMASK_NOTIFY:
		pirq_guest_unmask(d);
		return 0;
	case PHYSDEVOP_irq_status_query:
		return status_query(d, arg);
	case PHYSDEVOP_set_iopl:
		return set_iopl(v, arg);
	case PHYSDEVOP_set_iobitmap:
		return set_iobitmap(v, arg);
	case PHYSDEVOP_apic_read:
		return apic_register_read(d, arg);
	case PHYSDEVOP_apic_write:
		return apic_register_write(d, arg);
	case PHYSDEVOP_alloc_irq_vector:
		return alloc_irq_vector(d, arg);
	case PHYSDEVOP_map_pirq:
		return physdev_map_pirq(arg);
	case PHYSDEVOP_unmap_pirq:
		return physdev_unmap_pirq(arg);
	case PHYSDEVOP_setup_gsi:
		return setup_gsi(d, arg);
	case PHYSDEVOP_get_free_pirq:
		return get_free_pirq(d, arg);
	default:
		return physdev_pci_op(cmd, arg);
	}
}

/* The hypercall of old: one structure with the number in front. */
long do_physdev_op_compat(u64 uop)
{
	u64 body = uop + (current->domain->is_32bit ? sizeof(u32) : offsetof(struct physdev_op, u));
	u32 cmd;

	if (read_guest(&cmd, uop))
		return -EFAULT;
	switch (cmd) {
	case PHYSDEVOP_IRQ_UNMASK_NOTIFY:
	case PHYSDEVOP_irq_status_query:
	case PHYSDEVOP_set_iopl:
	case PHYSDEVOP_set_iobitmap:
	case PHYSDEVOP_apic_read:
	case PHYSDEVOP_apic_write:
	case PHYSDEVOP_alloc_irq_vector:
	case PHYSDEVOP_free_irq_vector:
		return do_physdev_op(cmd, body);
	default:
		return -ENOSYS;
	}
}
