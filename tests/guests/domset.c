// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dom0's tools set of a domain that runs: where its vcpus run, how much
 * of the CPUs it gets, its name, clock and debugger, what of the machine it
 * may touch.
 */
#include "lib.h"

#define NOBODY		0x7000
/* An address that is no guest's, wherever the hypervisor has nothing mapped. */
#define NOWHERE		((void *)HYPERVISOR_HOLE)

static struct xen_domctl d;
static struct guest guest;

static long call(unsigned int cmd)
{
	return domctl(&d, cmd, guest.id);
}

static void clear(void)
{
	memset(&d, 0, sizeof(d));
}

CHECK_DOM0(a_domain)
{
	EXPECT_EQ(guest_create(&guest, "serve", 2100, 2), 0);
	EXPECT_EQ(guest_unpause(&guest), 0);
}

/* --- where it runs, and how much --- */

static long affinity(unsigned int cmd, u32 vcpu, u32 flags, u64 *hard, u64 *soft)
{
	clear();
	d.u.vcpuaffinity.vcpu = vcpu;
	d.u.vcpuaffinity.flags = flags;
	d.u.vcpuaffinity.cpumap_hard.nr_bits = d.u.vcpuaffinity.cpumap_soft.nr_bits = 64;
	set_xen_guest_handle(d.u.vcpuaffinity.cpumap_hard.bitmap, (u8 *)hard);
	set_xen_guest_handle(d.u.vcpuaffinity.cpumap_soft.bitmap, (u8 *)soft);
	return call(cmd);
}

CHECK_DOM0(affinity_of_vcpus)
{
	static u64 hard, soft;
	const u32 both = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
	u64 online = nr_vcpus() > 1 ? 3 : 1;

	hard = ~0ull;
	soft = 1;
	EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 0, both, &hard, &soft), 0);
	EXPECT_EQ(hard, online);		/* what is in effect */
	EXPECT_EQ(soft, 1);
	hard = soft = 0;
	EXPECT_EQ(affinity(XEN_DOMCTL_getvcpuaffinity, 0, both, &hard, &soft), 0);
	EXPECT((hard & online) == online && soft == 1);
	hard = 1;
	EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 0, XEN_VCPUAFFINITY_HARD, &hard, NOWHERE), 0);
	EXPECT_EQ(hard, 1);
	/* CPUs of which there is none. */
	hard = 1ull << 63;
	EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 0, XEN_VCPUAFFINITY_HARD, &hard, NULL), -EINVAL);
	hard = 0;
	EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 0, XEN_VCPUAFFINITY_HARD, &hard, NULL), -EINVAL);
	EXPECT_EQ(affinity(XEN_DOMCTL_getvcpuaffinity, 0, XEN_VCPUAFFINITY_HARD, &hard, NULL), 0);
	EXPECT_EQ(hard & online, 1);
	EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 0, both, NOWHERE, &soft), -EFAULT);
	EXPECT_EQ(affinity(XEN_DOMCTL_getvcpuaffinity, 0, both, &hard, NOWHERE), -EFAULT);
	EXPECT_EQ(affinity(XEN_DOMCTL_getvcpuaffinity, 0, 0, &hard, &soft), -EINVAL);
	EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 0, XEN_VCPUAFFINITY_FORCE, &hard, &soft), 0);
	EXPECT_EQ(affinity(XEN_DOMCTL_getvcpuaffinity, 0, XEN_VCPUAFFINITY_FORCE, &hard, &soft), -EINVAL);
	EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 0, 0, &hard, &soft), -EINVAL);
	EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 2, both, &hard, &soft), -EINVAL);
	EXPECT_EQ(affinity(XEN_DOMCTL_getvcpuaffinity, ~0u, both, &hard, &soft), -EINVAL);
	/* Maps of other lengths than there are CPUs. */
	affinity(XEN_DOMCTL_getvcpuaffinity, 0, XEN_VCPUAFFINITY_HARD, &hard, NULL);
	d.u.vcpuaffinity.cpumap_hard.nr_bits = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuaffinity), -EINVAL);
	hard = ~0ull;
	d.u.vcpuaffinity.cpumap_hard.nr_bits = 1;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuaffinity), 0);
	EXPECT_EQ(hard, ~0xffull | 1);
	hard = ~0ull;
	EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 0, XEN_VCPUAFFINITY_HARD, &hard, NULL), 0);
}

CHECK_DOM0(affinity_to_nodes)
{
	static u64 nodes = ~0ull;

	clear();
	d.u.nodeaffinity.nodemap.nr_bits = 64;
	set_xen_guest_handle(d.u.nodeaffinity.nodemap.bitmap, (u8 *)&nodes);
	EXPECT_EQ(call(XEN_DOMCTL_getnodeaffinity), 0);
	EXPECT(nodes & 1);
	EXPECT_EQ(call(XEN_DOMCTL_setnodeaffinity), 0);
	nodes = 1;
	EXPECT_EQ(call(XEN_DOMCTL_setnodeaffinity), 0);
	nodes = 2;
	EXPECT_EQ(call(XEN_DOMCTL_setnodeaffinity), -EINVAL);
	nodes = 0;
	EXPECT_EQ(call(XEN_DOMCTL_setnodeaffinity), -EINVAL);
	set_xen_guest_handle(d.u.nodeaffinity.nodemap.bitmap, NOWHERE);
	EXPECT_EQ(call(XEN_DOMCTL_setnodeaffinity), -EFAULT);
	EXPECT_EQ(call(XEN_DOMCTL_getnodeaffinity), -EFAULT);
}

