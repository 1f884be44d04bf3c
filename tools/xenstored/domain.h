/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains: their rings, their coming and going.  request.c and main.c call it.
 * One thread, no locks.
 */
#ifndef XENSTORED_DOMAIN_H
#define XENSTORED_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

/* Connect dom0's kernel. */
int domain_init_dom0(void);

/* Disconnect everything, at the end. */
void domain_exit(void);

/*
 * domain_introduce - connect a domain, or connect it anew.
 * @gfn: the frame of its ring
 * @remote_port: its unbound event channel
 *
 * Returns 0, -EINVAL (no such domain, or not a guest's number), or what
 * mapping or binding says.
 */
int domain_introduce(uint16_t domid, uint64_t gfn, uint32_t remote_port);

/* Disconnect a domain and forget it.  -ENOENT if it is not introduced. */
int domain_release(uint16_t domid);

/* Its next shutdown shall be told again.  -ENOENT if it is not introduced. */
int domain_resume(uint16_t domid);

/* -ENOENT if either is not introduced. */
int domain_set_target(uint16_t domid, uint16_t target);

bool domain_introduced(uint16_t domid);

/* A domain has signalled this local port: its connection has work. */
void domain_event(uint32_t port);

/* Some domain has died or shut down: find out which and tell. */
void domain_scan(void);

#endif
