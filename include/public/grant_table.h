/* SPDX-License-Identifier: MIT */
/*
 * Grant tables: a domain lets others map, copy or hand over chosen frames. The
 * table is memory shared with the hypervisor; a reference is an index into it.
 * HYPERVISOR_grant_table_op(cmd, args, count), args an array of count structures,
 * each with its own GNTST_* status.
 */
#ifndef __XEN_PUBLIC_GRANT_TABLE_H__
#define __XEN_PUBLIC_GRANT_TABLE_H__

#include "xen.h"

/*
 * Rules for a granter that changes an entry while others use it: fill domid and
 * frame first and flags last; withdraw by compare-and-exchange of flags to 0,
 * only seeing neither GTF_reading nor GTF_writing; once a transfer entry shows
 * GTF_transfer_committed, leave it alone until GTF_transfer_completed.
 */
typedef uint32_t grant_ref_t;

#if __XEN_INTERFACE_VERSION__ < 0x0003020a
#define grant_entry_v1		grant_entry
#define grant_entry_v1_t	grant_entry_t
#endif
struct grant_entry_v1 {
	uint16_t flags;	/* GTF_*: written by both sides */
	domid_t domid;	/* who is granted access */
	uint32_t frame;	/* frame granted; frame received, after a transfer */
};
typedef struct grant_entry_v1 grant_entry_v1_t;

/* The first entries survive a change of version, and the tools fill two. */
#define GNTTAB_NR_RESERVED_ENTRIES	8
#define GNTTAB_RESERVED_CONSOLE		0
#define GNTTAB_RESERVED_XENSTORE	1

/* Kinds of entry. */
#define GTF_invalid		(0U << 0)
#define GTF_permit_access	(1U << 0)	/* domid may map or copy frame */
#define GTF_accept_transfer	(2U << 0)	/* domid may give us a frame */
#define GTF_transitive		(3U << 0)	/* domid may copy what another granted us */
#define GTF_type_mask		(3U << 0)

/*
 * permit_access and transitive. reading and writing are the hypervisor's
 * marks of use; the cache bits must agree with the mapping asked for.
 */
#define _GTF_readonly	2
#define GTF_readonly	(1U << _GTF_readonly)
#define _GTF_reading	3
#define GTF_reading	(1U << _GTF_reading)
#define _GTF_writing	4
#define GTF_writing	(1U << _GTF_writing)
#define _GTF_PWT	5
#define GTF_PWT		(1U << _GTF_PWT)
#define _GTF_PCD	6
#define GTF_PCD		(1U << _GTF_PCD)
#define _GTF_PAT	7
#define GTF_PAT		(1U << _GTF_PAT)
#define _GTF_sub_page	8
#define GTF_sub_page	(1U << _GTF_sub_page)	/* part of a page: copies only */

/* accept_transfer. */
#define _GTF_transfer_committed	2
#define GTF_transfer_committed	(1U << _GTF_transfer_committed)
#define _GTF_transfer_completed	3
#define GTF_transfer_completed	(1U << _GTF_transfer_completed)

#if __XEN_INTERFACE_VERSION__ >= 0x0003020a
/*
 * Version 2: larger entries with 64-bit frames, and the marks of use in frames
 * of their own (grant_status_t), so that no locked operation is shared.
 */
struct grant_entry_header {
	uint16_t flags;
	domid_t domid;
};
typedef struct grant_entry_header grant_entry_header_t;

union grant_entry_v2 {
	grant_entry_header_t hdr;
	struct {
		grant_entry_header_t hdr;
		uint32_t pad0;
		uint64_t frame;
	} full_page;
	struct {
		grant_entry_header_t hdr;
		uint16_t page_off;
		uint16_t length;
		uint64_t frame;
	} sub_page;
	struct {
		grant_entry_header_t hdr;
		domid_t trans_domid;
		uint16_t pad0;
		grant_ref_t gref;
	} transitive;
	uint32_t __spacer[4];
};
typedef union grant_entry_v2 grant_entry_v2_t;

typedef uint16_t grant_status_t;
#endif

