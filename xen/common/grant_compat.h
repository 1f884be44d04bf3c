/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layouts of grant-table operations as a 32-bit caller has them, where they
 * differ: pointers and frame numbers are 32 bits wide there.
 */
#ifndef XEN_COMMON_GRANT_COMPAT_H
#define XEN_COMMON_GRANT_COMPAT_H

#include <lib/compiler.h>
#include <lib/types.h>
#include <public/grant_table.h>

struct gnttab_setup_table_32 {
	domid_t dom;
	uint32_t nr_frames;
	int16_t status;
	uint32_t frame_list;		/* of 32-bit frame numbers */
};

struct gnttab_transfer_32 {
	uint32_t mfn;
	domid_t domid;
	grant_ref_t ref;
	int16_t status;
};

struct gnttab_copy_ptr_32 {
	uint32_t ref_or_gmfn;
	domid_t domid;
	uint16_t offset;
};
struct gnttab_copy_32 {
	struct gnttab_copy_ptr_32 source, dest;
	uint16_t len;
	uint16_t flags;
	int16_t status;
};

struct gnttab_get_status_frames_32 {
	uint32_t nr_frames;
	domid_t dom;
	int16_t status;
	uint32_t frame_list;		/* of 64-bit frame numbers, here too */
};

BUILD_BUG_ON(sizeof(struct gnttab_setup_table_32) != 16);
BUILD_BUG_ON(sizeof(struct gnttab_transfer_32) != 16);
BUILD_BUG_ON(sizeof(struct gnttab_copy_32) != 24);
BUILD_BUG_ON(sizeof(struct gnttab_get_status_frames_32) != 12);

#endif
