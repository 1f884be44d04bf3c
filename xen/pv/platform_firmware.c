// SPDX-License-Identifier: GPL-2.0-only
/*
 * XENPF_firmware_info: what the firmware told the boot path (boot/bios_info.c,
 * and UEFI's tables). Under platform_lock.
 */
#include <arch/bios.h>
#include <arch/boot_info.h>
#include <arch/page.h>
#include <common/guest_access.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include "platform_private.h"

/* The guest's buffer starts with its size; so does what it gets. */
static long disk_info(struct xenpf_firmware_info *info)
{
	u64 to = handle_addr(info->u.disk_info.edd_params);
	struct bios_disk d;
	u16 room;

	if (info->index >= bios_info.nr_disks)
		return -ESRCH;
	d = bios_info.disk[array_index_nospec(info->index, bios_info.nr_disks)];
	if (read_guest(&room, to))
		return -EFAULT;
	d.params[0] = min(d.params[0], room);
	if (copy_to_guest(to, d.params, max_t(size_t, d.params[0], sizeof(room))))
		return -EFAULT;
	info->u.disk_info.device = d.drive;
	info->u.disk_info.version = d.version;
	info->u.disk_info.interface_support = d.interfaces;
	info->u.disk_info.legacy_max_cylinder = d.max_cylinder;
	info->u.disk_info.legacy_max_head = d.max_head;
	info->u.disk_info.legacy_sectors_per_track = d.sectors_per_track;
	return 0;
}

static long monitor_info(struct xenpf_firmware_info *info)
{
	if (info->index || !bios_info.has_edid)
		return -ESRCH;
	info->u.vbeddc_info.capabilities = bios_info.ddc_capabilities;
	info->u.vbeddc_info.edid_transfer_time = bios_info.ddc_seconds;
	return copy_to_guest(handle_addr(info->u.vbeddc_info.edid), bios_info.edid, sizeof(bios_info.edid));
}

long platform_firmware_info(struct xenpf_firmware_info *info)
{
	u32 at;

	switch (info->type) {
	case XEN_FW_DISK_INFO:
		return disk_info(info);
	case XEN_FW_DISK_MBR_SIGNATURE:
		if (info->index >= bios_info.nr_signatures)
			return -ESRCH;
		at = array_index_nospec(info->index, bios_info.nr_signatures);
		info->u.disk_mbr_signature.device = bios_info.mbr[at].drive;
		info->u.disk_mbr_signature.mbr_signature = bios_info.mbr[at].signature;
		return 0;
	case XEN_FW_VBEDDC_INFO:
		return monitor_info(info);
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