#define GNTTABOP_map_grant_ref		0
#define GNTTABOP_unmap_grant_ref	1
#define GNTTABOP_setup_table		2
#define GNTTABOP_dump_table		3
#define GNTTABOP_transfer		4
#define GNTTABOP_copy			5
#define GNTTABOP_query_size		6
#define GNTTABOP_unmap_and_replace	7
#if __XEN_INTERFACE_VERSION__ >= 0x0003020a
#define GNTTABOP_set_version		8
#define GNTTABOP_get_status_frames	9
#define GNTTABOP_get_version		10
#define GNTTABOP_swap_grant_ref		11
#define GNTTABOP_cache_flush		12
#endif

/* Names one mapping until it is undone. */
typedef uint32_t grant_handle_t;

/*
 * map_grant_ref: map (dom, ref) at host_addr, a virtual address or, with
 * GNTMAP_contains_pte, the machine address of the entry to write.
 */
struct gnttab_map_grant_ref {
	uint64_t host_addr;	/* in */
	uint32_t flags;		/* in: GNTMAP_* */
	grant_ref_t ref;	/* in */
	domid_t dom;		/* in */
	int16_t status;		/* out: GNTST_* */
	grant_handle_t handle;	/* out */
	uint64_t dev_bus_addr;	/* out: for DMA */
};
typedef struct gnttab_map_grant_ref gnttab_map_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_map_grant_ref_t);

/*
 * unmap_grant_ref: undo it; an address of 0 leaves that mapping alone. No TLB
 * holds the mapping when the batch returns.
 */
struct gnttab_unmap_grant_ref {
	uint64_t host_addr;	/* in */
	uint64_t dev_bus_addr;	/* in */
	grant_handle_t handle;	/* in */
	int16_t status;		/* out */
};
typedef struct gnttab_unmap_grant_ref gnttab_unmap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_grant_ref_t);

/* setup_table: make the table at least nr_frames long, and list its frames. */
struct gnttab_setup_table {
	domid_t dom;		/* in */
	uint32_t nr_frames;	/* in */
	int16_t status;		/* out */
#if __XEN_INTERFACE_VERSION__ < 0x00040300
	XEN_GUEST_HANDLE(ulong) frame_list;
#else
	XEN_GUEST_HANDLE(xen_pfn_t) frame_list;
#endif
};
typedef struct gnttab_setup_table gnttab_setup_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_setup_table_t);

/* dump_table: print it to the hypervisor's log. */
struct gnttab_dump_table {
	domid_t dom;	/* in */
	int16_t status;	/* out */
};
typedef struct gnttab_dump_table gnttab_dump_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_dump_table_t);

/*
 * transfer: give the frame mfn to domid, which accepts it under ref. Unless
 * status is GNTST_bad_page the caller has lost the frame.
 */
struct gnttab_transfer {
	xen_pfn_t mfn;		/* in */
	domid_t domid;		/* in */
	grant_ref_t ref;	/* in */
	int16_t status;		/* out */
};
typedef struct gnttab_transfer gnttab_transfer_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_transfer_t);

/*
 * copy: len bytes, within one page at each end; an end is a grant reference or
 * a frame of the caller's.
 */
#define _GNTCOPY_source_gref	0
#define GNTCOPY_source_gref	(1 << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref	1
#define GNTCOPY_dest_gref	(1 << _GNTCOPY_dest_gref)

struct gnttab_copy {
	struct gnttab_copy_ptr {
		union {
			grant_ref_t ref;
			xen_pfn_t gmfn;
		} u;
		domid_t domid;
		uint16_t offset;
	} source, dest;
	uint16_t len;
	uint16_t flags;	/* GNTCOPY_* */
	int16_t status;	/* out */
};
typedef struct gnttab_copy gnttab_copy_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_copy_t);

struct gnttab_query_size {
	domid_t dom;		/* in */
	uint32_t nr_frames;	/* out: now */
	uint32_t max_nr_frames;	/* out */
	int16_t status;		/* out */
};
typedef struct gnttab_query_size gnttab_query_size_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_query_size_t);

/*
 * unmap_and_replace: unmap at host_addr and, in the same step, move the entry
 * that maps new_addr there.
 */
