// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine as a whole, as dom0's kernel sees and drives it: platform_op and
 * mca. For everybody else all of it is refused.
 */
#include "lib.h"

#define NO_SUCH_CPU	4095u
#define NS_PER_SEC	1000000000ull
#define POISON		0x5a

static struct xen_platform_op op;
static struct xen_mc mc;

/* op's body as it was filled in. */
static long platform(unsigned int cmd)
{
	op.cmd = cmd;
	op.interface_version = XENPF_INTERFACE_VERSION;
	return HYP(platform_op, &op, 0, 0, 0, 0);
}

static long machine_check(unsigned int cmd)
{
	mc.cmd = cmd;
	mc.interface_version = XEN_MCA_INTERFACE_VERSION;
	return HYP(mca, &mc, 0, 0, 0, 0);
}

static void clear(void)
{
	memset(&op, 0, sizeof(op));
	memset(&mc, 0, sizeof(mc));
}

/* --- for nobody else --- */

CHECK_DOMU(platform_is_dom0s)
{
	for (unsigned int cmd = 0; cmd < 80; cmd++) {
		clear();
		EXPECT_EQ_OF(platform(cmd), -EPERM, "operation %u", cmd);
	}
	op.interface_version = 1;
	EXPECT_EQ(HYP(platform_op, &op, 0, 0, 0, 0), -EPERM);
	EXPECT_EQ(HYP(platform_op, HYPERVISOR_LOW, 0, 0, 0, 0), -EPERM);
}

CHECK_DOMU(machine_checks_are_dom0s)
{
	for (unsigned int cmd = 0; cmd < 10; cmd++) {
		clear();
		EXPECT_EQ_OF(machine_check(cmd), -EPERM, "operation %u", cmd);
	}
}

/* --- the clock on the wall --- */

static u64 wall_seconds(u32 *ns)
{
	u32 version;
	u64 s;

	do {
		version = READ_ONCE(shared->wc_version);
		s = READ_ONCE(shared->wc_sec) | (u64)READ_ONCE(shared->WC_SEC_HI) << 32;
		*ns = READ_ONCE(shared->wc_nsec);
	} while ((version & 1) || version != READ_ONCE(shared->wc_version));
	return s;
}

CHECK_DOM0(wall_clock_is_set)
{
	u64 before, at = 7 * NS_PER_SEC + 5;
	u32 before_ns, ns, version = shared->wc_version;

	before = wall_seconds(&before_ns);

	clear();
	op.u.settime32 = (struct xenpf_settime32){ .secs = 2000000000, .nsecs = 9, .system_time = at };
	EXPECT_EQ(platform(XENPF_settime32), 0);
	EXPECT_EQ(wall_seconds(&ns), 2000000000 - 7);
	EXPECT_EQ(ns, 4);
	EXPECT(shared->wc_version != version);

	/* A borrow from the seconds, and more nanoseconds than make one. */
	clear();
	op.u.settime32 = (struct xenpf_settime32){ .secs = 2000000000, .nsecs = 4, .system_time = at };
	EXPECT_EQ(platform(XENPF_settime32), 0);
	EXPECT_EQ(wall_seconds(&ns), 2000000000 - 8);
	EXPECT_EQ(ns, 999999999);
	clear();
	op.u.settime32 = (struct xenpf_settime32){ .secs = 5, .nsecs = 0xffffffff };
	EXPECT_EQ(platform(XENPF_settime32), 0);
	EXPECT_EQ(wall_seconds(&ns), 5 + 4);
	EXPECT_EQ(ns, 294967295);

	clear();
	op.u.settime64 = (struct xenpf_settime64){ .secs = 0x123456789, .nsecs = 1 };
	EXPECT_EQ(platform(XENPF_settime64), 0);
	EXPECT_EQ(wall_seconds(&ns), 0x123456789);
	EXPECT_EQ(ns, 1);
	op.u.settime64.mbz = 1;
	op.u.settime64.secs = 1;
	EXPECT_EQ(platform(XENPF_settime64), -EINVAL);
	EXPECT_EQ(wall_seconds(&ns), 0x123456789);

	clear();
	op.u.settime64 = (struct xenpf_settime64){ .secs = before, .nsecs = before_ns };
	EXPECT_EQ(platform(XENPF_settime64), 0);
	EXPECT_EQ(wall_seconds(&ns), before);
}

