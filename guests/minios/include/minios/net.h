/* SPDX-License-Identifier: MIT */
/* The net front end: Ethernet frames out and in. */
#ifndef MINIOS_NET_H
#define MINIOS_NET_H

#include <stddef.h>
#include <stdint.h>

#define NET_FRAME_MAX	1514	/* bytes, with the Ethernet header */

struct net;

/* The INDEX-th interface, connected at the first call. NULL if there is none. */
struct net *net_open(int index);
const uint8_t *net_mac(const struct net *net);
/* The address that the toolstack was given for it ("ip" of the vif), or -1. */
int net_configured_ip(struct net *net, char *ip, size_t room);

/* Send one frame; waits while the ring is full. 0, or -1. */
int net_send(struct net *net, const void *frame, size_t length);
/* Wait for a frame, and copy it; returns its length. */
size_t net_receive(struct net *net, void *frame, size_t room);

#endif
