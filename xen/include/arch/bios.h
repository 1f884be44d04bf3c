/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a BIOS says of its disks and its monitor, asked once at boot while the
 * machine is still as the BIOS left it. Read-only after boot, and empty where
 * there was no BIOS to ask.
 */
#ifndef XEN_ARCH_BIOS_H
#define XEN_ARCH_BIOS_H

#include <lib/types.h>

/* Fixed places in the BIOS data area. */
#define BDA_EBDA_SEGMENT	0x40e
#define BDA_MEMORY_KIB		0x413	/* below 640 KiB */
#define BDA_KEYBOARD_FLAGS	0x417	/* shift, lock and insert state */
#define BDA_NR_DISKS		0x475

#define BIOS_MAX_DISKS		16
#define EDD_PARAMS_BYTES	74	/* of version 3; older BIOSes fill in less */
#define EDID_BYTES		128

struct bios_disk {
	u8 drive;			/* 0x80 and up, as are the others' */
	u8 version;
	u16 interfaces;			/* which of the extensions it has */
	u16 max_cylinder;
	u8 max_head, sectors_per_track;
	u16 params[EDD_PARAMS_BYTES / 2];	/* the first says how many bytes are filled in; 0: none */
};

struct bios_info {
	u32 nr_disks, nr_signatures;
	struct bios_disk disk[BIOS_MAX_DISKS];		/* those with the extensions */
	struct {
		u8 drive;
		u32 signature;
	} mbr[BIOS_MAX_DISKS];				/* those with a boot record */
	bool has_edid;
	u8 ddc_capabilities, ddc_seconds;		/* seconds a block takes */
	u8 edid[EDID_BYTES];
};
extern struct bios_info bios_info;

/* Boot, on the boot page tables, before any interrupt controller is touched. */
void bios_info_init(void);

/* --- calling it: boot/bios_call.c --- */

/* As the CPU's pushal and pushfl leave them. */
struct bios_regs {
	u32 eflags, edi, esi, ebp, esp, ebx, edx, ecx, eax;
	u32 es;
};

/* Where data goes: BIOS_BUFFER bytes into the segment, which ds always names. */
#define BIOS_BUFFER		0x1000
#define BIOS_BUFFER_BYTES	0x1000
extern u16 bios_segment;
u8 *bios_buffer(void);

/* False where there is no BIOS, or no memory to call it from. */
bool bios_call_init(void);
/* Hard disks, by the BIOS's own count: drives 0x80 and up. */
u8 bios_nr_disks(void);
/* INT vector with these registers, and what they are afterwards; true without carry. */
bool bios_call(u8 vector, struct bios_regs *regs);

#endif
