/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The saved image of a domain: version 3 of the format described in xen-doc's
 * "libxenctrl (libxc) Domain Image Format". Shared by save_*.c and restore_*.c.
 */
#ifndef LIBXEN_STREAM_H
#define LIBXEN_STREAM_H

#include "libxen/libxen.h"

#define STREAM_MARKER		0xffffffffffffffffULL
#define STREAM_ID		0x58454e46U	/* "XENF" */
#define STREAM_VERSION		3
#define STREAM_TYPE_X86_PV	1

/* Big-endian, whatever the rest is. */
struct stream_header {
	uint64_t marker;
	uint32_t id, version;
	uint16_t options, pad0;
	uint32_t pad1;
};

struct stream_domain {
	uint32_t type;
	uint16_t page_shift, pad;
	uint32_t xen_major, xen_minor;
};

enum {
	REC_END, REC_PAGE_DATA, REC_PV_INFO, REC_PV_P2M_FRAMES, REC_VCPU_BASIC, REC_VCPU_EXTENDED,
	REC_VCPU_XSAVE, REC_SHARED_INFO, REC_TSC_INFO, REC_HVM_CONTEXT, REC_HVM_PARAMS, REC_TOOLSTACK,
	REC_VCPU_MSRS, REC_VERIFY, REC_CHECKPOINT, REC_CHECKPOINT_DIRTY, REC_STATIC_DATA_END,
	REC_CPUID_POLICY, REC_MSR_POLICY,
};
#define REC_OPTIONAL		0x80000000U
#define REC_BODY_MAX		(8U << 20)	/* ours never come near it */

struct record {
	uint32_t type, length;
};

struct rec_page_data {
	uint32_t count, pad;
	uint64_t pfn[];
};
#define PAGE_DATA_PFN		0x000fffffffffffffULL
#define PAGE_DATA_TYPE_SHIFT	60
#define PAGES_PER_RECORD	1024

struct rec_pv_info {
	uint8_t width, levels;
	uint8_t pad[6];
};

struct rec_p2m_frames {
	uint32_t start, end;
	uint64_t pfn[];
};

struct rec_tsc_info {
	uint32_t mode, khz;
	uint64_t nsec;
	uint32_t incarnation, pad;
};

struct rec_vcpu {
	uint32_t vcpu, pad;
	uint8_t data[];
};
#define EXTENDED_SIZE		128

/* Frame types as four bits, as they stand in the stream. */
enum {
	FT_NOTAB = 0, FT_L1 = 1, FT_L2 = 2, FT_L3 = 3, FT_L4 = 4, FT_TABLE = 7, FT_PINNED = 8,
	FT_BROKEN = 13, FT_XALLOC = 14, FT_XTAB = 15,
};

static inline bool ft_has_data(unsigned int t)
{
	return t < FT_BROKEN;
}

static inline bool ft_known(unsigned int t)
{
	return t <= 4 || (t >= 9 && t <= 15);
}

static inline unsigned int ft_level(unsigned int t)
{
	return t < FT_BROKEN ? t & FT_TABLE : 0;
}

/* Slots of a 64-bit root that belong to the hypervisor. */
#define HV_ROOT_FIRST		256
#define HV_ROOT_LAST		271

#define PTE_PRESENT		1ULL
#define PTE_FRAME		0x000ffffffffff000ULL
#define TABLE_ENTRIES		512

/* More than any guest this format can be asked to hold: 16 TiB. */
#define PFN_LIMIT		(1ULL << 32)

#endif
