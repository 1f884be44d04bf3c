// SPDX-License-Identifier: GPL-2.0-only
/*
 * XENPF_firmware_info: what the boot path learnt from the firmware. Boot
 * loaders speak multiboot to us and no BIOS call is ever made, so of a BIOS
 * only what it left in its data area is known. Under platform_lock.
 */
#include <arch/boot_info.h>
#include <arch/page.h>
#include <lib/errno.h>
#include "platform_private.h"

/* In the BIOS data area: shift, lock and insert state of the keyboard. */
#define BDA_KEYBOARD_FLAGS	0x417

long platform_firmware_info(struct xenpf_firmware_info *info)
{
	switch (info->type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
		return -ESRCH;
	case XEN_FW_EFI_INFO:
		return platform_efi_info(info);
	case XEN_FW_KBD_SHIFT_FLAGS:
		if (info->index || boot_info.efi)
			return -ESRCH;
		info->u.kbd_shift_flags = *(const u8 *)maddr_to_virt(BDA_KEYBOARD_FLAGS);
		return 0;
	default:
		return -EINVAL;
	}
}
