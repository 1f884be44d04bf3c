// SPDX-License-Identifier: MIT
/*
 * The block front end. A request on the ring names up to eleven pages and a range
 * of sectors in each; the answer, in any order, names the request by its id, here
 * the number of a slot that belongs to the waiting thread.
 */
#include <minios/hypercall.h>
#include <minios/block.h>
#include <minios/frontend.h>
#include <minios/grant.h>
#include <minios/kernel.h>
#include <minios/mm.h>
#include <xen/io/blkif.h>
#include <xen/io/protocols.h>

#define MAX_DISKS	2
#define SECTORS_PER_PAGE	(PAGE_SIZE / SECTOR_SIZE)
#define RING_SLOTS	__CONST_RING_SIZE(blkif, PAGE_SIZE)

struct block {
	struct frontend front;
	struct blkif_front_ring ring;
	evtchn_port_t port;
	struct waiters activity;
	uint64_t sectors;
	bool readonly;
	uint16_t handle;
	struct {
		bool used, done;
		int16_t status;
	} slots[RING_SLOTS];
};

static struct block *disks[MAX_DISKS];

/* Answers have come: mark them, and wake all who wait. */
static void block_event(void *arg)
{
	struct block *disk = arg;
	struct blkif_response response;
	int more;

	do {
		while (RING_HAS_UNCONSUMED_RESPONSES(&disk->ring)) {
			xen_rmb();	/* the index before the answer that it covers */
			RING_COPY_RESPONSE(&disk->ring, disk->ring.rsp_cons, &response);
			disk->ring.rsp_cons++;
			if (response.id < RING_SLOTS) {
				disk->slots[response.id].status = response.status;
				disk->slots[response.id].done = true;
			}
		}
		RING_FINAL_CHECK_FOR_RESPONSES(&disk->ring, more);
	} while (more);
	thread_wake(&disk->activity);
}

static struct block *connect(int index)
{
	struct blkif_sring *shared = pages_alloc(1);
	struct block *disk = pages_alloc(1);
	struct frontend *front = &disk->front;
	grant_ref_t ref;

	_Static_assert(sizeof(*disk) <= PAGE_SIZE, "a disk fits into a page");
	if (!shared || !disk || frontend_open(front, "vbd", index))
		return NULL;
	SHARED_RING_INIT(shared);
	FRONT_RING_INIT(&disk->ring, shared, PAGE_SIZE);
	ref = grant_page(front->domain, shared, false);
	if (ref == GRANT_NONE || event_alloc(front->domain, block_event, disk, &disk->port))
		return NULL;

	if (frontend_wait(front, XenbusStateInitWait) ||
	    frontend_write(front, (const struct xs_entry[]) {
			{ "ring-ref", .number = ref },
			{ "event-channel", .number = disk->port },
			{ "protocol", .text = XEN_IO_PROTO_ABI_NATIVE },
			{ "state", .number = XenbusStateInitialised },
		}, 4) ||
	    frontend_wait(front, XenbusStateConnected))
		return NULL;

	/* The size is there, in sectors of 512 bytes, once the back end is connected. */
	disk->sectors = backend_number(front, "sectors", 0);
	disk->readonly = backend_number(front, "info", 0) & VDISK_READONLY;
	disk->handle = text_to_number(front->path + sizeof("device/vbd/") - 1);
	if (frontend_write(front, (const struct xs_entry[]) { { "state", .number = XenbusStateConnected } }, 1))
		return NULL;
	return disk;
}

struct block *block_open(int index)
{
	static struct mutex lock;

	if (index < 0 || index >= MAX_DISKS)
		return NULL;
	mutex_lock(&lock);
	if (!disks[index])
		disks[index] = connect(index);
	mutex_unlock(&lock);
	return disks[index];
}

uint64_t block_sectors(const struct block *disk)
{
	return disk->sectors;
}

bool block_readonly(const struct block *disk)
{
	return disk->readonly;
}

static int take_slot(struct block *disk)
{
	unsigned int i;

	for (i = 0; i < RING_SLOTS; i++) {
		if (!disk->slots[i].used) {
			disk->slots[i].used = true;
			disk->slots[i].done = false;
			return i;
		}
	}
	return -1;
}

/*
 * One request of as many sectors as it takes, starting anywhere in a page that is
 * a multiple of the sector size. Returns the number moved, or -1.
 */
static long transfer(struct block *disk, unsigned int operation, uint64_t sector, char *buffer, size_t count)
{
	struct blkif_request *request;
	grant_ref_t refs[BLKIF_MAX_SEGMENTS_PER_REQUEST];
	size_t moved = 0;
	unsigned int i, segments = 0;
	int slot, notify;

	wait_event(&disk->activity, (slot = take_slot(disk)) >= 0);
	request = RING_GET_REQUEST(&disk->ring, disk->ring.req_prod_pvt);
	while (moved < count && segments < BLKIF_MAX_SEGMENTS_PER_REQUEST) {
		char *at = buffer + moved * SECTOR_SIZE;
		unsigned int first = ((unsigned long)at & (PAGE_SIZE - 1)) / SECTOR_SIZE;
		size_t here = SECTORS_PER_PAGE - first;

		if (here > count - moved)
			here = count - moved;
		refs[segments] = grant_page(disk->front.domain, at, operation == BLKIF_OP_WRITE);
		if (refs[segments] == GRANT_NONE)
			break;
		request->seg[segments].gref = refs[segments];
		request->seg[segments].first_sect = first;
		request->seg[segments].last_sect = first + here - 1;
		moved += here;
		segments++;
	}
	if (segments) {
		request->operation = operation;
		request->nr_segments = segments;
		request->handle = disk->handle;
		request->id = slot;
		request->sector_number = sector;
		disk->ring.req_prod_pvt++;
		RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&disk->ring, notify);
		if (notify)
			event_send(disk->port);
		wait_event(&disk->activity, disk->slots[slot].done);
	}
	for (i = 0; i < segments; i++) {
		if (!grant_end(refs[i]))
			panic("the back end still maps a page of a request that it has answered");
	}
	disk->slots[slot].used = false;
	thread_wake(&disk->activity);
	return segments && disk->slots[slot].status == BLKIF_RSP_OKAY ? (long)moved : -1;
}

static int transfer_all(struct block *disk, unsigned int operation, uint64_t sector, char *buffer, size_t count)
{
	if (sector > disk->sectors || count > disk->sectors - sector ||
	    ((unsigned long)buffer & (SECTOR_SIZE - 1)))
		return -1;
	while (count) {
		long moved = transfer(disk, operation, sector, buffer, count);

		if (moved < 0)
			return -1;
		sector += moved;
		buffer += moved * SECTOR_SIZE;
		count -= moved;
	}
	return 0;
}

int block_read(struct block *disk, uint64_t sector, void *buffer, size_t count)
{
	return transfer_all(disk, BLKIF_OP_READ, sector, buffer, count);
}

int block_write(struct block *disk, uint64_t sector, const void *buffer, size_t count)
{
	return disk->readonly ? -1 : transfer_all(disk, BLKIF_OP_WRITE, sector, (char *)buffer, count);
}
