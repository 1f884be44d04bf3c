// SPDX-License-Identifier: MIT
/*
 * The net front end: a ring for frames out and one for frames in, each with its port.
 * Every slot has a page of its own, granted once and for all: frames are copied in
 * and out, which is the simplest, and for small ones the fastest, too.
 */
#include <minios/hypercall.h>
#include <minios/frontend.h>
#include <minios/grant.h>
#include <minios/kernel.h>
#include <minios/mm.h>
#include <minios/net.h>
#include <xen/io/netif.h>
#include <xen/io/protocols.h>

#define MAX_INTERFACES	1
#define SLOTS	64		/* that we use of each ring's 256 */

struct buffer {
	char *page;
	grant_ref_t ref;
};

struct net {
	struct frontend front;
	struct netif_tx_front_ring tx;
	struct netif_rx_front_ring rx;
	evtchn_port_t tx_port, rx_port;	/* one and the same where the back end knows only one */
	struct waiters activity;
	uint8_t mac[6];
	struct buffer tx_buffers[SLOTS], rx_buffers[SLOTS];
	uint8_t tx_free[SLOTS];
	unsigned int tx_free_count;
};

static struct net *interfaces[MAX_INTERFACES];

static void net_event(void *arg)
{
	struct net *net = arg;

	thread_wake(&net->activity);
}

/* Take back the buffers of frames that have been sent. With events masked. */
static bool tx_room(struct net *net)
{
	struct netif_tx_response response;
	int more;

	do {
		while (RING_HAS_UNCONSUMED_RESPONSES(&net->tx)) {
			xen_rmb();	/* the index before the answer that it covers */
			RING_COPY_RESPONSE(&net->tx, net->tx.rsp_cons, &response);
			net->tx.rsp_cons++;
			if (response.id < SLOTS && net->tx_free_count < SLOTS)
				net->tx_free[net->tx_free_count++] = response.id;
		}
		RING_FINAL_CHECK_FOR_RESPONSES(&net->tx, more);
	} while (more);
	return net->tx_free_count;
}

int net_send(struct net *net, const void *frame, size_t length)
{
	struct netif_tx_request *request;
	unsigned int id;
	int notify;

	if (length > NET_FRAME_MAX)
		return -1;
	wait_event(&net->activity, tx_room(net));
	id = net->tx_free[--net->tx_free_count];
	memcpy(net->tx_buffers[id].page, frame, length);

	request = RING_GET_REQUEST(&net->tx, net->tx.req_prod_pvt++);
	request->gref = net->tx_buffers[id].ref;
	request->offset = 0;
	request->flags = 0;
	request->id = id;
	request->size = length;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&net->tx, notify);
	if (notify)
		event_send(net->tx_port);
	return 0;
}

/* Offer the page of a slot for a frame to come. */
static void offer(struct net *net, unsigned int id)
{
	struct netif_rx_request *request = RING_GET_REQUEST(&net->rx, net->rx.req_prod_pvt++);

	request->id = id;
	request->gref = net->rx_buffers[id].ref;
}

static void push_offers(struct net *net)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&net->rx, notify);
	if (notify)
		event_send(net->rx_port);
}

static bool rx_ready(struct net *net)
{
	int more;

	RING_FINAL_CHECK_FOR_RESPONSES(&net->rx, more);
	return more;
}

/* What is no whole frame in one page is dropped: we have not asked for others. */
size_t net_receive(struct net *net, void *frame, size_t room)
{
	struct netif_rx_response response;
	size_t length = 0;

	while (!length) {
		wait_event(&net->activity, rx_ready(net));
		xen_rmb();	/* the index before the answer that it covers */
		RING_COPY_RESPONSE(&net->rx, net->rx.rsp_cons, &response);
		net->rx.rsp_cons++;
		if (response.id >= SLOTS)
			panic("the back end filled a page that it was not given");
		if (response.status > 0 && !(response.flags & (NETRXF_more_data | NETRXF_extra_info)) &&
		    (size_t)response.status <= room && response.offset + response.status <= (int)PAGE_SIZE) {
			length = response.status;
			memcpy(frame, net->rx_buffers[response.id].page + response.offset, length);
		}
		offer(net, response.id);
		push_offers(net);
	}
	return length;
}

static int add_buffer(struct net *net, struct buffer *buffer, bool readonly)
{
	buffer->page = pages_alloc(1);
	if (!buffer->page)
		return -1;
	buffer->ref = grant_page(net->front.domain, buffer->page, readonly);
	return buffer->ref == GRANT_NONE ? -1 : 0;
}

