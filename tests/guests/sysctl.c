// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host as dom0's tools see it: each operation of sysctl with what it
 * answers and what it refuses. Others are refused all of it.
 */
#include "lib.h"

#define POISON		0x5a
#define NO_SUCH_CPU	4095u
/* An address that is no guest's, wherever the hypervisor has nothing mapped. */
#define NOWHERE		((void *)HYPERVISOR_HOLE)

static struct xen_sysctl s;

static long call(unsigned int cmd)
{
	return sysctl(&s, cmd);
}

static void clear(void)
{
	memset(&s, 0, sizeof(s));
}

CHECK_DOMU(host_is_dom0s)
{
	for (unsigned int cmd = 0; cmd < 40; cmd++) {
		clear();
		EXPECT_EQ_OF(call(cmd), -EPERM, "operation %u", cmd);
	}
	EXPECT_EQ(HYP(sysctl, NOWHERE, 0, 0, 0, 0), -EFAULT);
}

/* --- the log and the keys --- */

static char text[8192];

static bool contains(const char *words, u32 length)
{
	for (u32 i = 0; i + strlen(words) <= length; i++)
		if (!strncmp(text + i, words, strlen(words)))
			return true;
	return false;
}

static u32 read_log(bool clear_it, bool incremental, u32 index, u32 *next)
{
	clear();
	memset(text, POISON, sizeof(text));
	set_xen_guest_handle(s.u.readconsole.buffer, text);
	s.u.readconsole.count = sizeof(text) - 8;
	s.u.readconsole.clear = clear_it;
	s.u.readconsole.incremental = incremental;
	s.u.readconsole.index = index;
	EXPECT_EQ(call(XEN_SYSCTL_readconsole), 0);
	EXPECT(s.u.readconsole.count <= sizeof(text) - 8);
	EXPECT(is_filled(text + s.u.readconsole.count, POISON, 8));
	if (next)
		*next = s.u.readconsole.index;
	return s.u.readconsole.count;
}

static void press(char key)
{
	clear();
	set_xen_guest_handle(s.u.debug_keys.keys, &key);
	s.u.debug_keys.nr_keys = 1;
	EXPECT_EQ(call(XEN_SYSCTL_debug_keys), 0);
}

CHECK_DOM0(log_and_keys)
{
	u32 n, at = 0, later;
	long port;

	n = read_log(false, false, 0, &at);
	EXPECT(n > 100 && contains("Xen version", n));
	/* From there on: to the end, then nothing, then what a key prints. */
	while ((n = read_log(false, true, at, &at)))
		;
	port = bind_virq(VIRQ_CON_RING, 0);
	EXPECT(port > 0);
	event_count[port] = 0;
	unmask_port(port);
	press('e');
	EXPECT(wait_count(port, 1, 50000000));
	events_off();
	close_port(port);
	n = read_log(false, true, at, &later);
	EXPECT(contains("vent", n) && contains("virq", n));
	EXPECT_EQ(later, at + n);
	/* An index that is beyond everything is as good as none. */
	EXPECT(read_log(false, true, later + 0x40000000, NULL) > 0);
	/* Cleared: the next reader finds little. */
	read_log(true, false, 0, NULL);
	EXPECT(read_log(false, false, 0, NULL) < 100);

	clear();
	EXPECT_EQ(call(XEN_SYSCTL_readconsole), 0);
	EXPECT_EQ(s.u.readconsole.count, 0);
	s.u.readconsole.count = ~0u;
	press('e');
	clear();
	s.u.readconsole.count = ~0u;
	set_xen_guest_handle(s.u.readconsole.buffer, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_readconsole), -EFAULT);
}

CHECK_DOM0(keys_refused)
{
	clear();
	EXPECT_EQ(call(XEN_SYSCTL_debug_keys), 0);
	s.u.debug_keys.nr_keys = 1;
	set_xen_guest_handle(s.u.debug_keys.keys, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_debug_keys), -EFAULT);
	s.u.debug_keys.nr_keys = ~0u;
	EXPECT(call(XEN_SYSCTL_debug_keys) < 0);
	press('\1');		/* means nothing */
	press((char)0xff);
	press(0);
}

/* --- domains and the scheduler --- */

