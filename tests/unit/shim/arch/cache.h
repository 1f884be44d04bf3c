/* SPDX-License-Identifier: GPL-2.0-only */
/* Cache lines written back: the test is told. */
#ifndef SHIM_ARCH_CACHE_H
#define SHIM_ARCH_CACHE_H

void flush_cache_page(const void *va);

#endif
