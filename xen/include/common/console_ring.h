/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring of the hypervisor's own messages. All under the console lock. */
#ifndef XEN_COMMON_CONSOLE_RING_H
#define XEN_COMMON_CONSOLE_RING_H

#include <lib/types.h>

void console_ring_put(const char *s, size_t bytes);
/* As conring_read in common/console.h. */
u32 console_ring_get(char *buf, u32 bytes, u32 *index, bool clear, bool incremental);

#endif