CHECK_DOM0(list_of_domains)
{
	static xen_domctl_getdomaininfo_t list[3];
	static struct xen_domctl d;
	domid_t second;

	memset(&d, 0, sizeof(d));
	d.u.createdomain.max_vcpus = 1;
	d.u.createdomain.max_grant_frames = 1;
	d.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(1);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_createdomain, 0), 0);
	second = d.domain;

	clear();
	memset(list, POISON, sizeof(list));
	set_xen_guest_handle(s.u.getdomaininfolist.buffer, list);
	s.u.getdomaininfolist.max_domains = 3;
	EXPECT_EQ(call(XEN_SYSCTL_getdomaininfolist), 0);
	EXPECT_EQ(s.u.getdomaininfolist.num_domains, 2);
	EXPECT_EQ(list[0].domain, 0);
	EXPECT(list[0].flags & XEN_DOMINF_running);
	EXPECT_EQ(list[0].tot_pages, nr_pfns);
	EXPECT_EQ(list[1].domain, second);
	EXPECT(is_filled(&list[2], POISON, sizeof(list[2])));
	s.u.getdomaininfolist.first_domain = 1;
	s.u.getdomaininfolist.max_domains = 1;
	EXPECT_EQ(call(XEN_SYSCTL_getdomaininfolist), 0);
	EXPECT_EQ(s.u.getdomaininfolist.num_domains, 1);
	EXPECT_EQ(list[0].domain, second);
	s.u.getdomaininfolist.first_domain = 0x7ff0;
	EXPECT_EQ(call(XEN_SYSCTL_getdomaininfolist), 0);
	EXPECT_EQ(s.u.getdomaininfolist.num_domains, 0);
	s.u.getdomaininfolist.first_domain = 0;
	s.u.getdomaininfolist.max_domains = 0;
	EXPECT_EQ(call(XEN_SYSCTL_getdomaininfolist), 0);
	EXPECT_EQ(s.u.getdomaininfolist.num_domains, 0);
	s.u.getdomaininfolist.max_domains = ~0u;
	set_xen_guest_handle(s.u.getdomaininfolist.buffer, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_getdomaininfolist), -EFAULT);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_destroydomain, second), 0);
}

CHECK_DOM0(scheduler)
{
	struct xen_sysctl_scheduler_op *o = &s.u.scheduler_op;
	u32 was;

	clear();
	EXPECT_EQ(call(XEN_SYSCTL_sched_id), 0);
	EXPECT_EQ(s.u.sched_id.sched_id, XEN_SCHEDULER_CREDIT2);

	clear();
	o->sched_id = XEN_SCHEDULER_CREDIT2;
	o->cmd = XEN_SYSCTL_SCHEDOP_getinfo;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), 0);
	was = o->u.sched_credit2.ratelimit_us;
	o->cmd = XEN_SYSCTL_SCHEDOP_putinfo;
	o->u.sched_credit2.ratelimit_us = 2345;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), 0);
	o->u.sched_credit2.ratelimit_us = 99;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), -EINVAL);
	o->u.sched_credit2.ratelimit_us = 500001;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), -EINVAL);
	o->u.sched_credit2.ratelimit_us = ~0u;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), -EINVAL);
	o->cmd = XEN_SYSCTL_SCHEDOP_getinfo;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), 0);
	EXPECT_EQ(o->u.sched_credit2.ratelimit_us, 2345);
	o->cmd = XEN_SYSCTL_SCHEDOP_putinfo;
	o->u.sched_credit2.ratelimit_us = was;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), 0);
	o->cmd = 2;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), -EINVAL);
	o->cmd = XEN_SYSCTL_SCHEDOP_getinfo;
	o->sched_id = XEN_SCHEDULER_CREDIT;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), -EINVAL);
	o->cpupool_id = 1;
	EXPECT_EQ(call(XEN_SYSCTL_scheduler_op), -ESRCH);
}

/* There is one pool, with all CPUs and all domains. */
static long pool(u32 op, u32 id)
{
	s.u.cpupool_op.op = op;
	s.u.cpupool_op.cpupool_id = id;
	return call(XEN_SYSCTL_cpupool_op);
}

