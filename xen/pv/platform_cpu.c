// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of HYPERVISOR_platform_op about CPUs: their list, idle times, a
 * few of their registers, and what ACPI says of their power states. CPUs
 * neither come nor go. Under platform_lock.
 */
#include <arch/cpufeature.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/domain.h>
#include <common/guest_access.h>
#include <common/sched.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include "platform_private.h"

#define MAX_RESOURCE_ENTRIES	3
#define MSR_IA32_QM_EVTSEL	0x0c8d
#define MSR_IA32_QM_CTR		0x0c8e
#define MAX_POWER_STATES	32
#define PDC_REVISION		1

static bool cpu_present(u32 cpu)
{
	return cpu < nr_cpu_ids && cpumask_test_cpu(cpu, &cpu_present_mask);
}

static u32 last_present(void)
{
	u32 last = 0, cpu;

	for_each_cpu(cpu, &cpu_present_mask)
		last = cpu;
	return last;
}

long platform_get_cpuinfo(struct xenpf_pcpuinfo *info)
{
	u32 cpu = info->xen_cpuid;

	info->max_present = last_present();
	info->apic_id = info->acpi_id = 0;
	info->flags = XEN_PCPU_FLAGS_INVALID;
	if (cpu_present(cpu)) {
		info->flags = cpu_online(cpu) ? XEN_PCPU_FLAGS_ONLINE : 0;
		info->apic_id = cpu_apic_id[cpu];
		info->acpi_id = cpu_acpi_id[cpu];
	}
	return 0;
}

/* All CPUs are of the boot CPU's kind. */
long platform_get_cpu_version(struct xenpf_pcpu_version *ver)
{
	u32 cpu = ver->xen_cpuid;

	memset(ver, 0, sizeof(*ver));
	ver->xen_cpuid = cpu;
	ver->max_present = last_present();
	if (cpu_present(cpu) && cpu_online(cpu)) {
		memcpy(ver->vendor_id, boot_cpu.vendor_string, sizeof(ver->vendor_id));
		ver->family = boot_cpu.family;
		ver->model = boot_cpu.model;
		ver->stepping = boot_cpu.stepping;
	}
	return 0;
}

long platform_cpu_online(u32 cpu, bool online)
{
	if (!cpu_present(cpu))
		return -EINVAL;
	return online && cpu_online(cpu) ? 0 : -EOPNOTSUPP;
}

long platform_getidletime(struct xenpf_getidletime *idle)
{
	u8 map[MAX_CPUS / 8] = { 0 };
	u32 nr = min(idle->cpumap_nr_cpus, (u32)MAX_CPUS), bytes = (nr + 7) / 8;

	if (copy_from_guest(map, handle_addr(idle->cpumap_bitmap), bytes))
		return -EFAULT;
	for (u32 cpu = 0; cpu < nr; cpu++) {
		u64 time;

		if (!(map[cpu / 8] >> (cpu % 8) & 1))
			continue;
		if (!cpu_online(cpu)) {
			map[cpu / 8] &= ~(1u << (cpu % 8));
			continue;
		}
		time = cpu_idle_time(cpu);
		if (copy_to_guest(handle_addr(idle->idletime) + cpu * sizeof(time), &time, sizeof(time)))
			return -EFAULT;
	}
	idle->now = NOW();
	return copy_to_guest(handle_addr(idle->cpumap_bitmap), map, bytes);
}

static bool is_acpi_cpu(u32 id)
{
	u32 cpu;

	for_each_cpu(cpu, &cpu_present_mask)
		if (cpu_acpi_id[cpu] == id)
			return true;
	return false;
}

/*
 * Idling and frequencies are the hardware's own business here: HLT, and what
 * the firmware set. The data are looked at, so that nonsense is answered, and
 * then not needed. Throttling (TX) has no use at all.
 */
long platform_set_pminfo(const struct xenpf_set_processor_pminfo *info)
{
	u32 pdc[2];

	/* Tables list CPUs that are not there. */
	if (info->type != XEN_PM_PDC && !is_acpi_cpu(info->id))
		return -EINVAL;
	switch (info->type) {
	case XEN_PM_CX:
		return info->u.power.count <= MAX_POWER_STATES ? 0 : -EINVAL;
	case XEN_PM_PX:
		if (info->u.perf.flags & ~(XEN_PX_PCT | XEN_PX_PSS | XEN_PX_PPC | XEN_PX_PSD))
			return -EINVAL;
		if ((info->u.perf.flags & XEN_PX_PSS) &&
		    (!info->u.perf.state_count || info->u.perf.state_count > MAX_POWER_STATES))
			return -EINVAL;
		return 0;
	case XEN_PM_PDC:
		/* Revision and number of words. The capabilities that follow stay as dom0 has them. */
		if (read_guest(&pdc, handle_addr(info->u.pdc)))
			return -EFAULT;
		return pdc[0] == PDC_REVISION && pdc[1] ? 0 : -EINVAL;
	case XEN_PM_TX:
		return -ENOSYS;
	default:
		return -EINVAL;
	}
}

/* --- registers --- */

struct resource_batch {
	u32 nr, done;
	struct xenpf_resource_entry entry[MAX_RESOURCE_ENTRIES];
};

/* Cache monitoring, and the time it was read at. */
static bool may_access(u64 msr, u32 cmd)
{
	if (cmd == XEN_RESOURCE_OP_MSR_READ)
		return msr == MSR_IA32_TSC || msr == MSR_IA32_QM_EVTSEL || msr == MSR_IA32_QM_CTR;
	return msr == MSR_IA32_QM_EVTSEL;
}

static void access_registers(void *data)
{
	struct resource_batch *b = data;

	for (b->done = 0; b->done < b->nr; b->done++) {
		struct xenpf_resource_entry *e = &b->entry[b->done];
		u32 cmd = e->u.cmd;
		int rc = -EPERM;

		if (cmd != XEN_RESOURCE_OP_MSR_READ && cmd != XEN_RESOURCE_OP_MSR_WRITE)
			rc = -EOPNOTSUPP;
		else if (e->rsvd || e->idx >> 32)
			rc = -EINVAL;
		else if (!may_access(e->idx, cmd))
			rc = -EPERM;
		else if (cmd == XEN_RESOURCE_OP_MSR_READ)
			rc = rdmsr_safe(e->idx, &e->val);
		else
			rc = wrmsr_safe(e->idx, e->val);
		if (rc) {
			e->u.ret = rc;
			return;
		}
		e->u.ret = 0;
	}
}

long platform_resource_op(const struct xenpf_resource_op *res)
{
	struct resource_batch b = { .nr = res->nr_entries };
	u64 at = handle_addr(res->entries);
	u32 shown;

	if (res->nr_entries > MAX_RESOURCE_ENTRIES)
		return -EINVAL;
	if (!cpu_online(res->cpu))
		return -ENODEV;
	if (copy_from_guest(b.entry, at, b.nr * sizeof(b.entry[0])))
		return -EFAULT;
	smp_call_function_on(res->cpu, access_registers, &b, true);
	shown = min(b.done + 1, b.nr);
	if (copy_to_guest(at, b.entry, shown * sizeof(b.entry[0])))
		return -EFAULT;
	return b.done;
}
