// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants, from both sides that dom0's tools see: seeding a new guest's table
 * with its console and xenstore frames, and mapping granted pages by gntdev.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "private.h"

struct gntdev_map {
	uint32_t count, pad;
	uint64_t index;
	uint32_t domid, ref;
};

struct gntdev_unmap {
	uint64_t index;
	uint32_t count, pad;
};

struct gntdev_offset {
	uint64_t vaddr, offset;
	uint32_t count, pad;
};

#define GNTDEV_MAP	_IOC(_IOC_NONE, 'G', 0, sizeof(struct gntdev_map))
#define GNTDEV_UNMAP	_IOC(_IOC_NONE, 'G', 1, sizeof(struct gntdev_unmap))
#define GNTDEV_OFFSET	_IOC(_IOC_NONE, 'G', 2, sizeof(struct gntdev_offset))

/* The older way to a guest's first grant frame: ask for its number, map it. */
static void *map_by_setup_table(struct hv *h, uint32_t domid)
{
	size_t mark = hv_mark(h);
	struct gnttab_setup_table *s = hv_take(h, sizeof(*s));
	xen_pfn_t *frame = hv_take(h, sizeof(*frame));
	xen_pfn_t mfn = 0;
	long rc = -ENOBUFS;

	if (s && frame) {
		s->dom = domid;
		s->nr_frames = 1;
		set_xen_guest_handle(s->frame_list, frame);
		rc = hv_call(h, __HYPERVISOR_grant_table_op, GNTTABOP_setup_table, (uintptr_t)s, 1, 0, 0);
		if (!rc && s->status != GNTST_okay)
			rc = -EIO;
		mfn = *frame;
	}
	hv_release(h, mark);
	if (rc) {
		errno = -rc;
		return NULL;
	}
	return hv_map_frames(h, domid, &mfn, 1, PROT_READ | PROT_WRITE);
}

static void seed(struct grant_entry_v1 *e, uint32_t to, xen_pfn_t frame)
{
	e->domid = to;
	e->frame = frame;
	__sync_synchronize();	/* the flags make the entry live */
	e->flags = GTF_permit_access;
}

int hv_grant_seed(struct hv *h, uint32_t domid, xen_pfn_t console, xen_pfn_t store,
		  uint32_t console_domid, uint32_t store_domid)
{
	struct grant_entry_v1 *t = hv_map_grant_table(h, domid, 1);

	if (!t)
		t = map_by_setup_table(h, domid);
	if (!t)
		return hv_fail(h, -errno, "cannot reach the guest's grant table: %s", strerror(errno));
	if (console > UINT32_MAX || store > UINT32_MAX) {
		hv_unmap(t, 1);
		return -EOVERFLOW;	/* a version 1 entry holds 32 bits of frame number */
	}
	seed(&t[GNTTAB_RESERVED_CONSOLE], console_domid, console);
	seed(&t[GNTTAB_RESERVED_XENSTORE], store_domid, store);
	hv_unmap(t, 1);
	return 0;
}

int gnttab_open(void)
{
	int fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void *gnttab_map(int fd, uint32_t domid, uint32_t ref, int prot)
{
	struct gntdev_map m = { .count = 1, .domid = domid, .ref = ref };
	struct gntdev_unmap u = { .count = 1 };
	void *va;
	int err;

	if (ioctl(fd, GNTDEV_MAP, &m))
		return NULL;
	va = mmap(NULL, HV_PAGE_SIZE, prot, MAP_SHARED, fd, m.index);
	if (va != MAP_FAILED)
		return va;
	err = errno;
	u.index = m.index;
	ioctl(fd, GNTDEV_UNMAP, &u);
	errno = err;
	return NULL;
}

int gnttab_unmap(int fd, void *page)
{
	struct gntdev_offset o = { .vaddr = (uintptr_t)page };
	struct gntdev_unmap u = { 0 };

	if (ioctl(fd, GNTDEV_OFFSET, &o))
		return -errno;
	munmap(page, HV_PAGE_SIZE);
	u.index = o.offset;
	u.count = o.count;
	return ioctl(fd, GNTDEV_UNMAP, &u) ? -errno : 0;
}
