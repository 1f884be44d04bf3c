/* SPDX-License-Identifier: MIT */
/*
 * HYPERVISOR_kexec_op: loading a kernel to start after a crash of the host. Not
 * offered; the numbers are here so that they can be refused by name.
 */
#ifndef _XEN_PUBLIC_KEXEC_H
#define _XEN_PUBLIC_KEXEC_H

#include "xen.h"

#define KEXEC_TYPE_DEFAULT	0
#define KEXEC_TYPE_CRASH	1

#define KEXEC_CMD_kexec			0
#define KEXEC_CMD_kexec_load_v1		1
#define KEXEC_CMD_kexec_unload_v1	2
#define KEXEC_CMD_kexec_get_range	3
#if __XEN_INTERFACE_VERSION__ >= 0x00040400
#define KEXEC_CMD_kexec_load	4
#define KEXEC_CMD_kexec_unload	5
#define KEXEC_CMD_kexec_status	6
#else
#define KEXEC_CMD_kexec_load		KEXEC_CMD_kexec_load_v1
#define KEXEC_CMD_kexec_unload		KEXEC_CMD_kexec_unload_v1
#endif

#define KEXEC_RANGE_MA_CRASH		0
#define KEXEC_RANGE_MA_XEN		1
#define KEXEC_RANGE_MA_CPU		2
#define KEXEC_RANGE_MA_XENHEAP		3
#define KEXEC_RANGE_MA_BOOT_PARAM	4
#define KEXEC_RANGE_MA_EFI_MEMMAP	5
#define KEXEC_RANGE_MA_VMCOREINFO	6

#endif /* _XEN_PUBLIC_KEXEC_H */
