// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real interrupts: lines of the I/O APIC and messages of PCI functions, from
 * the device that raises them to the event. The machine has an e1000e in slot
 * 16, which raises an interrupt when it is told to, and a second serial port,
 * whose line is edge-triggered.
 */
#include "lib.h"

#define IOAPIC		0xfec00000ul
#define NR_GSIS		24
#define COM2		0x2f8
#define COM2_GSI	3
#define NIC_DEVFN	(16 << 3)
#define NO_DEVFN	(30 << 3)
#define PCI_COMMAND	0x04
#define PCI_BAR0	0x10
#define PCI_BAR3	0x1c
#define PCI_INT_LINE	0x3c
#define COMMAND_ON	0x6		/* memory, bus master */
#define COMMAND_NO_INTX	0x400
#define SOON		50000000ull
/* Registers of the e1000e. */
#define NIC_ICR		0x00c0
#define NIC_ICS		0x00c8
#define NIC_IMS		0x00d0
#define NIC_IMC		0x00d8
#define NIC_IVAR	0x00e4
#define NIC_CAUSE	0x4		/* link status */
#define NIC_OTHER	(1u << 24)

static inline u8 inb(u16 port)
{
	u8 v;

	asm volatile ("inb %1, %0" : "=a" (v) : "d" (port));
	return v;
}
static inline void outb(u16 port, u8 v)
{
	asm volatile ("outb %0, %1" : : "a" (v), "d" (port));
}
static inline u32 inl(u16 port)
{
	u32 v;

	asm volatile ("inl %1, %0" : "=a" (v) : "d" (port));
	return v;
}
static inline void outl(u16 port, u32 v)
{
	asm volatile ("outl %0, %1" : : "a" (v), "d" (port));
}
static u32 pci_read(u32 devfn, u32 reg)
{
	outl(0xcf8, 0x80000000u | devfn << 8 | reg);
	return inl(0xcfc);
}
static void pci_write(u32 devfn, u32 reg, u32 v)
{
	outl(0xcf8, 0x80000000u | devfn << 8 | reg);
	outl(0xcfc, v);
}

static volatile u32 *nic;		/* its registers */
static u64 nic_table;			/* where its MSI-X table is */
static u32 nic_gsi;

#define NIC(reg)	nic[(reg) / 4]

/* --- for nobody else --- */

CHECK_DOMU(machine_is_not_a_guests)
{
	static const u32 refused[] = {
		PHYSDEVOP_apic_read, PHYSDEVOP_apic_write, PHYSDEVOP_alloc_irq_vector,
		PHYSDEVOP_map_pirq, PHYSDEVOP_unmap_pirq, PHYSDEVOP_manage_pci_add, PHYSDEVOP_manage_pci_remove,
		PHYSDEVOP_manage_pci_add_ext, PHYSDEVOP_restore_msi, PHYSDEVOP_restore_msi_ext, PHYSDEVOP_setup_gsi,
		PHYSDEVOP_pci_mmcfg_reserved, PHYSDEVOP_pci_device_add, PHYSDEVOP_pci_device_remove,
		PHYSDEVOP_prepare_msix, PHYSDEVOP_release_msix,
	};
	struct evtchn_bind_pirq bind = { .pirq = COM2_GSI };
	struct physdev_irq_status_query q;
	struct physdev_eoi eoi;
	struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = COM2_GSI, .pirq = -1 };
	u8 *page = alloc_page();

	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
		EXPECT_EQ_OF(physdev_op(refused[i], page), -EPERM, "operation %u", refused[i]);
	for (int type = -1; type < 6; type++) {
		map.type = type;
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_map_pirq, &map), -EPERM, "type %d", type);
	}
	EXPECT_EQ(event_op(EVTCHNOP_bind_pirq, &bind), -EPERM);
	/* Of interrupts of its own it has none. */
	for (u32 irq = 0; irq < 64; irq++) {
		eoi.irq = irq;
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_eoi, &eoi), -EINVAL, "pirq %u", irq);
		q = (struct physdev_irq_status_query){ .irq = irq, .flags = ~0u };
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_irq_status_query, &q), 0, "pirq %u", irq);
		EXPECT_EQ_OF(q.flags, 0, "pirq %u", irq);
	}
	EXPECT_EQ(physdev_op(PHYSDEVOP_IRQ_UNMASK_NOTIFY, 0), 0);
	free_page(page);
}

