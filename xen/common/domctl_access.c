// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control operations on a domain's access to the machine: interrupts, device
 * memory, I/O ports. A caller gives only what it has itself. The range sets
 * have locks of their own. PCI devices cannot be given away: there is no
 * IOMMU support.
 */
#include <arch/cpufeature.h>
#include <arch/page.h>
#include <common/domctl.h>
#include <common/irq.h>
#include <common/rangeset.h>
#include <lib/errno.h>

#define NR_IO_PORTS		65536u

/* Give or take away [first, last]. */
static int permit(struct rangeset *of_caller, struct rangeset *of_domain,
		  unsigned long first, unsigned long last, bool allow)
{
	if (!rangeset_contains_range(of_caller, first, last))
		return -EPERM;
	return allow ? rangeset_add_range(of_domain, first, last) :
		       rangeset_remove_range(of_domain, first, last);
}

static long irq_permission_op(struct domain *d, const struct xen_domctl_irq_permission *op)
{
	if (op->pirq >= nr_pirqs())
		return -EINVAL;
	return permit(current->domain->irq_caps, d->irq_caps, op->pirq, op->pirq,
		      op->allow_access);
}

static bool wraps(u64 first, u64 nr)
{
	return first + nr - 1 < first;
}

static long iomem_permission_op(struct domain *d, const struct xen_domctl_iomem_permission *op)
{
	/* Numbers too high for the machine nobody has access to. */
	if (!op->nr_mfns || wraps(op->first_mfn, op->nr_mfns))
		return -EINVAL;
	return permit(current->domain->iomem_caps, d->iomem_caps, op->first_mfn,
		      op->first_mfn + op->nr_mfns - 1, op->allow_access);
}

static long ioport_permission_op(struct domain *d, const struct xen_domctl_ioport_permission *op)
{
	if (!op->nr_ports || op->first_port >= NR_IO_PORTS ||
	    op->nr_ports > NR_IO_PORTS - op->first_port)
		return -EINVAL;
	return permit(current->domain->ioport_caps, d->ioport_caps, op->first_port,
		      op->first_port + op->nr_ports - 1, op->allow_access);
}

/* A PV guest maps its devices itself: there is nothing to do but to check the numbers. */
static long memory_mapping_op(const struct xen_domctl_memory_mapping *op)
{
	u64 limit = 1ull << (boot_cpu.phys_bits - PAGE_SHIFT);

	if (!op->nr_mfns || op->first_mfn >= limit || op->nr_mfns > limit - op->first_mfn ||
	    wraps(op->first_gfn, op->nr_mfns))
		return -EINVAL;
	return 0;
}

long domctl_access_op(struct domain *d, struct xen_domctl *op)
{
	switch (op->cmd) {
	case XEN_DOMCTL_irq_permission:
		return irq_permission_op(d, &op->u.irq_permission);
	case XEN_DOMCTL_iomem_permission:
		return iomem_permission_op(d, &op->u.iomem_permission);
	case XEN_DOMCTL_ioport_permission:
		return ioport_permission_op(d, &op->u.ioport_permission);
	case XEN_DOMCTL_memory_mapping:
		return memory_mapping_op(&op->u.memory_mapping);
	case XEN_DOMCTL_bind_pt_irq:
	case XEN_DOMCTL_unbind_pt_irq:
		return -EINVAL;		/* of guests with emulated interrupt controllers */
	default:
		return -EOPNOTSUPP;
	}
}