/* --- memory types --- */

CHECK_DOM0(memory_types)
{
	unsigned int n, used = 0;
	struct xenpf_read_memtype r = { 0 };

	for (n = 0; n < 64; n++) {
		clear();
		op.u.read_memtype.reg = n;
		if (platform(XENPF_read_memtype))
			break;
		if (!op.u.read_memtype.nr_mfns)
			continue;
		used++;
		r = op.u.read_memtype;
		EXPECT_EQ(r.reg, n);
	}
	EXPECT(n > 0 && n < 64 && used > 0);
	clear();
	op.u.read_memtype.reg = n;
	EXPECT_EQ(platform(XENPF_read_memtype), -EINVAL);
	op.u.read_memtype.reg = ~0u;
	EXPECT_EQ(platform(XENPF_read_memtype), -EINVAL);

	/* What a range says already. */
	clear();
	op.u.add_memtype = (struct xenpf_add_memtype){ .mfn = r.mfn, .nr_mfns = r.nr_mfns, .type = r.type };
	EXPECT_EQ(platform(XENPF_add_memtype), 0);
	EXPECT_EQ(op.u.add_memtype.reg, r.reg);
	EXPECT_EQ(op.u.add_memtype.handle, 0);
	clear();
	op.u.del_memtype.reg = r.reg;
	EXPECT_EQ(platform(XENPF_del_memtype), 0);
	clear();
	op.u.read_memtype.reg = r.reg;
	EXPECT_EQ(platform(XENPF_read_memtype), 0);
	EXPECT_EQ(op.u.read_memtype.mfn, r.mfn);
	EXPECT_EQ(op.u.read_memtype.nr_mfns, r.nr_mfns);

	clear();
	op.u.add_memtype = (struct xenpf_add_memtype){ .mfn = r.mfn, .nr_mfns = 0, .type = r.type };
	EXPECT_EQ(platform(XENPF_add_memtype), -EINVAL);
	op.u.add_memtype = (struct xenpf_add_memtype){ .mfn = r.mfn, .nr_mfns = r.nr_mfns, .type = 7 };
	EXPECT_EQ(platform(XENPF_add_memtype), -EINVAL);
	op.u.add_memtype = (struct xenpf_add_memtype){ .mfn = r.mfn, .nr_mfns = r.nr_mfns, .type = ~0u };
	EXPECT_EQ(platform(XENPF_add_memtype), -EINVAL);
#if WORD_HAS_64_BITS
	op.u.add_memtype = (struct xenpf_add_memtype){ .mfn = 1ul << 52, .nr_mfns = 1, .type = 0 };
	EXPECT_EQ(platform(XENPF_add_memtype), -EINVAL);
#endif
	op.u.add_memtype = (struct xenpf_add_memtype){ .mfn = 1, .nr_mfns = ~0ull, .type = 0 };
	EXPECT_EQ(platform(XENPF_add_memtype), -EINVAL);
	clear();
	op.u.del_memtype.reg = n;
	EXPECT_EQ(platform(XENPF_del_memtype), -EINVAL);
	op.u.del_memtype.reg = ~0u;
	EXPECT_EQ(platform(XENPF_del_memtype), -EINVAL);
	op.u.del_memtype = (struct xenpf_del_memtype){ .reg = r.reg, .handle = ~0u };
	EXPECT_EQ(platform(XENPF_del_memtype), -EINVAL);
}

/* --- CPUs --- */