/* --- numbers that cannot be --- */

CHECK(pirqs_out_of_range)
{
	static const u32 numbers[] = { 100000, 0x7fffffff, 0x80000000, 0xffff0000, 0xffffffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		u32 n = numbers[i];
		struct physdev_eoi eoi = { .irq = n };
		struct physdev_irq_status_query q = { .irq = n };
		struct evtchn_bind_pirq bind = { .pirq = n };
		struct physdev_get_free_pirq get = { .type = n };
		struct physdev_irq irq = { .irq = n };
		struct physdev_setup_gsi gsi = { .gsi = n };
		struct physdev_unmap_pirq unmap = { .domid = DOMID_SELF, .pirq = n };
		struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = n, .pirq = -1 };
		long denied = is_dom0 ? -EINVAL : -EPERM;

		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_eoi, &eoi), -EINVAL, "%#x", n);
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_irq_status_query, &q), -EINVAL, "%#x", n);
		EXPECT_EQ_OF(event_op(EVTCHNOP_bind_pirq, &bind), -EINVAL, "%#x", n);
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_get_free_pirq, &get), -EINVAL, "%#x", n);
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_alloc_irq_vector, &irq), denied, "%#x", n);
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_setup_gsi, &gsi), denied, "%#x", n);
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_unmap_pirq, &unmap), denied, "%#x", n);
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_map_pirq, &map), denied, "%#x", n);
		if (!is_dom0)
			continue;
		map = (struct physdev_map_pirq){ .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 5, .pirq = n };
		if ((int)n >= 0)
			EXPECT_EQ_OF(physdev_op(PHYSDEVOP_map_pirq, &map), -EINVAL, "%#x", n);
		map = (struct physdev_map_pirq){ .domid = 0x7000, .type = MAP_PIRQ_TYPE_GSI, .index = n };
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_map_pirq, &map), -ESRCH, "%#x", n);
	}
}

/* --- lines --- */

CHECK_DOM0(io_apic_registers)
{
	struct physdev_apic a = { .apic_physbase = IOAPIC, .reg = 1 };
	u32 before;

	EXPECT_EQ(physdev_op(PHYSDEVOP_apic_read, &a), 0);
	EXPECT_EQ(a.value >> 16 & 0xff, NR_GSIS - 1);
	a.reg = 0x10 + 2 * 5;
	EXPECT_EQ(physdev_op(PHYSDEVOP_apic_read, &a), 0);
	before = a.value;
	/* Vector 14 and an SMI to CPU 0: none of it arrives. */
	a.value = 0x0e | 2 << 8;
	EXPECT_EQ(physdev_op(PHYSDEVOP_apic_write, &a), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_apic_read, &a), 0);
	EXPECT(a.value != (0x0e | 2 << 8));
	EXPECT(a.value & 1 << 16);			/* masked, as nobody has it */
	EXPECT_EQ(before & 1 << 16, 1 << 16);
	a.reg = 0;
	a.value = 0x0f000000;
	EXPECT_EQ(physdev_op(PHYSDEVOP_apic_write, &a), 0);
	a = (struct physdev_apic){ .apic_physbase = IOAPIC, .reg = ~0u };
	EXPECT_EQ(physdev_op(PHYSDEVOP_apic_write, &a), 0);
	/* Where there is none. */
	a = (struct physdev_apic){ .apic_physbase = 0xfee00000, .reg = 0x20 };
	EXPECT_EQ(physdev_op(PHYSDEVOP_apic_read, &a), -EINVAL);
	a.apic_physbase = ~0ul;
	EXPECT_EQ(physdev_op(PHYSDEVOP_apic_read, &a), -EINVAL);
}

