/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between common/frame.c, common/frame_alloc.c and common/memory*.c: the heap
 * below owners and references.
 */
#ifndef XEN_COMMON_FRAME_HEAP_H
#define XEN_COMMON_FRAME_HEAP_H

#include <common/frame.h>

/*
 * A block of frames with no owner and no reference, or NULL. Zero unless
 * MEMF_no_scrub. Stale translations of its frames are flushed everywhere. d,
 * when not NULL, may use its own claim.
 */
struct page_info *heap_alloc(unsigned int order, u32 memflags, const struct domain *d);
/* Give it back. dirty: contents must not reach the next owner. */
void heap_free(struct page_info *pg, unsigned int order, bool dirty);
/* Flush what may still translate to frames that were taken from their owner; forgets their stamps. */
void heap_flush_stale(struct page_info *pg, unsigned int order);
/* d has just been given nr counted frames: its claim shrinks. */
void heap_claim_used(struct domain *d, unsigned long nr);

#endif
