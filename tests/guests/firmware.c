// SPDX-License-Identifier: GPL-2.0-only
/*
 * UEFI as dom0 reaches it by platform_op: what the system table says, and the
 * runtime services. Run on a machine that was booted by it.
 */
#include "lib.h"

#define EFI_ERROR(n)	(1ul << 63 | (n))
#define UNSUPPORTED	EFI_ERROR(3)
#define TOO_SMALL	EFI_ERROR(5)
#define NOT_FOUND	EFI_ERROR(14)
#define POISON		0x5a
#define ALL_ATTRIBUTES	(XEN_EFI_VARIABLE_NON_VOLATILE | XEN_EFI_VARIABLE_BOOTSERVICE_ACCESS |	\
			 XEN_EFI_VARIABLE_RUNTIME_ACCESS)

static struct xen_platform_op op;
static struct xenpf_firmware_info *const info = &op.u.firmware_info;
static struct xenpf_efi_runtime_call *const call = &op.u.efi_runtime_call;

static long platform(unsigned int cmd)
{
	op.cmd = cmd;
	op.interface_version = XENPF_INTERFACE_VERSION;
	return HYP(platform_op, &op, 0, 0, 0, 0);
}

static long ask(unsigned int type, unsigned int index)
{
	info->type = type;
	info->index = index;
	return platform(XENPF_firmware_info);
}

static long service(unsigned int function)
{
	call->function = function;
	return platform(XENPF_efi_runtime_call);
}

static void clear(void)
{
	memset(&op, 0, sizeof(op));
}

/* --- what the system table says --- */

CHECK_DOM0(tables)
{
	static u16 name[200];
	u64 at;

	clear();
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_VERSION), 0);
	EXPECT(info->u.efi_info.version >= 0x20000 && info->u.efi_info.version < 0x30000);
	clear();
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_RT_VERSION), 0);
	EXPECT(info->u.efi_info.version >= 0x20000 && info->u.efi_info.version < 0x30000);
	clear();
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_CONFIG_TABLE), 0);
	at = info->u.efi_info.cfg.addr;
	EXPECT(at && info->u.efi_info.cfg.nent > 0 && info->u.efi_info.cfg.nent < 100);

	/* The memory that the tables are in: found by any address in it. */
	clear();
	info->u.efi_info.mem.addr = at;
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_MEM_INFO), 0);
	EXPECT(info->u.efi_info.mem.addr <= at && at - info->u.efi_info.mem.addr < info->u.efi_info.mem.size);
	EXPECT(info->u.efi_info.mem.attr && info->u.efi_info.mem.type);
	info->u.efi_info.mem.addr = ~0ull;
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_MEM_INFO), -ESRCH);

	clear();
	memset(name, POISON, sizeof(name));
	info->u.efi_info.vendor.bufsz = sizeof(name);
	set_xen_guest_handle(info->u.efi_info.vendor.name, name);
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_VENDOR), 0);
	EXPECT(name[0] > ' ' && name[0] < 0x7f);
	EXPECT(is_filled(&name[199], POISON, 2));
	memset(name, POISON, sizeof(name));
	info->u.efi_info.vendor.bufsz = 7;
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_VENDOR), 0);
	EXPECT(name[1] && !name[2] && is_filled(&name[3], POISON, 2));
	memset(name, POISON, sizeof(name));
	info->u.efi_info.vendor.bufsz = 0;
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_VENDOR), 0);
	EXPECT(is_filled(name, POISON, sizeof(name)));
	info->u.efi_info.vendor.bufsz = ~0u;
	set_xen_guest_handle(info->u.efi_info.vendor.name, (void *)(HYPERVISOR_LOW - 2));
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_VENDOR), -EFAULT);

	/* What this firmware does not have. */
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_PCI_ROM), -ENOENT);
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, XEN_FW_EFI_APPLE_PROPERTIES), -ENODATA);
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, 7), -EINVAL);
	EXPECT_EQ(ask(XEN_FW_EFI_INFO, ~0u), -EINVAL);
	EXPECT_EQ(ask(XEN_FW_KBD_SHIFT_FLAGS, 0), -ESRCH);
	/* Nor was there a BIOS to ask about these. */
	for (unsigned int type = XEN_FW_DISK_INFO; type <= XEN_FW_VBEDDC_INFO; type++)
		EXPECT_EQ_OF(ask(type, 0), -ESRCH, "type %u", type);
}

/* --- its clock --- */

static u32 minutes(const struct xenpf_efi_time *t)
{
	return (t->day * 24 + t->hour) * 60 + t->min;
}

