/* SPDX-License-Identifier: GPL-2.0-only */
/* The first domain, built at boot from the loader's modules. */
#ifndef XEN_PV_DOM0_H
#define XEN_PV_DOM0_H

#include <arch/boot_info.h>

/* Read and unpack the kernel, the first module. Panics with a sentence when it cannot be used. */
void unpack_dom0_kernel(const struct boot_info *boot);
/* Then build the domain around it. Panics with a sentence when there is no dom0 to be had. On return it is ready to be unpaused. */
void construct_dom0(const struct boot_info *boot);

#endif