struct gnttab_unmap_and_replace {
	uint64_t host_addr;	/* in */
	uint64_t new_addr;	/* in */
	grant_handle_t handle;	/* in */
	int16_t status;		/* out */
};
typedef struct gnttab_unmap_and_replace gnttab_unmap_and_replace_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_and_replace_t);

#if __XEN_INTERFACE_VERSION__ >= 0x0003020a
/* set_version: 1 or 2, with no grant in use. */
struct gnttab_set_version {
	uint32_t version;	/* in, out: the version now in force */
};
typedef struct gnttab_set_version gnttab_set_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_set_version_t);

struct gnttab_get_status_frames {
	uint32_t nr_frames;	/* in: room in frame_list */
	domid_t dom;		/* in */
	int16_t status;		/* out */
	XEN_GUEST_HANDLE(uint64_t) frame_list;
};
typedef struct gnttab_get_status_frames gnttab_get_status_frames_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_status_frames_t);

struct gnttab_get_version {
	domid_t dom;		/* in */
	uint16_t pad;
	uint32_t version;	/* out */
};
typedef struct gnttab_get_version gnttab_get_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_version_t);

struct gnttab_swap_grant_ref {
	grant_ref_t ref_a;	/* in */
	grant_ref_t ref_b;	/* in */
	int16_t status;		/* out */
};
typedef struct gnttab_swap_grant_ref gnttab_swap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_swap_grant_ref_t);

struct gnttab_cache_flush {
	union {
		uint64_t dev_bus_addr;
		grant_ref_t ref;
	} a;
	uint16_t offset;
	uint16_t length;
#define GNTTAB_CACHE_CLEAN		(1u << 0)
#define GNTTAB_CACHE_INVAL		(1u << 1)
#define GNTTAB_CACHE_SOURCE_GREF	(1u << 31)
	uint32_t op;
};
typedef struct gnttab_cache_flush gnttab_cache_flush_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_cache_flush_t);
#endif

/* gnttab_map_grant_ref.flags */
#define _GNTMAP_device_map	0
#define GNTMAP_device_map	(1 << _GNTMAP_device_map)	/* for DMA */
#define _GNTMAP_host_map	1
#define GNTMAP_host_map		(1 << _GNTMAP_host_map)		/* for the CPU */
#define _GNTMAP_readonly	2
#define GNTMAP_readonly		(1 << _GNTMAP_readonly)
#define _GNTMAP_application_map	3
#define GNTMAP_application_map	(1 << _GNTMAP_application_map)	/* user space may use it too */
#define _GNTMAP_contains_pte	4
#define GNTMAP_contains_pte	(1 << _GNTMAP_contains_pte)	/* host_addr is that of a page-table entry */

/* Bits for the guest's own use in the entry written. */
#define _GNTMAP_guest_avail0	16
#define GNTMAP_guest_avail_mask	((uint32_t)~0 << _GNTMAP_guest_avail0)

#define GNTST_okay		(0)
#define GNTST_general_error	(-1)	/* none of those below */
#define GNTST_bad_domain	(-2)
#define GNTST_bad_gntref	(-3)
#define GNTST_bad_handle	(-4)
#define GNTST_bad_virt_addr	(-5)
#define GNTST_bad_dev_addr	(-6)
#define GNTST_no_device_space	(-7)	/* IOMMU full */
#define GNTST_permission_denied	(-8)
#define GNTST_bad_page		(-9)
#define GNTST_bad_copy_arg	(-10)	/* crosses a page */
#define GNTST_address_too_big	(-11)	/* frame out of the receiver's reach */
#define GNTST_eagain		(-12)
#define GNTST_no_space		(-13)	/* out of handles */

/* Indexed by the negated status. */
#define GNTTABOP_error_msgs {			\
	"okay",					\
	"general error",			\
	"no such domain",			\
	"bad grant reference",			\
	"bad handle",				\
	"bad virtual address",			\
	"bad device address",			\
	"IOMMU space exhausted",		\
	"not permitted",			\
	"bad frame",				\
	"copy leaves its page",			\
	"frame address too high",		\
	"try again",				\
	"no space left",			\
}

#endif /* __XEN_PUBLIC_GRANT_TABLE_H__ */
