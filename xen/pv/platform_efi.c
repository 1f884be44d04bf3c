// SPDX-License-Identifier: GPL-2.0-only
/*
 * UEFI for dom0: what the system table says, and runtime services by
 * XENPF_efi_runtime_call. Everything the firmware reads or writes is in one
 * buffer; guest memory is copied to it and from it, within its bounds. Under
 * platform_lock, which also makes the buffer ours.
 */
#include <arch/boot_info.h>
#include <arch/efi.h>
#include <arch/setup.h>
#include <common/guest_access.h>
#include <lib/errno.h>
#include <lib/string.h>
#include "platform_private.h"

#define EFI_2_00		0x00020000
#define EFI_SUCCESS		0
#define MAX_NAME_BYTES		2048
#define MAX_VENDOR_CHARS	128

/* The firmware's form of a time. */
struct efi_time {
	u16 year;
	u8 month, day, hour, minute, second, pad1;
	u32 ns;
	s16 zone;
	u8 daylight, pad2;
};

/* How the buffer is divided. */
struct arguments {
	struct efi_time time;
	u32 resolution, accuracy;
	u8 sets_to_zero;
	u8 enabled, pending, pad;
	u32 attributes, count;
	struct xenpf_efi_guid guid;
	u64 size;
	u64 max_store, remaining_store, max_size;
	u16 name[MAX_NAME_BYTES / 2];
	u8 data[];
};
#define MAX_DATA_BYTES	(EFI_BUFFER_BYTES - sizeof(struct arguments))

static struct arguments *args(void)
{
	return efi_buffer();
}
#define AT(field)	(efi_buffer_address() + offsetof(struct arguments, field))

/* --- information --- */

static long copy_vendor(struct xenpf_firmware_info *info, const struct efi_info *efi)
{
	static const u16 *name;		/* mapped once */
	u32 room = info->u.efi_info.vendor.bufsz / 2;
	u64 to = handle_addr(info->u.efi_info.vendor.name);

	info->u.efi_info.vendor.revision = efi->vendor_revision;
	if (!efi->vendor)
		return -ENODATA;
	if (!name)
		name = map_firmware(efi->vendor, MAX_VENDOR_CHARS * sizeof(*name));
	for (u32 i = 0; i < room && i < MAX_VENDOR_CHARS; i++) {
		u16 c = i + 1 < room && i + 1 < MAX_VENDOR_CHARS ? name[i] : 0;

		if (write_guest(to + i * sizeof(c), &c))
			return -EFAULT;
		if (!c)
			break;
	}
	return 0;
}

static long find_memory(struct xenpf_firmware_info *info)
{
	u64 address = info->u.efi_info.mem.addr;
	struct efi_memory m;

	for (u32 i = 0; efi_memory_entry(i, &m); i++) {
		if (address - m.start >= m.pages << 12)
			continue;
		info->u.efi_info.mem.addr = m.start;
		info->u.efi_info.mem.size = m.pages << 12;
		info->u.efi_info.mem.attr = m.attributes;
		info->u.efi_info.mem.type = m.type;
		return 0;
	}
	return -ESRCH;
}

long platform_efi_info(struct xenpf_firmware_info *info)
{
	struct efi_info efi;

	if (!efi_get_info(&efi))
		return -ENOSYS;
	switch (info->index) {
	case XEN_FW_EFI_VERSION:
		info->u.efi_info.version = efi.version;
		return 0;
	case XEN_FW_EFI_RT_VERSION:
		info->u.efi_info.version = efi.runtime_version;
		return 0;
	case XEN_FW_EFI_CONFIG_TABLE:
		info->u.efi_info.cfg.addr = efi.tables;
		info->u.efi_info.cfg.nent = efi.nr_tables;
		return 0;
	case XEN_FW_EFI_VENDOR:
		return copy_vendor(info, &efi);
	case XEN_FW_EFI_MEM_INFO:
		return find_memory(info);
	case XEN_FW_EFI_PCI_ROM:
		return -ENOENT;
	case XEN_FW_EFI_APPLE_PROPERTIES:
		return -ENODATA;
	default:
		return -EINVAL;
	}
}