CHECK_DOM0(list_of_cpus)
{
	unsigned int online = 0, cpus;

	clear();
	op.u.pcpu_info.xen_cpuid = 0;
	EXPECT_EQ(platform(XENPF_get_cpuinfo), 0);
	EXPECT_EQ(op.u.pcpu_info.flags, XEN_PCPU_FLAGS_ONLINE);
	cpus = op.u.pcpu_info.max_present + 1;
	EXPECT(cpus >= 1 && cpus <= 64);
	for (unsigned int i = 0; i < cpus; i++) {
		clear();
		op.u.pcpu_info.xen_cpuid = i;
		EXPECT_EQ(platform(XENPF_get_cpuinfo), 0);
		EXPECT_EQ(op.u.pcpu_info.apic_id, i);
		EXPECT_EQ(op.u.pcpu_info.acpi_id, i);
		online += op.u.pcpu_info.flags == XEN_PCPU_FLAGS_ONLINE;
		clear();
		op.u.pcpu_version.xen_cpuid = i;
		EXPECT_EQ(platform(XENPF_get_cpu_version), 0);
		EXPECT(!memcmp(op.u.pcpu_version.vendor_id, "GenuineIntel", 12) ||
		       !memcmp(op.u.pcpu_version.vendor_id, "AuthenticAMD", 12));
		EXPECT(op.u.pcpu_version.family >= 6);
		EXPECT_EQ(op.u.pcpu_version.max_present, cpus - 1);
	}
	EXPECT_EQ(online, cpus);

	/* Those that are not there say so, and how many are. */
	for (unsigned int i = 0; i < 2; i++) {
		clear();
		op.u.pcpu_info.xen_cpuid = i ? ~0u : NO_SUCH_CPU;
		EXPECT_EQ(platform(XENPF_get_cpuinfo), 0);
		EXPECT_EQ(op.u.pcpu_info.flags, XEN_PCPU_FLAGS_INVALID);
		EXPECT_EQ(op.u.pcpu_info.max_present, cpus - 1);
		clear();
		op.u.pcpu_version.xen_cpuid = i ? ~0u : NO_SUCH_CPU;
		EXPECT_EQ(platform(XENPF_get_cpu_version), 0);
		EXPECT_EQ(op.u.pcpu_version.family, 0);
		EXPECT_EQ(op.u.pcpu_version.max_present, cpus - 1);
	}
}

CHECK_DOM0(cpus_stay)
{
	clear();
	op.u.cpu_ol.cpuid = 0;
	EXPECT_EQ(platform(XENPF_cpu_online), 0);
	EXPECT_EQ(platform(XENPF_cpu_offline), -EOPNOTSUPP);
	op.u.cpu_ol.cpuid = NO_SUCH_CPU;
	EXPECT_EQ(platform(XENPF_cpu_online), -EINVAL);
	EXPECT_EQ(platform(XENPF_cpu_offline), -EINVAL);
	op.u.cpu_ol.cpuid = ~0u;
	EXPECT_EQ(platform(XENPF_cpu_online), -EINVAL);
	EXPECT_EQ(platform(XENPF_cpu_offline), -EINVAL);
}

CHECK_DOM0(idle_times)
{
	static u64 times[64];
	static u8 map[600];
	u64 start = now();

	clear();
	memset(map, 0xff, sizeof(map));
	memset(times, POISON, sizeof(times));
	set_xen_guest_handle(op.u.getidletime.cpumap_bitmap, map);
	set_xen_guest_handle(op.u.getidletime.idletime, times);
	op.u.getidletime.cpumap_nr_cpus = 64;
	EXPECT_EQ(platform(XENPF_getidletime), 0);
	EXPECT(map[0] & 1);
	EXPECT(!(map[7] & 0x80));
	EXPECT(times[0] < now());
	EXPECT(is_filled(&times[63], POISON, 8));
	EXPECT(op.u.getidletime.now >= start && op.u.getidletime.now <= now());
	/* Its neighbours in the structure are not written over. */
	EXPECT(is_filled((u8 *)&op.u + sizeof(op.u.getidletime), 0, sizeof(op.u) - sizeof(op.u.getidletime)));
	EXPECT_EQ(map[8], 0xff);

	/* Nothing asked for, more than there can be, and room where there is none. */
	clear();
	EXPECT_EQ(platform(XENPF_getidletime), 0);
	memset(map, 0xff, sizeof(map));
	set_xen_guest_handle(op.u.getidletime.cpumap_bitmap, map);
	set_xen_guest_handle(op.u.getidletime.idletime, times);
	op.u.getidletime.cpumap_nr_cpus = sizeof(map) * 8;
	EXPECT_EQ(platform(XENPF_getidletime), 0);
	EXPECT(map[0] & 1);
	op.u.getidletime.cpumap_nr_cpus = ~0u;
	set_xen_guest_handle(op.u.getidletime.cpumap_bitmap, (u8 *)(HYPERVISOR_LOW - 4));
	EXPECT_EQ(platform(XENPF_getidletime), -EFAULT);
	set_xen_guest_handle(op.u.getidletime.cpumap_bitmap, map);
	set_xen_guest_handle(op.u.getidletime.idletime, (u64 *)HYPERVISOR_LOW);
	map[0] = 1;
	op.u.getidletime.cpumap_nr_cpus = 1;
	EXPECT_EQ(platform(XENPF_getidletime), -EFAULT);
	set_xen_guest_handle(op.u.getidletime.idletime, (u64 *)~7ul);
	EXPECT_EQ(platform(XENPF_getidletime), -EFAULT);
}

