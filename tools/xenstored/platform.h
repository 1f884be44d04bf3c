/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon needs of the hypervisor and of dom0's kernel.  platform.c
 * has it from /dev/xen; the unit tests have a make-believe one.  Functions
 * return 0 or a negative errno.
 */
#ifndef XENSTORED_PLATFORM_H
#define XENSTORED_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

struct platform_domain {
	uint16_t domid;
	bool dying, shutdown;
};

/* dom0's own ring, and the port its kernel waits on. */
int platform_dom0_ring(struct xenstore_domain_interface **ring, uint32_t *remote_port);

/*
 * platform_map_ring - map a domain's ring, by its grant or by frame number.
 * @cookie: to be given to platform_unmap_ring
 */
int platform_map_ring(uint16_t domid, uint64_t gfn, struct xenstore_domain_interface **ring,
		      uint64_t *cookie);
void platform_unmap_ring(struct xenstore_domain_interface *ring, uint64_t cookie);

int platform_bind(uint16_t domid, uint32_t remote_port, uint32_t *port);
void platform_unbind(uint32_t port);
void platform_notify(uint32_t port);

/*
 * platform_domains - the domains from number first up, in order.
 * @out: room for max of them
 *
 * Returns how many, less than max at the end, or a negative errno.
 */
int platform_domains(uint16_t first, struct platform_domain *out, unsigned int max);

#endif
