/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before every file of the hypervisor by the compiler's command
 * line: all symbols are resolved inside the image, RIP-relative.
 */
#pragma GCC visibility push(hidden)