/* --- time --- */

static void time_to_guest(struct xenpf_efi_time *to, const struct efi_time *from)
{
	*to = (struct xenpf_efi_time){
		.year = from->year, .month = from->month, .day = from->day, .hour = from->hour,
		.min = from->minute, .sec = from->second, .ns = from->ns, .tz = from->zone,
		.daylight = from->daylight,
	};
}

static void time_from_guest(struct efi_time *to, const struct xenpf_efi_time *from)
{
	*to = (struct efi_time){
		.year = from->year, .month = from->month, .day = from->day, .hour = from->hour,
		.minute = from->min, .second = from->sec, .ns = from->ns, .zone = from->tz,
		.daylight = from->daylight,
	};
}

static long get_time(struct xenpf_efi_runtime_call *call)
{
	struct arguments *a = args();

	if (call->misc)
		return -EINVAL;
	call->status = efi_call(EFI_GET_TIME, AT(time), AT(resolution), 0, 0, 0);
	if (call->status == EFI_SUCCESS) {
		time_to_guest(&call->u.get_time.time, &a->time);
		call->u.get_time.resolution = a->resolution;
		call->u.get_time.accuracy = a->accuracy;
		if (a->sets_to_zero)
			call->misc |= XEN_EFI_GET_TIME_SET_CLEARS_NS;
	}
	return 0;
}

static long set_time(struct xenpf_efi_runtime_call *call)
{
	if (call->misc)
		return -EINVAL;
	time_from_guest(&args()->time, &call->u.set_time);
	call->status = efi_call(EFI_SET_TIME, AT(time), 0, 0, 0, 0);
	return 0;
}

static long get_wakeup_time(struct xenpf_efi_runtime_call *call)
{
	struct arguments *a = args();

	if (call->misc)
		return -EINVAL;
	call->status = efi_call(EFI_GET_WAKEUP_TIME, AT(enabled), AT(pending), AT(time), 0, 0);
	if (call->status == EFI_SUCCESS) {
		time_to_guest(&call->u.get_wakeup_time, &a->time);
		if (a->enabled)
			call->misc |= XEN_EFI_GET_WAKEUP_TIME_ENABLED;
		if (a->pending)
			call->misc |= XEN_EFI_GET_WAKEUP_TIME_PENDING;
	}
	return 0;
}

static long set_wakeup_time(struct xenpf_efi_runtime_call *call)
{
	bool enable = call->misc & XEN_EFI_SET_WAKEUP_TIME_ENABLE;
	bool enable_only = call->misc & XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY;

	if (call->misc & ~(XEN_EFI_SET_WAKEUP_TIME_ENABLE | XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY))
		return -EINVAL;
	time_from_guest(&args()->time, &call->u.set_wakeup_time);
	call->status = efi_call(EFI_SET_WAKEUP_TIME, enable, enable_only ? 0 : AT(time), 0, 0, 0);
	return 0;
}

/* --- variables --- */

/* A terminated name of unknown length. */
static int read_name(u64 from)
{
	u16 *name = args()->name;

	for (u32 i = 0; i < MAX_NAME_BYTES / 2; i++) {
		if (read_guest(&name[i], from + i * sizeof(*name)))
			return -EFAULT;
		if (!name[i])
			return 0;
	}
	return -EINVAL;
}

static long get_variable(struct xenpf_efi_runtime_call *call)
{
	struct arguments *a = args();
	u64 room = call->u.get_variable.size;
	int rc;

	if (call->misc)
		return -EINVAL;
	rc = read_name(handle_addr(call->u.get_variable.name));
	if (rc)
		return rc;
	a->guid = call->u.get_variable.vendor_guid;
	/* More than fits here is more than any firmware stores. */
	a->size = room < MAX_DATA_BYTES ? room : MAX_DATA_BYTES;
	call->status = efi_call(EFI_GET_VARIABLE, AT(name), AT(guid), AT(attributes), AT(size), AT(data));
	if (call->status == EFI_SUCCESS) {
		if (a->size > room || a->size > MAX_DATA_BYTES ||
		    copy_to_guest(handle_addr(call->u.get_variable.data), a->data, a->size))
			return -EFAULT;
		call->misc = a->attributes;
	}
	call->u.get_variable.size = a->size;
	return 0;
}

