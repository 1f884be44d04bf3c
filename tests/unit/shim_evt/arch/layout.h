/* SPDX-License-Identifier: GPL-2.0-only */
/* The real layout, but for the windows that the host process has elsewhere. */
#ifndef SHIM_EVT_LAYOUT_H
#define SHIM_EVT_LAYOUT_H

#include_next <arch/layout.h>

extern unsigned long shim_directmap, shim_frame_table;
#undef DIRECTMAP_START
#define DIRECTMAP_START shim_directmap
#undef FRAME_TABLE_START
#define FRAME_TABLE_START shim_frame_table

#endif
