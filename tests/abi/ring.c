// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the macros of the public headers that are not constants do, printed.
 * tests/abi/run builds this with our headers and with libxen-dev's, and wants
 * the same output from both. No locks: one thread.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#define xen_mb() __sync_synchronize()
#define xen_rmb() __sync_synchronize()
#define xen_wmb() __sync_synchronize()

#include <xen/xen.h>
#include <xen/io/ring.h>
#include <xen/io/fbif.h>
#include <xen/io/kbdif.h>
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>
#include <xen/arch-x86/xen-mca.h>
#include <xen/sched.h>
#include <xen/trace.h>

struct abi_request {
	uint64_t id;
	uint32_t words[5];
};

struct abi_response {
	uint64_t id;
	int16_t status;
};

DEFINE_RING_TYPES(abi, struct abi_request, struct abi_response);

static unsigned char page[4096] __attribute__((aligned(4096)));

static uint32_t seed = 1;

static unsigned int any(unsigned int below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

static void show_ring(const abi_front_ring_t *front, const abi_back_ring_t *back)
{
	const struct abi_sring *s = front->sring;

	printf("%u %u %u %u | %u %u | %u %u | %u %d %u %u\n", s->req_prod, s->req_event,
	       s->rsp_prod, s->rsp_event, front->req_prod_pvt, front->rsp_cons,
	       back->rsp_prod_pvt, back->req_cons, RING_FREE_REQUESTS(front),
	       RING_FULL(front) != 0, XEN_RING_NR_UNCONSUMED_REQUESTS(back),
	       XEN_RING_NR_UNCONSUMED_RESPONSES(front));
}

/* Both ends of a ring, doing whatever they may, beginning at index START. */
static void ring(unsigned int start)
{
	struct abi_sring *s = (struct abi_sring *)page;
	abi_front_ring_t front;
	abi_back_ring_t back;
	unsigned int step;
	int flag;

	memset(page, 0x5a, sizeof(page));
	XEN_FRONT_RING_INIT(&front, s, sizeof(page));
	BACK_RING_INIT(&back, s, sizeof(page));
	printf("%u %u %zu\n", front.nr_ents, back.nr_ents,
	       (size_t)__CONST_RING_SIZE(abi, sizeof(page)));
	if (start) {
		s->req_prod = s->rsp_prod = start;
		s->req_event = s->rsp_event = start + 1;
		FRONT_RING_ATTACH(&front, s, start, sizeof(page));
		BACK_RING_ATTACH(&back, s, start, sizeof(page));
	}
	for (step = 0; step < 3000; step++) {
		struct abi_request req = { .id = step, .words = { any(100) } };
		struct abi_response rsp = { .id = step, .status = -(int)any(30) };

		flag = -1;
		switch (any(8)) {
		case 0:
		case 1:
			if (!RING_FULL(&front))
				*RING_GET_REQUEST(&front, front.req_prod_pvt++) = req;
			break;
		case 2:
			if (any(2))
				RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front, flag);
			else
				RING_PUSH_REQUESTS(&front);
			break;
		case 3:
			if (RING_HAS_UNCONSUMED_REQUESTS(&back) &&
			    !RING_REQUEST_CONS_OVERFLOW(&back, back.req_cons)) {
				RING_COPY_REQUEST(&back, back.req_cons++, &req);
				printf("got %llu %u\n", (unsigned long long)req.id, req.words[0]);
			}
			break;
		case 4:
			if (back.rsp_prod_pvt != back.req_cons)
				*RING_GET_RESPONSE(&back, back.rsp_prod_pvt++) = rsp;
			break;
		case 5:
			if (any(2))
				RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&back, flag);
			else
				RING_PUSH_RESPONSES(&back);
			break;
		case 6:
			if (RING_HAS_UNCONSUMED_RESPONSES(&front)) {
				RING_COPY_RESPONSE(&front, front.rsp_cons++, &rsp);
				printf("answer %llu %d\n", (unsigned long long)rsp.id, rsp.status);
			}
			break;
		default:
			if (any(2))
				RING_FINAL_CHECK_FOR_REQUESTS(&back, flag);
			else
				RING_FINAL_CHECK_FOR_RESPONSES(&front, flag);
			flag = !!flag;
			break;
		}
		printf("%d ", flag);
		show_ring(&front, &back);
	}
	/* A front end that lies about how far it got. */
	s->req_prod += 1000;
	printf("%u %d %d\n", XEN_RING_NR_UNCONSUMED_REQUESTS(&back),
	       RING_REQUEST_PROD_OVERFLOW(&back, s->req_prod) != 0,
	       RING_RESPONSE_PROD_OVERFLOW(&front, s->rsp_prod + 1000) != 0);
}

static void machine_check(void)
{
	static struct mc_info info;
	struct mcinfo_bank bank = { .common = { MC_TYPE_BANK, sizeof(bank) }, .mc_bank = 3 };
	struct mcinfo_global global = { .common = { MC_TYPE_GLOBAL, sizeof(global) } };
	struct mcinfo_common *record;
	unsigned int type;

	memcpy((char *)info.mi_data, &global, sizeof(global));
	memcpy((char *)info.mi_data + sizeof(global), &bank, sizeof(bank));
	info.mi_nentries = 2;
	for (type = 0; type < 4; type++) {
		x86_mcinfo_lookup(record, &info, type);
		printf("record %u at %ld\n", type,
		       record ? (long)((char *)record - (char *)&info) : -1L);
	}
}

int main(void)
{
	xen_uuid_t uuid = XEN_DEFINE_UUID(0x00112233, 0x4455, 0x6677, 0x8899, 0xaa, 0xbb, 0xcc,
					  0xdd, 0xee, 0xff);
	static evtchn_port_t ports[2];
	struct sched_poll poll;
	struct trap_info trap = { 0 };
	unsigned int i;

	ring(0);
	ring(0xfffffff0);
	machine_check();
	for (i = 0; i < sizeof(uuid.a); i++)
		printf("%02x", uuid.a[i]);
	set_xen_guest_handle(poll.ports, ports);
	TI_SET_DPL(&trap, 3);
	TI_SET_IF(&trap, 7);
	printf(" %d %x %d %d\n", poll.ports.p == ports, trap.flags, TI_GET_DPL(&trap) == 3,
	       TI_GET_IF(&trap) != 0);
	for (i = 0; i < 100; i++)
		printf("%ld %ld %ld %ld %u\n", (long)((char *)&XENFB_IN_RING_REF(page, i) - (char *)page),
		       (long)((char *)&XENFB_OUT_RING_REF(page, i) - (char *)page),
		       (long)((char *)&XENKBD_IN_RING_REF(page, i) - (char *)page),
		       (long)((char *)&XENKBD_OUT_RING_REF(page, i) - (char *)page),
		       (unsigned int)TRC_SCHED_CLASS_EVT(CSCHED2, i));
	return 0;
}
