// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct xen_platform_op between a guest of either word size and the 64-bit
 * form that the platform*.c files work on. In the 32-bit layout handles and
 * frame numbers have four bytes and 64-bit numbers are aligned to four. No
 * state, no lock.
 */
#include <common/guest_access.h>
#include <lib/errno.h>
#include <lib/string.h>
#include "platform_private.h"

#pragma pack(push, 4)
struct add_memtype_32 {
	u32 mfn;
	u64 nr_mfns;
	u32 type, handle, reg;
};
struct read_memtype_32 {
	u32 reg, mfn;
	u64 nr_mfns;
	u32 type;
};
struct getidletime_32 {
	u32 cpumap_bitmap, cpumap_nr_cpus, idletime;
	u64 now;
};
struct symdata_32 {
	u32 namelen, symnum, name;
	u64 address;
	char type;
};
union body_32 {
	struct add_memtype_32 add_memtype;
	struct read_memtype_32 read_memtype;
	struct getidletime_32 getidletime;
	struct symdata_32 symdata;
};
#pragma pack(pop)

/* A handle where the guest has four bytes and what follows them is not its own. */
#define WIDEN_HANDLE(h)	((h).p = (void *)(unsigned long)(u32)(unsigned long)(h).p)
#define HANDLE_FROM(n)	{ .p = (void *)(unsigned long)(n) }

static void widen(struct xen_platform_op *op)
{
	union body_32 b;

	memcpy(&b, &op->u, sizeof(b));
	switch (op->cmd) {
	case XENPF_add_memtype:
		op->u.add_memtype = (struct xenpf_add_memtype){
			.mfn = b.add_memtype.mfn, .nr_mfns = b.add_memtype.nr_mfns, .type = b.add_memtype.type };
		break;
	case XENPF_read_memtype:
		op->u.read_memtype = (struct xenpf_read_memtype){ .reg = b.read_memtype.reg };
		break;
	case XENPF_getidletime:
		op->u.getidletime = (struct xenpf_getidletime){
			.cpumap_bitmap = HANDLE_FROM(b.getidletime.cpumap_bitmap),
			.cpumap_nr_cpus = b.getidletime.cpumap_nr_cpus,
			.idletime = HANDLE_FROM(b.getidletime.idletime) };
		break;
	case XENPF_get_symbol:
		op->u.symdata = (struct xenpf_symdata){
			.namelen = b.symdata.namelen, .symnum = b.symdata.symnum,
			.name = HANDLE_FROM(b.symdata.name) };
		break;
	case XENPF_firmware_info:
		if (op->u.firmware_info.type == XEN_FW_VBEDDC_INFO)
			memcpy(&op->u.firmware_info.u.vbeddc_info.edid, (u8 *)&op->u.firmware_info.u + 4, sizeof(u32));
		/* Those for disks and for UEFI's vendor are in one place, in either layout. */
		WIDEN_HANDLE(op->u.firmware_info.u.efi_info.vendor.name);
		break;
	case XENPF_set_processor_pminfo:
		if (op->u.set_pminfo.type == XEN_PM_PDC)
			WIDEN_HANDLE(op->u.set_pminfo.u.pdc);
		break;
	case XENPF_resource_op:
		WIDEN_HANDLE(op->u.resource_op.entries);
		break;
	}
}

#define HEAD			offsetof(struct xen_platform_op, u)

/* The results into the guest's own layout, in place; returns how many bytes of it are theirs. */
static size_t narrow(struct xen_platform_op *op)
{
	size_t bytes = sizeof(*op) - HEAD;
	const struct xen_platform_op wide = *op;
	union body_32 b;

	memcpy(&b, &op->u, sizeof(b));
	switch (op->cmd) {
	case XENPF_add_memtype:
		b.add_memtype = (struct add_memtype_32){
			.mfn = wide.u.add_memtype.mfn, .nr_mfns = wide.u.add_memtype.nr_mfns,
			.type = wide.u.add_memtype.type, .handle = wide.u.add_memtype.handle,
			.reg = wide.u.add_memtype.reg };
		bytes = sizeof(b.add_memtype);
		break;
	case XENPF_read_memtype:
		b.read_memtype = (struct read_memtype_32){
			.reg = wide.u.read_memtype.reg, .mfn = wide.u.read_memtype.mfn,
			.nr_mfns = wide.u.read_memtype.nr_mfns, .type = wide.u.read_memtype.type };
		bytes = sizeof(b.read_memtype);
		break;
	case XENPF_getidletime:
		b.getidletime = (struct getidletime_32){
			.cpumap_bitmap = handle_addr(wide.u.getidletime.cpumap_bitmap),
			.cpumap_nr_cpus = wide.u.getidletime.cpumap_nr_cpus,
			.idletime = handle_addr(wide.u.getidletime.idletime),
			.now = wide.u.getidletime.now };
		bytes = sizeof(b.getidletime);
		break;
	case XENPF_get_symbol:
		b.symdata = (struct symdata_32){
			.namelen = wide.u.symdata.namelen, .symnum = wide.u.symdata.symnum,
			.name = handle_addr(wide.u.symdata.name), .address = wide.u.symdata.address,
			.type = wide.u.symdata.type };
		bytes = sizeof(b.symdata);
		break;
	}
	memcpy(&op->u, &b, sizeof(b));
	return HEAD + bytes;
}

int platform_read_op(struct xen_platform_op *op, u64 arg, bool is_32bit)
{
	if (read_guest(op, arg))
		return -EFAULT;
	if (is_32bit)
		widen(op);
	return 0;
}

int platform_write_op(u64 arg, const struct xen_platform_op *op, bool is_32bit)
{
	struct xen_platform_op out = *op;

	/* What is behind the narrow form was not the guest's to lose. */
	return copy_to_guest(arg, &out, is_32bit ? narrow(&out) : sizeof(out));
}
