/* SPDX-License-Identifier: GPL-2.0-only */
/* Between pv/dom0_build.c and pv/dom0_build32.c: the dom0 that is being built. */
#ifndef XEN_PV_DOM0_PRIVATE_H
#define XEN_PV_DOM0_PRIVATE_H

#include <common/domain.h>
#include <common/frame.h>
#include <lib/compiler.h>
#include <pv/kernel_image.h>

struct dom0_builder {
	struct domain *d;
	struct kernel_image image;
	unsigned long nr_pages;
	u64 *p2m;			/* machine frame of each pfn */
	unsigned int p2m_order;

	u64 v_start, v_end;		/* mapped from virt_base on */
	u64 v_initrd, v_p2m, v_start_info, v_tables, v_stack;
	unsigned long nr_tables;	/* of the area above */
	unsigned long first_p2m_pfn, nr_p2m_frames;
	unsigned long initrd_pfn;
	unsigned long next_table;	/* pfn of the next free table */
	unsigned long layout_pages;	/* pfns with contents of ours, from 0 on */
	u64 *root;
};

static inline void *dom0_pfn_to_virt(const struct dom0_builder *b, unsigned long pfn)
{
	return mfn_to_virt(MFN(b->p2m[pfn]));
}

/* pv/dom0_build32.c: what differs for a kernel of the ring-1 ABI. */

/* Why the kernel cannot be used, or NULL. */
const char *dom0_unfit_32(const struct kernel_image *k);
/* The domain takes the ABI on, before it has memory. Panics. */
void dom0_make_32(struct dom0_builder *b);
/* A root, the four tables below it, and level-1 tables for the mapped area. */
#define DOM0_UPPER_TABLES_32	5
void dom0_build_tables_32(struct dom0_builder *b);
void dom0_write_p2m_32(struct dom0_builder *b);
void dom0_set_registers_32(const struct dom0_builder *b, struct vcpu *v);
/* The page at si, laid out anew; returns the size of the structure, whose console part is at CONSOLE_AT_32. */
u32 dom0_narrow_start_info(struct start_info *si);
#define CONSOLE_AT_32		52

#endif