CHECK_DOM0(clock)
{
	struct xenpf_efi_time t;

	clear();
	EXPECT_EQ(service(XEN_EFI_get_time), 0);
	EXPECT_EQ(call->status, 0);
	t = call->u.get_time.time;
	EXPECT(t.year >= 2020 && t.year < 2100 && t.month >= 1 && t.month <= 12 && t.day >= 1 && t.day <= 31);
	EXPECT(call->u.get_time.resolution > 0);

	clear();
	t.min = t.min < 30 ? t.min + 20 : t.min - 20;
	call->u.set_time = t;
	EXPECT_EQ(service(XEN_EFI_set_time), 0);
	EXPECT_EQ(call->status, 0);
	clear();
	EXPECT_EQ(service(XEN_EFI_get_time), 0);
	EXPECT(minutes(&call->u.get_time.time) - minutes(&t) <= 1);
	clear();
	t.month = 77;
	call->u.set_time = t;
	EXPECT_EQ(service(XEN_EFI_set_time), 0);
	EXPECT_EQ(call->status, EFI_ERROR(2));

	/* An alarm, set and taken away. */
	clear();
	EXPECT_EQ(service(XEN_EFI_get_wakeup_time), 0);
	EXPECT(!call->status || call->status == UNSUPPORTED);
	EXPECT_EQ(call->misc & XEN_EFI_GET_WAKEUP_TIME_ENABLED, 0);
	clear();
	call->misc = XEN_EFI_SET_WAKEUP_TIME_ENABLE;
	t.month = 5;
	call->u.set_wakeup_time = t;
	EXPECT_EQ(service(XEN_EFI_set_wakeup_time), 0);
	EXPECT(!call->status || call->status == UNSUPPORTED || call->status == EFI_ERROR(2));
	clear();
	EXPECT_EQ(service(XEN_EFI_set_wakeup_time), 0);
	EXPECT(!call->status || call->status == UNSUPPORTED);

	/* Flags that there are not. */
	for (unsigned int f = XEN_EFI_get_time; f <= XEN_EFI_get_next_high_monotonic_count; f++) {
		clear();
		call->misc = 0x80000000;
		EXPECT_EQ_OF(service(f), -EINVAL, "function %u", f);
	}
}

CHECK_DOM0(monotonic_count)
{
	u32 first;

	clear();
	EXPECT_EQ(service(XEN_EFI_get_next_high_monotonic_count), 0);
	EXPECT_EQ(call->status, 0);
	first = call->misc;
	clear();
	EXPECT_EQ(service(XEN_EFI_get_next_high_monotonic_count), 0);
	EXPECT_EQ(call->misc, first + 1);
}

/* --- variables --- */

static u16 var_name[] = { 'A', ' ', 't', 'e', 's', 't', 0 };
static const struct xenpf_efi_guid guid = { 0x1234abcd, 0x55aa, 0x1111, { 1, 2, 3, 4, 5, 6, 7, 8 } };
static u8 data[256];

static long set_variable(const void *value, u64 size)
{
	clear();
	call->misc = ALL_ATTRIBUTES;
	set_xen_guest_handle(call->u.set_variable.name, var_name);
	call->u.set_variable.size = size;
	set_xen_guest_handle(call->u.set_variable.data, (void *)value);
	call->u.set_variable.vendor_guid = guid;
	return service(XEN_EFI_set_variable);
}

static long get_variable(void *to, u64 size)
{
	clear();
	set_xen_guest_handle(call->u.get_variable.name, var_name);
	call->u.get_variable.size = size;
	set_xen_guest_handle(call->u.get_variable.data, to);
	call->u.get_variable.vendor_guid = guid;
	return service(XEN_EFI_get_variable);
}

static bool listed(unsigned int *count)
{
	static u16 name[1024];
	struct xenpf_efi_guid of = { 0 };
	bool found = false;

	memset(name, 0, sizeof(name));
	for (*count = 0; *count < 1000; ++*count) {
		clear();
		call->u.get_next_variable_name.size = sizeof(name);
		set_xen_guest_handle(call->u.get_next_variable_name.name, name);
		call->u.get_next_variable_name.vendor_guid = of;
		EXPECT_EQ(service(XEN_EFI_get_next_variable_name), 0);
		if (call->status)
			break;
		of = call->u.get_next_variable_name.vendor_guid;
		found |= !memcmp(&of, &guid, sizeof(guid)) && !memcmp(name, var_name, sizeof(var_name));
	}
	EXPECT_EQ(call->status, NOT_FOUND);
	return found;
}

