// SPDX-License-Identifier: MIT
/*
 * The kernel checks itself, part by part, without a C library. Prints "ok" or
 * "FAIL" and a name for each check, then the sum. What needs xenstore or a disk is
 * left out where there is none; the disk's first 256 KiB are overwritten.
 */
#include <minios/hypercall.h>
#include <minios/block.h>
#include <minios/clock.h>
#include <minios/event.h>
#include <minios/grant.h>
#include <minios/kernel.h>
#include <minios/mm.h>
#include <minios/thread.h>
#include <minios/xenstore.h>

#define VECTOR_BREAKPOINT	3
#define VECTOR_PAGE_FAULT	14

static unsigned int passed, failed;

static void check(bool good, const char *name)
{
	if (good)
		passed++;
	else
		failed++;
	printk("%s %s\n", good ? "ok" : "FAIL", name);
}

/* Traps. */

static unsigned int breakpoints;

static bool count_breakpoint(struct regs *regs)
{
	(void)regs;
	breakpoints++;
	return true;
}

/* A store that may fault: the handler resumes behind it. */
extern char probe_store[], probe_done[];
static volatile bool store_faulted;

static bool skip_probe(struct regs *regs)
{
	if (regs->ip != (unsigned long)probe_store)
		return false;
	store_faulted = true;
	regs->ip = (unsigned long)probe_done;
	return true;
}

static __attribute__((noinline)) bool store_faults(volatile void *address)
{
	store_faulted = false;
	__asm__ volatile(".globl probe_store, probe_done\n"
			 "probe_store: movb $0, (%0)\n"
			 "probe_done:"
			 : : "r" (address) : "memory");
	return store_faulted;
}

static void check_traps(void)
{
	char *page = pages_alloc(1);

	trap_register(VECTOR_BREAKPOINT, count_breakpoint);
	__asm__ volatile("int3");
	__asm__ volatile("int3");
	check(breakpoints == 2, "trap: int3 returns behind itself");

	trap_register(VECTOR_PAGE_FAULT, skip_probe);
	check(store_faults(NULL), "trap: a null pointer faults");
	check(trap_fault_address() == 0, "trap: the fault's address is handed over");
	check(!store_faults(page), "trap: an ordinary page does not fault");

	map_frame(page, virt_to_mfn(page), MAP_READ);
	check(store_faults(page) && trap_fault_address() == (unsigned long)page, "mm: a page made read-only");
	map_frame(page, virt_to_mfn(page), MAP_WRITE);
	check(!store_faults(page), "mm: and writable again");

	check(store_faults((void *)pt_entry((unsigned long)page, 1)), "mm: a page table is read-only");
	check(map_frame(page, virt_to_mfn((void *)start_info->pt_base), MAP_WRITE) < 0,
	      "mm: and cannot be mapped writable");
	check(mfn_to_virt(virt_to_mfn(page)) == page, "mm: frame numbers there and back");
	trap_register(VECTOR_PAGE_FAULT, NULL);
	page_free(page);
}

/* All memory is there, and no page of it twice. */
static void check_memory(void)
{
	unsigned long *pages = NULL, *page;
	unsigned long count = 0, good = 0;

	while ((page = pages_alloc(1))) {
		page[0] = (unsigned long)pages;
		page[1] = (unsigned long)page;
		pages = page;
		count++;
	}
	while (pages) {
		page = pages;
		good += page[1] == (unsigned long)page;
		pages = (unsigned long *)page[0];
		page_free(page);
	}
	check(good == count && count > start_info->nr_pages / 2, "mm: every page is a page of its own");
}

/* Threads, time, events. */

static unsigned int turns;

static void take_turns(void *arg)
{
	unsigned int me = (unsigned long)arg, i;

	for (i = 0; i < 100; i++) {
		if (turns % 2 == me)
			turns++;
		thread_yield();
	}
}

static struct waiters waiters;
static unsigned int arrived;
static bool open_gate;

static void wait_at_gate(void *arg)
{
	(void)arg;
	wait_event(&waiters, open_gate);
	arrived++;
}

static void check_threads(void)
{
	unsigned int round, i;

	thread_create("even", take_turns, (void *)0);
	thread_create("odd", take_turns, (void *)1);
	for (i = 0; i < 200; i++)
		thread_yield();
	check(turns >= 100, "thread: two take turns");

	for (round = 0; round < 3; round++) {
		open_gate = false;
		arrived = 0;
		for (i = 0; i < 20; i++)
			thread_create("waiting", wait_at_gate, NULL);
		thread_sleep(MILLISECONDS(1));
		if (arrived)
			break;
		open_gate = true;
		thread_wake(&waiters);
		thread_sleep(MILLISECONDS(1));
	}
	check(arrived == 20 && round == 3, "thread: all who wait are woken, and ended ones used again");
}

