/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exception table is searched through arch/uaccess.h; this is its layout,
 * for the linker's sorted section and for the boot code that patches SMAP.
 */
#ifndef XEN_ARCH_EXTABLE_H
#define XEN_ARCH_EXTABLE_H

#include <lib/types.h>

struct exception_entry {
	s32 insn, fixup;	/* relative to the field's own address */
};

/* Sites of stac (on = 1) and clac. */
struct smap_site {
	s32 at;			/* relative to the field's own address */
	u8 on;
} __attribute__((__packed__));

void apply_alternatives(bool smap);	/* boot CPU, text still writable, before any guest access */

#endif
