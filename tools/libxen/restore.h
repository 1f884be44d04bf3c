/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of one restore, shared by restore.c, restore_pages.c and
 * restore_vcpu.c only. The stream is untrusted: every number in it is checked
 * against p2m_size or against the record it came in.
 */
#ifndef LIBXEN_RESTORE_H
#define LIBXEN_RESTORE_H

#include "stream.h"

#define VCPUS_LIMIT	8192

/* What a record brought for one vcpu, kept until memory is complete. */
struct restore_vcpu {
	uint8_t *part[4];		/* basic, extended, xsave, msrs */
	size_t size[4];
};

struct restore {
	struct hv *h;
	struct hv_restore *in;
	int fd;
	bool is_64, have_info;
	unsigned int word;
	uint64_t p2m_size;		/* guest frames that the image may name */
	xen_pfn_t *p2m;			/* HV_INVALID_PFN: not populated */
	uint8_t *type;			/* FT_* of each */
	uint64_t *list_pfn;		/* frames that hold the guest's own list */
	uint64_t nr_list;
	uint64_t nr_populated;
	uint8_t *shared;		/* the image's shared info page, or NULL */
	struct xen_domctl_tsc_info tsc;
	bool have_tsc;
	struct hv_cpu_policy policy;
	struct restore_vcpu *vcpu;
	uint32_t nr_vcpus;
};

int restore_pages(struct restore *r, const uint8_t *body, uint32_t length);
/* After the last page: tables name machine frames again and are pinned. */
int restore_tables(struct restore *r);
int restore_list(struct restore *r);
int restore_start_info(struct restore *r);
int restore_shared_info(struct restore *r);
int restore_vcpus(struct restore *r);
/* A populated guest frame's machine frame, or HV_INVALID_PFN. */
static inline uint64_t restore_mfn(const struct restore *r, uint64_t pfn)
{
	return pfn < r->p2m_size ? r->p2m[pfn] : HV_INVALID_PFN;
}

#endif
