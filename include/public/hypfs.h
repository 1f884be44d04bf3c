/* SPDX-License-Identifier: MIT */
/*
 * HYPERVISOR_hypfs_op: a tree of the hypervisor's settings. Not offered; the
 * numbers are here so that they can be refused by name.
 */
#ifndef __XEN_PUBLIC_HYPFS_H__
#define __XEN_PUBLIC_HYPFS_H__

#include "xen.h"

#define XEN_HYPFS_OP_get_version	0
#define XEN_HYPFS_OP_read		1
#define XEN_HYPFS_OP_write_contents	2

#endif /* __XEN_PUBLIC_HYPFS_H__ */
