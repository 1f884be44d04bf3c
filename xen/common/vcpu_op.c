// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_vcpu_op: a guest starts, stops and times its own vcpus. A vcpu
 * gets its context under its domain's domain_lock; the timers and areas are
 * common/time.c's and common/runstate.c's.
 */
#include <arch/barrier.h>
#include <arch/bitops.h>
#include <arch/page.h>
#include <arch/smp.h>
#include <common/domain.h>
#include <common/event.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <common/shared.h>
#include <common/time.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <pv/mm.h>
#include <pv/traps.h>

/* Both layouts of vcpu_info have this size. */
#define VCPU_INFO_BYTES	64
BUILD_BUG_ON(sizeof(struct vcpu_info) != VCPU_INFO_BYTES);
BUILD_BUG_ON(sizeof(struct vcpu_info_32) != VCPU_INFO_BYTES);

/* Bytes without the padding that only the 64-bit layout has. */
#define SINGLESHOT_BYTES	12

static long op_initialise(struct vcpu *v, u64 arg)
{
	struct domain *d = v->domain;
	long rc = -EEXIST;
	u8 first;

	if (copy_from_guest(&first, arg, sizeof(first)))
		return -EFAULT;
	spin_lock(&d->domain_lock);
	/* One without a vcpu_info of its own could not take an event. */
	if (v->info == &dummy_vcpu_info)
		rc = -EINVAL;
	else if (!v->initialised)
		rc = arch_set_info_guest(v, arg);
	spin_unlock(&d->domain_lock);
	if (rc == -ERESTART)
		return hypercall_continue(__HYPERVISOR_vcpu_op, 3, (u64)VCPUOP_initialise,
					  (u64)v->id, arg);
	return rc;
}

static long op_up(struct vcpu *v)
{
	struct domain *d = v->domain;
	bool wake = false;
	long rc = 0;

	spin_lock(&d->domain_lock);
	if (!v->initialised)
		rc = -EINVAL;
	else
		wake = test_and_clear_bit(VPF_DOWN, &v->pause_flags);
	spin_unlock(&d->domain_lock);
	if (wake)
		vcpu_wake(v);
	return rc;
}

/* A domain whose last vcpu goes down can never run again: it is off. */
static long op_down(struct vcpu *v)
{
	struct domain *d = v->domain;
	struct vcpu *other;
	bool any_up = false;

	spin_lock(&d->domain_lock);
	for_each_vcpu(d, other)
		any_up |= other != v && !test_bit(VPF_DOWN, &other->pause_flags);
	if (any_up)
		set_bit(VPF_DOWN, &v->pause_flags);
	spin_unlock(&d->domain_lock);
	if (!any_up)
		domain_shutdown(d, SHUTDOWN_poweroff);
	else
		vcpu_sleep_nosync(v);
	return 0;
}

/* A pointer argument in a union with a u64: the 32-bit ABI's is its low half. */
static int read_area_address(struct vcpu *v, u64 arg, vaddr_t *addr)
{
	u64 p;

	if (read_guest(&p, arg))
		return -EFAULT;
	*addr = v->domain->is_32bit ? (u32)p : p;
	return 0;
}

static long op_set_periodic(struct vcpu *v, u64 arg)
{
	struct vcpu_set_periodic_timer set;

	if (read_guest(&set, arg))
		return -EFAULT;
	return set.period_ns ? vcpu_set_periodic(v, set.period_ns) : -EINVAL;
}

static long op_set_singleshot(struct vcpu *v, u64 arg)
{
	struct vcpu_set_singleshot_timer set;

	if (v != current)
		return -EINVAL;
	if (copy_from_guest(&set, arg, SINGLESHOT_BYTES))
		return -EFAULT;
	return vcpu_set_singleshot(v, set.timeout_abs_ns, set.flags & VCPU_SSHOTTMR_future);
}

/*
 * The frame is held writable for as long as the vcpu lives. Whatever was
 * pending may have been set in the old place while it was copied, so the
 * guest is made to look at everything once.
 */