CHECK_DOM0(pools)
{
	static u8 map[600];
	struct xen_sysctl_cpupool_op *o = &s.u.cpupool_op;

	clear();
	memset(map, POISON, sizeof(map));
	o->cpumap.nr_bits = 64;
	set_xen_guest_handle(o->cpumap.bitmap, map);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, 0), 0);
	EXPECT_EQ(o->cpupool_id, 0);
	EXPECT_EQ(o->sched_id, XEN_SCHEDULER_CREDIT2);
	EXPECT(o->n_dom >= 1);
	EXPECT((map[0] & 1) && !map[7] && map[8] == POISON);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, 1), -ENOENT);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, XEN_SYSCTL_CPUPOOL_PAR_ANY), -ENOENT);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_FREEINFO, 0), 0);
	EXPECT(!(map[0] & 1));
	set_xen_guest_handle(o->cpumap.bitmap, NOWHERE);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, 0), -EFAULT);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_FREEINFO, 0), -EFAULT);

	clear();
	o->sched_id = XEN_SCHEDULER_CREDIT2;
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, 0), -EEXIST);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, XEN_SYSCTL_CPUPOOL_PAR_ANY), -EOPNOTSUPP);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 0), -EBUSY);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 1), -ENOENT);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 0), -ENODEV);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0), -EBUSY);
	o->cpu = XEN_SYSCTL_CPUPOOL_PAR_ANY;
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 0), -ENODEV);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 1), -ENOENT);
	o->cpu = NO_SUCH_CPU;
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 0), -EINVAL);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0), -EINVAL);
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 1), -ENOENT);
	o->domid = 0;
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, 0), -EPERM);
	o->domid = 0x7000;
	EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, 0), -ESRCH);
	EXPECT_EQ(pool(0, 0), -ENOSYS);
	EXPECT_EQ(pool(8, 0), -ENOSYS);
	EXPECT_EQ(pool(~0u, 0), -ENOSYS);
}

/* --- CPUs and memory --- */

CHECK_DOM0(cpus)
{
	static xen_sysctl_cpuinfo_t idle[65];
	static xen_sysctl_cputopo_t topo[65];
	u32 cpus;

	clear();
	EXPECT_EQ(call(XEN_SYSCTL_physinfo), 0);
	cpus = s.u.physinfo.max_cpu_id + 1;
	EXPECT(cpus >= 1 && cpus <= 64);

	clear();
	memset(idle, POISON, sizeof(idle));
	set_xen_guest_handle(s.u.getcpuinfo.info, idle);
	s.u.getcpuinfo.max_cpus = 65;
	EXPECT_EQ(call(XEN_SYSCTL_getcpuinfo), 0);
	EXPECT_EQ(s.u.getcpuinfo.nr_cpus, cpus);
	EXPECT(idle[0].idletime < now());
	EXPECT(is_filled(&idle[cpus], POISON, sizeof(idle[0])));
	s.u.getcpuinfo.max_cpus = 0;
	EXPECT_EQ(call(XEN_SYSCTL_getcpuinfo), 0);
	EXPECT_EQ(s.u.getcpuinfo.nr_cpus, 0);
	s.u.getcpuinfo.max_cpus = ~0u;
	set_xen_guest_handle(s.u.getcpuinfo.info, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_getcpuinfo), -EFAULT);

	clear();
	EXPECT_EQ(call(XEN_SYSCTL_cputopoinfo), 0);
	EXPECT_EQ(s.u.cputopoinfo.num_cpus, cpus);
	memset(topo, POISON, sizeof(topo));
	set_xen_guest_handle(s.u.cputopoinfo.cputopo, topo);
	s.u.cputopoinfo.num_cpus = 65;
	EXPECT_EQ(call(XEN_SYSCTL_cputopoinfo), 0);
	EXPECT_EQ(s.u.cputopoinfo.num_cpus, cpus);
	EXPECT(topo[0].core == 0 && topo[0].socket == 0 && topo[0].node == 0);
	EXPECT(is_filled(&topo[cpus], POISON, sizeof(topo[0])));
	s.u.cputopoinfo.num_cpus = ~0u;
	set_xen_guest_handle(s.u.cputopoinfo.cputopo, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_cputopoinfo), -EFAULT);

	clear();
	EXPECT_EQ(call(XEN_SYSCTL_get_cpu_levelling_caps), 0);
}

