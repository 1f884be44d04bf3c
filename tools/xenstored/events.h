/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels as main.c's loop sees them; platform.c has them from Linux. */
#ifndef XENSTORED_EVENTS_H
#define XENSTORED_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/* Open the devices.  Returns 0 or a negative errno, after having said why. */
int events_open(void);

/* To be polled for reading. */
int events_fd(void);

/*
 * events_next - take the next pending port.
 * @exception: set if some domain died or shut down
 *
 * Returns false when none is pending.
 */
bool events_next(uint32_t *port, bool *exception);

#endif