CHECK_DOM0(power_states)
{
	static u32 pdc[3] = { 1, 1, 0 };
	static struct xen_processor_cx cx[2];
	static struct xen_processor_px px[2];
	struct xenpf_set_processor_pminfo *p = &op.u.set_pminfo;

	/* ACPI ids that no CPU has; then nonsense. */
	clear();
	p->id = 200;
	p->type = XEN_PM_CX;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EINVAL);
	p->type = XEN_PM_PX;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EINVAL);
	p->id = ~0u;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EINVAL);
	clear();
	p->type = XEN_PM_TX;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -ENOSYS);
	p->type = 4;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EINVAL);
	p->type = ~0u;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EINVAL);
	clear();
	p->type = XEN_PM_CX;
	p->u.power.count = ~0u;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EINVAL);
	clear();
	p->type = XEN_PM_PX;
	p->u.perf.flags = XEN_PX_PSS;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EINVAL);

	/* What ACPI says of a CPU with one idle state. */
	clear();
	p->type = XEN_PM_CX;
	p->u.power.count = 1;
	cx[0].type = 1;
	cx[0].reg.space_id = 1;
	set_xen_guest_handle(p->u.power.states, cx);
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), 0);
	clear();
	p->type = XEN_PM_PX;
	p->u.perf.flags = XEN_PX_PSS;
	p->u.perf.state_count = 2;
	set_xen_guest_handle(p->u.perf.states, px);
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), 0);

	/* The capabilities that the firmware is to be told of. */
	clear();
	p->type = XEN_PM_PDC;
	set_xen_guest_handle(p->u.pdc, pdc);
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), 0);
	pdc[0] = 2;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EINVAL);
	pdc[0] = 1;
	pdc[1] = 0;
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EINVAL);
	set_xen_guest_handle(p->u.pdc, (u32 *)BAD_POINTER);
	EXPECT_EQ(platform(XENPF_set_processor_pminfo), -EFAULT);
}

