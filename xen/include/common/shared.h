/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shared_info and vcpu_info are laid out by the guest's word size. These
 * accessors hide which; `d` is whose shared page it is.
 */
#ifndef XEN_COMMON_SHARED_H
#define XEN_COMMON_SHARED_H

#include <common/domain.h>
#include <lib/types.h>

/* Layout of the 32-bit ABI's vcpu_info and shared_info, as far as it differs. */
struct vcpu_info_32 {
	u8 evtchn_upcall_pending;
	u8 evtchn_upcall_mask;
	u16 pad1;
	u32 evtchn_pending_sel;
	u32 cr2;
	u32 pad2[5];
	struct vcpu_time_info time;	/* same layout in both; at offset 32 in both */
};
struct shared_info_32 {
	struct vcpu_info_32 vcpu_info[XEN_LEGACY_MAX_VCPUS];
	u32 evtchn_pending[32];
	u32 evtchn_mask[32];
	u32 wc_version, wc_sec, wc_nsec;
	u32 wc_sec_hi_or_arch[16];
};

#define evtchn_word_bits(d)	((d)->is_32bit ? 32u : 64u)
#define two_level_ports(d)	((d)->is_32bit ? 1024u : 4096u)

/* Bit arrays in the guest's shared page: treat as u32/u64 little-endian bit strings, both ABIs alike. */
static inline volatile unsigned long *shared_pending(struct domain *d)
{
	return d->is_32bit ? (volatile unsigned long *)((struct shared_info_32 *)d->shared_info)->evtchn_pending
			   : (volatile unsigned long *)d->shared_info->evtchn_pending;
}
static inline volatile unsigned long *shared_mask(struct domain *d)
{
	return d->is_32bit ? (volatile unsigned long *)((struct shared_info_32 *)d->shared_info)->evtchn_mask
			   : (volatile unsigned long *)d->shared_info->evtchn_mask;
}
/* The upcall bytes stand at offsets 0 and 1 in both ABIs; the selector word is 4 or 8 bytes wide. */
static inline volatile u8 *vcpu_upcall_pending(struct vcpu *v)
{
	return (volatile u8 *)v->info;
}
static inline volatile u8 *vcpu_upcall_mask(struct vcpu *v)
{
	return (volatile u8 *)v->info + offsetof(struct vcpu_info, evtchn_upcall_mask);
}
static inline volatile unsigned long *vcpu_pending_sel(struct vcpu *v)
{
	return v->domain->is_32bit ? (volatile unsigned long *)&((struct vcpu_info_32 *)v->info)->evtchn_pending_sel
				   : (volatile unsigned long *)&v->info->evtchn_pending_sel;
}

#endif