/* "00:16:3e:..." */
static int read_mac(struct net *net)
{
	char path[XS_PATH_MAX], text[32];
	unsigned int i;

	format_text(path, sizeof(path), "%s/mac", net->front.path);
	if (xs_read(path, text, sizeof(text)) || strlen(text) != 17)
		return -1;
	for (i = 0; i < 17; i++) {
		char c = text[i] | 0x20;
		int digit = c >= 'a' && c <= 'f' ? c - 'a' + 10 : text[i] - '0';

		if (i % 3 != 2)
			net->mac[i / 3] = net->mac[i / 3] << 4 | (digit & 15);
	}
	return 0;
}

/*
 * Linux's back end (6.1 at least) can lose the first interrupt of a port that serves
 * both rings, and hears nothing from us ever after: with two ports it cannot.
 */
static int open_ports(struct net *net)
{
	if (event_alloc(net->front.domain, net_event, net, &net->tx_port))
		return -1;
	net->rx_port = net->tx_port;
	if (backend_number(&net->front, "feature-split-event-channels", 0) != 1)
		return 0;
	return event_alloc(net->front.domain, net_event, net, &net->rx_port);
}

/*
 * Frames copied into our pages, checksums filled in, none longer than an
 * Ethernet frame: a front end says what it can take, and silence on
 * scattered frames and segmentation means none of these.
 */
static int announce(struct net *net, grant_ref_t tx_ref, grant_ref_t rx_ref)
{
	return frontend_write(&net->front, (const struct xs_entry[]) {
			{ "tx-ring-ref", .number = tx_ref },
			{ "rx-ring-ref", .number = rx_ref },
			{ "event-channel", .number = net->tx_port },	/* read by those who know only one */
			{ "event-channel-tx", .number = net->tx_port },
			{ "event-channel-rx", .number = net->rx_port },
			{ "protocol", .text = XEN_IO_PROTO_ABI_NATIVE },
			{ "request-rx-copy", .number = 1 },
			{ "feature-rx-notify", .number = 1 },
			{ "feature-no-csum-offload", .number = 1 },
			{ "state", .number = XenbusStateConnected },
		}, 10);
}

static struct net *connect(int index)
{
	struct netif_tx_sring *tx = pages_alloc(1);
	struct netif_rx_sring *rx = pages_alloc(1);
	struct net *net = pages_alloc(1);
	struct frontend *front = &net->front;
	grant_ref_t tx_ref, rx_ref;
	unsigned int i;

	_Static_assert(sizeof(*net) <= PAGE_SIZE, "an interface fits into a page");
	if (!tx || !rx || !net || frontend_open(front, "vif", index) || read_mac(net))
		return NULL;
	SHARED_RING_INIT(tx);
	FRONT_RING_INIT(&net->tx, tx, PAGE_SIZE);
	SHARED_RING_INIT(rx);
	FRONT_RING_INIT(&net->rx, rx, PAGE_SIZE);
	tx_ref = grant_page(front->domain, tx, false);
	rx_ref = grant_page(front->domain, rx, false);
	if (tx_ref == GRANT_NONE || rx_ref == GRANT_NONE)
		return NULL;
	for (i = 0; i < SLOTS; i++) {
		if (add_buffer(net, &net->tx_buffers[i], true) || add_buffer(net, &net->rx_buffers[i], false))
			return NULL;
		net->tx_free[net->tx_free_count++] = i;
		offer(net, i);
	}

	/* Into the ring before the back end looks at it: frames may come as soon as it is connected. */
	RING_PUSH_REQUESTS(&net->rx);

	if (frontend_wait(front, XenbusStateInitWait) || open_ports(net) || announce(net, tx_ref, rx_ref) ||
	    frontend_wait(front, XenbusStateConnected))
		return NULL;
	return net;
}

struct net *net_open(int index)
{
	static struct mutex lock;

	if (index < 0 || index >= MAX_INTERFACES)
		return NULL;
	mutex_lock(&lock);
	if (!interfaces[index])
		interfaces[index] = connect(index);
	mutex_unlock(&lock);
	return interfaces[index];
}

const uint8_t *net_mac(const struct net *net)
{
	return net->mac;
}

int net_configured_ip(struct net *net, char *ip, size_t room)
{
	return backend_read(&net->front, "ip", ip, room);
}
