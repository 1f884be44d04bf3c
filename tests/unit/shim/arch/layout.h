/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's address space where a host process keeps it. */
#ifndef SHIM_ARCH_LAYOUT_H
#define SHIM_ARCH_LAYOUT_H

#include_next <arch/layout.h>

extern unsigned long shim_ram, shim_frame_table, shim_m2p;

#undef DIRECTMAP_START
#define DIRECTMAP_START		shim_ram
#undef FRAME_TABLE_START
#define FRAME_TABLE_START	shim_frame_table
#undef RW_M2P_START
#define RW_M2P_START		shim_m2p

#endif
