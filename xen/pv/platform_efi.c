// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dom0 learns of UEFI. Under platform_lock.
 */
#include <arch/boot_info.h>
#include <lib/errno.h>
#include "platform_private.h"

long platform_efi_info(struct xenpf_firmware_info *info)
{
	(void)info;
	return -ENOSYS;
}

long platform_efi_runtime_call(struct xenpf_efi_runtime_call *call)
{
	(void)call;
	return boot_info.efi ? -EOPNOTSUPP : -ENOSYS;
}