CHECK_DOM0(mapping_lines)
{
	struct physdev_map_pirq m;
	struct physdev_unmap_pirq u = { .domid = DOMID_SELF };
	struct physdev_irq irq = { .irq = 7 };
	struct physdev_setup_gsi gsi = { .gsi = 7, .triggering = 1, .polarity = 1 };
	struct physdev_get_free_pirq get = { .type = MAP_PIRQ_TYPE_MSI };
	u32 first;

	u.pirq = 5;
	EXPECT_EQ(physdev_op(PHYSDEVOP_unmap_pirq, &u), -EINVAL);
	m = (struct physdev_map_pirq){ .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 5, .pirq = -1 };
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), 0);
	EXPECT_EQ(m.pirq, 5);
	/* Again, it is the same; under another number it is not to be had. */
	m.pirq = -1;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), 0);
	EXPECT_EQ(m.pirq, 5);
	m.pirq = 9;
	EXPECT(physdev_op(PHYSDEVOP_map_pirq, &m) < 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_unmap_pirq, &u), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_unmap_pirq, &u), -EINVAL);
	m.pirq = 5;
	m.index = NR_GSIS + 100;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), -EINVAL);
	m.index = -1;
	m.pirq = -1;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), -EINVAL);
	m.index = 5;
	m.type = MAP_PIRQ_TYPE_UNKNOWN;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), -EINVAL);
	m.type = 5;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), -EINVAL);
	m.domid = u.domid = 0x7000;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), -ESRCH);
	EXPECT_EQ(physdev_op(PHYSDEVOP_unmap_pirq, &u), -ESRCH);

	EXPECT_EQ(physdev_op(PHYSDEVOP_alloc_irq_vector, &irq), 0);
	EXPECT_EQ(irq.irq, 7);
	EXPECT_EQ(physdev_op(PHYSDEVOP_free_irq_vector, &irq), -ENOSYS);
	EXPECT_EQ(physdev_op(PHYSDEVOP_setup_gsi, &gsi), 0);
	gsi.triggering = gsi.polarity = 0;
	EXPECT_EQ(physdev_op(PHYSDEVOP_setup_gsi, &gsi), 0);
	gsi.gsi = NR_GSIS + 100;
	EXPECT_EQ(physdev_op(PHYSDEVOP_setup_gsi, &gsi), -EINVAL);

	EXPECT_EQ(physdev_op(PHYSDEVOP_get_free_pirq, &get), 0);
	EXPECT(get.pirq >= NR_GSIS);
	first = get.pirq;
	EXPECT_EQ(physdev_op(PHYSDEVOP_get_free_pirq, &get), 0);
	EXPECT(get.pirq != first);
	get.type = MAP_PIRQ_TYPE_UNKNOWN;
	EXPECT_EQ(physdev_op(PHYSDEVOP_get_free_pirq, &get), -EINVAL);
}

static void allow_ports(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };

	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
}

static long bind_pirq(u32 pirq, u32 flags)
{
	struct evtchn_bind_pirq b = { .pirq = pirq, .flags = flags };
	long rc = event_op(EVTCHNOP_bind_pirq, &b);

	if (rc)
		return rc;
	event_count[b.port] = 0;
	unmask_port(b.port);
	events_on();
	return b.port;
}

static void unbind(long port)
{
	events_off();
	EXPECT_EQ(close_port(port), 0);
}

static u32 irq_flags(u32 pirq)
{
	struct physdev_irq_status_query q = { .irq = pirq, .flags = ~0u };

	EXPECT_EQ(physdev_op(PHYSDEVOP_irq_status_query, &q), 0);
	return q.flags;
}

