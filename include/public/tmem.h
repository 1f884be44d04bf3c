/* SPDX-License-Identifier: MIT */
/*
 * HYPERVISOR_tmem_op: a page cache shared by the domains, withdrawn from the ABI
 * in 4.13. Not offered; the numbers are here so that they can be refused by name.
 */
#ifndef __XEN_PUBLIC_TMEM_H__
#define __XEN_PUBLIC_TMEM_H__

#include "xen.h"

#if __XEN_INTERFACE_VERSION__ < 0x00041300

#define TMEM_SPEC_VERSION	1
#define TMEM_NEW_POOL		1
#define TMEM_DESTROY_POOL	2
#define TMEM_PUT_PAGE		4
#define TMEM_GET_PAGE		5
#define TMEM_FLUSH_PAGE		6
#define TMEM_FLUSH_OBJECT	7
#if __XEN_INTERFACE_VERSION__ < 0x00040400
#define TMEM_NEW_PAGE	3
#define TMEM_READ	8
#define TMEM_WRITE	9
#define TMEM_XCHG	10
#endif
#define TMEM_AUTH		101
#define TMEM_RESTORE_NEW	102

#endif

#endif /* __XEN_PUBLIC_TMEM_H__ */
