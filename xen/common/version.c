// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_xen_version: who the hypervisor is and what it offers. Constant
 * but for what depends on the calling domain; no lock.
 */
#include <arch/layout.h>
#include <common/cmdline.h>
#include <common/domain.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <lib/bitmap.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <public/version.h>

#ifndef XEN_COMPILE_DATE
#define XEN_COMPILE_DATE	"unknown"	/* so that equal sources give equal images */
#endif

/* A fixed-size text to the guest, padded with zeros. */
static long write_text(u64 arg, char *buf, size_t size, const char *text)
{
	memset(buf, 0, size);
	strlcpy(buf, text, size);
	return copy_to_guest(arg, buf, size);
}

static long get_extraversion(u64 arg)
{
	xen_extraversion_t text;

	return write_text(arg, text, sizeof(text), XEN_VERSION_EXTRA);
}

static long get_compile_info(u64 arg)
{
	struct xen_compile_info info;

	memset(&info, 0, sizeof(info));
	strlcpy(info.compiler, "gcc " __VERSION__, sizeof(info.compiler));
	strlcpy(info.compile_by, "unknown", sizeof(info.compile_by));
	strlcpy(info.compile_domain, "unknown", sizeof(info.compile_domain));
	strlcpy(info.compile_date, XEN_COMPILE_DATE, sizeof(info.compile_date));
	return write_guest(arg, &info);
}

static long get_capabilities(u64 arg)
{
	static const char kinds[] = "xen-3.0-x86_64 xen-3.0-x86_32p ";
	char chunk[64];

	BUILD_BUG_ON(sizeof(kinds) > sizeof(chunk));
	/* The field is a kilobyte: the text, and zeros after it. */
	if (write_text(arg, chunk, sizeof(chunk), kinds))
		return -EFAULT;
	return clear_guest(arg + sizeof(chunk), XEN_CAPABILITIES_INFO_LEN - sizeof(chunk));
}

static long get_changeset(u64 arg)
{
	xen_changeset_info_t text;

	return write_text(arg, text, sizeof(text), "release " RELEASE);
}

static long get_platform_parameters(u64 arg)
{
	const struct domain *d = current->domain;
	u64 start_64 = HYPERVISOR_START;
	u32 start_32 = d->pv.hv_start_low;

	return d->is_32bit ? write_guest(arg, &start_32) : write_guest(arg, &start_64);
}

static u32 features_of(const struct domain *d)
{
	u32 f = BIT(XENFEAT_memory_op_vnode_supported) | BIT(XENFEAT_direct_mapped) |
		BIT(XENFEAT_mmu_pt_update_preserve_ad) | BIT(XENFEAT_highmem_assist) |
		BIT(XENFEAT_gnttab_map_avail_bits);

	if (d->vmassist & BIT_U64(VMASST_TYPE_pae_extended_cr3))
		f |= BIT(XENFEAT_pae_pgdir_above_4gb);
	if (is_control_domain(d))
		f |= BIT(XENFEAT_dom0);
	return f;
}

static long get_features(u64 arg)
{
	struct xen_feature_info info;

	if (read_guest(&info, arg))
		return -EFAULT;
	if (info.submap_idx >= XENFEAT_NR_SUBMAPS)
		return -EINVAL;
	info.submap = features_of(current->domain);
	return write_guest(arg, &info);
}

/* It may hold secrets of the host: others are told that there is something. */
static long get_commandline(u64 arg)
{
	const char *text = is_control_domain(current->domain) ? saved_cmdline : "<denied>";
	size_t n = strnlen(text, sizeof(xen_commandline_t) - 1);

	if (copy_to_guest(arg, text, n))
		return -EFAULT;
	return clear_guest(arg + n, sizeof(xen_commandline_t) - n);
}

long do_xen_version(u64 cmd, u64 arg)
{
	switch ((u32)cmd) {
	case XENVER_version:
		return XEN_VERSION_MAJOR << 16 | XEN_VERSION_MINOR;
	case XENVER_extraversion:
		return get_extraversion(arg);
	case XENVER_compile_info:
		return get_compile_info(arg);
	case XENVER_capabilities:
		return get_capabilities(arg);
	case XENVER_changeset:
		return get_changeset(arg);
	case XENVER_platform_parameters:
		return get_platform_parameters(arg);
	case XENVER_get_features:
		return get_features(arg);
	case XENVER_pagesize:
		return arg ? -EINVAL : (long)PAGE_SIZE;
	case XENVER_guest_handle:
		return copy_to_guest(arg, current->domain->handle, sizeof(xen_domain_handle_t));
	case XENVER_commandline:
		return get_commandline(arg);
	case XENVER_build_id:
		return is_control_domain(current->domain) ? -ENODATA : -EPERM;
	default:
		return -ENOSYS;
	}
}
