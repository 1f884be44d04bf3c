/* SPDX-License-Identifier: GPL-2.0-only */
/* Text on the screen: VGA text memory, or a frame buffer from the boot loader. */
#ifndef XEN_DRIVERS_VIDEO_H
#define XEN_DRIVERS_VIDEO_H

#include <lib/types.h>

void video_init(void);			/* from boot_info.video */
void video_puts(const char *s, size_t bytes);
void video_stop(void);			/* dom0 has it */

#endif
