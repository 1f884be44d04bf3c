/* SPDX-License-Identifier: MIT */
/* Time, all in nanoseconds. */
#ifndef MINIOS_CLOCK_H
#define MINIOS_CLOCK_H

#include <stdint.h>

#define NEVER		UINT64_MAX
#define MILLISECONDS(n)	((uint64_t)(n) * 1000000)

void clock_init(void);
uint64_t clock_now(void);		/* since the host started; never goes back */
uint64_t clock_wall(void);		/* since 1970 */
void clock_arm(uint64_t deadline);	/* an event at this time, or not before it if NEVER */

#endif
