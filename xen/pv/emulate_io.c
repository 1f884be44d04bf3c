/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Port I/O of guests: who may touch which port, and the few ports that the
 * hypervisor stands in for. A domain reads all ones from ports it has no
 * right to and its writes there are lost, as from an empty bus.
 */
#include <arch/io.h>
#include <arch/time.h>
#include <arch/tlb.h>
#include <arch/uaccess.h>
#include <common/domain.h>
#include <common/rangeset.h>
#include <pv/cpu_ops.h>
#include <pv/mm.h>
#include <pv/traps.h>

#define PCI_ADDRESS	0xcf8
#define PCI_DATA	0xcfc
#define PCI_ENABLE	0x80000000u
#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71

/* The bitmap is the kernel's: user space of a 64-bit guest has not got it mapped. */
static bool read_bitmap(struct vcpu *v, vaddr_t at, u8 *map, unsigned int bytes)
{
	const bool user = !(v->pv.flags & (PV_RING1 | PV_KERNEL_MODE));
	bool ok;

	if (user)
		load_cr3(v->pv.kernel_root);
	ok = !copy_from_guest_raw(map, at, bytes);
	if (user)
		load_vcpu_root(v);
	return ok;
}

bool guest_io_allowed(struct vcpu *v, struct cpu_regs *regs, u16 port, unsigned int bytes)
{
	const unsigned int across = (port & 7) + bytes > 8 ? 2 : 1;
	u8 map[2] = { 0xff, 0xff };
	vaddr_t at;

	if (pv_iopl_allows(v, regs))
		return true;
	if ((u32)port + bytes > v->pv.iobmp_bits)
		return false;
	at = v->pv.iobmp + port / 8;
	if (!access_ok(at, 2) || !read_bitmap(v, at, map, across))
		return false;
	return !(((map[0] | map[1] << 8) >> (port & 7)) & ((1u << bytes) - 1));
}

static bool owns_ports(struct domain *d, u16 port, unsigned int bytes)
{
	return rangeset_contains_range(d->ioport_caps, port, port + bytes - 1);
}

static bool is_pci_address(u16 port, unsigned int bytes)
{
	return port == PCI_ADDRESS && bytes == 4;
}
static bool is_pci_data(u16 port)
{
	return (port & ~3u) == PCI_DATA;
}

u32 guest_io_read(struct vcpu *v, u16 port, unsigned int bytes)
{
	struct domain *d = v->domain;

	if (is_pci_address(port, bytes) && is_control_domain(d))
		return d->pv.pci_address;
	if (is_pci_data(port) && is_control_domain(d)) {
		u32 a = d->pv.pci_address;

		if (!(a & PCI_ENABLE) || (port & 3) + bytes > 4)
			return ~0u;
		/* AMD's extension puts register bits 8 to 11 into address bits 24 to 27. */
		return pci_conf_read(0, a >> 16, a >> 8, (a & 0xfc) | ((a >> 16) & 0xf00) | (port & 3), bytes);
	}
	if ((port == CMOS_INDEX || port == CMOS_DATA) && bytes == 1 && is_control_domain(d)) {
		if (port == CMOS_DATA)
			return cmos_read(d->pv.cmos_index);
		return d->pv.cmos_index;
	}
	if (!owns_ports(d, port, bytes))
		return ~0u;
	switch (bytes) {
	case 1: return inb(port);
	case 2: return inw(port);
	default: return inl(port);
	}
}

void guest_io_write(struct vcpu *v, u16 port, unsigned int bytes, u32 value)
{
	struct domain *d = v->domain;

	if (is_pci_address(port, bytes) && is_control_domain(d)) {
		d->pv.pci_address = value;
		return;
	}
	if (is_pci_data(port) && is_control_domain(d)) {
		u32 a = d->pv.pci_address;

		if ((a & PCI_ENABLE) && (port & 3) + bytes <= 4)
			pci_conf_write(0, a >> 16, a >> 8, (a & 0xfc) | ((a >> 16) & 0xf00) | (port & 3),
				       bytes, value);
		return;
	}
	if ((port == CMOS_INDEX || port == CMOS_DATA) && bytes == 1 && is_control_domain(d)) {
		if (port == CMOS_INDEX)
			d->pv.cmos_index = value & 0x7f;
		else
			cmos_write(d->pv.cmos_index, value);
		return;
	}
	if (!owns_ports(d, port, bytes))
		return;
	switch (bytes) {
	case 1: outb(value, port); break;
	case 2: outw(value, port); break;
	default: outl(value, port); break;
	}
}
