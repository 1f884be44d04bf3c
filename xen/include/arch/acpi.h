/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hypervisor needs from the ACPI tables: static tables only, nothing
 * is interpreted. dom0 finds the tables itself. Read-only after boot.
 */
#ifndef XEN_ARCH_ACPI_H
#define XEN_ARCH_ACPI_H

#include <arch/layout.h>
#include <lib/types.h>

#define MAX_IOAPICS		32
#define MAX_ISA_OVERRIDES	24
#define MAX_MCFG_SEGMENTS	16

struct acpi_table_header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem_id[6], oem_table_id[8];
	u32 oem_revision, creator_id, creator_revision;
} __attribute__((__packed__));

struct acpi_address {			/* generic address structure */
	u8 space;			/* 0 memory, 1 port, 2 PCI configuration */
	u8 bit_width, bit_offset, access_size;
	u64 address;
} __attribute__((__packed__));

struct acpi_ioapic { u32 id; u32 gsi_base; paddr_t address; };
struct acpi_override { u8 irq; u32 gsi; u16 flags; };	/* flags: MPS INTI, polarity and trigger */
struct acpi_mcfg { paddr_t base; u16 segment; u8 start_bus, end_bus; };

struct acpi_info {
	bool valid;

	paddr_t lapic_address;
	bool has_pics;
	/* CPUs in table order, enabled ones only; [0] is not necessarily the boot CPU. */
	u32 nr_cpus;
	u32 apic_id[MAX_CPUS], acpi_id[MAX_CPUS];
	u32 nr_disabled_cpus;

	u32 nr_ioapics;
	struct acpi_ioapic ioapic[MAX_IOAPICS];
	u32 nr_overrides;
	struct acpi_override override[MAX_ISA_OVERRIDES];
	u32 nr_nmi_sources;

	u32 nr_mcfg;
	struct acpi_mcfg mcfg[MAX_MCFG_SEGMENTS];

	/* FADT */
	u16 sci_irq;
	struct acpi_address pm1a_control, pm1b_control, pm1a_event, pm1b_event;
	u8 pm1_event_bytes;
	struct acpi_address pm_timer;	/* address 0: none */
	bool pm_timer_is_32bit;
	struct acpi_address reset;
	u8 reset_value;
	bool has_reset;
	u32 smi_command;
	bool no_cmos, no_vga, no_msi, no_8042;
	bool hw_reduced;
	paddr_t facs;

	/* HPET */
	paddr_t hpet;			/* 0: none */
};
extern struct acpi_info acpi_info;

void acpi_init(void);			/* boot CPU, after the final page tables */
/* First (index 0) or later table with that signature, mapped and checksummed; NULL. Boot only. */
const struct acpi_table_header *acpi_find_table(const char *signature, unsigned int index);
/* Machine address of the table just as acpi_find_table would give; 0 none. */
paddr_t acpi_table_address(const char *signature, unsigned int index);

#endif
