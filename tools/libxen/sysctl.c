// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine-wide operations: what `xl info`, `dmesg`, `top` and the like ask.
 */
#include <errno.h>
#include <string.h>

#include "private.h"

int hv_sysctl(struct hv *h, struct xen_sysctl *op)
{
	size_t mark = hv_mark(h);
	struct xen_sysctl *safe = hv_take(h, sizeof(*safe));
	long rc;

	if (!safe)
		return -ENOBUFS;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	memcpy(safe, op, sizeof(*safe));
	rc = hv_call(h, __HYPERVISOR_sysctl, (uintptr_t)safe, 0, 0, 0, 0);
	memcpy(op, safe, sizeof(*op));
	hv_release(h, mark);
	return rc;
}

int hv_physinfo(struct hv *h, struct xen_sysctl_physinfo *out)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
	int rc = hv_sysctl(h, &op);

	*out = op.u.physinfo;
	return rc;
}

int hv_sched_id(struct hv *h, uint32_t *id)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_sched_id };
	int rc = hv_sysctl(h, &op);

	*id = op.u.sched_id.sched_id;
	return rc;
}

int hv_read_console(struct hv *h, char *buf, uint32_t *count, bool clear, bool incremental, uint32_t *index)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_readconsole };
	struct xen_sysctl_readconsole *r = &op.u.readconsole;
	size_t mark = hv_mark(h);
	uint32_t want = *count;
	char *safe = hv_take(h, want);
	int rc;

	*count = 0;
	if (!safe)
		return -ENOBUFS;
	r->clear = clear;
	r->incremental = incremental;
	r->index = *index;
	r->count = want;
	set_xen_guest_handle(r->buffer, safe);
	rc = hv_sysctl(h, &op);
	if (!rc) {
		*count = r->count <= want ? r->count : want;
		*index = r->index;
		memcpy(buf, safe, *count);
	}
	hv_release(h, mark);
	return rc;
}

int hv_debug_keys(struct hv *h, const char *keys)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_debug_keys };
	size_t mark = hv_mark(h), n = strlen(keys);
	char *safe = hv_take(h, n);
	int rc;

	if (!safe)
		return -ENOBUFS;
	memcpy(safe, keys, n);
	set_xen_guest_handle(op.u.debug_keys.keys, safe);
	op.u.debug_keys.nr_keys = n;
	rc = hv_sysctl(h, &op);
	hv_release(h, mark);
	return rc;
}

int hv_cpu_idle_times(struct hv *h, uint64_t *ns, uint32_t *nr)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_getcpuinfo };
	size_t mark = hv_mark(h);
	xen_sysctl_cpuinfo_t *info = hv_take(h, *nr * sizeof(*info));
	uint32_t i;
	int rc;

	if (!info)
		return -ENOBUFS;
	op.u.getcpuinfo.max_cpus = *nr;
	set_xen_guest_handle(op.u.getcpuinfo.info, info);
	rc = hv_sysctl(h, &op);
	if (!rc && op.u.getcpuinfo.nr_cpus < *nr)
		*nr = op.u.getcpuinfo.nr_cpus;
	for (i = 0; !rc && i < *nr; i++)
		ns[i] = info[i].idletime;
	hv_release(h, mark);
	return rc;
}

int hv_cpu_topology(struct hv *h, xen_sysctl_cputopo_t *t, uint32_t *nr)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_cputopoinfo };
	size_t mark = hv_mark(h);
	xen_sysctl_cputopo_t *buf = hv_take(h, *nr * sizeof(*buf));
	int rc;

	if (!buf)
		return -ENOBUFS;
	op.u.cputopoinfo.num_cpus = *nr;
	set_xen_guest_handle(op.u.cputopoinfo.cputopo, buf);
	rc = hv_sysctl(h, &op);
	if (!rc) {
		if (op.u.cputopoinfo.num_cpus < *nr)
			*nr = op.u.cputopoinfo.num_cpus;
		memcpy(t, buf, *nr * sizeof(*buf));
	}
	hv_release(h, mark);
	return rc;
}

int hv_numa_info(struct hv *h, xen_sysctl_meminfo_t *mem, uint32_t *distance, uint32_t nodes)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_numainfo };
	size_t mark = hv_mark(h), row = nodes * sizeof(*distance);
	xen_sysctl_meminfo_t *m = hv_take(h, nodes * sizeof(*m));
	uint32_t *d = m ? hv_take(h, nodes * row) : NULL;
	int rc = -ENOBUFS;

	if (d) {
		op.u.numainfo.num_nodes = nodes;
		set_xen_guest_handle(op.u.numainfo.meminfo, m);
		set_xen_guest_handle(op.u.numainfo.distance, d);
		rc = hv_sysctl(h, &op);
	}
	if (!rc) {
		memcpy(mem, m, nodes * sizeof(*m));
		memcpy(distance, d, nodes * row);
	}
	hv_release(h, mark);
	return rc;
}

int hv_sched_ratelimit(struct hv *h, uint32_t sched_id, bool set, uint32_t *us)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_scheduler_op };
	int rc;

	op.u.scheduler_op.sched_id = sched_id;
	op.u.scheduler_op.cmd = set ? XEN_SYSCTL_SCHEDOP_putinfo : XEN_SYSCTL_SCHEDOP_getinfo;
	if (set)
		op.u.scheduler_op.u.sched_credit2.ratelimit_us = *us;
	rc = hv_sysctl(h, &op);
	*us = op.u.scheduler_op.u.sched_credit2.ratelimit_us;
	return rc;
}

int hv_cpupool_info(struct hv *h, uint32_t from, struct xen_sysctl_cpupool_op *out, uint8_t *cpus, size_t bytes)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_cpupool_op };
	size_t mark = hv_mark(h);
	uint8_t *safe = hv_take(h, bytes);
	int rc;

	if (!safe)
		return -ENOBUFS;
	op.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_INFO;
	op.u.cpupool_op.cpupool_id = from;
	op.u.cpupool_op.cpumap.nr_bits = bytes * 8;
	set_xen_guest_handle(op.u.cpupool_op.cpumap.bitmap, safe);
	rc = hv_sysctl(h, &op);
	if (!rc) {
		*out = op.u.cpupool_op;
		memcpy(cpus, safe, bytes);
	}
	hv_release(h, mark);
	return rc;
}

long hv_version(struct hv *h, unsigned int cmd, void *buf, size_t size)
{
	size_t mark = hv_mark(h);
	void *safe = hv_take(h, size);
	long rc;

	if (!safe)
		return -ENOBUFS;
	if (size)
		memcpy(safe, buf, size);
	rc = hv_call(h, __HYPERVISOR_xen_version, cmd, size ? (uintptr_t)safe : 0, 0, 0, 0);
	if (rc >= 0 && size)
		memcpy(buf, safe, size);
	hv_release(h, mark);
	return rc;
}
