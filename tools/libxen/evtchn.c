// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels: the operation that makes a port for another domain, and the
 * /dev/xen/evtchn device by which a dom0 process binds, sends and receives.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "private.h"

#define EVTCHN_BIND_VIRQ	_IOC(_IOC_NONE, 'E', 0, 4)
#define EVTCHN_BIND_INTERDOMAIN	_IOC(_IOC_NONE, 'E', 1, 8)
#define EVTCHN_UNBIND		_IOC(_IOC_NONE, 'E', 3, 4)
#define EVTCHN_NOTIFY		_IOC(_IOC_NONE, 'E', 4, 4)

int hv_evtchn_alloc_unbound(struct hv *h, uint32_t domid, uint32_t remote, uint32_t *port)
{
	size_t mark = hv_mark(h);
	struct evtchn_alloc_unbound *a = hv_take(h, sizeof(*a));
	long rc;

	if (!a)
		return -ENOBUFS;
	a->dom = domid;
	a->remote_dom = remote;
	rc = hv_call(h, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, (uintptr_t)a, 0, 0, 0);
	*port = a->port;
	hv_release(h, mark);
	return rc;
}

int evtchn_open(void)
{
	int fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

static int evtchn_ioctl(int fd, unsigned long nr, void *arg)
{
	int rc = ioctl(fd, nr, arg);

	return rc < 0 ? -errno : rc;
}

int evtchn_bind_interdomain(int fd, uint32_t domid, uint32_t port)
{
	unsigned int arg[2] = { domid, port };

	return evtchn_ioctl(fd, EVTCHN_BIND_INTERDOMAIN, arg);
}

int evtchn_bind_virq(int fd, unsigned int virq)
{
	return evtchn_ioctl(fd, EVTCHN_BIND_VIRQ, &virq);
}

int evtchn_unbind(int fd, uint32_t port)
{
	unsigned int arg = port;

	return evtchn_ioctl(fd, EVTCHN_UNBIND, &arg);
}

int evtchn_notify(int fd, uint32_t port)
{
	unsigned int arg = port;

	return evtchn_ioctl(fd, EVTCHN_NOTIFY, &arg);
}

int evtchn_pending(int fd)
{
	uint32_t port;
	ssize_t n = read(fd, &port, sizeof(port));

	if (n < 0)
		return -errno;
	return n == sizeof(port) ? (int)port : -EIO;
}

int evtchn_unmask(int fd, uint32_t port)
{
	return write(fd, &port, sizeof(port)) == sizeof(port) ? 0 : -errno;
}