static long end_interrupt(u32 pirq)
{
	struct physdev_eoi eoi = { .irq = pirq };

	return physdev_op(PHYSDEVOP_eoi, &eoi);
}

static void unmap_pirq(int pirq)
{
	struct physdev_unmap_pirq u = { .domid = DOMID_SELF, .pirq = pirq };

	EXPECT_EQ(physdev_op(PHYSDEVOP_unmap_pirq, &u), 0);
}

/* The transmitter's holding register is empty: an edge each time that is asked for. */
static void ring_com2(void)
{
	outb(COM2 + 1, 0);
	(void)inb(COM2 + 2);
	outb(COM2 + 4, 8);
	outb(COM2 + 1, 2);
}

CHECK_DOM0(edge_interrupt)
{
	struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = COM2_GSI, .pirq = -1 };
	long port;

	EXPECT_EQ(bind_pirq(COM2_GSI, 0), -EINVAL);		/* not mapped */
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), 0);
	EXPECT_EQ(m.pirq, COM2_GSI);
	allow_ports();
	port = bind_pirq(COM2_GSI, 0);
	EXPECT(port > 0);
	if (port <= 0)
		return;
	EXPECT_EQ(bind_pirq(COM2_GSI, 0), -EEXIST);
	for (unsigned int i = 1; i < 4; i++) {
		ring_com2();
		EXPECT(wait_count(port, i, SOON));
		EXPECT_EQ(end_interrupt(COM2_GSI), 0);
	}
	EXPECT_EQ(event_count[port], 3);
	EXPECT_EQ(irq_flags(COM2_GSI) & XENIRQSTAT_shared, 0);
	/* Masked by the guest, it is kept. */
	mask_port(port);
	ring_com2();
	sleep_ns(2000000);
	EXPECT_EQ(event_count[port], 3);
	unmask_port(port);
	EXPECT(wait_count(port, 4, SOON));
	EXPECT_EQ(end_interrupt(COM2_GSI), 0);
	/* The old way to say that the masks have changed. */
	EXPECT_EQ(physdev_op(PHYSDEVOP_IRQ_UNMASK_NOTIFY, 0), 0);
	unbind(port);
	/* Bound by nobody, it harms nobody. */
	ring_com2();
	EXPECT_EQ(event_count[port], 4);
	outb(COM2 + 1, 0);
	unmap_pirq(COM2_GSI);
}

/* --- a PCI function --- */

CHECK_DOM0(reporting_functions)
{
	struct physdev_manage_pci old = { 0, NO_DEVFN };
	struct physdev_manage_pci_ext ext = { .bus = 0, .devfn = NO_DEVFN };
	struct physdev_pci_device dev = { 0, 0, NO_DEVFN };
	u8 add_room[sizeof(struct physdev_pci_device_add) + 4] __attribute__((aligned(8))) = { 0 };
	struct physdev_pci_device_add *add = (void *)add_room;
	struct physdev_pci_mmcfg_reserved mmcfg = { .address = 0x12345000, .end_bus = 255 };
	struct physdev_restore_msi restore = { 0, NO_DEVFN };

	/* What was never reported. */
	EXPECT_EQ(physdev_op(PHYSDEVOP_pci_device_remove, &dev), -ENODEV);
	EXPECT_EQ(physdev_op(PHYSDEVOP_manage_pci_remove, &old), -ENODEV);
	EXPECT(physdev_op(PHYSDEVOP_restore_msi_ext, &dev) != 0);
	EXPECT(physdev_op(PHYSDEVOP_restore_msi, &restore) != 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_prepare_msix, &dev), -ENODEV);
	EXPECT_EQ(physdev_op(PHYSDEVOP_release_msix, &dev), -ENODEV);

	/* There and gone, in each of the three forms. */
	EXPECT_EQ(physdev_op(PHYSDEVOP_manage_pci_add, &old), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_manage_pci_add, &old), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_restore_msi, &restore), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_manage_pci_remove, &old), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_manage_pci_remove, &old), -ENODEV);
	EXPECT_EQ(physdev_op(PHYSDEVOP_manage_pci_add_ext, &ext), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_pci_device_remove, &dev), 0);
	ext.is_extfn = 2;
	EXPECT_EQ(physdev_op(PHYSDEVOP_manage_pci_add_ext, &ext), -EINVAL);
	add->devfn = NO_DEVFN;
	EXPECT_EQ(physdev_op(PHYSDEVOP_pci_device_add, add), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_restore_msi_ext, &dev), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_pci_device_remove, &dev), 0);
	add->flags = XEN_PCI_DEV_PXM;
	EXPECT_EQ(physdev_op(PHYSDEVOP_pci_device_add, add), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_pci_device_remove, &dev), 0);

	EXPECT_EQ(physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &mmcfg), -ENODEV);
	mmcfg.address = ~0ull;
	EXPECT_EQ(physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &mmcfg), -ENODEV);
}

