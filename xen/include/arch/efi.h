/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UEFI after ExitBootServices: the system table, and calling runtime services
 * at the addresses they have, one to one, under page tables of their own.
 * The caller serialises (platform_lock).
 */
#ifndef XEN_ARCH_EFI_H
#define XEN_ARCH_EFI_H

#include <lib/types.h>

struct efi_info {
	u32 version;			/* of the specification */
	u32 runtime_version;
	paddr_t vendor;			/* UTF-16, terminated */
	u32 vendor_revision;
	paddr_t tables;			/* configuration tables */
	u32 nr_tables;
};
/* False when there is no usable 64-bit UEFI. Not at boot. */
bool efi_get_info(struct efi_info *info);

struct efi_memory {
	u32 type, pad;
	u64 start, virt, pages, attributes;
};
/* The firmware's memory map, entry by entry; false at the end. */
bool efi_memory_entry(u32 index, struct efi_memory *m);

/* Services by their place in the runtime table. */
enum efi_service {
	EFI_GET_TIME, EFI_SET_TIME, EFI_GET_WAKEUP_TIME, EFI_SET_WAKEUP_TIME,
	EFI_SET_VIRTUAL_ADDRESS_MAP, EFI_CONVERT_POINTER,
	EFI_GET_VARIABLE, EFI_GET_NEXT_VARIABLE_NAME, EFI_SET_VARIABLE,
	EFI_GET_NEXT_HIGH_MONOTONIC_COUNT, EFI_RESET_SYSTEM,
	EFI_UPDATE_CAPSULE, EFI_QUERY_CAPSULE_CAPABILITIES, EFI_QUERY_VARIABLE_INFO,
	NR_EFI_SERVICES
};
#define EFI_UNSUPPORTED		(1ull << 63 | 3)

/* Memory for arguments: written at efi_buffer(), named to the firmware by efi_buffer_address(). */
#define EFI_BUFFER_BYTES	(128u << 10)
/* Page tables and buffer, made when first needed: 0, -ENOSYS (no UEFI), -ENOMEM. */
int efi_prepare(void);
void *efi_buffer(void);
paddr_t efi_buffer_address(void);
/* The firmware's status. Interrupts are off meanwhile. The version must have the service. */
u64 efi_call(enum efi_service service, u64 a, u64 b, u64 c, u64 d, u64 e);

#endif