static long move_vcpu_info(struct vcpu *v, u64 mfn, u32 offset)
{
	struct domain *d = v->domain;
	struct page_info *pg;
	struct vcpu_info *new;
	size_t align = d->is_32bit ? sizeof(u32) : sizeof(u64);

	if (offset > PAGE_SIZE - VCPU_INFO_BYTES || offset % align)
		return -ENXIO;
	if (v->info_page)
		return -EINVAL;
	/* Nobody may run on the old place while it is copied. */
	if (v != current && !test_bit(VPF_DOWN, &v->pause_flags))
		return -EINVAL;

	pg = get_page_from_mfn(MFN(mfn), d);
	if (!pg)
		return -EINVAL;
	if (!get_page_type(pg, PGT_writable)) {
		put_page(pg);
		return -EINVAL;
	}
	new = (struct vcpu_info *)((u8 *)mfn_to_virt(MFN(mfn)) + offset);
	memcpy(new, v->info, VCPU_INFO_BYTES);
	v->info_page = pg;
	smp_wmb();
	WRITE_ONCE(v->info, new);

	if (d->is_32bit)
		((struct vcpu_info_32 *)new)->evtchn_pending_sel = ~0u;
	else
		new->evtchn_pending_sel = ~0ul;
	smp_mb();
	*vcpu_upcall_pending(v) = 0;
	vcpu_mark_events_pending(v);
	force_update_vcpu_time(v);
	return 0;
}

static long op_register_vcpu_info(struct vcpu *v, u64 arg)
{
	struct vcpu_register_vcpu_info info;
	long rc;

	if (read_guest(&info, arg))
		return -EFAULT;
	spin_lock(&v->domain->domain_lock);
	rc = move_vcpu_info(v, info.mfn, info.offset);
	spin_unlock(&v->domain->domain_lock);
	return rc;
}

/* Only means something to the hardware domain, on a vcpu that stays where it is. */
static long op_get_physid(struct vcpu *v, u64 arg)
{
	const cpumask_t *hard = vcpu_hard_affinity(v);
	struct vcpu_get_physid id;
	u32 cpu;

	if (!is_control_domain(v->domain) || cpumask_weight(hard) != 1)
		return -EINVAL;
	cpu = cpumask_first(hard);
	if (!cpu_online(cpu))
		return -EINVAL;
	id.phys_id = cpu_apic_id[cpu] | (u64)cpu_acpi_id[cpu] << 32;
	return write_guest(arg, &id);
}

/* The way out to a guest looks for NMIs when there is a softirq to run. */
void vcpu_send_nmi(struct vcpu *v)
{
	if (xchg(&v->nmi_pending, true))
		return;
	vcpu_kick(v);
	vcpu_force_reschedule(v);
}

long do_vcpu_op(u64 cmd, u64 vcpuid, u64 arg)
{
	struct vcpu *v = domain_vcpu(current->domain, (u32)vcpuid);
	vaddr_t addr;

	if (!v)
		return -ENOENT;
	switch ((u32)cmd) {
	case VCPUOP_initialise:
		return op_initialise(v, arg);
	case VCPUOP_up:
		return op_up(v);
	case VCPUOP_down:
		return op_down(v);
	case VCPUOP_is_up:
		return !test_bit(VPF_DOWN, &v->pause_flags);
	case VCPUOP_get_runstate_info:
		return runstate_copy_to_guest(v, arg);
	case VCPUOP_register_runstate_memory_area:
		if (read_area_address(v, arg, &addr))
			return -EFAULT;
		return vcpu_register_runstate_area(v, addr);
	case VCPUOP_set_periodic_timer:
		return op_set_periodic(v, arg);
	case VCPUOP_stop_periodic_timer:
		return vcpu_set_periodic(v, 0);
	case VCPUOP_set_singleshot_timer:
		return op_set_singleshot(v, arg);
	case VCPUOP_stop_singleshot_timer:
		if (v != current)
			return -EINVAL;
		vcpu_stop_singleshot(v);
		return 0;
	case VCPUOP_register_vcpu_info:
		return op_register_vcpu_info(v, arg);
	case VCPUOP_register_vcpu_time_memory_area:
		if (read_area_address(v, arg, &addr))
			return -EFAULT;
		return vcpu_register_time_area(v, addr);
	case VCPUOP_send_nmi:
		vcpu_send_nmi(v);
		return 0;
	case VCPUOP_get_physid:
		return op_get_physid(v, arg);
	default:
		return -ENOSYS;
	}
}