CHECK_DOM0(shares)
{
	struct xen_domctl_scheduler_op *s = &d.u.scheduler_op;

	clear();
	s->sched_id = XEN_SCHEDULER_CREDIT2;
	s->cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	EXPECT_EQ(call(XEN_DOMCTL_scheduler_op), 0);
	EXPECT_EQ(s->u.credit2.weight, 256);
	EXPECT_EQ(s->u.credit2.cap, 0);
	s->cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	s->u.credit2.weight = 300;
	s->u.credit2.cap = 150;
	EXPECT_EQ(call(XEN_DOMCTL_scheduler_op), 0);
	s->u.credit2.cap = 201;			/* more than two vcpus can take */
	EXPECT_EQ(call(XEN_DOMCTL_scheduler_op), -EINVAL);
	s->u.credit2.cap = 0xffff;
	EXPECT_EQ(call(XEN_DOMCTL_scheduler_op), -EINVAL);
	s->u.credit2.cap = 0;
	s->u.credit2.weight = 0;		/* as it is */
	EXPECT_EQ(call(XEN_DOMCTL_scheduler_op), 0);
	s->cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	EXPECT_EQ(call(XEN_DOMCTL_scheduler_op), 0);
	EXPECT_EQ(s->u.credit2.weight, 300);
	EXPECT_EQ(s->u.credit2.cap, 0);
	s->cmd = 4;
	EXPECT_EQ(call(XEN_DOMCTL_scheduler_op), -EINVAL);
	s->cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	s->sched_id = XEN_SCHEDULER_CREDIT;
	EXPECT_EQ(call(XEN_DOMCTL_scheduler_op), -EINVAL);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_scheduler_op, NOBODY), -ESRCH);
}

/* --- what it is called, its clock, its debugger --- */

CHECK_DOM0(small_settings)
{
	u32 was;

	clear();
	for (unsigned int i = 0; i < 16; i++)
		d.u.setdomainhandle.handle[i] = i + 1;
	EXPECT_EQ(call(XEN_DOMCTL_setdomainhandle), 0);
	clear();
	EXPECT_EQ(call(XEN_DOMCTL_getdomaininfo), 0);
	EXPECT(d.u.getdomaininfo.handle[0] == 1 && d.u.getdomaininfo.handle[15] == 16);
	EXPECT(is_filled(d.u.getdomaininfo.pad2, 0, 7));

	clear();
	d.u.setdebugging.enable = 1;
	EXPECT_EQ(call(XEN_DOMCTL_setdebugging), 0);
	EXPECT(guest_exists(&guest, XEN_DOMINF_debugged));
	d.u.setdebugging.enable = 0;
	EXPECT_EQ(call(XEN_DOMCTL_setdebugging), 0);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_setdebugging, 0), -EINVAL);

	was = guest.shared->wc_sec;
	clear();
	d.u.settimeoffset.time_offset_seconds = -3600;
	EXPECT_EQ(call(XEN_DOMCTL_settimeoffset), 0);
	EXPECT_EQ(guest.shared->wc_sec, was - 3600);
	d.u.settimeoffset.time_offset_seconds = 0;
	EXPECT_EQ(call(XEN_DOMCTL_settimeoffset), 0);
	EXPECT_EQ(guest.shared->wc_sec, was);
	d.u.settimeoffset.time_offset_seconds = 1ll << 63;
	EXPECT_EQ(call(XEN_DOMCTL_settimeoffset), 0);

	clear();
	EXPECT_EQ(call(XEN_DOMCTL_set_access_required), 0);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_set_access_required, 0), -EPERM);
}

CHECK_DOM0(handlers_of_events)
{
	/* The exceptions of domains are told to another domain, and back to us with its end. */
	clear();
	d.u.set_virq_handler.virq = VIRQ_DOM_EXC;
	EXPECT_EQ(call(XEN_DOMCTL_set_virq_handler), 0);
	EXPECT_EQ(call(XEN_DOMCTL_set_virq_handler), 0);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_set_virq_handler, 0), 0);
	d.u.set_virq_handler.virq = VIRQ_TIMER;
	EXPECT_EQ(call(XEN_DOMCTL_set_virq_handler), -EINVAL);
	d.u.set_virq_handler.virq = NR_VIRQS;
	EXPECT_EQ(call(XEN_DOMCTL_set_virq_handler), -EINVAL);
	d.u.set_virq_handler.virq = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_set_virq_handler), -EINVAL);
}