CHECK_DOM0(nic_is_there)
{
	u64 bar;
	struct physdev_manage_pci dev = { 0, NIC_DEVFN };

	allow_ports();
	EXPECT_EQ(pci_read(NIC_DEVFN, 0), 0x10d38086);
	bar = pci_read(NIC_DEVFN, PCI_BAR0) & ~0xfu;
	nic_table = pci_read(NIC_DEVFN, PCI_BAR3) & ~0xfu;
	nic_gsi = pci_read(NIC_DEVFN, PCI_INT_LINE) & 0xff;
	EXPECT(bar && nic_table && nic_gsi > 2 && nic_gsi < 16);
	pci_write(NIC_DEVFN, PCI_COMMAND, COMMAND_ON);
	EXPECT_EQ(mmu_update_one(pte_address(window(0), 1), PTE(bar >> 12, PTE_RW | PTE_PCD)), 0);
	nic = window(0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_manage_pci_add, &dev), 0);
	NIC(NIC_IMC) = ~0u;
	(void)NIC(NIC_ICR);
}

static void ring_nic(u32 cause)
{
	NIC(NIC_IMS) = cause;
	NIC(NIC_ICS) = cause;
}

static void quiet_nic(void)
{
	NIC(NIC_IMC) = ~0u;
	(void)NIC(NIC_ICR);
}

CHECK_DOM0(level_interrupt)
{
	struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = nic_gsi, .pirq = -1 };
	struct physdev_setup_gsi gsi = { .gsi = nic_gsi, .triggering = 1, .polarity = 0 };
	long port;

	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_setup_gsi, &gsi), 0);
	port = bind_pirq(m.pirq, BIND_PIRQ__WILL_SHARE);
	EXPECT(port > 0);
	if (port <= 0)
		return;
	EXPECT_EQ(irq_flags(m.pirq) & XENIRQSTAT_needs_eoi, XENIRQSTAT_needs_eoi);
	EXPECT_EQ(physdev_op(PHYSDEVOP_setup_gsi, &gsi), -EEXIST);
	for (unsigned int i = 1; i < 4; i++) {
		ring_nic(NIC_CAUSE);
		EXPECT(wait_count(port, i, SOON));
		/* The line is up still, and quiet until the guest has dealt with it. */
		sleep_ns(1000000);
		EXPECT_EQ(event_count[port], i);
		quiet_nic();
		EXPECT_EQ(end_interrupt(m.pirq), 0);
	}
	/* Ended while the line is up: it comes again. */
	ring_nic(NIC_CAUSE);
	EXPECT(wait_count(port, 4, SOON));
	EXPECT_EQ(end_interrupt(m.pirq), 0);
	EXPECT(wait_count(port, 5, SOON));
	quiet_nic();
	EXPECT_EQ(end_interrupt(m.pirq), 0);
	EXPECT_EQ(end_interrupt(m.pirq), 0);
	unbind(port);
	unmap_pirq(m.pirq);
}

