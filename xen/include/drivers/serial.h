/* SPDX-License-Identifier: GPL-2.0-only */
/* 16550-compatible serial ports: com1= and com2=. */
#ifndef XEN_DRIVERS_SERIAL_H
#define XEN_DRIVERS_SERIAL_H

#include <lib/types.h>

void serial_init(void);			/* after the command line was parsed */
bool serial_open(unsigned int port);	/* 0 com1, 1 com2: found and used for the console */
/* The console lock is held for these three. A line that does not move loses what waits, after a while. */
void serial_putc(unsigned int port, char c);	/* no \r added */
bool serial_push(unsigned int port);		/* send what there is room for; true: there is more */
void serial_set_synchronous(bool on);		/* on: send everything, and from now on wait for each byte */
int serial_getc(unsigned int port);	/* -1 when nothing waits */
u16 serial_io_base(unsigned int port);	/* so that dom0 is kept off it; 0 unused */

#endif