static void check_time(void)
{
	uint64_t last = clock_now(), now, began = last;
	bool forwards = true, masked, woken;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		now = clock_now();
		forwards &= now >= last;
		last = now;
	}
	check(forwards, "time: never goes back");
	began = clock_now();
	thread_sleep(MILLISECONDS(20));
	now = clock_now() - began;
	check(now >= MILLISECONDS(20) && now < MILLISECONDS(2000), "time: a sleep takes as long as it should");
	masked = events_save();
	open_gate = false;
	woken = thread_wait(&waiters, clock_now() + MILLISECONDS(5));
	events_restore(masked);
	check(!woken, "time: a wait ends at its deadline");
	check(clock_wall() > 1600000000ULL * 1000000000, "time: the wall clock");
}

static unsigned int rings;

static void bell(void *arg)
{
	rings += (unsigned long)arg;
}

static void check_events(void)
{
	struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
	evtchn_port_t port;
	bool masked;

	if (event_alloc(DOMID_SELF, bell, (void *)1, &port)) {
		check(false, "event: a port");
		return;
	}
	bind.remote_port = port;
	check(hypercall_event_channel(EVTCHNOP_bind_interdomain, &bind) == 0, "event: a channel to ourselves");
	rings = 0;		/* binding rings once, lest something be missed */
	event_send(bind.local_port);
	check(rings == 1, "event: delivered at once");
	masked = events_save();
	event_send(bind.local_port);
	event_send(bind.local_port);
	check(rings == 1, "event: not while masked");
	events_restore(masked);
	check(rings == 2, "event: once for two, when no longer masked");
	event_close(bind.local_port);
	event_close(port);
}

static void check_grants(void)
{
	char *from = pages_alloc(1), *to = pages_alloc(1);
	/* A table's entries name domains by number: DOMID_SELF means nobody there. */
	domid_t self = xs_read_number("domid", 0);
	grant_ref_t ref = grant_page(self, from, true);
	struct gnttab_copy copy = {
		.source = { .u.ref = ref, .domid = DOMID_SELF, .offset = 16 },
		.dest = { .u.gmfn = virt_to_mfn(to), .domid = DOMID_SELF, .offset = 32 },
		.len = 6, .flags = GNTCOPY_source_gref,
	};

	memcpy(from + 16, "grant", 6);
	hypercall_grant_table(GNTTABOP_copy, &copy, 1);
	check(copy.status == GNTST_okay && !strcmp(to + 32, "grant"), "grant: a copy through one");
	check(grant_end(ref), "grant: taken back");
	hypercall_grant_table(GNTTABOP_copy, &copy, 1);
	check(copy.status != GNTST_okay, "grant: and of no more use");
	page_free(from);
	page_free(to);
}

/* What needs a toolstack. */

static void check_xenstore(void)
{
	static struct xs_watch watch;
	static char names[512];
	char value[64];

	check(!xs_read("domid", value, sizeof(value)) && text_to_number(value) > 0, "xenstore: our number");
	check(xs_read("no/such/node", value, sizeof(value)) < 0, "xenstore: an error is an error");
	check(!xs_watch(&watch, "data/selftest"), "xenstore: a watch");
	xs_watch_wait(&watch);
	check(!xs_write("data/selftest", "%s %d", "seen", 42), "xenstore: a write");
	xs_watch_wait(&watch);
	check(!xs_read("data/selftest", value, sizeof(value)) && !strcmp(value, "seen 42"),
	      "xenstore: the watch fires, and the value is there");
	check(!xs_list("data", names, sizeof(names)) && names[0], "xenstore: a folder");
}

#define DISK_BYTES	(256 * 1024)

static void check_disk(struct block *disk)
{
	unsigned char *out = pages_alloc(DISK_BYTES / PAGE_SIZE + 1), *in = pages_alloc(DISK_BYTES / PAGE_SIZE + 1);
	size_t sectors = DISK_BYTES / SECTOR_SIZE, i;

	if (block_sectors(disk) < sectors || !out || !in) {
		check(false, "disk: large enough");
		return;
	}
	for (i = 0; i < DISK_BYTES; i++)
		out[i] = i * 7 + (i >> 9);
	out += 3 * SECTOR_SIZE;
	in += 5 * SECTOR_SIZE;
	check(!block_write(disk, 0, out, sectors - 3), "disk: many requests of many pages");
	check(!block_read(disk, 0, in, sectors - 3) && !memcmp(out, in, DISK_BYTES - 3 * SECTOR_SIZE),
	      "disk: what was written is read");
	check(!block_read(disk, 100, in, 1) && !memcmp(out + 100 * SECTOR_SIZE, in, SECTOR_SIZE),
	      "disk: a sector from the middle");
	check(block_read(disk, block_sectors(disk), in, 1) < 0, "disk: nothing behind the end");
}

int app_main(int argc, char **argv)
{
	struct block *disk;

	(void)argc;
	(void)argv;
	check_traps();
	check_threads();
	check_time();
	check_events();
	check_grants();
	if (xenstore_present()) {
		check_xenstore();
		disk = block_open(0);
		if (disk)
			check_disk(disk);
	}
	check_memory();		/* last: of what is given back no two pages are neighbours for sure */
	printk("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
