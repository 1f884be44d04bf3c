// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_domctl: domains as the control domain's tools see them. This file
 * checks who calls, finds the domain, and holds the operations on a domain as
 * a whole; those on its vcpus, its access to devices and its PV state are in
 * files of their own. One at a time, under domctl_lock; a second caller tries
 * again through its own hypercall instruction.
 */
#include <arch/page.h>
#include <arch/time.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/domctl.h>
#include <common/event.h>
#include <common/frame.h>
#include <common/grant.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <common/time.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <public/sched.h>

static DEFINE_SPINLOCK(domctl_lock);

/* What a PV domain may be created with. */
#define KNOWN_CREATE_FLAGS	(XEN_DOMCTL_CDF_MAX | (XEN_DOMCTL_CDF_MAX - 1))
#define HVM_CREATE_FLAGS	(XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap |	\
				 XEN_DOMCTL_CDF_s3_integrity | XEN_DOMCTL_CDF_nested_virt | XEN_DOMCTL_CDF_iommu |	\
				 XEN_DOMCTL_CDF_vpmu)
#define HIGHEST_GRANT_VERSION	2u

/* --- creating and ending --- */

static bool id_in_use(domid_t id)
{
	struct domain *d = get_domain_by_id(id);

	if (d)
		put_domain(d);
	return d != NULL;
}

/* The next free id after the last one given, so that ids are not reused soon. */
static int pick_domain_id(domid_t *id)
{
	static domid_t last;

	for (u32 tries = 1; tries < DOMID_FIRST_RESERVED; tries++) {
		last = last + 1u < DOMID_FIRST_RESERVED ? last + 1 : 1;
		if (!id_in_use(last)) {
			*id = last;
			return 0;
		}
	}
	return -ENOMEM;
}

static int check_config(struct xen_domctl_createdomain *c)
{
	u32 version = XEN_DOMCTL_GRANT_version(c->grant_opts);

	if ((c->flags & ~KNOWN_CREATE_FLAGS) || (c->flags & HVM_CREATE_FLAGS) || c->iommu_opts)
		return -EINVAL;
	if (c->max_vcpus == 0 || c->max_vcpus > MAX_VCPUS_PER_DOMAIN)
		return -EINVAL;
	if ((c->grant_opts & ~XEN_DOMCTL_GRANT_version_mask) || !version ||
	    version > HIGHEST_GRANT_VERSION)
		return -EINVAL;
	if (c->vmtrace_size || c->max_grant_frames == 0 ||
	    (c->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX))
		return -EINVAL;
	if (c->cpupool_id)
		return -ESRCH;		/* there is one pool, number 0 */
	/* A PV guest may be said to have a PIT; it makes no difference. */
	if (c->arch.emulation_flags & ~XEN_X86_EMU_PIT)
		return -EOPNOTSUPP;
	if (c->max_grant_frames < 0)
		c->max_grant_frames = GRANT_DEFAULT_MAX_FRAMES;
	if (c->max_maptrack_frames < 0)
		c->max_maptrack_frames = GRANT_DEFAULT_MAX_MAPTRACK;
	c->max_evtchn_port = min_t(u32, c->max_evtchn_port, 0x7fffffff);
	return 0;
}

static long create_domain(struct xen_domctl *op, bool *copyback)
{
	struct xen_domctl_createdomain config = op->u.createdomain;
	domid_t id = op->domain;
	bool any = id == 0 || id >= DOMID_FIRST_RESERVED;
	struct domain *d;
	int rc;

	if (!any && id_in_use(id))
		return -EEXIST;
	rc = check_config(&config);
	if (rc)
		return rc;
	do {
		rc = any ? pick_domain_id(&id) : 0;
		if (!rc)
			rc = domain_create(id, &config, false, &d);
		/* An id may be that of a domain on its very last steps. */
	} while (any && rc == -EEXIST);
	if (rc)
		return rc;
	op->domain = d->id;
	*copyback = true;
	return 0;
}

static long pause_op(struct domain *d)
{
	return d == current->domain ? -EINVAL : domain_pause_by_controller(d);
}

static long resume_op(struct domain *d)
{
	if (d == current->domain)
		return -EINVAL;
	domain_resume(d);
	return 0;
}

/* --- what it is --- */

