/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the platform*.c files. Each function takes its part of the operation
 * in the 64-bit layout and changes what goes back in it; that happens when
 * the result, the guest's, is not an error.
 */
#ifndef XEN_PV_PLATFORM_PRIVATE_H
#define XEN_PV_PLATFORM_PRIVATE_H

#include <lib/types.h>
#include <public/platform.h>

/* pv/platform_cpu.c */
long platform_get_cpuinfo(struct xenpf_pcpuinfo *info);
long platform_get_cpu_version(struct xenpf_pcpu_version *ver);
long platform_getidletime(struct xenpf_getidletime *idle);
long platform_set_pminfo(const struct xenpf_set_processor_pminfo *info);
long platform_resource_op(const struct xenpf_resource_op *res);
long platform_cpu_online(u32 cpu, bool online);

/* pv/platform_firmware.c */
long platform_firmware_info(struct xenpf_firmware_info *info);
/* pv/platform_efi.c */
long platform_efi_info(struct xenpf_firmware_info *info);
long platform_efi_runtime_call(struct xenpf_efi_runtime_call *call);

/* pv/platform_memtype.c */
long platform_add_memtype(struct xenpf_add_memtype *add);
long platform_del_memtype(const struct xenpf_del_memtype *del);
long platform_read_memtype(struct xenpf_read_memtype *read);

/* pv/platform_sleep.c */
long platform_enter_sleep(const struct xenpf_enter_acpi_sleep *sleep);

/* pv/platform_compat.c: between the two layouts. 0 or -EFAULT; writing stores only results. */
int platform_read_op(struct xen_platform_op *op, u64 arg, bool is_32bit);
int platform_write_op(u64 arg, const struct xen_platform_op *op, bool is_32bit);

#endif