CHECK_DOM0(registers)
{
	static struct xenpf_resource_entry e[4];
	struct xenpf_resource_op *r = &op.u.resource_op;

	clear();
	EXPECT_EQ(platform(XENPF_resource_op), 0);
	r->cpu = NO_SUCH_CPU;
	r->nr_entries = 1;
	EXPECT_EQ(platform(XENPF_resource_op), -ENODEV);
	r->cpu = 0;
	r->nr_entries = ~0u;
	EXPECT_EQ(platform(XENPF_resource_op), -EINVAL);
	r->nr_entries = 4;
	EXPECT_EQ(platform(XENPF_resource_op), -EINVAL);

	/* The time stamp may be read. */
	clear();
	set_xen_guest_handle(r->entries, e);
	r->nr_entries = 1;
	e[0] = (struct xenpf_resource_entry){ .u.cmd = XEN_RESOURCE_OP_MSR_READ, .idx = 0x10, .val = ~0ull };
	EXPECT_EQ(platform(XENPF_resource_op), 1);
	EXPECT_EQ(e[0].u.ret, 0);
	EXPECT(e[0].val != ~0ull);
	/* And not written, nor anything else touched: entries up to that one count. */
	e[0] = (struct xenpf_resource_entry){ .u.cmd = XEN_RESOURCE_OP_MSR_READ, .idx = 0x10 };
	e[1] = (struct xenpf_resource_entry){ .u.cmd = XEN_RESOURCE_OP_MSR_WRITE, .idx = 0x10, .val = 1 };
	r->nr_entries = 2;
	EXPECT_EQ(platform(XENPF_resource_op), 1);
	EXPECT_EQ(e[1].u.ret, -EPERM);
	static const u32 forbidden[] = { 0x1b, 0xc0000080, 0xc0000082, 0x174, 0x277, 0xffffffff };
	for (unsigned int i = 0; i < ARRAY_SIZE(forbidden); i++)
		for (unsigned int cmd = 0; cmd < 2; cmd++) {
			e[0] = (struct xenpf_resource_entry){ .u.cmd = cmd, .idx = forbidden[i] };
			r->nr_entries = 1;
			EXPECT_EQ_OF(platform(XENPF_resource_op), 0, "register %#x", forbidden[i]);
			EXPECT_EQ_OF(e[0].u.ret, -EPERM, "register %#x", forbidden[i]);
			EXPECT_EQ(e[0].val, 0);
		}
	e[0] = (struct xenpf_resource_entry){ .u.cmd = XEN_RESOURCE_OP_MSR_READ, .idx = 0x100000010 };
	EXPECT_EQ(platform(XENPF_resource_op), 0);
	EXPECT_EQ(e[0].u.ret, -EINVAL);
	e[0] = (struct xenpf_resource_entry){ .u.cmd = 2, .idx = 0x10 };
	EXPECT_EQ(platform(XENPF_resource_op), 0);
	EXPECT_EQ(e[0].u.ret, -EOPNOTSUPP);
	e[0] = (struct xenpf_resource_entry){ .u.cmd = 0, .rsvd = 1, .idx = 0x10 };
	EXPECT_EQ(platform(XENPF_resource_op), 0);
	EXPECT_EQ(e[0].u.ret, -EINVAL);
	set_xen_guest_handle(r->entries, (struct xenpf_resource_entry *)HYPERVISOR_LOW);
	EXPECT_EQ(platform(XENPF_resource_op), -EFAULT);
}

/* --- symbols --- */

CHECK_DOM0(symbols)
{
	static char name[200];
	struct xenpf_symdata *s = &op.u.symdata;
	u64 address = 0;
	unsigned int n;

	clear();
	for (n = 0; n < 5; n++) {
		memset(name, POISON, sizeof(name));
		set_xen_guest_handle(s->name, name);
		s->namelen = sizeof(name);
		s->symnum = n;
		EXPECT_EQ(platform(XENPF_get_symbol), 0);
		EXPECT_EQ(s->symnum, n + 1);
		EXPECT_EQ(s->namelen, strlen(name) + 1);
		EXPECT(s->namelen > 1 && s->address >= address);
		address = s->address;
	}
	/* Less room: cut, and told how long it is. */
	memset(name, POISON, sizeof(name));
	s->symnum = 0;
	s->namelen = 2;
	EXPECT_EQ(platform(XENPF_get_symbol), 0);
	EXPECT(s->namelen > 2);
	EXPECT(name[0] != POISON && name[2] == POISON);
	/* Beyond the end nothing more comes. */
	for (n = 0; n < 100000; n = s->symnum) {
		s->symnum = n;
		s->namelen = sizeof(name);
		EXPECT_EQ(platform(XENPF_get_symbol), 0);
		if (s->symnum == n)
			break;
	}
	EXPECT(n > 100 && n < 100000);
	s->symnum = n + 1;
	EXPECT_EQ(platform(XENPF_get_symbol), -ERANGE);
	s->symnum = ~0u;
	EXPECT_EQ(platform(XENPF_get_symbol), -ERANGE);
	s->symnum = 0;
	s->namelen = sizeof(name);
	set_xen_guest_handle(s->name, (char *)HYPERVISOR_LOW);
	EXPECT_EQ(platform(XENPF_get_symbol), -EFAULT);
}

/* --- firmware --- */

