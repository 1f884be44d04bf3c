// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor as seen through a Linux dom0's devices; see platform.h.
 *
 * The structures below are the kernel's user interface for /dev/xen/evtchn,
 * gntdev, privcmd and xenbus_backend.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/domctl.h>
#include <xen/grant_table.h>
#include <xen/sysctl.h>

#include "events.h"
#include "log.h"
#include "platform.h"

#define RING_BYTES	4096u
#define BY_FRAME	UINT64_MAX	/* the cookie of a ring mapped without a grant */

struct evtchn_bind_virq_arg {
	unsigned int virq;
};

struct evtchn_bind_interdomain_arg {
	unsigned int remote_domain, remote_port;
};

struct evtchn_port_arg {
	unsigned int port;
};

#define EVTCHN_IOC_BIND_VIRQ	_IOC(_IOC_NONE, 'E', 0, sizeof(struct evtchn_bind_virq_arg))
#define EVTCHN_IOC_BIND_INTERDOMAIN \
	_IOC(_IOC_NONE, 'E', 1, sizeof(struct evtchn_bind_interdomain_arg))
#define EVTCHN_IOC_UNBIND	_IOC(_IOC_NONE, 'E', 3, sizeof(struct evtchn_port_arg))
#define EVTCHN_IOC_NOTIFY	_IOC(_IOC_NONE, 'E', 4, sizeof(struct evtchn_port_arg))

struct gntdev_map_arg {
	uint32_t count, pad;
	uint64_t index;
	uint32_t domid, ref;
};

struct gntdev_unmap_arg {
	uint64_t index;
	uint32_t count, pad;
};

#define GNTDEV_IOC_MAP		_IOC(_IOC_NONE, 'G', 0, sizeof(struct gntdev_map_arg))
#define GNTDEV_IOC_UNMAP	_IOC(_IOC_NONE, 'G', 1, sizeof(struct gntdev_unmap_arg))

struct privcmd_hypercall_arg {
	uint64_t op, arg[5];
};

struct privcmd_mmapbatch_arg {
	unsigned int num;
	domid_t dom;
	uint64_t addr;
	const xen_pfn_t *arr;
	int *err;
};

#define PRIVCMD_IOC_HYPERCALL	_IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall_arg))
#define PRIVCMD_IOC_MMAPBATCH	_IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_mmapbatch_arg))

#define XENBUS_IOC_EVTCHN	_IOC(_IOC_NONE, 'B', 0, 0)

/* Where hypercall arguments live: memory that stays where it is. */
struct call_page {
	struct xen_sysctl sysctl;
	struct xen_domctl_getdomaininfo info[16];
};

static int evtchn_fd = -1, gntdev_fd = -1, privcmd_fd = -1;
static uint32_t virq_port;
static struct call_page *page;

static int open_device(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		log_error("cannot open %s: %s", name, strerror(errno));
	return fd;
}

static int map_call_page(void)
{
	size_t size = (sizeof(*page) + 4095) & ~4095ul;
	int fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	} else {
		page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	}
	if (page == MAP_FAILED) {
		page = NULL;
		return -errno;
	}
	return 0;
}

int events_open(void)
{
	struct evtchn_bind_virq_arg virq = { .virq = VIRQ_DOM_EXC };
	int rc;

	evtchn_fd = open_device("/dev/xen/evtchn");
	privcmd_fd = open_device("/dev/xen/privcmd");
	if (evtchn_fd < 0 || privcmd_fd < 0)
		return -ENODEV;
	/* Without it rings are mapped by frame number. */
	gntdev_fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	rc = map_call_page();
	if (rc)
		return rc;
	rc = ioctl(evtchn_fd, EVTCHN_IOC_BIND_VIRQ, &virq);
	if (rc < 0) {
		log_error("cannot bind the domain exception interrupt: %s", strerror(errno));
		return -errno;
	}
	virq_port = rc;
	return 0;
}

int events_fd(void)
{
	return evtchn_fd;
}

bool events_next(uint32_t *port, bool *exception)
{
	if (read(evtchn_fd, port, sizeof(*port)) != sizeof(*port))
		return false;
	*exception = *port == virq_port;
	/* Unmask before the work is done, so that nothing is missed. */
	if (write(evtchn_fd, port, sizeof(*port)) != sizeof(*port))
		log_error("cannot unmask port %u: %s", *port, strerror(errno));
	return true;
}

int platform_bind(uint16_t domid, uint32_t remote_port, uint32_t *port)
{
	struct evtchn_bind_interdomain_arg bind = {
		.remote_domain = domid,
		.remote_port = remote_port,
	};
	int rc = ioctl(evtchn_fd, EVTCHN_IOC_BIND_INTERDOMAIN, &bind);

	if (rc < 0)
		return -errno;
	*port = rc;
	return 0;
}

void platform_unbind(uint32_t port)
{
	struct evtchn_port_arg arg = { .port = port };

	if (ioctl(evtchn_fd, EVTCHN_IOC_UNBIND, &arg))
		log_error("cannot unbind port %u: %s", port, strerror(errno));
}

