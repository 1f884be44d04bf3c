// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns the connection to the hypervisor: the privcmd device, the arena of
 * memory that hypercalls may point into, the last sentence of failure, and the
 * request to stop.
 * Called by everything in libxen; one thread per connection, so no lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "private.h"

/* Linux lets one open /dev/xen/hypercall hold 64 pages; stay below. */
#define ARENA_SIZE	(60 * HV_PAGE_SIZE)

static int open_either(const char *path, const char *old)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && old)
		fd = open(old, O_RDWR | O_CLOEXEC);
	return fd;
}

static bool arena_init(struct hv *h)
{
	void *p = MAP_FAILED;

	h->hypercall = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
	if (h->hypercall >= 0)
		p = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, h->hypercall, 0);
	if (p == MAP_FAILED) {
		/* Without the device, locked anonymous memory is the best there is. */
		p = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_LOCKED, -1, 0);
		if (p == MAP_FAILED)
			return false;
		madvise(p, ARENA_SIZE, MADV_DONTFORK);
	}
	h->arena = p;
	h->arena_size = ARENA_SIZE;
	return true;
}

struct hv *hv_open(void)
{
	struct hv *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->hypercall = -1;
	h->privcmd = open_either("/dev/xen/privcmd", "/proc/xen/privcmd");
	if (h->privcmd < 0 || !arena_init(h)) {
		int err = errno;

		hv_close(h);
		errno = err;
		return NULL;
	}
	return h;
}

void hv_close(struct hv *h)
{
	if (!h)
		return;
	if (h->arena)
		munmap(h->arena, h->arena_size);
	if (h->hypercall >= 0)
		close(h->hypercall);
	if (h->privcmd >= 0)
		close(h->privcmd);
	free(h);
}

void hv_stop_when(struct hv *h, const volatile sig_atomic_t *stop)
{
	h->stop = stop;
}

const char *hv_why(const struct hv *h)
{
	return h->why;
}

int hv_fail(struct hv *h, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(h->why, sizeof(h->why), fmt, ap);
	va_end(ap);
	return err;
}

long hv_call(struct hv *h, unsigned int op, uint64_t a1, uint64_t a2,
	     uint64_t a3, uint64_t a4, uint64_t a5)
{
	struct privcmd_call c = { .op = op, .arg = { a1, a2, a3, a4, a5 } };
	long rc = ioctl(h->privcmd, PRIVCMD_HYPERCALL, &c);

	return rc < 0 ? -errno : rc;
}

size_t hv_mark(struct hv *h)
{
	return h->arena_used;
}

void *hv_take(struct hv *h, size_t bytes)
{
	size_t need = round_up(bytes ? bytes : 1, 64);
	void *p;

	if (need < bytes || need > h->arena_size - h->arena_used)
		return NULL;
	p = h->arena + h->arena_used;
	h->arena_used += need;
	memset(p, 0, need);
	return p;
}

void hv_release(struct hv *h, size_t mark)
{
	h->arena_used = mark;
}

int hv_write(struct hv *h, int fd, const void *data, size_t n)
{
	const uint8_t *p = data;

	while (n) {
		ssize_t w;

		if (hv_stopped(h))
			return hv_fail(h, -EINTR, "interrupted");
		w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return hv_fail(h, w < 0 ? -errno : -EIO, "writing the file: %s", w < 0 ? strerror(errno) : "no progress");
		p += w;
		n -= w;
	}
	return 0;
}