/* The runner gives two disks: of 20160 sectors with a signed boot record, and a blank one of half that size. */
#define SECTORS		20160
#define SIGNATURE	0x50565845

static struct xenpf_firmware_info *ask_firmware(u32 type, u32 index)
{
	clear();
	op.u.firmware_info.type = type;
	op.u.firmware_info.index = index;
	return &op.u.firmware_info;
}

static long ask_disk(u32 index, void *params)
{
	set_xen_guest_handle(ask_firmware(XEN_FW_DISK_INFO, index)->u.disk_info.edd_params, params);
	return platform(XENPF_firmware_info);
}

CHECK_DOM0(bios_disks)
{
	/* Bytes and their meaning are those of INT 13h, function 48h. */
	static struct {
		u16 bytes, flags;
		u32 cylinders, heads, track_sectors, sectors, sectors_high;
		u16 sector_bytes;
		u8 rest[64];
	} __attribute__((packed)) p;
	struct xenpf_firmware_info *f = &op.u.firmware_info;
	static const u16 room[] = { 0, 1, 2, 7, 26, 29, 74, 90 };

	for (unsigned int i = 0; i < 2; i++) {
		memset(&p, POISON, sizeof(p));
		p.bytes = 74;
		EXPECT_EQ_OF(ask_disk(i, &p), 0, "disk %u", i);
		EXPECT_EQ(f->u.disk_info.device, 0x80 + i);
		EXPECT(f->u.disk_info.version >= 0x20);
		EXPECT(f->u.disk_info.interface_support & 1);
		EXPECT_EQ(f->u.disk_info.legacy_sectors_per_track, 63);
		EXPECT(p.bytes >= 26 && p.bytes <= 74);
		EXPECT_EQ_OF(p.sectors, i ? SECTORS / 2 : SECTORS, "disk %u", i);
		EXPECT_EQ(p.sectors_high, 0);
		EXPECT_EQ(p.sector_bytes, 512);
		EXPECT_EQ(((u8 *)&p)[p.bytes], POISON);
	}
	u16 whole = p.bytes;
	for (unsigned int i = 0; i < ARRAY_SIZE(room); i++) {
		u16 n = room[i] < whole ? room[i] : whole;

		memset(&p, POISON, sizeof(p));
		p.bytes = room[i];
		EXPECT_EQ_OF(ask_disk(0, &p), 0, "room for %u", room[i]);
		EXPECT_EQ_OF(p.bytes, n, "room for %u", room[i]);
		for (unsigned int at = n > 2 ? n : 2; at < sizeof(p); at++)
			EXPECT_EQ_OF(((u8 *)&p)[at], POISON, "room for %u, byte %u", room[i], at);
	}
	EXPECT_EQ(ask_disk(2, &p), -ESRCH);
	EXPECT_EQ(ask_disk(~0u, &p), -ESRCH);
	EXPECT_EQ(ask_disk(0, NULL), -EFAULT);
	EXPECT_EQ(ask_disk(0, (void *)HYPERVISOR_LOW), -EFAULT);
}

CHECK_DOM0(bios_boot_records)
{
	struct xenpf_firmware_info *f = ask_firmware(XEN_FW_DISK_MBR_SIGNATURE, 0);

	EXPECT_EQ(platform(XENPF_firmware_info), 0);
	EXPECT_EQ(f->u.disk_mbr_signature.device, 0x80);
	EXPECT_EQ(f->u.disk_mbr_signature.mbr_signature, SIGNATURE);
	for (unsigned int i = 1; i < 20; i++) {
		ask_firmware(XEN_FW_DISK_MBR_SIGNATURE, i);
		EXPECT_EQ_OF(platform(XENPF_firmware_info), -ESRCH, "record %u", i);
	}
}

