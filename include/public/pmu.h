/* SPDX-License-Identifier: MIT */
/*
 * HYPERVISOR_xenpmu_op: performance counters for guests. Not offered; the numbers
 * are here so that they can be refused by name.
 */
#ifndef __XEN_PUBLIC_PMU_H__
#define __XEN_PUBLIC_PMU_H__

#include "xen.h"

#define XENPMU_mode_get		0
#define XENPMU_mode_set		1
#define XENPMU_feature_get	2
#define XENPMU_feature_set	3
#define XENPMU_init		4
#define XENPMU_finish		5
#define XENPMU_lvtpc_set	6
#define XENPMU_flush		7

#endif /* __XEN_PUBLIC_PMU_H__ */
