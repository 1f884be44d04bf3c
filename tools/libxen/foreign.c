// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps other domains' frames into this process through privcmd. Owns nothing
 * but the mappings it hands out; the caller unmaps them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "private.h"

void *hv_map_some(struct hv *h, uint32_t domid, const xen_pfn_t *mfns, size_t n, int prot, int *err)
{
	struct privcmd_mmapbatch b = { .num = n, .dom = domid, .arr = mfns, .err = err };
	void *va;
	int rc;

	if (!n || n > UINT32_MAX) {
		errno = EINVAL;
		return NULL;
	}
	va = mmap(NULL, n * HV_PAGE_SIZE, prot, MAP_SHARED, h->privcmd, 0);
	if (va == MAP_FAILED)
		return NULL;
	memset(err, 0, n * sizeof(*err));
	b.addr = (uintptr_t)va;
	rc = ioctl(h->privcmd, PRIVCMD_MMAPBATCH, &b);
	/* ENOENT means a paged-out frame, told in err[] like the other failures. */
	if (rc < 0 && errno != ENOENT) {
		rc = errno;
		munmap(va, n * HV_PAGE_SIZE);
		errno = rc;
		return NULL;
	}
	return va;
}

void *hv_map_frames(struct hv *h, uint32_t domid, const xen_pfn_t *mfns, size_t n, int prot)
{
	int *err = calloc(n ? n : 1, sizeof(*err));
	void *va;
	size_t i;

	if (!err)
		return NULL;
	va = hv_map_some(h, domid, mfns, n, prot, err);
	for (i = 0; va && i < n; i++) {
		if (err[i]) {
			munmap(va, n * HV_PAGE_SIZE);
			errno = err[i] < 0 ? -err[i] : EINVAL;
			va = NULL;
		}
	}
	free(err);
	return va;
}

void hv_unmap(void *va, size_t n)
{
	if (va)
		munmap(va, n * HV_PAGE_SIZE);
}

void *hv_map_grant_table(struct hv *h, uint32_t domid, size_t nr_frames)
{
	struct privcmd_resource r = {
		.dom = domid, .type = XENMEM_resource_grant_table,
		.id = XENMEM_resource_grant_table_id_shared, .num = nr_frames,
	};
	void *va = mmap(NULL, nr_frames * HV_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, h->privcmd, 0);
	int err;

	if (va == MAP_FAILED)
		return NULL;
	r.addr = (uintptr_t)va;
	if (!ioctl(h->privcmd, PRIVCMD_RESOURCE, &r))
		return va;
	err = errno;
	munmap(va, nr_frames * HV_PAGE_SIZE);
	errno = err;
	return NULL;
}
