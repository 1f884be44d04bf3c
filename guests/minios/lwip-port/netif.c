// SPDX-License-Identifier: MIT
/*
 * The network interface: lwIP on one side, the net front end on the other. Its
 * address comes from the command line ("ip=10.0.0.2/24" or "ip=10.0.0.2/24:10.0.0.1"
 * with a gateway), else from the toolstack's configuration of the vif, else by DHCP.
 */
#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/netif.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <minios/net.h>
#include <minios/thread.h>

#define DHCP_PATIENCE	15000	/* ms */

void network_start(void);

static struct net *net;
static struct netif interface;

/* A packet is a chain of buffers; the front end wants it in one piece. */
static err_t send_frame(struct netif *netif, struct pbuf *packet)
{
	static char frame[NET_FRAME_MAX];

	LWIP_UNUSED_ARG(netif);
	if (packet->tot_len > sizeof(frame))
		return ERR_BUF;
	if (packet->len == packet->tot_len)
		return net_send(net, packet->payload, packet->len) ? ERR_IF : ERR_OK;
	pbuf_copy_partial(packet, frame, packet->tot_len, 0);
	return net_send(net, frame, packet->tot_len) ? ERR_IF : ERR_OK;
}

static void receive_frames(void *unused)
{
	static char frame[2048];

	LWIP_UNUSED_ARG(unused);
	for (;;) {
		size_t length = net_receive(net, frame, sizeof(frame));
		struct pbuf *packet = pbuf_alloc(PBUF_RAW, length, PBUF_RAM);

		if (!packet)
			continue;	/* no memory: lost, as on any network */
		pbuf_take(packet, frame, length);
		if (interface.input(packet, &interface) != ERR_OK)
			pbuf_free(packet);
	}
}

static err_t set_up(struct netif *netif)
{
	netif->name[0] = 'x';
	netif->name[1] = 'n';
	netif->mtu = NET_FRAME_MAX - SIZEOF_ETH_HDR;
	netif->hwaddr_len = ETH_HWADDR_LEN;
	memcpy(netif->hwaddr, net_mac(net), ETH_HWADDR_LEN);
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
	netif->output = etharp_output;
	netif->linkoutput = send_frame;
	return ERR_OK;
}

/* ADDRESS[/BITS][:GATEWAY], changed in place. False if it is no address. */
static bool parse(char *text, ip4_addr_t *address, ip4_addr_t *mask, ip4_addr_t *gateway)
{
	char *bits, *gate;
	unsigned long length = 24;

	text[strcspn(text, " ")] = '\0';
	gate = strchr(text, ':');
	if (gate)
		*gate++ = '\0';
	bits = strchr(text, '/');
	if (bits) {
		*bits++ = '\0';
		length = strtoul(bits, NULL, 10);
	}
	if (length > 32 || !ip4addr_aton(text, address) || (gate && !ip4addr_aton(gate, gateway)))
		return false;
	ip4_addr_set_u32(mask, length ? lwip_htonl(0xffffffffU << (32 - length)) : 0);
	return true;
}

static bool configured(ip4_addr_t *address, ip4_addr_t *mask, ip4_addr_t *gateway)
{
	const char *wanted = getenv("ip");
	char text[64];

	if (wanted && strlen(wanted) < sizeof(text))
		return parse(strcpy(text, wanted), address, mask, gateway);
	return net_configured_ip(net, text, sizeof(text)) == 0 && parse(text, address, mask, gateway);
}

/* Called once, before the program. Without a network device sockets reach nobody. */
void network_start(void)
{
	ip4_addr_t address = { 0 }, mask = { 0 }, gateway = { 0 };
	bool is_static;
	int waited;

	tcpip_init(NULL, NULL);
	net = net_open(0);
	if (!net)
		return;
	is_static = configured(&address, &mask, &gateway);
	LOCK_TCPIP_CORE();
	netif_add(&interface, &address, &mask, &gateway, NULL, set_up, tcpip_input);
	netif_set_hostname(&interface, "minios");
	netif_set_default(&interface);
	netif_set_up(&interface);
	if (!is_static)
		dhcp_start(&interface);
	UNLOCK_TCPIP_CORE();
	if (!thread_create("net receive", receive_frames, NULL))
		return;
	for (waited = 0; !is_static && !dhcp_supplied_address(&interface) && waited < DHCP_PATIENCE; waited += 20)
		thread_sleep(MILLISECONDS(20));
	printf("network: %s\n", ip4addr_ntoa(netif_ip4_addr(&interface)));
}
