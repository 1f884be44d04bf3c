/* SPDX-License-Identifier: MIT */
/* What lwIP has to know of compiler and C library: gcc and newlib suit its defaults. */
#ifndef LWIP_ARCH_CC_H
#define LWIP_ARCH_CC_H

#include <fcntl.h>		/* or lwIP would have an O_NONBLOCK of its own */
#include <limits.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/types.h>

/* The C library has ssize_t without saying how large it is, and lwIP would define it. */
#ifndef SSIZE_MAX
#define SSIZE_MAX	LONG_MAX
#endif

/*
 * Debian's package patches sockets.c to work with systems whose addresses hold no
 * length, and leaves it to the port to say where one is. lwIP's own hold it.
 */
#define IP4ADDR_SOCKADDR_SET_LEN(sin)	((sin)->sin_len = sizeof(struct sockaddr_in))
#define IPADDR_SOCKADDR_GET_LEN(address)	((address)->sa.sa_len)

#define LWIP_RAND()	((u32_t)rand())

#endif
