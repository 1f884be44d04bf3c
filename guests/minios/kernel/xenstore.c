// SPDX-License-Identifier: MIT
/*
 * The xenstore client: messages over a pair of byte rings in one page. Requests go
 * one at a time, under a lock. The event handler takes in what arrives: the reply,
 * which it keeps until the requester has read it, and the firing of watches. What
 * the handler shares with threads is touched with events masked.
 */
#include <minios/hypercall.h>
#include <minios/event.h>
#include <minios/kernel.h>
#include <minios/mm.h>
#include <minios/xenstore.h>
#include <xen/io/xs_wire.h>

static volatile struct xenstore_domain_interface *ring;
static struct mutex lock;		/* held by the one who has a request under way */
static struct waiters activity;
static struct xs_watch *watches;

/* The message that is arriving, or has arrived. */
static struct {
	struct xsd_sockmsg header;
	char payload[XENSTORE_PAYLOAD_MAX + 2];	/* ended by two zero bytes of ours */
	size_t received;	/* bytes, with the header */
	bool is_reply;		/* complete, and waiting to be read */
} message;

bool xenstore_present(void)
{
	return ring;
}

/* Take at most LENGTH bytes out of the ring. */
static size_t take(char *to, size_t length)
{
	XENSTORE_RING_IDX consumed = ring->rsp_cons, produced = ring->rsp_prod;
	size_t count = 0;

	xen_rmb();		/* the index before the bytes that it covers */
	while (count < length && consumed != produced)
		to[count++] = ring->rsp[MASK_XENSTORE_IDX(consumed++)];
	xen_mb();		/* the bytes are out before their room is given back */
	ring->rsp_cons = consumed;
	return count;
}

/* A token is the address of the watch, in decimal. Only one that we know is believed. */
static void fire(const char *token)
{
	unsigned long number = text_to_number(token);
	struct xs_watch *watch;

	for (watch = watches; watch; watch = watch->next) {
		if ((unsigned long)watch == number) {
			watch->fired = true;
			thread_wake(&watch->waiters);
		}
	}
}

/* The port rings when there is something to read, and when there is room again. */
static void xenstore_event(void *unused)
{
	size_t header = sizeof(message.header), before, got;

	(void)unused;
	while (!message.is_reply) {
		before = message.received;
		if (before < header) {
			got = take((char *)&message.header + before, header - before);
		} else {
			if (message.header.len > XENSTORE_PAYLOAD_MAX)
				panic("xenstore sent a message that is too long");
			got = take(message.payload + before - header, header + message.header.len - before);
		}
		message.received += got;
		if (message.received >= header && message.received == header + message.header.len) {
			message.payload[message.header.len] = '\0';
			message.payload[message.header.len + 1] = '\0';
			message.received = 0;
			if (message.header.type == XS_WATCH_EVENT)
				fire(message.payload + strlen(message.payload) + 1);
			else
				message.is_reply = true;
		} else if (!got) {
			break;
		}
	}
	event_send(start_info->store_evtchn);
	thread_wake(&activity);
}

static void send(const void *from, size_t length)
{
	const char *bytes = from;

	while (length) {
		XENSTORE_RING_IDX produced = ring->req_prod;

		wait_event(&activity, produced - ring->req_cons < XENSTORE_RING_SIZE);
		while (length && produced - ring->req_cons < XENSTORE_RING_SIZE) {
			ring->req[MASK_XENSTORE_IDX(produced++)] = *bytes++;
			length--;
		}
		xen_wmb();	/* the bytes before the index that covers them */
		ring->req_prod = produced;
		event_send(start_info->store_evtchn);
	}
}

static void submit(unsigned int type, const void *a, size_t a_length, const void *b, size_t b_length)
{
	static uint32_t last_id;
	struct xsd_sockmsg header = { .type = type, .req_id = ++last_id, .len = a_length + b_length };

	send(&header, sizeof(header));
	send(a, a_length);
	send(b, b_length);
}