void get_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	u32 flags = XEN_DOMINF_blocked;
	struct vcpu *v;

	memset(info, 0, sizeof(*info));
	info->domain = d->id;
	info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;

	/* Domain is blocked if all of its online vcpus are. */
	for_each_vcpu(d, v) {
		unsigned long why = READ_ONCE(v->pause_flags);

		info->cpu_time += vcpu_cpu_time(v);
		info->max_vcpu_id = v->id;
		if (why & BIT(VPF_DOWN))
			continue;
		info->nr_online_vcpus++;
		if (!(why & BIT(VPF_BLOCKED)))
			flags &= ~XEN_DOMINF_blocked;
		if (READ_ONCE(v->is_running))
			flags |= XEN_DOMINF_running;
	}
	info->flags = (info->nr_online_vcpus ? flags : 0) |
		(d->is_dying ? XEN_DOMINF_dying : 0) |
		(d->is_shut_down ? XEN_DOMINF_shutdown : 0) |
		(d->controller_pause_count > 0 ? XEN_DOMINF_paused : 0) |
		(d->is_debugger_attached ? XEN_DOMINF_debugged : 0) |
		(d->create_flags & XEN_DOMCTL_CDF_xs_domain ? XEN_DOMINF_xs_domain : 0) |
		d->shutdown_code << XEN_DOMINF_shutdownshift;

	info->ssidref = d->ssidref;
	info->tot_pages = d->tot_pages;
	info->max_pages = min_t(u64, d->max_pages, ~0u);	/* all ones: tools say "no limit" */
	info->outstanding_pages = d->outstanding_claim;
	info->shared_info_frame = d->shared_info ? mfn_x(virt_to_mfn(d->shared_info)) : ~0ull;
	memcpy(info->handle, d->handle, sizeof(info->handle));
	info->gpaddr_bits = PADDR_BITS;
}

/* The tools walk the domains with this: the first at or above the id they give. */
static long getdomaininfo_op(struct xen_domctl *op, bool *copyback)
{
	struct domain *d = get_next_domain((int)op->domain - 1);

	if (!d)
		return -ESRCH;
	get_domain_info(d, &op->u.getdomaininfo);
	op->domain = op->u.getdomaininfo.domain;
	put_domain(d);
	*copyback = true;
	return 0;
}

static long max_mem_op(struct domain *d, const struct xen_domctl_max_mem *op)
{
	u64 pages = op->max_memkb >> (PAGE_SHIFT - 10);

	/* A maximum below what it has only keeps it from getting more. */
	spin_lock(&d->page_lock);
	d->max_pages = min_t(u64, pages, ~0u);
	spin_unlock(&d->page_lock);
	return 0;
}

static long setdebugging_op(struct domain *d, const struct xen_domctl_setdebugging *op)
{
	if (d == current->domain)
		return -EINVAL;
	domain_pause(d);
	d->is_debugger_attached = op->enable != 0;
	domain_unpause(d);
	return 0;
}

/* One node: every domain's memory is on it. */
static long setnodeaffinity_op(const struct xen_domctl_nodeaffinity *op)
{
	DECLARE_BITMAP(nodes, 64);
	int rc = bitmap_from_xenctl(nodes, &op->nodemap, 64);

	if (rc)
		return rc;
	return nodes[0] & 1 ? 0 : -EINVAL;
}

static long getnodeaffinity_op(const struct xen_domctl_nodeaffinity *op)
{
	static const unsigned long node_0[1] = { 1 };

	return bitmap_to_xenctl(&op->nodemap, node_0, 64);
}

/*
 * Features of Xen that this hypervisor does not have: the errors that tools
 * know, arguments that would be wrong there included. -ENOSYS: not one of them.
 */
static long absent_feature(const struct domain *d, const struct xen_domctl *op)
{
	switch (op->cmd) {
	case XEN_DOMCTL_psr_cmt_op:
	case XEN_DOMCTL_psr_alloc:
		return -ENODEV;
	case XEN_DOMCTL_monitor_op:
		return d == current->domain ? -EPERM : -EOPNOTSUPP;
	case XEN_DOMCTL_set_access_required:
		return d == current->domain ? -EPERM : 0;
	case XEN_DOMCTL_set_target:
		return op->u.set_target.target == d->id ? -EINVAL : -EOPNOTSUPP;
	case XEN_DOMCTL_vm_event_op:
		if (d == current->domain || !domain_vcpu(d, 0))
			return -EINVAL;
		return op->u.vm_event_op.mode - XEN_DOMCTL_VM_EVENT_OP_PAGING >
			XEN_DOMCTL_VM_EVENT_OP_SHARING - XEN_DOMCTL_VM_EVENT_OP_PAGING ?
			-ENOSYS : -EOPNOTSUPP;
	case XEN_DOMCTL_setvnumainfo:
		return op->u.vnuma.nr_vnodes == 0 ? -EINVAL : -EOPNOTSUPP;
	case XEN_DOMCTL_soft_reset:
		return !d->is_shut_down || d->shutdown_code != SHUTDOWN_soft_reset ? -EINVAL : -EOPNOTSUPP;
	case XEN_DOMCTL_vmtrace_op:
	case XEN_DOMCTL_soft_reset_cont:
		return -EINVAL;
	default:
		return -ENOSYS;
	}
}