CHECK_DOM0(bios_monitor)
{
	static const u8 head[8] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
	static u8 edid[129];
	struct xenpf_firmware_info *f = ask_firmware(XEN_FW_VBEDDC_INFO, 0);
	u8 sum = 0;

	edid[128] = POISON;
	set_xen_guest_handle(f->u.vbeddc_info.edid, edid);
	EXPECT_EQ(platform(XENPF_firmware_info), 0);
	EXPECT(f->u.vbeddc_info.capabilities & 3);
	EXPECT(!memcmp(edid, head, sizeof(head)));
	for (unsigned int i = 0; i < 128; i++)
		sum += edid[i];
	EXPECT_EQ(sum, 0);
	EXPECT_EQ(edid[128], POISON);
	ask_firmware(XEN_FW_VBEDDC_INFO, 0);
	EXPECT_EQ(platform(XENPF_firmware_info), -EFAULT);
	set_xen_guest_handle(f->u.vbeddc_info.edid, (void *)HYPERVISOR_LOW);
	EXPECT_EQ(platform(XENPF_firmware_info), -EFAULT);
	set_xen_guest_handle(ask_firmware(XEN_FW_VBEDDC_INFO, 1)->u.vbeddc_info.edid, edid);
	EXPECT_EQ(platform(XENPF_firmware_info), -ESRCH);
}

CHECK_DOM0(firmware_information)
{
	struct xenpf_firmware_info *f = &op.u.firmware_info;

	for (unsigned int index = 0; index < 9; index++) {
		clear();
		f->type = XEN_FW_EFI_INFO;
		f->index = index;
		EXPECT_EQ_OF(platform(XENPF_firmware_info), -ENOSYS, "index %u", index);
	}
	clear();
	f->type = XEN_FW_KBD_SHIFT_FLAGS;
	EXPECT_EQ(platform(XENPF_firmware_info), 0);
	f->index = 1;
	EXPECT_EQ(platform(XENPF_firmware_info), -ESRCH);
	static const u32 no_type[] = { 0, 6, 7, 100, 0x80000000, ~0u };
	for (unsigned int i = 0; i < ARRAY_SIZE(no_type); i++) {
		clear();
		f->type = no_type[i];
		EXPECT_EQ_OF(platform(XENPF_firmware_info), -EINVAL, "type %u", no_type[i]);
	}
}

/* Booted by a BIOS there is no firmware to call; for a kernel of 32 bits there never is. */
CHECK_DOM0(runtime_services)
{
	for (unsigned int f = 0; f < 20; f++) {
		clear();
		op.u.efi_runtime_call.function = f;
		EXPECT_EQ_OF(platform(XENPF_efi_runtime_call), WORD_HAS_64_BITS ? -ENOSYS : -EOPNOTSUPP, "function %u", f);
	}
}

CHECK_DOM0(sleep_states)
{
	struct xenpf_enter_acpi_sleep *s = &op.u.enter_acpi_sleep;

	/* S5 works: the demo ends with it. */
	clear();
	EXPECT_EQ(platform(XENPF_enter_acpi_sleep), -EINVAL);
	for (unsigned int state = 6; state < 40; state++) {
		s->sleep_state = state;
		EXPECT_EQ(platform(XENPF_enter_acpi_sleep), -EINVAL);
	}
	s->sleep_state = ~0u;
	EXPECT_EQ(platform(XENPF_enter_acpi_sleep), -EINVAL);
	s->sleep_state = 5;
	s->flags = 2;
	EXPECT_EQ(platform(XENPF_enter_acpi_sleep), -EINVAL);
	/* The form for machines without the registers. */
	s->flags = XENPF_ACPI_SLEEP_EXTENDED;
	EXPECT_EQ(platform(XENPF_enter_acpi_sleep), -EPERM);
	s->flags = ~0u;
	EXPECT_EQ(platform(XENPF_enter_acpi_sleep), -EPERM);
	for (unsigned int state = 1; state < 5 && !has_argument("nosleep"); state++) {
		clear();
		s->sleep_state = state;
		EXPECT_EQ(platform(XENPF_enter_acpi_sleep), -EOPNOTSUPP);
	}
}

/* --- machine checks --- */

