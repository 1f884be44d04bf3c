// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_sysctl: the host as the control domain's tools see it. This file
 * checks who calls and holds the operations on the hypervisor itself; what is
 * reported of CPUs and memory is in sysctl_host.c. One at a time, under
 * sysctl_lock; a second caller tries again through its own hypercall
 * instruction.
 */
#include <arch/regs.h>
#include <common/console.h>
#include <common/domctl.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/keyhandler.h>
#include <common/sched.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/minmax.h>

static DEFINE_SPINLOCK(sysctl_lock);

#define READ_CHUNK	512u
#define MOST_KEYS	64u
#define ONLY_CPUPOOL	0u

static long readconsole_op(struct xen_sysctl_readconsole *op)
{
	u64 addr = handle_addr(op->buffer);
	bool incremental = op->incremental != 0;
	char chunk[READ_CHUNK];
	u32 done = 0, index = op->index;

	while (done < op->count) {
		u32 n = conring_read(chunk, min(op->count - done, READ_CHUNK), &index,
				     false, incremental);

		if (!n)
			break;
		if (copy_to_guest(addr + done, chunk, n))
			return -EFAULT;
		incremental = true;
		done += n;
	}
	if (op->clear)
		conring_read(chunk, 0, &index, true, true);
	op->index = index;
	op->count = done;
	return 0;
}

static long getdomaininfolist_op(struct xen_sysctl_getdomaininfolist *op)
{
	u64 addr = handle_addr(op->buffer);
	struct xen_domctl_getdomaininfo info;
	int after = (int)op->first_domain - 1;
	struct domain *d;
	u32 n;

	for (n = 0; n < op->max_domains && (d = get_next_domain(after)) != NULL; n++) {
		after = d->id;
		get_domain_info(d, &info);
		put_domain(d);
		if (write_guest(addr + n * sizeof(info), &info))
			return -EFAULT;
	}
	op->num_domains = n;
	return 0;
}

static long debug_keys_op(const struct xen_sysctl_debug_keys *op)
{
	u64 addr = handle_addr(op->keys);
	char key;

	if (op->nr_keys > MOST_KEYS)
		return -E2BIG;
	for (u32 i = 0; i < op->nr_keys; i++) {
		if (copy_from_guest(&key, addr + i, 1))
			return -EFAULT;
		handle_keypress(key, guest_regs());
	}
	return 0;
}

/* There is one pool, with all CPUs and all domains. */
static u32 count_domains(void)
{
	struct domain *d;
	u32 n = 0;

	for (int id = -1; (d = get_next_domain(id)) != NULL; put_domain(d), n++)
		id = d->id;
	return n;
}

static long cpupool_op(struct xen_sysctl_cpupool_op *op, bool *copyback)
{
	cpumask_t none = { { 0 } };
	struct domain *d;

	switch (op->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		if (op->cpupool_id != ONLY_CPUPOOL)
			return -ENOENT;
		op->sched_id = sched_id();
		op->n_dom = count_domains();
		*copyback = true;
		return bitmap_to_xenctl(&op->cpumap, cpu_online_mask.bits, nr_cpu_ids);
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		*copyback = true;
		return bitmap_to_xenctl(&op->cpumap, none.bits, nr_cpu_ids);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		if (op->domid == 0)
			return -EPERM;
		d = get_domain_by_id(op->domid);
		if (!d)
			return -ESRCH;
		put_domain(d);
		return op->cpupool_id == ONLY_CPUPOOL ? 0 : -ENOENT;
	case XEN_SYSCTL_CPUPOOL_OP_CREATE:
		return op->cpupool_id == ONLY_CPUPOOL ? -EEXIST : -EOPNOTSUPP;
	case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
		return op->cpupool_id == ONLY_CPUPOOL ? -EBUSY : -ENOENT;
	case XEN_SYSCTL_CPUPOOL_OP_ADDCPU:
	case XEN_SYSCTL_CPUPOOL_OP_RMCPU:
		if (op->cpupool_id != ONLY_CPUPOOL)
			return -ENOENT;
		if (op->cpu != XEN_SYSCTL_CPUPOOL_PAR_ANY && op->cpu >= nr_cpu_ids)
			return -EINVAL;
		/* None is free, and all are needed. */
		return op->op == XEN_SYSCTL_CPUPOOL_OP_ADDCPU ? -ENODEV : -EBUSY;
	default:
		return -ENOSYS;
	}
}

/* CPUs neither come nor go; the first one could not anyway. */
static long cpu_hotplug_op(const struct xen_sysctl_cpu_hotplug *op)
{
	switch (op->op) {
	case XEN_SYSCTL_CPU_HOTPLUG_ONLINE:
		return cpu_online(op->cpu) ? -EEXIST : -EINVAL;
	case XEN_SYSCTL_CPU_HOTPLUG_OFFLINE:
		return op->cpu && cpu_online(op->cpu) ? -EOPNOTSUPP : -EINVAL;
	default:
		return -EOPNOTSUPP;
	}
}

static long host_op(struct xen_sysctl *op, bool *copyback)
{
	long rc;

	switch (op->cmd) {
	case XEN_SYSCTL_readconsole:
		rc = readconsole_op(&op->u.readconsole);
		break;
	case XEN_SYSCTL_getdomaininfolist:
		rc = getdomaininfolist_op(&op->u.getdomaininfolist);
		break;
	case XEN_SYSCTL_debug_keys:
		return debug_keys_op(&op->u.debug_keys);
	case XEN_SYSCTL_sched_id:
		op->u.sched_id.sched_id = sched_id();
		rc = 0;
		break;
	case XEN_SYSCTL_scheduler_op:
		rc = sched_sysctl(&op->u.scheduler_op);
		break;
	case XEN_SYSCTL_cpupool_op:
		return cpupool_op(&op->u.cpupool_op, copyback);
	case XEN_SYSCTL_get_cpu_policy:
		*copyback = true;
		return sysctl_get_cpu_policy(&op->u.cpu_policy);
	case XEN_SYSCTL_get_cpu_featureset:
		*copyback = true;
		return sysctl_get_featureset(&op->u.cpu_featureset);

	/* Things of Xen that this hypervisor does not do. */
	case XEN_SYSCTL_cpu_hotplug:
		return cpu_hotplug_op(&op->u.cpu_hotplug);
	case XEN_SYSCTL_page_offline_op:
	case XEN_SYSCTL_coverage_op:
		return -EOPNOTSUPP;
	case XEN_SYSCTL_psr_cmt_op:
	case XEN_SYSCTL_psr_alloc:
		return -ENODEV;
	case XEN_SYSCTL_tbuf_op:
	case XEN_SYSCTL_perfc_op:
	case XEN_SYSCTL_lockprof_op:
	case XEN_SYSCTL_livepatch_op:
		return -ENOSYS;

	default:
		return sysctl_host_op(op, copyback);
	}
	*copyback = rc == 0;
	return rc;
}

long do_sysctl(u64 u_sysctl)
{
	struct xen_sysctl op;
	bool copyback = false;
	long rc;

	if (read_guest(&op, u_sysctl))
		return -EFAULT;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -EACCES;
	if (!is_control_domain(current->domain))
		return -EPERM;
	if (!spin_trylock(&sysctl_lock))
		return hypercall_continue(__HYPERVISOR_sysctl, 1, u_sysctl);
	rc = host_op(&op, &copyback);
	spin_unlock(&sysctl_lock);
	if (copyback && write_guest(u_sysctl, &op))
		rc = -EFAULT;
	return rc;
}
