// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control operations on the vcpus of a domain: making them, their contexts,
 * where they run and how they do. Under domctl_lock; the context of a vcpu is
 * touched while its domain is paused.
 */
#include <arch/bitops.h>
#include <arch/smp.h>
#include <common/domctl.h>
#include <common/guest_access.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <common/time.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <pv/mm.h>
#include <pv/traps.h>

/* The flags word of a vcpu_guest_context is behind the FPU image in both ABIs. */
#define CONTEXT_FLAGS_OFFSET	offsetof(struct vcpu_guest_context, flags)
BUILD_BUG_ON(CONTEXT_FLAGS_OFFSET != 512);

static int find_vcpu(struct domain *d, u32 id, struct vcpu **v)
{
	if (id >= d->max_vcpus)
		return -EINVAL;
	*v = domain_vcpu(d, id);
	return *v ? 0 : -ESRCH;
}

static long max_vcpus_op(struct domain *d, u32 max)
{
	long rc = 0;

	/* Creation fixed the number; here they come into being. A dying domain has lost what they would be part of. */
	if (d == current->domain || d->is_dying || max != d->max_vcpus)
		return -EINVAL;
	/* Those that there are must not change the form of event channels meanwhile. */
	domain_pause(d);
	for (u32 id = 0; id < max && !rc; id++) {
		if (d->vcpu[id])
			continue;
		if (!vcpu_create(d, id))
			rc = -ENOMEM;
		else if (id + 1 < max && hypercall_preempt_check())
			rc = -ERESTART;
	}
	domain_unpause(d);
	return rc;
}

/* Back to what it was before it got a context. */
static long reset_vcpu(struct domain *d, struct vcpu *v)
{
	int rc;

	domain_pause(d);
	/* First: between two tries at roots that take long it has none, and must not run. */
	v->initialised = false;
	set_bit(VPF_DOWN, &v->pause_flags);
	rc = vcpu_drop_roots(v);
	if (!rc) {
		pv_destroy_gdt(v);
		pv_invalidate_ldt(v);
	}
	domain_unpause(d);
	return rc;
}

static long setvcpucontext_op(struct domain *d, const struct xen_domctl_vcpucontext *op)
{
	u64 addr = handle_addr(op->ctxt);
	struct vcpu *v;
	u32 flags;
	int rc;

	/* What a dying domain is given now, nobody would take from it. */
	if (d == current->domain || d->is_dying || op->vcpu >= d->max_vcpus)
		return -EINVAL;
	v = domain_vcpu(d, op->vcpu);
	if (!v)
		return -EINVAL;
	if (!addr)
		return reset_vcpu(d, v);
	if (read_guest(&flags, addr + CONTEXT_FLAGS_OFFSET))
		return -EFAULT;

	domain_pause(d);
	rc = arch_set_info_guest(v, addr);
	if (!rc) {
		if (flags & VGCF_online)
			clear_bit(VPF_DOWN, &v->pause_flags);
		else
			set_bit(VPF_DOWN, &v->pause_flags);
		/* A builder that has cleared shared_info has cleared the wall clock in it. */
		if (v->id == 0)
			update_domain_wallclock(d);
	}
	domain_unpause(d);
	return rc;
}

static long getvcpucontext_op(struct domain *d, const struct xen_domctl_vcpucontext *op)
{
	struct vcpu *v = domain_vcpu(d, op->vcpu);
	int rc;

	if (!v || v == current)
		return -EINVAL;
	if (!v->initialised)
		return -ENODATA;
	vcpu_pause(v);
	rc = arch_get_info_guest(v, handle_addr(op->ctxt));
	vcpu_unpause(v);
	return rc;
}

static long getvcpuinfo_op(struct domain *d, struct xen_domctl_getvcpuinfo *op)
{
	struct vcpu *v;
	unsigned long why;
	int rc = find_vcpu(d, op->vcpu, &v);

	if (rc)
		return rc;
	why = READ_ONCE(v->pause_flags);
	op->online = !(why & BIT(VPF_DOWN));
	op->blocked = !!(why & BIT(VPF_BLOCKED));
	op->running = READ_ONCE(v->is_running);
	op->cpu_time = vcpu_cpu_time(v);
	op->cpu = READ_ONCE(v->processor);
	return 0;
}

