/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two boot protocols' structures, as their specifications lay them out.
 */
#ifndef XEN_BOOT_MULTIBOOT_H
#define XEN_BOOT_MULTIBOOT_H

#include <lib/compiler.h>
#include <lib/types.h>

#define MULTIBOOT1_MAGIC	0x2badb002
#define MULTIBOOT2_MAGIC	0x36d76289

#define MB1_HAS_MEMORY		(1u << 0)
#define MB1_HAS_CMDLINE		(1u << 2)
#define MB1_HAS_MODULES		(1u << 3)
#define MB1_HAS_MMAP		(1u << 6)
#define MB1_HAS_LOADER		(1u << 9)
#define MB1_HAS_FRAMEBUFFER	(1u << 12)

struct mb1_info {
	u32 flags;
	u32 mem_lower, mem_upper;	/* KiB */
	u32 boot_device;
	u32 cmdline;
	u32 mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr;
	u32 drives_length, drives_addr;
	u32 config_table;
	u32 boot_loader_name;
	u32 apm_table;
	u32 vbe_control_info, vbe_mode_info;
	u16 vbe_mode, vbe_interface_seg, vbe_interface_off, vbe_interface_len;
	u64 framebuffer_addr;
	u32 framebuffer_pitch, framebuffer_width, framebuffer_height;
	u8 framebuffer_bpp, framebuffer_type;
	u8 color_info[6];
} __packed;

struct mb1_module {
	u32 start, end;			/* end exclusive */
	u32 string;
	u32 reserved;
};

struct mb1_mmap {
	u32 size;			/* of what follows */
	u64 addr, len;
	u32 type;
} __packed;

#define MB2_END			0
#define MB2_CMDLINE		1
#define MB2_LOADER		2
#define MB2_MODULE		3
#define MB2_MMAP		6
#define MB2_FRAMEBUFFER		8
#define MB2_EFI64		12
#define MB2_ACPI_OLD		14
#define MB2_ACPI_NEW		15
#define MB2_EFI_MMAP		17
#define MB2_EFI_BS		18

struct mb2_info {
	u32 total_size, reserved;
};

struct mb2_tag {
	u32 type, size;
};

struct mb2_string {
	struct mb2_tag tag;
	char text[];
};

struct mb2_module {
	struct mb2_tag tag;
	u32 start, end;
	char cmdline[];
};

struct mb2_mmap {
	struct mb2_tag tag;
	u32 entry_size, entry_version;
	struct { u64 addr, len; u32 type, zero; } entry[];
};

struct mb2_framebuffer {
	struct mb2_tag tag;
	u64 addr;
	u32 pitch, width, height;
	u8 bpp, type;
	u16 reserved;
	u8 red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
} __packed;

struct mb2_efi64 {
	struct mb2_tag tag;
	u64 system_table;
};

struct mb2_efi_mmap {
	struct mb2_tag tag;
	u32 descr_size, descr_version;
	u8 map[];
};

struct mb2_acpi {
	struct mb2_tag tag;
	u8 rsdp[];
};

#define FB_TYPE_RGB		1
#define FB_TYPE_TEXT		2

#endif
