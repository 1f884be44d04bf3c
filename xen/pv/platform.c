// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_platform_op: what dom0's kernel asks of the machine as a whole.
 * One call at a time, under platform_lock; calls that would wait for it are
 * made again, so that no CPU spins behind a slow firmware.
 */
#include <arch/symbols.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/spinlock.h>
#include <common/time.h>
#include <lib/errno.h>
#include <lib/string.h>
#include "platform_private.h"

#define NS_PER_SEC	1000000000u
#define MAX_SYMBOL_NAME	128

static DEFINE_SPINLOCK(platform_lock);

static long settime32(const struct xenpf_settime32 *t)
{
	wallclock_set((u64)t->secs + t->nsecs / NS_PER_SEC, t->nsecs % NS_PER_SEC, t->system_time);
	return 0;
}

static long settime64(const struct xenpf_settime64 *t)
{
	if (t->mbz)
		return -EINVAL;
	wallclock_set(t->secs + t->nsecs / NS_PER_SEC, t->nsecs % NS_PER_SEC, t->system_time);
	return 0;
}

/* One symbol a call; at the end the number stays as it was and the name is empty. Beyond it there is nothing. */
static long get_symbol(struct xenpf_symdata *s)
{
	char name[MAX_SYMBOL_NAME] = "";
	u32 room = s->namelen, length;
	vaddr_t address = 0;
	int rc = symbol_by_index(s->symnum, &address, name, sizeof(name));

	if (rc < 0)
		return rc;
	s->symnum += rc;
	length = strlen(name) + 1;
	s->type = address ? 't' : '\0';
	s->address = address;
	s->namelen = length;
	if (length > room)
		length = room;
	return length ? copy_to_guest(handle_addr(s->name), name, length) : 0;
}

static long perform(struct xen_platform_op *op)
{
	switch (op->cmd) {
	case XENPF_settime32:
		return settime32(&op->u.settime32);
	case XENPF_settime64:
		return settime64(&op->u.settime64);
	case XENPF_add_memtype:
		return platform_add_memtype(&op->u.add_memtype);
	case XENPF_del_memtype:
		return platform_del_memtype(&op->u.del_memtype);
	case XENPF_read_memtype:
		return platform_read_memtype(&op->u.read_memtype);
	case XENPF_efi_runtime_call:
		/* Its numbers are as wide as the guest's: only 64-bit ones are served. */
		if (current->domain->is_32bit)
			return -EOPNOTSUPP;
		return platform_efi_runtime_call(&op->u.efi_runtime_call);
	case XENPF_firmware_info:
		return platform_firmware_info(&op->u.firmware_info);
	case XENPF_enter_acpi_sleep:
		return platform_enter_sleep(&op->u.enter_acpi_sleep);
	case XENPF_getidletime:
		return platform_getidletime(&op->u.getidletime);
	case XENPF_set_processor_pminfo:
		return platform_set_pminfo(&op->u.set_pminfo);
	case XENPF_get_cpuinfo:
		return platform_get_cpuinfo(&op->u.pcpu_info);
	case XENPF_get_cpu_version:
		return platform_get_cpu_version(&op->u.pcpu_version);
	case XENPF_cpu_online:
		return platform_cpu_online(op->u.cpu_ol.cpuid, true);
	case XENPF_cpu_offline:
		return platform_cpu_online(op->u.cpu_ol.cpuid, false);
	case XENPF_resource_op:
		return platform_resource_op(&op->u.resource_op);
	case XENPF_get_symbol:
		return get_symbol(&op->u.symdata);
	/* Left to the firmware, or to dom0's choice at boot: */
	case XENPF_microcode_update:
	case XENPF_platform_quirk:
	case XENPF_change_freq:
	case XENPF_cpu_hotadd:
	case XENPF_mem_hotadd:
	case XENPF_core_parking:
		return -EOPNOTSUPP;
	default:
		return -ENOSYS;
	}
}

long do_platform_op(u64 uop)
{
	struct domain *d = current->domain;
	struct xen_platform_op op;
	long rc;

	if (!is_control_domain(d))
		return -EPERM;
	if (platform_read_op(&op, uop, d->is_32bit))
		return -EFAULT;
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return -EACCES;
	if (!spin_trylock(&platform_lock))
		return hypercall_continue(__HYPERVISOR_platform_op, 1, uop);
	rc = perform(&op);
	spin_unlock(&platform_lock);
	if (rc >= 0 && platform_write_op(uop, &op, d->is_32bit))
		rc = -EFAULT;
	return rc;
}