void platform_notify(uint32_t port)
{
	struct evtchn_port_arg arg = { .port = port };

	/* The other end may have closed: then there is nobody to tell. */
	(void)!ioctl(evtchn_fd, EVTCHN_IOC_NOTIFY, &arg);
}

/* The number in a one-line file of xenfs. */
static int read_number(const char *name, uint32_t *n)
{
	char buf[32];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (len <= 0)
		return -EIO;
	buf[len] = '\0';
	*n = strtoul(buf, NULL, 10);
	return *n ? 0 : -ENODEV;
}

int platform_dom0_ring(struct xenstore_domain_interface **ring, uint32_t *remote_port)
{
	int fd = open("/dev/xen/xenbus_backend", O_RDWR | O_CLOEXEC), rc;
	void *p;

	if (fd >= 0) {
		rc = ioctl(fd, XENBUS_IOC_EVTCHN);
		if (rc > 0) {
			*remote_port = rc;
			rc = 0;
		} else {
			rc = rc ? -errno : -ENODEV;
		}
	} else {
		/* Kernels without that device tell by files of xenfs. */
		rc = read_number("/proc/xen/xsd_port", remote_port);
		fd = open("/proc/xen/xsd_kva", O_RDWR | O_CLOEXEC);
	}
	if (rc || fd < 0) {
		log_error("this kernel offers no ring of its own: %s",
			  strerror(rc ? -rc : errno));
		if (fd >= 0)
			close(fd);
		return rc ? rc : -ENODEV;
	}
	p = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	rc = p == MAP_FAILED ? -errno : 0;
	close(fd);
	if (!rc)
		*ring = p;
	return rc;
}

static int map_grant(uint16_t domid, struct xenstore_domain_interface **ring, uint64_t *cookie)
{
	struct gntdev_map_arg map = {
		.count = 1,
		.domid = domid,
		.ref = GNTTAB_RESERVED_XENSTORE,
	};
	struct gntdev_unmap_arg unmap = { .count = 1 };
	void *p;
	int rc;

	if (gntdev_fd < 0)
		return -ENODEV;
	if (ioctl(gntdev_fd, GNTDEV_IOC_MAP, &map))
		return -errno;
	p = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, gntdev_fd, map.index);
	if (p == MAP_FAILED) {
		rc = -errno;
		unmap.index = map.index;
		(void)!ioctl(gntdev_fd, GNTDEV_IOC_UNMAP, &unmap);
		return rc;
	}
	*ring = p;
	*cookie = map.index;
	return 0;
}

static int map_frame(uint16_t domid, uint64_t gfn, struct xenstore_domain_interface **ring)
{
	xen_pfn_t pfn = gfn;
	int err = 0, rc;
	void *p = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, privcmd_fd, 0);
	struct privcmd_mmapbatch_arg batch = {
		.num = 1,
		.dom = domid,
		.addr = (uintptr_t)p,
		.arr = &pfn,
		.err = &err,
	};

	if (p == MAP_FAILED)
		return -errno;
	rc = ioctl(privcmd_fd, PRIVCMD_IOC_MMAPBATCH, &batch) ? -errno : err;
	if (rc) {
		munmap(p, RING_BYTES);
		return rc < 0 ? rc : -EINVAL;
	}
	*ring = p;
	return 0;
}

int platform_map_ring(uint16_t domid, uint64_t gfn, struct xenstore_domain_interface **ring,
		      uint64_t *cookie)
{
	if (!map_grant(domid, ring, cookie))
		return 0;
	*cookie = BY_FRAME;
	return map_frame(domid, gfn, ring);
}

void platform_unmap_ring(struct xenstore_domain_interface *ring, uint64_t cookie)
{
	struct gntdev_unmap_arg unmap = { .index = cookie, .count = 1 };

	munmap(ring, RING_BYTES);
	if (cookie != BY_FRAME)
		(void)!ioctl(gntdev_fd, GNTDEV_IOC_UNMAP, &unmap);
}

int platform_domains(uint16_t first, struct platform_domain *out, unsigned int max)
{
	struct privcmd_hypercall_arg call = {
		.op = __HYPERVISOR_sysctl,
		.arg = { (uintptr_t)&page->sysctl },
	};
	unsigned int room = sizeof(page->info) / sizeof(page->info[0]), got = 0;

	while (got < max) {
		unsigned int want = max - got < room ? max - got : room, n;

		memset(page, 0, sizeof(*page));
		page->sysctl.cmd = XEN_SYSCTL_getdomaininfolist;
		page->sysctl.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
		page->sysctl.u.getdomaininfolist.first_domain = first;
		page->sysctl.u.getdomaininfolist.max_domains = want;
		set_xen_guest_handle(page->sysctl.u.getdomaininfolist.buffer, page->info);
		if (ioctl(privcmd_fd, PRIVCMD_IOC_HYPERCALL, &call) < 0)
			return -errno;
		n = page->sysctl.u.getdomaininfolist.num_domains;
		for (unsigned int i = 0; i < n && i < want; i++) {
			out[got].domid = page->info[i].domain;
			out[got].dying = page->info[i].flags & XEN_DOMINF_dying;
			out[got].shutdown = page->info[i].flags & XEN_DOMINF_shutdown;
			first = out[got++].domid + 1;
		}
		if (n < want)
			break;
	}
	return got;
}