CHECK_DOM0(machine_check_cpus)
{
	static struct mcinfo_logical_cpu info[5];
	struct xen_mc_physcpuinfo *p = &mc.u.mc_physcpuinfo;
	unsigned int n;

	clear();
	EXPECT_EQ(machine_check(XEN_MC_physcpuinfo), 0);
	n = p->ncpus;
	EXPECT(n >= 1 && n <= 4);
	memset(info, POISON, sizeof(info));
	clear();
	set_xen_guest_handle(p->info, info);
	p->ncpus = 5;
	EXPECT_EQ(machine_check(XEN_MC_physcpuinfo), 0);
	EXPECT_EQ(p->ncpus, n);
	for (unsigned int i = 0; i < n; i++) {
		EXPECT_EQ(info[i].mc_cpunr, i);
		EXPECT(info[i].mc_ncores >= 1 && info[i].mc_nthreads >= 1);
		EXPECT(!strcmp(info[i].mc_vendorid, "AuthenticAMD") || !strcmp(info[i].mc_vendorid, "GenuineIntel"));
		EXPECT(info[i].mc_nmsrvals >= 0 && info[i].mc_nmsrvals <= __MC_MSR_ARRAYSIZE);
		/* No byte is left as somebody's stack had it. */
		EXPECT(is_filled(info[i].mc_brandid + 60, 0, 4));
		EXPECT(is_filled(&info[i].mc_msrvalues[1], 0, sizeof(info[i].mc_msrvalues[1]) * 7));
	}
	EXPECT(is_filled(&info[n], POISON, sizeof(info[n])));

	/* Less room than CPUs, none, and a pointer into the hypervisor. */
	p->ncpus = 0;
	EXPECT_EQ(machine_check(XEN_MC_physcpuinfo), -EINVAL);
	p->ncpus = ~0u;
	EXPECT_EQ(machine_check(XEN_MC_physcpuinfo), -EINVAL);
	p->ncpus = 1;
	set_xen_guest_handle(p->info, (void *)HYPERVISOR_LOW);
	EXPECT_EQ(machine_check(XEN_MC_physcpuinfo), -EFAULT);
}

/* Nothing has gone wrong on this machine. */
CHECK_DOM0(machine_check_reports)
{
	static struct mc_info report;
	struct xen_mc_fetch *f = &mc.u.mc_fetch;

	for (unsigned int urgent = 0; urgent < 2; urgent++) {
		u32 kind = urgent ? XEN_MC_URGENT : XEN_MC_NONURGENT;

		clear();
		memset(&report, POISON, sizeof(report));
		f->flags = kind;
		set_xen_guest_handle(f->data, &report);
		EXPECT_EQ(machine_check(XEN_MC_fetch), 0);
		EXPECT_EQ(f->flags, XEN_MC_NODATA);
		EXPECT_EQ(f->fetch_id, 0);
		EXPECT(is_filled(&report, POISON, sizeof(report)));
		clear();
		f->flags = kind | XEN_MC_ACK;
		f->fetch_id = 12345;
		EXPECT_EQ(machine_check(XEN_MC_fetch), 0);
		EXPECT_EQ(f->flags, XEN_MC_OK);
	}
	clear();
	f->flags = XEN_MC_URGENT | XEN_MC_NONURGENT;
	EXPECT_EQ(machine_check(XEN_MC_fetch), -EINVAL);
	f->flags = 0;
	EXPECT_EQ(machine_check(XEN_MC_fetch), -EINVAL);
	f->flags = XEN_MC_ACK;
	EXPECT_EQ(machine_check(XEN_MC_fetch), -EINVAL);
	f->flags = ~0u;
	EXPECT_EQ(machine_check(XEN_MC_fetch), -EINVAL);
}

CHECK_DOM0(machine_check_refused)
{
	clear();
	EXPECT_EQ(machine_check(XEN_MC_notifydomain), -EINVAL);		/* unless there is something to tell */
	EXPECT_EQ(machine_check(0), -EINVAL);
	EXPECT_EQ(machine_check(7), -EINVAL);
	EXPECT_EQ(machine_check(~0u), -EINVAL);
	mc.cmd = XEN_MC_physcpuinfo;
	mc.interface_version = 0;
	EXPECT_EQ(HYP(mca, &mc, 0, 0, 0, 0), -EACCES);
	EXPECT_EQ(HYP(mca, BAD_POINTER, 0, 0, 0, 0), -EFAULT);
	EXPECT_EQ(HYP(mca, BAD_ADDRESS, 0, 0, 0, 0), -EFAULT);
}