/* Copies the reply, cut to ROOM, with a zero byte after it. Returns its length, or -1. */
static int await_reply(unsigned int type, char *reply, size_t room)
{
	bool masked;
	int length;

	wait_event(&activity, message.is_reply);
	length = message.header.type == type ? (int)message.header.len : -1;
	if (length >= 0 && room) {
		if ((size_t)length >= room)
			length = room - 1;
		memcpy(reply, message.payload, length);
		reply[length] = '\0';
	}
	masked = events_save();
	message.is_reply = false;
	xenstore_event(NULL);	/* what has come behind it */
	events_restore(masked);
	return length;
}

/* One request, whose payload is A and then B. */
static int request(unsigned int type, const void *a, size_t a_length, const void *b, size_t b_length,
		   char *reply, size_t room)
{
	int length;

	if (!ring || a_length + b_length > XENSTORE_PAYLOAD_MAX)
		return -1;
	mutex_lock(&lock);
	submit(type, a, a_length, b, b_length);
	length = await_reply(type, reply, room);
	mutex_unlock(&lock);
	return length;
}

int xs_read(const char *path, char *value, size_t room)
{
	return request(XS_READ, path, strlen(path) + 1, NULL, 0, value, room) < 0 ? -1 : 0;
}

long xs_read_number(const char *path, long otherwise)
{
	char value[24];

	if (xs_read(path, value, sizeof(value)) || value[0] < '0' || value[0] > '9')
		return otherwise;
	return text_to_number(value);
}

/* The value goes without a zero byte. */
int xs_write(const char *path, const char *format, ...)
{
	char value[XS_PATH_MAX];
	va_list args;
	int length;

	va_start(args, format);
	length = format_args(value, sizeof(value), format, args);
	va_end(args);
	if ((size_t)length >= sizeof(value))
		return -1;
	return request(XS_WRITE, path, strlen(path) + 1, value, length, NULL, 0) < 0 ? -1 : 0;
}

/*
 * Replies come in the order of the requests, so that many can be under way: this
 * costs one wait for the other side, whatever the count. The replies, at some 20
 * bytes each, fit into the ring all at once.
 */
int xs_write_all(const char *folder, const struct xs_entry *entries, unsigned int count)
{
	char path[XS_PATH_MAX], value[XS_PATH_MAX];
	unsigned int i;
	int result = 0;

	if (!ring || count > XS_ENTRIES_MAX)
		return -1;
	mutex_lock(&lock);
	for (i = 0; i < count; i++) {
		const struct xs_entry *entry = &entries[i];

		format_text(path, sizeof(path), "%s/%s", folder, entry->node);
		if (entry->text)
			format_text(value, sizeof(value), "%s", entry->text);
		else
			format_text(value, sizeof(value), "%lu", entry->number);
		submit(XS_WRITE, path, strlen(path) + 1, value, strlen(value));
	}
	for (i = 0; i < count; i++) {
		if (await_reply(XS_WRITE, NULL, 0) < 0)
			result = -1;
	}
	mutex_unlock(&lock);
	return result;
}

int xs_list(const char *path, char *names, size_t room)
{
	int length = request(XS_DIRECTORY, path, strlen(path) + 1, NULL, 0, names, room - 1);

	if (length < 0)
		return -1;
	names[length + 1] = '\0';
	return 0;
}

int xs_watch(struct xs_watch *watch, const char *path)
{
	char token[24];
	bool masked = events_save();

	watch->next = watches;
	watches = watch;
	events_restore(masked);
	format_text(token, sizeof(token), "%lu", (unsigned long)watch);
	return request(XS_WATCH, path, strlen(path) + 1, token, strlen(token) + 1, NULL, 0) < 0 ? -1 : 0;
}

void xs_watch_wait(struct xs_watch *watch)
{
	wait_event(&watch->waiters, watch->fired);
	watch->fired = false;
}

/* dom0, where xenstored itself would run, has no port for it. */
void xenstore_init(void)
{
	if (!start_info->store_evtchn)
		return;
	ring = mfn_to_virt(start_info->store_mfn);
	event_bind(start_info->store_evtchn, xenstore_event, NULL);
}