CHECK_DOM0(memory_of_nodes)
{
	static xen_sysctl_meminfo_t mem[3];
	static u32 distance[4];

	clear();
	EXPECT_EQ(call(XEN_SYSCTL_numainfo), 0);
	EXPECT_EQ(s.u.numainfo.num_nodes, 1);
	memset(mem, POISON, sizeof(mem));
	memset(distance, POISON, sizeof(distance));
	set_xen_guest_handle(s.u.numainfo.meminfo, mem);
	set_xen_guest_handle(s.u.numainfo.distance, distance);
	s.u.numainfo.num_nodes = 2;
	EXPECT_EQ(call(XEN_SYSCTL_numainfo), 0);
	EXPECT_EQ(s.u.numainfo.num_nodes, 1);
	EXPECT(mem[0].memsize > 64ul << 20 && mem[0].memfree < mem[0].memsize && mem[0].memfree % 4096 == 0);
	EXPECT_EQ(distance[0], 10);
	EXPECT(is_filled(&mem[1], POISON, sizeof(mem[1])) && is_filled(&distance[1], POISON, 4));
	s.u.numainfo.num_nodes = ~0u;
	set_xen_guest_handle(s.u.numainfo.meminfo, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_numainfo), -EFAULT);
}

CHECK_DOM0(nodes_of_devices)
{
	static physdev_pci_device_t dev[2] = { { 0, 0, 30 << 3 }, { 0xffff, 0xff, 0xff } };
	static u32 node[200];

	clear();
	EXPECT_EQ(call(XEN_SYSCTL_pcitopoinfo), -EINVAL);
	set_xen_guest_handle(s.u.pcitopoinfo.devs, dev);
	set_xen_guest_handle(s.u.pcitopoinfo.nodes, node);
	memset(node, POISON, sizeof(node));
	EXPECT_EQ(call(XEN_SYSCTL_pcitopoinfo), 0);
	EXPECT_EQ(s.u.pcitopoinfo.num_devs, 0);
	s.u.pcitopoinfo.num_devs = 2;
	EXPECT_EQ(call(XEN_SYSCTL_pcitopoinfo), 0);
	EXPECT_EQ(s.u.pcitopoinfo.num_devs, 2);
	EXPECT_EQ(node[0], XEN_INVALID_DEV);
	EXPECT_EQ(node[1], XEN_INVALID_DEV);
	EXPECT(is_filled(&node[2], POISON, 4));
	s.u.pcitopoinfo.num_devs = ~0u;
	set_xen_guest_handle(s.u.pcitopoinfo.nodes, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_pcitopoinfo), -EFAULT);
	s.u.pcitopoinfo.num_devs = 1;
	set_xen_guest_handle(s.u.pcitopoinfo.devs, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_pcitopoinfo), -EFAULT);
}

/* --- what CPUs can do --- */

CHECK_DOM0(feature_words)
{
	static u32 words[100];
	static const u32 kinds[] = {
		XEN_SYSCTL_cpu_featureset_raw, XEN_SYSCTL_cpu_featureset_host,
		XEN_SYSCTL_cpu_featureset_pv, XEN_SYSCTL_cpu_featureset_pv_max,
	};
	u32 n;

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		clear();
		s.u.cpu_featureset.index = kinds[i];
		EXPECT_EQ(call(XEN_SYSCTL_get_cpu_featureset), 0);
		n = s.u.cpu_featureset.nr_features;
		EXPECT(n >= 10 && n < 60);
		memset(words, POISON, sizeof(words));
		set_xen_guest_handle(s.u.cpu_featureset.features, words);
		EXPECT_EQ(call(XEN_SYSCTL_get_cpu_featureset), 0);
		EXPECT(words[0] & 1);				/* there is an FPU */
		EXPECT(is_filled(&words[n], POISON, 4));
		if (i >= 2)
			EXPECT(!(words[0] & 1u << 12));		/* no memory-type registers for guests */
		memset(words, POISON, sizeof(words));
		s.u.cpu_featureset.nr_features = 2;
		EXPECT_EQ(call(XEN_SYSCTL_get_cpu_featureset), -105);
		EXPECT(words[0] & 1 && is_filled(&words[2], POISON, 4));
	}
	s.u.cpu_featureset.nr_features = ~0u;
	set_xen_guest_handle(s.u.cpu_featureset.features, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_get_cpu_featureset), -EFAULT);
	s.u.cpu_featureset.index = 6;
	EXPECT_EQ(call(XEN_SYSCTL_get_cpu_featureset), -EINVAL);
	s.u.cpu_featureset.index = ~0u;
	EXPECT_EQ(call(XEN_SYSCTL_get_cpu_featureset), -EINVAL);
}