/* --- access to the machine --- */

CHECK_DOM0(access_to_ports)
{
	struct xen_domctl_ioport_permission *p = &d.u.ioport_permission;

	clear();
	*p = (struct xen_domctl_ioport_permission){ .first_port = 0x2f8, .nr_ports = 8, .allow_access = 1 };
	EXPECT_EQ(call(XEN_DOMCTL_ioport_permission), 0);
	p->allow_access = 0;
	EXPECT_EQ(call(XEN_DOMCTL_ioport_permission), 0);
	EXPECT_EQ(call(XEN_DOMCTL_ioport_permission), 0);
	p->nr_ports = 0;
	EXPECT_EQ(call(XEN_DOMCTL_ioport_permission), -EINVAL);
	p->first_port = 65535;
	p->nr_ports = 2;
	EXPECT_EQ(call(XEN_DOMCTL_ioport_permission), -EINVAL);
	p->first_port = 65536;
	p->nr_ports = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_ioport_permission), -EINVAL);
	p->first_port = ~0u;
	p->nr_ports = 2;
	EXPECT_EQ(call(XEN_DOMCTL_ioport_permission), -EINVAL);
	/* Ports that dom0 has not itself: the interrupt controller's. */
	*p = (struct xen_domctl_ioport_permission){ .first_port = 0x20, .nr_ports = 2, .allow_access = 1 };
	EXPECT_EQ(call(XEN_DOMCTL_ioport_permission), -EPERM);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_ioport_permission, NOBODY), -ESRCH);
}

CHECK_DOM0(access_to_memory)
{
	struct xen_domctl_iomem_permission *p = &d.u.iomem_permission;
	struct xen_domctl_memory_mapping *m = &d.u.memory_mapping;

	clear();
	*p = (struct xen_domctl_iomem_permission){ .first_mfn = 0xb8, .nr_mfns = 1, .allow_access = 1 };
	EXPECT_EQ(call(XEN_DOMCTL_iomem_permission), 0);
	p->allow_access = 0;
	EXPECT_EQ(call(XEN_DOMCTL_iomem_permission), 0);
	/* Of nothing, beyond all numbers, and what dom0 may not touch either. */
	p->nr_mfns = 0;
	EXPECT_EQ(call(XEN_DOMCTL_iomem_permission), -EINVAL);
	p->first_mfn = 0;		/* [0, -1] is not everything */
	EXPECT_EQ(call(XEN_DOMCTL_iomem_permission), -EINVAL);
	*p = (struct xen_domctl_iomem_permission){ .first_mfn = ~0ull, .nr_mfns = 2, .allow_access = 1 };
	EXPECT_EQ(call(XEN_DOMCTL_iomem_permission), -EINVAL);
	*p = (struct xen_domctl_iomem_permission){ .first_mfn = 1, .nr_mfns = ~0ull, .allow_access = 1 };
	EXPECT(call(XEN_DOMCTL_iomem_permission) < 0);
	*p = (struct xen_domctl_iomem_permission){ .first_mfn = 0xfee00, .nr_mfns = 1, .allow_access = 1 };
	EXPECT_EQ(call(XEN_DOMCTL_iomem_permission), -EPERM);

	clear();
	*m = (struct xen_domctl_memory_mapping){ .first_gfn = 0xb8, .first_mfn = 0xb8, .nr_mfns = 1, .add_mapping = 1 };
	EXPECT_EQ(call(XEN_DOMCTL_memory_mapping), 0);
	m->nr_mfns = 0;
	EXPECT_EQ(call(XEN_DOMCTL_memory_mapping), -EINVAL);
	m->nr_mfns = ~0ull;
	EXPECT_EQ(call(XEN_DOMCTL_memory_mapping), -EINVAL);
	m->nr_mfns = 1;
	m->first_mfn = 1ull << 52;
	EXPECT_EQ(call(XEN_DOMCTL_memory_mapping), -EINVAL);
	m->first_mfn = 0xb8;
	m->first_gfn = ~0ull;
	m->nr_mfns = 2;
	EXPECT_EQ(call(XEN_DOMCTL_memory_mapping), -EINVAL);
}

CHECK_DOM0(access_to_interrupts)
{
	struct xen_domctl_irq_permission *p = &d.u.irq_permission;
	struct physdev_map_pirq map = { .type = MAP_PIRQ_TYPE_GSI, .index = 5, .pirq = 5 };

	clear();
	map.domid = DOMID_SELF;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &map), 0);
	p->pirq = map.pirq;
	p->allow_access = 1;
	EXPECT_EQ(call(XEN_DOMCTL_irq_permission), 0);
	p->allow_access = 0;
	EXPECT_EQ(call(XEN_DOMCTL_irq_permission), 0);
	p->pirq = 100000;
	EXPECT_EQ(call(XEN_DOMCTL_irq_permission), -EINVAL);
	p->pirq = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_irq_permission), -EINVAL);
}

CHECK_DOM0(its_end)
{
	EXPECT_EQ(guest_destroy(&guest), 0);
}