static long set_variable(struct xenpf_efi_runtime_call *call)
{
	struct arguments *a = args();
	u64 size = call->u.set_variable.size;
	int rc;

	rc = read_name(handle_addr(call->u.set_variable.name));
	if (rc)
		return rc;
	if (size > MAX_DATA_BYTES)
		return -E2BIG;
	if (copy_from_guest(a->data, handle_addr(call->u.set_variable.data), size))
		return -EFAULT;
	a->guid = call->u.set_variable.vendor_guid;
	call->status = efi_call(EFI_SET_VARIABLE, AT(name), AT(guid), call->misc, size, AT(data));
	return 0;
}

static bool is_terminated(const u16 *name, u32 chars)
{
	for (u32 i = 0; i < chars; i++)
		if (!name[i])
			return true;
	return false;
}

static long get_next_name(struct xenpf_efi_runtime_call *call)
{
	struct arguments *a = args();
	u64 room = call->u.get_next_variable_name.size;
	u64 name = handle_addr(call->u.get_next_variable_name.name);

	if (call->misc)
		return -EINVAL;
	if (room > MAX_NAME_BYTES)
		room = MAX_NAME_BYTES;
	if (copy_from_guest(a->name, name, room))
		return -EFAULT;
	/* Behind it is what the last call left: the firmware must not read on there. */
	if (!is_terminated(a->name, room / sizeof(a->name[0])))
		return -EINVAL;
	a->guid = call->u.get_next_variable_name.vendor_guid;
	a->size = room;
	call->status = efi_call(EFI_GET_NEXT_VARIABLE_NAME, AT(size), AT(name), AT(guid), 0, 0);
	if (call->status == EFI_SUCCESS) {
		if (a->size > room || copy_to_guest(name, a->name, a->size))
			return -EFAULT;
		call->u.get_next_variable_name.vendor_guid = a->guid;
	}
	call->u.get_next_variable_name.size = a->size;
	return 0;
}

static long query_info(struct xenpf_efi_runtime_call *call, const struct efi_info *efi)
{
	struct arguments *a = args();

	/* What it was at boot was not kept. */
	if (call->misc & ~XEN_EFI_VARINFO_BOOT_SNAPSHOT)
		return -EINVAL;
	if (call->misc || efi->runtime_version < EFI_2_00)
		return -EOPNOTSUPP;
	call->status = efi_call(EFI_QUERY_VARIABLE_INFO, call->u.query_variable_info.attr, AT(max_store),
				AT(remaining_store), AT(max_size), 0);
	call->u.query_variable_info.max_store_size = a->max_store;
	call->u.query_variable_info.remain_store_size = a->remaining_store;
	call->u.query_variable_info.max_size = a->max_size;
	return 0;
}

long platform_efi_runtime_call(struct xenpf_efi_runtime_call *call)
{
	struct efi_info efi;
	int rc = efi_prepare();

	if (rc)
		return rc;
	efi_get_info(&efi);
	memset(args(), 0, sizeof(struct arguments));
	switch (call->function) {
	case XEN_EFI_get_time:
		return get_time(call);
	case XEN_EFI_set_time:
		return set_time(call);
	case XEN_EFI_get_wakeup_time:
		return get_wakeup_time(call);
	case XEN_EFI_set_wakeup_time:
		return set_wakeup_time(call);
	case XEN_EFI_get_next_high_monotonic_count:
		if (call->misc)
			return -EINVAL;
		call->status = efi_call(EFI_GET_NEXT_HIGH_MONOTONIC_COUNT, AT(count), 0, 0, 0, 0);
		call->misc = args()->count;
		return 0;
	case XEN_EFI_get_variable:
		return get_variable(call);
	case XEN_EFI_set_variable:
		return set_variable(call);
	case XEN_EFI_get_next_variable_name:
		return get_next_name(call);
	case XEN_EFI_query_variable_info:
		return query_info(call, &efi);
	default:
		/* Capsules: their memory would have to be described to the firmware. */
		return -ENOSYS;
	}
}