static long domain_op(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	long rc;

	switch (op->cmd) {
	case XEN_DOMCTL_destroydomain:
		return domain_kill(d);
	case XEN_DOMCTL_pausedomain:
		return pause_op(d);
	case XEN_DOMCTL_unpausedomain:
		rc = domain_unpause_by_controller(d);
		if (!rc)
			d->creation_finished = true;
		return rc;
	case XEN_DOMCTL_resumedomain:
		return resume_op(d);
	case XEN_DOMCTL_max_mem:
		return max_mem_op(d, &op->u.max_mem);
	case XEN_DOMCTL_setdomainhandle:
		memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
		return 0;
	case XEN_DOMCTL_setdebugging:
		return setdebugging_op(d, &op->u.setdebugging);
	case XEN_DOMCTL_settimeoffset:
		d->time_offset_seconds = op->u.settimeoffset.time_offset_seconds;
		update_domain_wallclock(d);
		return 0;
	case XEN_DOMCTL_scheduler_op:
		rc = sched_domctl(d, &op->u.scheduler_op);
		*copyback = rc == 0;
		return rc;
	case XEN_DOMCTL_subscribe:
		d->suspend_evtchn = op->u.subscribe.port;
		return 0;
	case XEN_DOMCTL_set_virq_handler:
		return set_global_virq_handler(d, op->u.set_virq_handler.virq);
	case XEN_DOMCTL_setnodeaffinity:
		return setnodeaffinity_op(&op->u.nodeaffinity);
	case XEN_DOMCTL_getnodeaffinity:
		return getnodeaffinity_op(&op->u.nodeaffinity);

	case XEN_DOMCTL_setvcpuaffinity:
	case XEN_DOMCTL_getvcpuaffinity:
	case XEN_DOMCTL_setvcpucontext:
	case XEN_DOMCTL_getvcpucontext:
	case XEN_DOMCTL_getvcpuinfo:
	case XEN_DOMCTL_max_vcpus:
	case XEN_DOMCTL_sendtrigger:
		return domctl_vcpu_op(d, op, copyback);

	case XEN_DOMCTL_irq_permission:
	case XEN_DOMCTL_iomem_permission:
	case XEN_DOMCTL_ioport_permission:
	case XEN_DOMCTL_memory_mapping:
	case XEN_DOMCTL_ioport_mapping:
	case XEN_DOMCTL_assign_device:
	case XEN_DOMCTL_test_assign_device:
	case XEN_DOMCTL_deassign_device:
	case XEN_DOMCTL_get_device_group:
	case XEN_DOMCTL_bind_pt_irq:
	case XEN_DOMCTL_unbind_pt_irq:
		return domctl_access_op(d, op);

	default:
		rc = absent_feature(d, op);
		return rc == -ENOSYS ? domctl_pv_op(d, op, copyback) : rc;
	}
}

/* Operations that are not on a domain that exists. */
static bool needs_domain(u32 cmd, domid_t id)
{
	switch (cmd) {
	case XEN_DOMCTL_createdomain:
	case XEN_DOMCTL_getdomaininfo:
		return false;
	case XEN_DOMCTL_test_assign_device:
		return id != DOMID_INVALID;
	default:
		return true;
	}
}

long do_domctl(u64 u_domctl)
{
	struct xen_domctl op;
	struct domain *d = NULL;
	bool copyback = false;
	long rc;

	if (read_guest(&op, u_domctl))
		return -EFAULT;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -EACCES;
	if (needs_domain(op.cmd, op.domain)) {
		d = get_domain_by_id(op.domain);
		if (!d)
			return -ESRCH;
	}
	if (!is_control_domain(current->domain)) {
		rc = -EPERM;
		goto out;
	}
	if (!spin_trylock(&domctl_lock)) {
		rc = -ERESTART;
		goto out;
	}
	if (op.cmd == XEN_DOMCTL_createdomain)
		rc = create_domain(&op, &copyback);
	else if (op.cmd == XEN_DOMCTL_getdomaininfo)
		rc = getdomaininfo_op(&op, &copyback);
	else if (!d)
		rc = domctl_access_op(NULL, &op);
	else
		rc = domain_op(d, &op, &copyback);
	spin_unlock(&domctl_lock);

	if (copyback && write_guest(u_domctl, &op))
		rc = -EFAULT;
out:
	if (d)
		put_domain(d);
	if (rc == -ERESTART)
		return hypercall_continue(__HYPERVISOR_domctl, 1, u_domctl);
	return rc;
}