CHECK_DOM0(message_interrupt)
{
	static const int types[] = { MAP_PIRQ_TYPE_MSI, MAP_PIRQ_TYPE_MSI_SEG, MAP_PIRQ_TYPE_MULTI_MSI };
	struct physdev_pci_device dev = { 0, 0, NIC_DEVFN };

	pci_write(NIC_DEVFN, PCI_COMMAND, COMMAND_ON | COMMAND_NO_INTX);
	for (unsigned int t = 0; t < ARRAY_SIZE(types); t++) {
		struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = types[t], .index = -1, .pirq = -1,
					      .devfn = NIC_DEVFN, .entry_nr = t == 2 ? 1 : 0 }, again = m;
		long port;

		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_map_pirq, &m), 0, "type %d", types[t]);
		EXPECT_EQ_OF(m.pirq >= NR_GSIS, true, "type %d", types[t]);
		port = bind_pirq(m.pirq, 0);
		EXPECT_EQ_OF(port > 0, true, "type %d", types[t]);
		if (port <= 0)
			return;
		EXPECT(physdev_op(PHYSDEVOP_map_pirq, &again) < 0);
		for (unsigned int i = 1; i < 4; i++) {
			quiet_nic();
			ring_nic(NIC_CAUSE);
			EXPECT_EQ_OF(wait_count(port, i, SOON), true, "type %d", types[t]);
			EXPECT_EQ(end_interrupt(m.pirq), 0);
		}
		/* Lost in a sleep of the machine, and brought back. */
		for (u32 cap = pci_read(NIC_DEVFN, 0x34) & 0xfc; cap; cap = pci_read(NIC_DEVFN, cap) >> 8 & 0xfc)
			if ((pci_read(NIC_DEVFN, cap) & 0xff) == 5)
				pci_write(NIC_DEVFN, cap + 4, 0xfee00000);
		EXPECT_EQ(physdev_op(PHYSDEVOP_restore_msi_ext, &dev), 0);
		quiet_nic();
		ring_nic(NIC_CAUSE);
		EXPECT_EQ_OF(wait_count(port, 4, SOON), true, "type %d", types[t]);
		quiet_nic();
		unbind(port);
		unmap_pirq(m.pirq);
	}
}

CHECK_DOM0(message_table)
{
	struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_MSI_SEG, .index = -1, .pirq = -1,
				      .devfn = NIC_DEVFN, .entry_nr = 2, .table_base = nic_table }, bad = m;
	struct physdev_pci_device dev = { 0, 0, NIC_DEVFN };
	long port;

	bad.entry_nr = 4096;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &bad), -EINVAL);
	bad.entry_nr = -1;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &bad), -EINVAL);
	EXPECT_EQ(physdev_op(PHYSDEVOP_prepare_msix, &dev), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_release_msix, &dev), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), 0);
	/* Its registers cannot go while one is in use. */
	EXPECT_EQ(physdev_op(PHYSDEVOP_prepare_msix, &dev), -EBUSY);
	port = bind_pirq(m.pirq, 0);
	EXPECT(port > 0);
	if (port <= 0)
		return;
	NIC(NIC_IVAR) = 0x8 << 16 | 2 << 16;		/* other causes: entry 2 */
	for (unsigned int i = 1; i < 4; i++) {
		quiet_nic();
		ring_nic(NIC_OTHER);
		EXPECT(wait_count(port, i, SOON));
		EXPECT_EQ(end_interrupt(m.pirq), 0);
	}
	EXPECT_EQ(physdev_op(PHYSDEVOP_restore_msi_ext, &dev), 0);
	quiet_nic();
	/* QEMU's card does not stand being switched while its rate limit runs. */
	sleep_ns(20000000);
	unbind(port);
	unmap_pirq(m.pirq);
}

