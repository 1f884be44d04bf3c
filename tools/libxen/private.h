/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of libxen share with each other and with nobody else: the
 * connection itself and the ioctl numbers of Linux's Xen devices (facts of
 * Linux's user ABI, written down here so that no package is needed for them).
 */
#ifndef LIBXEN_PRIVATE_H
#define LIBXEN_PRIVATE_H

#include <signal.h>
#include <sys/ioctl.h>
#include "libxen/libxen.h"

struct hv {
	int privcmd;
	int hypercall;			/* -1: kernel without /dev/xen/hypercall */
	uint8_t *arena;
	size_t arena_size, arena_used;
	const volatile sig_atomic_t *stop;	/* set: long work ends with -EINTR */
	char why[512];
};

struct privcmd_call {
	uint64_t op, arg[5];
};

struct privcmd_mmapbatch {
	unsigned int num;
	domid_t dom;
	uint64_t addr;
	const xen_pfn_t *arr;
	int *err;
};

struct privcmd_resource {
	domid_t dom;
	uint32_t type, id, idx;
	uint64_t num, addr;
};

#define PRIVCMD_HYPERCALL	_IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_call))
#define PRIVCMD_MMAPBATCH	_IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_mmapbatch))
#define PRIVCMD_RESOURCE	_IOC(_IOC_NONE, 'P', 7, sizeof(struct privcmd_resource))

static inline bool hv_stopped(const struct hv *h)
{
	return h->stop && *h->stop;
}

/* Writes all of it; with a sentence. */
int hv_write(struct hv *h, int fd, const void *data, size_t n);

static inline uint64_t round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) & ~(to - 1);
}

#endif
