/* SPDX-License-Identifier: MIT */
/*
 * Kept for guests that include the old name.
 */
#include "arch-x86/xen.h"
