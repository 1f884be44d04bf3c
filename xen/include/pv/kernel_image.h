/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest kernel image, unpacked and understood: its segments and what its
 * notes ask for. Used at boot, for dom0.
 */
#ifndef XEN_PV_KERNEL_IMAGE_H
#define XEN_PV_KERNEL_IMAGE_H

#include <lib/types.h>

#define KERNEL_MAX_SEGMENTS	16
#define KERNEL_SYMBOL_SEGMENTS	3	/* headers, table, names */

struct kernel_segment {
	u64 vaddr;			/* where the kernel is linked */
	u64 bytes, file_bytes;		/* in memory, and of those from the image */
	const void *data;
};

struct kernel_image {
	bool is_32bit;
	u32 nr_segments;
	struct kernel_segment segment[KERNEL_MAX_SEGMENTS + KERNEL_SYMBOL_SEGMENTS];
	u64 virt_start, virt_end;	/* of all segments */
	u64 virt_base;			/* the address of the first frame */
	u64 entry;
	u64 hypercall_page;		/* 0: none */
	u64 init_p2m;			/* ~0: not asked for */
	u64 hv_start_low;
	bool unmapped_initrd;
	bool wants_symbols;
	bool can_be_dom0, features_known;
	bool extended_cr3, without_pae;	/* 32-bit ones */
	u64 supported_features, required_features;
	char guest_os[32], guest_version[32], loader[32], features[160];

	u8 symbol_headers[4 + 64 + 3 * 64];	/* of a segment, hence not to be copied */
	void *unpacked;			/* to be freed, or NULL */
	unsigned int unpacked_order;
};

/*
 * data, bytes: bzImage, a compressed ELF or an ELF; it must stay in place.
 * On failure the reason is a sentence for the console. NULL: fine.
 */
const char *kernel_image_parse(struct kernel_image *k, const void *data, size_t bytes);
void kernel_image_free(struct kernel_image *k);

#endif
