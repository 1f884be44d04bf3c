// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the control domain's tools are told about the machine: its CPUs, their
 * topology and idle times, its memory, what the hypervisor can do with it.
 * Read-only; under sysctl_lock.
 */
#include <arch/cpufeature.h>
#include <arch/page.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/domctl.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>

#define LOCAL_DISTANCE	10u		/* ACPI's for a node and itself */
#define PCI_BATCH	64u

static void physinfo_op(struct xen_sysctl_physinfo *pi)
{
	memset(pi, 0, sizeof(*pi));
	pi->threads_per_core = max(boot_cpu.threads_per_core, 1u);
	pi->cores_per_socket = max(boot_cpu.cores_per_package, 1u);
	pi->nr_cpus = num_online_cpus();
	pi->max_cpu_id = nr_cpu_ids - 1;
	pi->nr_nodes = 1;
	pi->cpu_khz = tsc_khz;
	pi->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1 |
			   XEN_SYSCTL_PHYSCAP_gnttab_v2;
	pi->total_pages = total_pages;
	pi->free_pages = avail_heap_pages();
	pi->outstanding_pages = outstanding_claims();
	pi->max_mfn = max_page - 1;
	memcpy(pi->hw_cap, boot_cpu.feature, min(sizeof(pi->hw_cap), sizeof(boot_cpu.feature)));
}

static long getcpuinfo_op(struct xen_sysctl_getcpuinfo *op)
{
	u64 addr = handle_addr(op->info);
	u32 n = min(op->max_cpus, nr_cpu_ids);

	for (u32 cpu = 0; cpu < n; cpu++) {
		xen_sysctl_cpuinfo_t info = { .idletime = cpu_idle_time(cpu) };

		if (write_guest(addr + cpu * sizeof(info), &info))
			return -EFAULT;
	}
	op->nr_cpus = n;
	return 0;
}

static long cputopoinfo_op(struct xen_sysctl_cputopoinfo *op)
{
	u64 addr = handle_addr(op->cputopo);
	u32 n = min(op->num_cpus, nr_cpu_ids);

	op->num_cpus = nr_cpu_ids;
	if (!addr)
		return 0;
	for (u32 cpu = 0; cpu < n; cpu++) {
		xen_sysctl_cputopo_t topo = {
			XEN_INVALID_CORE_ID, XEN_INVALID_SOCKET_ID, XEN_INVALID_NODE_ID,
		};

		if (cpu_online(cpu))
			topo = (xen_sysctl_cputopo_t){ cpu_to_core(cpu), cpu_to_socket(cpu), 0 };
		if (write_guest(addr + cpu * sizeof(topo), &topo))
			return -EFAULT;
	}
	op->num_cpus = n;
	return 0;
}

/* All memory is one node's. */
static long numainfo_op(struct xen_sysctl_numainfo *op)
{
	u64 meminfo = handle_addr(op->meminfo), distance = handle_addr(op->distance);
	xen_sysctl_meminfo_t m = {
		.memsize = (u64)total_pages << PAGE_SHIFT,
		.memfree = (u64)avail_heap_pages() << PAGE_SHIFT,
	};
	u32 local = LOCAL_DISTANCE, room = op->num_nodes;

	op->num_nodes = 1;
	if ((!meminfo && !distance) || !room)
		return 0;
	if (meminfo && write_guest(meminfo, &m))
		return -EFAULT;
	if (distance && write_guest(distance, &local))
		return -EFAULT;
	return 0;
}

/* Devices are dom0's to know: no list of them is kept here. */
static long pcitopoinfo_op(struct xen_sysctl_pcitopoinfo *op)
{
	u64 devs = handle_addr(op->devs), nodes = handle_addr(op->nodes);
	u32 none = XEN_INVALID_DEV, n = min(op->num_devs, PCI_BATCH);
	physdev_pci_device_t dev;

	if (!devs || !nodes)
		return -EINVAL;
	/* Fewer may be done than were asked for; callers go on from there. */
	for (u32 i = 0; i < n; i++)
		if (read_guest(&dev, devs + i * sizeof(dev)) ||
		    write_guest(nodes + i * sizeof(none), &none))
			return -EFAULT;
	op->num_devs = n;
	return 0;
}

/* CPUs run at the speed the firmware gave them and idle by HLT. */
static long pm_op(struct xen_sysctl_pm_op *op, bool *copyback)
{
	if (!cpu_online(op->cpuid))
		return -EINVAL;
	if ((op->cmd & PM_PARA_CATEGORY_MASK) == CPUFREQ_PARA)
		return -EINVAL;
	switch (op->cmd) {
	case XEN_SYSCTL_pm_op_get_max_cstate:
		op->u.get_max_cstate = XEN_SYSCTL_CX_UNLIMITED;
		*copyback = true;
		return 0;
	case XEN_SYSCTL_pm_op_set_max_cstate:
	case XEN_SYSCTL_pm_op_set_sched_opt_smt:
		return 0;
	case XEN_SYSCTL_pm_op_enable_turbo:
	case XEN_SYSCTL_pm_op_disable_turbo:
		return -EACCES;
	default:
		return -ENOSYS;
	}
}

long sysctl_host_op(struct xen_sysctl *op, bool *copyback)
{
	long rc = 0;

	switch (op->cmd) {
	case XEN_SYSCTL_physinfo:
		physinfo_op(&op->u.physinfo);
		break;
	case XEN_SYSCTL_getcpuinfo:
		rc = getcpuinfo_op(&op->u.getcpuinfo);
		break;
	case XEN_SYSCTL_availheap:
		/* Widths are not kept apart; of other nodes there is nothing. */
		op->u.availheap.avail_bytes = op->u.availheap.node > 0 ? 0 :
			(u64)avail_heap_pages() << PAGE_SHIFT;
		break;
	case XEN_SYSCTL_cputopoinfo:
		rc = cputopoinfo_op(&op->u.cputopoinfo);
		break;
	case XEN_SYSCTL_numainfo:
		rc = numainfo_op(&op->u.numainfo);
		break;
	case XEN_SYSCTL_pcitopoinfo:
		rc = pcitopoinfo_op(&op->u.pcitopoinfo);
		break;
	case XEN_SYSCTL_get_cpu_levelling_caps:
		op->u.cpu_levelling_caps.caps =
			cpuid_faulting_available ? XEN_SYSCTL_CPU_LEVELCAP_faulting : 0;
		break;
	case XEN_SYSCTL_get_pmstat:
		return cpu_online(op->u.get_pmstat.cpuid) ? -ENODEV : -EINVAL;
	case XEN_SYSCTL_pm_op:
		return pm_op(&op->u.pm_op, copyback);
	default:
		return -ENOSYS;
	}
	*copyback = rc == 0;
	return rc;
}
