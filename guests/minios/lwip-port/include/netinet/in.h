/* SPDX-License-Identifier: MIT */
/* The name by which programs know what lwIP keeps in these two. */
#ifndef NETINET_IN_H
#define NETINET_IN_H

#include <lwip/inet.h>
#include <lwip/sockets.h>

#endif
