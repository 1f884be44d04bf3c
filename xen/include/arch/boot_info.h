/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the boot loader told us, copied out of its memory and independent of
 * which multiboot version it spoke. Read-only after boot.
 */
#ifndef XEN_ARCH_BOOT_INFO_H
#define XEN_ARCH_BOOT_INFO_H

#include <lib/types.h>

#define MAX_BOOT_MODULES	16
#define MAX_MEMORY_RANGES	256
#define CMDLINE_BYTES		2048

/* Memory types are the numbers of BIOS function E820h. */
#define MEMORY_RAM		1
#define MEMORY_RESERVED		2
#define MEMORY_ACPI		3	/* reclaimable tables */
#define MEMORY_NVS		4
#define MEMORY_UNUSABLE		5
#define MEMORY_PMEM		7

struct memory_range {
	u64 start, size;	/* bytes */
	u32 type;
};

struct boot_module {
	mfn_t start;
	u64 bytes;
	char cmdline[CMDLINE_BYTES / 2];	/* arguments, without the file name */
};

enum console_kind { CONSOLE_NONE, CONSOLE_TEXT, CONSOLE_FRAMEBUFFER };

struct boot_video {
	enum console_kind kind;
	u64 base;			/* machine address */
	u32 pitch;			/* bytes per line */
	u32 width, height;		/* pixels, or characters for CONSOLE_TEXT */
	u8 bpp;
	u8 red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
	bool is_efi;			/* a GOP frame buffer rather than a VESA mode */
};

struct boot_info {
	char cmdline[CMDLINE_BYTES];	/* hypervisor's, without the file name */
	char loader[64];
	u32 nr_modules;
	struct boot_module module[MAX_BOOT_MODULES];

	/* Sorted, without overlaps; ends of RAM page-aligned inwards. */
	u32 nr_ranges;
	struct memory_range range[MAX_MEMORY_RANGES];

	paddr_t rsdp;			/* 0: none found */
	bool rsdp_is_copy;		/* rsdp points into memory we own */

	/* UEFI, when booted by it */
	bool efi;
	paddr_t efi_system_table;	/* 64-bit table; 0 none */
	paddr_t efi_memmap;		/* copy kept in memory we own */
	u32 efi_memmap_bytes, efi_desc_bytes, efi_desc_version;
	bool efi_boot_services_live;	/* ExitBootServices was not called */

	struct boot_video video;
};
extern struct boot_info boot_info;

/* All of the range is of that type. */
bool memory_range_is(paddr_t start, u64 bytes, u32 type);

#endif