CHECK_DOM0(variables)
{
	unsigned int before, with;

	EXPECT_EQ(get_variable(data, sizeof(data)), 0);
	EXPECT_EQ(call->status, NOT_FOUND);
	EXPECT(!listed(&before));
	EXPECT_EQ(set_variable("hello, world", 12), 0);
	EXPECT_EQ(call->status, 0);
	memset(data, POISON, sizeof(data));
	EXPECT_EQ(get_variable(data, sizeof(data)), 0);
	EXPECT_EQ(call->status, 0);
	EXPECT_EQ(call->u.get_variable.size, 12);
	EXPECT_EQ(call->misc, ALL_ATTRIBUTES);
	EXPECT(!memcmp(data, "hello, world", 12) && is_filled(data + 12, POISON, 100));
	/* Too little room: how much it takes, and nothing written. */
	memset(data, POISON, sizeof(data));
	EXPECT_EQ(get_variable(data, 5), 0);
	EXPECT_EQ(call->status, TOO_SMALL);
	EXPECT_EQ(call->u.get_variable.size, 12);
	EXPECT(is_filled(data, POISON, sizeof(data)));
	EXPECT(listed(&with));
	EXPECT_EQ(with, before + 1);
	EXPECT_EQ(set_variable("", 0), 0);
	EXPECT_EQ(call->status, 0);
	EXPECT(!listed(&with));

	clear();
	call->u.query_variable_info.attr = ALL_ATTRIBUTES;
	EXPECT_EQ(service(XEN_EFI_query_variable_info), 0);
	EXPECT_EQ(call->status, 0);
	EXPECT(call->u.query_variable_info.max_store_size > 1000 &&
	       call->u.query_variable_info.remain_store_size <= call->u.query_variable_info.max_store_size &&
	       call->u.query_variable_info.max_size > 100);
	clear();
	call->misc = XEN_EFI_VARINFO_BOOT_SNAPSHOT;
	EXPECT_EQ(service(XEN_EFI_query_variable_info), -EOPNOTSUPP);
	call->misc = 2;
	EXPECT_EQ(service(XEN_EFI_query_variable_info), -EINVAL);
}

/* The firmware is never given an address or a length of the guest's. */
CHECK_DOM0(variables_refused)
{
	static u16 endless[4096];
	u8 *in_hypervisor = (u8 *)HYPERVISOR_LOW + 0x1000000000;

	EXPECT_EQ(set_variable(in_hypervisor, 16), -EFAULT);
	EXPECT(set_variable(data, ~0ul) < 0);
	EXPECT(set_variable(data, 1ul << 32) < 0);
	EXPECT_EQ(set_variable("x", 1), 0);
	EXPECT_EQ(get_variable(in_hypervisor, 16), -EFAULT);
	EXPECT_EQ(get_variable(data, ~0ul), 0);
	EXPECT_EQ(call->u.get_variable.size, 1);
	EXPECT_EQ(set_variable("", 0), 0);

	for (unsigned int i = 0; i < ARRAY_SIZE(endless); i++)
		endless[i] = 'a';
	clear();
	set_xen_guest_handle(call->u.get_variable.name, endless);
	EXPECT(service(XEN_EFI_get_variable) < 0);
	EXPECT(service(XEN_EFI_set_variable) < 0);
	set_xen_guest_handle(call->u.get_variable.name, (u16 *)in_hypervisor);
	EXPECT_EQ(service(XEN_EFI_get_variable), -EFAULT);
	clear();
	call->u.get_next_variable_name.size = ~0ul;
	set_xen_guest_handle(call->u.get_next_variable_name.name, in_hypervisor);
	EXPECT_EQ(service(XEN_EFI_get_next_variable_name), -EFAULT);
	/* A name that does not end. */
	clear();
	call->u.get_next_variable_name.size = sizeof(endless);
	set_xen_guest_handle(call->u.get_next_variable_name.name, endless);
	EXPECT_EQ(service(XEN_EFI_get_next_variable_name), -EINVAL);
	call->u.get_next_variable_name.size = 1;
	EXPECT_EQ(service(XEN_EFI_get_next_variable_name), -EINVAL);
	call->u.get_next_variable_name.size = 0;
	EXPECT_EQ(service(XEN_EFI_get_next_variable_name), -EINVAL);
}

CHECK_DOM0(capsules)
{
	for (unsigned int f = XEN_EFI_query_capsule_capabilities; f < 20; f++) {
		clear();
		EXPECT_EQ_OF(service(f), -ENOSYS, "function %u", f);
	}
	EXPECT_EQ(service(0), -ENOSYS);
	EXPECT_EQ(service(~0u), -ENOSYS);
}