CHECK_DOM0(cpu_policies)
{
	static xen_cpuid_leaf_t leaves[400];
	static xen_msr_entry_t msrs[20];
	static const u32 kinds[] = {
		XEN_SYSCTL_cpu_policy_raw, XEN_SYSCTL_cpu_policy_host,
		XEN_SYSCTL_cpu_policy_pv_max, XEN_SYSCTL_cpu_policy_pv_default,
	};
	u32 nr_leaves, nr_msrs;

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		clear();
		s.u.cpu_policy.index = kinds[i];
		EXPECT_EQ(call(XEN_SYSCTL_get_cpu_policy), 0);
		nr_leaves = s.u.cpu_policy.nr_leaves;
		nr_msrs = s.u.cpu_policy.nr_msrs;
		EXPECT(nr_leaves > 20 && nr_leaves < 400 && nr_msrs >= 1 && nr_msrs < 20);
		memset(leaves, POISON, sizeof(leaves));
		memset(msrs, POISON, sizeof(msrs));
		set_xen_guest_handle(s.u.cpu_policy.leaves, leaves);
		set_xen_guest_handle(s.u.cpu_policy.msrs, msrs);
		EXPECT_EQ(call(XEN_SYSCTL_get_cpu_policy), 0);
		EXPECT(s.u.cpu_policy.nr_leaves <= nr_leaves && s.u.cpu_policy.nr_msrs <= nr_msrs);
		EXPECT_EQ(leaves[0].leaf, 0);
		EXPECT(leaves[0].b == 0x756e6547 || leaves[0].b == 0x68747541);
		for (u32 j = 0; j < s.u.cpu_policy.nr_msrs; j++)
			EXPECT_EQ(msrs[j].flags, 0);
		EXPECT(is_filled(&leaves[nr_leaves], POISON, sizeof(leaves[0])));
		s.u.cpu_policy.nr_leaves = 3;
		EXPECT_EQ(call(XEN_SYSCTL_get_cpu_policy), -105);
		s.u.cpu_policy.nr_leaves = nr_leaves;
		s.u.cpu_policy.nr_msrs = 0;
		EXPECT_EQ(call(XEN_SYSCTL_get_cpu_policy), -105);
	}
	s.u.cpu_policy.nr_leaves = ~0u;
	s.u.cpu_policy.nr_msrs = ~0u;
	set_xen_guest_handle(s.u.cpu_policy.leaves, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_get_cpu_policy), -EFAULT);
	set_xen_guest_handle(s.u.cpu_policy.leaves, leaves);
	s.u.cpu_policy.nr_leaves = nr_leaves;
	set_xen_guest_handle(s.u.cpu_policy.msrs, NOWHERE);
	EXPECT_EQ(call(XEN_SYSCTL_get_cpu_policy), -EFAULT);
	s.u.cpu_policy.index = 6;
	EXPECT_EQ(call(XEN_SYSCTL_get_cpu_policy), -EINVAL);
	s.u.cpu_policy.index = ~0u;
	EXPECT_EQ(call(XEN_SYSCTL_get_cpu_policy), -EINVAL);
	s.u.cpu_policy.index = 0;
	s.u.cpu_policy._rsvd = 1;
	EXPECT_EQ(call(XEN_SYSCTL_get_cpu_policy), -EINVAL);
}

/* --- power: speeds and idle states are left to the firmware --- */

CHECK_DOM0(power_statistics)
{
	static const u32 types[] = {
		PMSTAT_get_max_px, PMSTAT_get_pxstat, PMSTAT_reset_pxstat,
		PMSTAT_get_max_cx, PMSTAT_get_cxstat, PMSTAT_reset_cxstat,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		clear();
		s.u.get_pmstat.type = types[i];
		EXPECT_EQ_OF(call(XEN_SYSCTL_get_pmstat), -ENODEV, "type %#x", types[i]);
		s.u.get_pmstat.cpuid = NO_SUCH_CPU;
		EXPECT_EQ_OF(call(XEN_SYSCTL_get_pmstat), -EINVAL, "type %#x", types[i]);
		s.u.get_pmstat.cpuid = ~0u;
		EXPECT_EQ_OF(call(XEN_SYSCTL_get_pmstat), -EINVAL, "type %#x", types[i]);
	}
}