CHECK_DOM0(messages_refused)
{
	struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_MSI, .index = -1, .pirq = -1,
				      .devfn = NO_DEVFN };
	static const int many[] = { 0, -1, 33, 2, 0x7fffffff };

	EXPECT(physdev_op(PHYSDEVOP_map_pirq, &m) < 0);
	m.devfn = 0x100 + NIC_DEVFN;
	EXPECT(physdev_op(PHYSDEVOP_map_pirq, &m) < 0);
	m.devfn = NIC_DEVFN;
	m.bus = 0x7fffffff;
	EXPECT(physdev_op(PHYSDEVOP_map_pirq, &m) < 0);
	m.bus = -1;
	EXPECT(physdev_op(PHYSDEVOP_map_pirq, &m) < 0);
	m.bus = 0;
	m.type = MAP_PIRQ_TYPE_MULTI_MSI;
	for (unsigned int i = 0; i < ARRAY_SIZE(many); i++) {
		m.entry_nr = many[i];
		EXPECT_EQ_OF(physdev_op(PHYSDEVOP_map_pirq, &m) < 0, true, "%d vectors", many[i]);
	}
	m.entry_nr = 1;
	m.table_base = nic_table;
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), -EINVAL);
}

/* --- the page that says which interrupts need an end --- */

CHECK(eoi_page)
{
	u8 *page = alloc_page();
	struct physdev_pirq_eoi_gmfn g = { .gmfn = ~0ul };
	struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = nic_gsi, .pirq = -1 };
	long port;

	EXPECT_EQ(physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v1, &g), -EINVAL);
	g.gmfn = 0;
	EXPECT_EQ(physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v1, &g), -EINVAL);
	make_readonly(page);
	g.gmfn = virt_to_mfn(table_of(page, 1));
	EXPECT_EQ(physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v1, &g), -EINVAL);
	make_writable(page);
	g.gmfn = virt_to_mfn(page);
	EXPECT_EQ(physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v1, &g), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v1, &g), -EBUSY);
	EXPECT_EQ(physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v2, &g), -EBUSY);
	EXPECT(is_filled(page, 0, PAGE_BYTES));
	if (!is_dom0)
		return;

	pci_write(NIC_DEVFN, PCI_COMMAND, COMMAND_ON);
	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &m), 0);
	port = bind_pirq(m.pirq, BIND_PIRQ__WILL_SHARE);
	EXPECT(port > 0);
	if (port <= 0)
		return;
	EXPECT(page[m.pirq / 8] & 1u << m.pirq % 8);
	/* With the first form of it, the end of an interrupt also unmasks its port. */
	mask_port(port);
	ring_nic(NIC_CAUSE);
	sleep_ns(1000000);
	EXPECT_EQ(event_count[port], 0);
	EXPECT_EQ(end_interrupt(m.pirq), 0);
	EXPECT(wait_count(port, 1, SOON));
	quiet_nic();
	EXPECT_EQ(end_interrupt(m.pirq), 0);
	unbind(port);
	unmap_pirq(m.pirq);
}

/* An answer ends where its structure does, in either layout. */
CHECK_DOM0(answers_end_with_their_structures)
{
	struct { struct physdev_map_pirq m; u32 behind; } edge = {
		{ .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 5, .pirq = -1, .table_base = ~0ull }, 0x5a5a5a5a };
	struct physdev_unmap_pirq u = { .domid = DOMID_SELF, .pirq = 5 };

	EXPECT_EQ(physdev_op(PHYSDEVOP_map_pirq, &edge), 0);
	EXPECT_EQ(edge.m.pirq, 5);
	EXPECT_EQ(edge.m.table_base, ~0ull);
	EXPECT_EQ(edge.behind, 0x5a5a5a5a);
	EXPECT_EQ(physdev_op(PHYSDEVOP_unmap_pirq, &u), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_unmap_pirq, &u), -EINVAL);
}
