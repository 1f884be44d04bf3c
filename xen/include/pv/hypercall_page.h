/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of hypercall stubs that older kernels call through. */
#ifndef XEN_PV_HYPERCALL_PAGE_H
#define XEN_PV_HYPERCALL_PAGE_H

#include <common/domain.h>
#include <lib/types.h>

/* Write d's stubs into a page of memory. */
void init_hypercall_page(struct domain *d, void *page);
/* WRMSR of the hypercall-page register: guest frame number in value's upper bits, page 0. 0, or -1 for #GP. */
int fill_hypercall_page(struct vcpu *v, u64 value);
/* XEN_DOMCTL_hypercall_init: fill the frame gmfn of d. 0, -EACCES. */
int hypercall_page_init_frame(struct domain *d, u64 gmfn);

#endif
