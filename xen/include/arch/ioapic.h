/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O APICs: one redirection entry for each global interrupt number
 * (GSI). Any context, interrupts off; each chip's lock is inside. GSIs that
 * no chip serves are ignored.
 */
#ifndef XEN_ARCH_IOAPIC_H
#define XEN_ARCH_IOAPIC_H

#include <lib/types.h>

u32 ioapic_init(void);		/* boot: find and mask all; the number of GSIs */
bool ioapic_has_gsi(u32 gsi);

/* What the firmware says, or else what the bus demands: ISA edge and high, PCI level and low. */
void ioapic_default_mode(u32 gsi, bool *level, bool *low);

/* Write the whole entry, masked. */
void ioapic_program(u32 gsi, u8 vector, u32 dest, bool level, bool low);
void ioapic_mask(u32 gsi);
void ioapic_unmask(u32 gsi);

/* A register as the owner of the chip at that machine address sees it. 0, -EINVAL. */
int ioapic_read_register(paddr_t address, u32 reg, u32 *value);
/* A register that describes a pin's entry: *gsi. False for others. */
bool ioapic_register_gsi(paddr_t address, u32 reg, u32 *gsi, bool *high_half);

#define IOAPIC_ENTRY_LOW_POLARITY	(1u << 13)
#define IOAPIC_ENTRY_REMOTE_IRR		(1u << 14)
#define IOAPIC_ENTRY_LEVEL		(1u << 15)
#define IOAPIC_ENTRY_MASKED		(1u << 16)

#endif