CHECK_DOM0(power_control)
{
	static const struct { u32 cmd; long want; } t[] = {
		{ GET_CPUFREQ_PARA, -EINVAL }, { SET_CPUFREQ_GOV, -EINVAL }, { SET_CPUFREQ_PARA, -EINVAL },
		{ GET_CPUFREQ_AVGFREQ, -EINVAL }, { CPUFREQ_PARA | 0xf, -EINVAL },
		{ XEN_SYSCTL_pm_op_set_sched_opt_smt, 0 }, { XEN_SYSCTL_pm_op_get_max_cstate, 0 },
		{ XEN_SYSCTL_pm_op_set_max_cstate, 0 },
		{ XEN_SYSCTL_pm_op_set_vcpu_migration_delay, -ENOSYS },
		{ XEN_SYSCTL_pm_op_get_vcpu_migration_delay, -ENOSYS },
		{ XEN_SYSCTL_pm_op_enable_turbo, -EACCES }, { XEN_SYSCTL_pm_op_disable_turbo, -EACCES },
		{ 0x28, -ENOSYS }, { 0xff, -ENOSYS }, { ~0u, -ENOSYS },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		clear();
		s.u.pm_op.cmd = t[i].cmd;
		if (t[i].cmd == XEN_SYSCTL_pm_op_set_max_cstate)
			s.u.pm_op.u.set_max_cstate = XEN_SYSCTL_CX_UNLIMITED;
		EXPECT_EQ_OF(call(XEN_SYSCTL_pm_op), t[i].want, "%#x", t[i].cmd);
		if (t[i].cmd == XEN_SYSCTL_pm_op_get_max_cstate)
			EXPECT_EQ(s.u.pm_op.u.get_max_cstate, XEN_SYSCTL_CX_UNLIMITED);
		s.u.pm_op.cpuid = NO_SUCH_CPU;
		EXPECT_EQ_OF(call(XEN_SYSCTL_pm_op), -EINVAL, "%#x", t[i].cmd);
	}
}

CHECK_DOM0(cpus_stay)
{
	struct xen_sysctl_cpu_hotplug *h = &s.u.cpu_hotplug;

	clear();
	h->op = XEN_SYSCTL_CPU_HOTPLUG_ONLINE;
	EXPECT_EQ(call(XEN_SYSCTL_cpu_hotplug), -EEXIST);
	h->cpu = NO_SUCH_CPU;
	EXPECT_EQ(call(XEN_SYSCTL_cpu_hotplug), -EINVAL);
	h->op = XEN_SYSCTL_CPU_HOTPLUG_OFFLINE;
	EXPECT_EQ(call(XEN_SYSCTL_cpu_hotplug), -EINVAL);
	h->cpu = 0;
	EXPECT_EQ(call(XEN_SYSCTL_cpu_hotplug), -EINVAL);
	h->cpu = 1;
	EXPECT_EQ(call(XEN_SYSCTL_cpu_hotplug), nr_vcpus() > 1 ? -EOPNOTSUPP : -EINVAL);
	h->op = XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE;
	EXPECT_EQ(call(XEN_SYSCTL_cpu_hotplug), -EOPNOTSUPP);
	h->op = XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE;
	EXPECT_EQ(call(XEN_SYSCTL_cpu_hotplug), -EOPNOTSUPP);
	h->op = 4;
	EXPECT_EQ(call(XEN_SYSCTL_cpu_hotplug), -EOPNOTSUPP);
	h->op = ~0u;
	EXPECT_EQ(call(XEN_SYSCTL_cpu_hotplug), -EOPNOTSUPP);
}

CHECK_DOM0(frames_stay)
{
	static u32 status[4];

	for (u32 cmd = 0; cmd < 5; cmd++) {
		clear();
		memset(status, POISON, sizeof(status));
		s.u.page_offline.cmd = cmd;
		s.u.page_offline.start = s.u.page_offline.end = 0x1000;
		set_xen_guest_handle(s.u.page_offline.status, status);
		EXPECT_EQ_OF(call(XEN_SYSCTL_page_offline_op), -EOPNOTSUPP, "%u", cmd);
		EXPECT(is_filled(status, POISON, sizeof(status)));
	}
}

CHECK_DOM0(counters)
{
	clear();
	s.u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_query;
	EXPECT_EQ(call(XEN_SYSCTL_perfc_op), -ENOSYS);
	s.u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_reset;
	EXPECT_EQ(call(XEN_SYSCTL_perfc_op), -ENOSYS);
}