static int read_cpumask(cpumask_t *mask, const struct xenctl_bitmap *b)
{
	return bitmap_from_xenctl(mask->bits, b, MAX_CPUS);
}

static int write_cpumask(const struct xenctl_bitmap *b, const cpumask_t *mask)
{
	return bitmap_to_xenctl(b, mask->bits, nr_cpu_ids);
}

/* What is asked for is kept; what is in effect on the CPUs there are is reported. */
static long setvcpuaffinity_op(struct vcpu *v, struct xen_domctl_vcpuaffinity *op)
{
	bool set_hard = op->flags & XEN_VCPUAFFINITY_HARD;
	bool set_soft = op->flags & XEN_VCPUAFFINITY_SOFT;
	cpumask_t hard, soft;
	int rc;

	if (set_hard) {
		rc = read_cpumask(&hard, &op->cpumap_hard);
		if (rc)
			return rc;
	}
	if (set_soft) {
		rc = read_cpumask(&soft, &op->cpumap_soft);
		if (rc)
			return rc;
	}
	if (op->flags & XEN_VCPUAFFINITY_FORCE)
		vcpu_pin_override(v, -1);
	rc = vcpu_set_affinity(v, set_hard ? &hard : NULL, set_soft ? &soft : NULL);
	if (rc)
		return rc;

	cpumask_and(&hard, vcpu_hard_affinity(v), &cpu_online_mask);
	cpumask_and(&soft, vcpu_soft_affinity(v), &hard);
	if (set_hard)
		rc = write_cpumask(&op->cpumap_hard, &hard);
	if (!rc && set_soft)
		rc = write_cpumask(&op->cpumap_soft, &soft);
	return rc;
}

static long getvcpuaffinity_op(struct vcpu *v, struct xen_domctl_vcpuaffinity *op)
{
	int rc = 0;

	if (op->flags & XEN_VCPUAFFINITY_HARD)
		rc = write_cpumask(&op->cpumap_hard, vcpu_hard_affinity(v));
	if (!rc && (op->flags & XEN_VCPUAFFINITY_SOFT))
		rc = write_cpumask(&op->cpumap_soft, vcpu_soft_affinity(v));
	return rc;
}

static long affinity_op(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	bool set = op->cmd == XEN_DOMCTL_setvcpuaffinity;
	struct vcpu *v;
	int rc = find_vcpu(d, a->vcpu, &v);

	if (rc)
		return rc;
	/* To end a pinning by the vcpu itself is something to do, too. */
	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT | (set ? XEN_VCPUAFFINITY_FORCE : 0))))
		return -EINVAL;
	return set ? setvcpuaffinity_op(v, a) : getvcpuaffinity_op(v, a);
}

static long sendtrigger_op(struct domain *d, const struct xen_domctl_sendtrigger *op)
{
	struct vcpu *v = domain_vcpu(d, op->vcpu);

	if (!v)
		return -ESRCH;
	switch (op->trigger) {
	case XEN_DOMCTL_SENDTRIGGER_NMI:
		vcpu_send_nmi(v);
		return 0;
	case XEN_DOMCTL_SENDTRIGGER_POWER:
	case XEN_DOMCTL_SENDTRIGGER_SLEEP:
		return -EINVAL;		/* buttons of an emulated machine */
	default:
		return -ENOSYS;
	}
}

long domctl_vcpu_op(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	long rc;

	switch (op->cmd) {
	case XEN_DOMCTL_max_vcpus:
		return max_vcpus_op(d, op->u.max_vcpus.max);
	case XEN_DOMCTL_setvcpucontext:
		return setvcpucontext_op(d, &op->u.vcpucontext);
	case XEN_DOMCTL_getvcpucontext:
		return getvcpucontext_op(d, &op->u.vcpucontext);
	case XEN_DOMCTL_getvcpuinfo:
		rc = getvcpuinfo_op(d, &op->u.getvcpuinfo);
		*copyback = rc == 0;
		return rc;
	case XEN_DOMCTL_setvcpuaffinity:
	case XEN_DOMCTL_getvcpuaffinity:
		return affinity_op(d, op);
	case XEN_DOMCTL_sendtrigger:
		return sendtrigger_op(d, &op->u.sendtrigger);
	default:
		return -ENOSYS;
	}
}
