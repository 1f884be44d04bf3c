// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine in the 32-bit layouts: arguments of platform_op, mca and
 * physdev_op that are narrower than the hypervisor's own. As dom0; others are
 * refused.
 */
#include "lib.h"
#include <public/platform.h>
#include <public/physdev.h>
#include <public/arch-x86/xen-mca.h>

#define POISON	0x5a

static struct xen_platform_op op;
static struct xen_mc mc;

static long platform(u32 cmd)
{
	op.cmd = cmd;
	op.interface_version = XENPF_INTERFACE_VERSION;
	return HYP(platform_op, &op, 0, 0, 0, 0);
}

static void clear(void)
{
	memset(&op, 0, sizeof(op));
	memset(&mc, 0, sizeof(mc));
}

static bool is_filled(const void *p, u8 with, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (((const u8 *)p)[i] != with)
			return false;
	return true;
}

CHECK(machine_is_dom0s)
{
	if (is_dom0)
		return;
	for (u32 cmd = 0; cmd < 70; cmd++) {
		clear();
		EXPECT_OF(cmd, platform(cmd), -EPERM);
	}
	for (u32 cmd = 0; cmd < 8; cmd++) {
		clear();
		mc.cmd = cmd;
		mc.interface_version = XEN_MCA_INTERFACE_VERSION;
		EXPECT_OF(cmd, HYP(mca, &mc, 0, 0, 0, 0), -EPERM);
	}
}

CHECK(platform_narrow)
{
	static u64 times[8];
	static u8 map[4];
	static char name[64];
	struct xenpf_read_memtype r = { 0 };

	if (!is_dom0)
		return;
	/* A 64-bit number behind two handles and two words. */
	clear();
	map[0] = 1;
	memset(times, POISON, sizeof(times));
	set_xen_guest_handle(op.u.getidletime.cpumap_bitmap, map);
	set_xen_guest_handle(op.u.getidletime.idletime, times);
	op.u.getidletime.cpumap_nr_cpus = 8;
	EXPECT_EQ(platform(XENPF_getidletime), 0);
	EXPECT(op.u.getidletime.now != 0 && HI(op.u.getidletime.now) < 100);
	EXPECT_EQ(op.u.getidletime.cpumap_nr_cpus, 8);
	EXPECT(!is_filled(&times[0], POISON, 8) && is_filled(&times[1], POISON, 56));
	/* Its neighbours in the structure are not written over. */
	EXPECT(is_filled((u8 *)&op.u + sizeof(op.u.getidletime), 0, 128 - sizeof(op.u.getidletime)));

	clear();
	set_xen_guest_handle(op.u.symdata.name, name);
	op.u.symdata.namelen = sizeof(name);
	op.u.symdata.symnum = 1;
	EXPECT_EQ(platform(XENPF_get_symbol), 0);
	EXPECT_EQ(op.u.symdata.symnum, 2);
	EXPECT(name[0] && op.u.symdata.namelen > 1);
	EXPECT_EQ(HI(op.u.symdata.address), 0xffff82d0);
	EXPECT_EQ(op.u.symdata.type, 't');

	for (u32 i = 0; i < 16; i++) {
		clear();
		op.u.read_memtype.reg = i;
		if (platform(XENPF_read_memtype))
			break;
		if (op.u.read_memtype.nr_mfns)
			r = op.u.read_memtype;
	}
	EXPECT(r.nr_mfns != 0);
	clear();
	op.u.add_memtype = (struct xenpf_add_memtype){ .mfn = r.mfn, .nr_mfns = r.nr_mfns, .type = r.type };
	EXPECT_EQ(platform(XENPF_add_memtype), 0);
	EXPECT_EQ(op.u.add_memtype.reg, r.reg);

	/* A handle ends where four bytes end, whatever follows. */
	clear();
	memset(&op.u, 0xff, sizeof(op.u));
	op.u.resource_op.nr_entries = 1;
	op.u.resource_op.cpu = 0;
	EXPECT_EQ(platform(XENPF_resource_op), -EFAULT);
	clear();
	op.u.efi_runtime_call.function = XEN_EFI_get_time;
	EXPECT(platform(XENPF_efi_runtime_call) < 0);
}

CHECK(machine_checks_narrow)
{
	static struct mcinfo_logical_cpu cpu[2];

	if (!is_dom0)
		return;
	clear();
	memset(cpu, POISON, sizeof(cpu));
	mc.cmd = XEN_MC_physcpuinfo;
	mc.interface_version = XEN_MCA_INTERFACE_VERSION;
	mc.u.mc_physcpuinfo.ncpus = 1;
	set_xen_guest_handle(mc.u.mc_physcpuinfo.info, cpu);
	EXPECT_EQ(HYP(mca, &mc, 0, 0, 0, 0), 0);
	EXPECT_EQ(mc.u.mc_physcpuinfo.ncpus, 1);
	EXPECT(cpu[0].mc_cpunr == 0 && cpu[0].mc_family && cpu[0].mc_nmsrvals >= 0 && cpu[0].mc_nmsrvals < 8);
	EXPECT(is_filled(&cpu[0].mc_msrvalues[7], 0, sizeof(cpu[0].mc_msrvalues[7])));
	EXPECT(is_filled(&cpu[1], POISON, sizeof(cpu[1])));
}

CHECK(interrupts_narrow)
{
	struct physdev_apic a = { .apic_physbase = 0xfec00000, .reg = 1 };
	struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 5, .pirq = -1,
				      .table_base = ~0ull };
	struct { struct physdev_map_pirq m; u32 behind; } edge = { m, 0x5a5a5a5a };
	struct physdev_unmap_pirq u = { .domid = DOMID_SELF, .pirq = 5 };
	static u8 bitmap[8192];
	struct physdev_set_iobitmap set = { .nr_ports = 65536 };

	set_xen_guest_handle(set.bitmap, bitmap);
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_set_iobitmap, &set, 0, 0, 0), 0);
	set.nr_ports = 65537;
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_set_iobitmap, &set, 0, 0, 0), -EINVAL);
	set_xen_guest_handle(set.bitmap, (u8 *)0xfffffff0);
	set.nr_ports = 65536;
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_set_iobitmap, &set, 0, 0, 0), -EINVAL);
	set.nr_ports = 0;
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_set_iobitmap, &set, 0, 0, 0), 0);
	if (!is_dom0) {
		EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_apic_read, &a, 0, 0, 0), -EPERM);
		EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_map_pirq, &m, 0, 0, 0), -EPERM);
		return;
	}
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_apic_read, &a, 0, 0, 0), 0);
	EXPECT_EQ(a.value >> 16 & 0xff, 23);
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_map_pirq, &edge, 0, 0, 0), 0);
	EXPECT_EQ(edge.m.pirq, 5);
	EXPECT_EQ(edge.behind, 0x5a5a5a5a);
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_unmap_pirq, &u, 0, 0, 0), 0);
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_unmap_pirq, &u, 0, 0, 0), -EINVAL);
}
