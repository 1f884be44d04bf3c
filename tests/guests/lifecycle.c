// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains come and go, and the host's free memory is afterwards what it was,
 * to the page: built and destroyed a hundred times, killed at any moment with
 * whatever they were doing in flight, or ended by themselves while dom0 still
 * holds on to their frames. The other domain is this file too, as "main".
 */
#include "lib.h"

#define GUEST_PAGES	1152
#define FIRST_REF	8
#define NR_REFS		8
#define FIRST_MAP	0		/* slots of the window where grants are mapped */

/* What the other domain does; "mode=" on its command line. */
#define DO_GRANT	1		/* grants pages to dom0 */
#define DO_MAP		2		/* maps what dom0 granted */
#define DO_EVENT	4		/* binds dom0's port, and sends */
#define DO_TIMER	8
#define DO_PIN		16		/* tables of each level pinned, a user root */
#define DO_SMP		32		/* the second vcpu works as well */
#define DO_FIFO		64
#define DO_AREAS	128		/* vcpu_info, runstate and time areas, descriptor tables */
#define DO_VERSION2	256
#define DO_OFF		512		/* and powers off */
#define DO_CRASH	1024		/* and crashes */
#define ALL_KINDS	511

/* --- the other domain --- */

static unsigned int mode;
static u64 *victim;		/* a level-1 table of its own to change */

static void work(unsigned int vcpu, unsigned int round)
{
	static u8 from[PAGE_BYTES] __attribute__((aligned(4096)));
	struct gnttab_copy copy = { .len = 2048, .flags = GNTCOPY_dest_gref };
	struct evtchn_send send = { .port = mailbox.nr };

	if (mode & DO_EVENT)
		event_op(EVTCHNOP_send, &send);
	if (mode & DO_MAP) {
		copy.source.u.gmfn = virt_to_pfn(from);
		copy.source.u.gmfn = p2m[copy.source.u.gmfn];
		copy.source.domid = DOMID_SELF;
		copy.dest.domid = 0;
		copy.dest.u.ref = FIRST_REF;
		grant_op(GNTTABOP_copy, &copy, 1);
	}
	if (victim) {
		struct mmu_update u[2] = {
			{ virt_to_mfn(victim) << 12 | (vcpu * 8), PTE(virt_to_mfn(from), PTE_RO) },
			{ virt_to_mfn(victim) << 12 | (vcpu * 8), 0 },
		};

		HYP(mmu_update, u, 2, 0, DOMID_SELF, 0);
	}
	if (round % 8 == 7)
		yield();
}

static void second_vcpu(unsigned int vcpu)
{
	for (unsigned int i = 0; ; i++)
		work(vcpu, i);
}

static u64 *pinned_last;	/* a level-2 table for the slot in which the hypervisor is, in three levels */

static u64 *pinned(unsigned int level, const u64 *below)
{
	u64 *t = alloc_page();

	if (below)
		t[1] = PTE(virt_to_mfn(below), TABLE_FLAGS(level));
	if (level == 3 && PT_LEVELS == 3)	/* a root without the last slot is none */
		t[3] = PTE(virt_to_mfn(pinned_last), PTE_P);
	make_readonly(t);
	mmuext(MMUEXT_PIN_L1_TABLE + level - 1, virt_to_mfn(t), 0);
	return t;
}

static void pin_tables(void)
{
	u64 *l2, *l3;

	victim = pinned(1, NULL);
	l2 = pinned(2, victim);
	if (PT_LEVELS == 3) {
		pinned_last = alloc_page();
		make_readonly(pinned_last);
	}
	l3 = pinned(3, l2);
	if (PT_LEVELS == 4)
		pinned(4, l3);
	use_user_root();
}

static void register_areas(void)
{
	static struct vcpu_runstate_info runstate;
	static struct vcpu_time_info time;
	static union { struct vcpu_info info; u8 bytes[PAGE_BYTES]; } place __attribute__((aligned(4096)));
	struct vcpu_register_vcpu_info r = { .mfn = virt_to_mfn(&place) };
	struct vcpu_register_runstate_memory_area a;
	struct vcpu_register_time_memory_area t;
	u64 *gdt = alloc_page(), *ldt = alloc_page();
	word frame = virt_to_mfn(gdt);

	/* The second one's, which nobody looks at until it starts. */
	vcpu_op(VCPUOP_register_vcpu_info, 1, &r);
	moved_info[1] = &place.info;
	a.addr.v = &runstate;
	vcpu_op(VCPUOP_register_runstate_memory_area, 0, &a);
	t.addr.v = &time;
	vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &t);
	make_readonly(gdt);
	make_readonly(ldt);
	HYP(set_gdt, &frame, 512, 0, 0, 0);
	mmuext(MMUEXT_SET_LDT, (word)ldt, 512);
}

static void use_fifo(void)
{
	struct evtchn_init_control c = { .control_gfn = virt_to_mfn(alloc_page()) };
	struct evtchn_expand_array e = { .array_gfn = virt_to_mfn(alloc_page()) };

	event_op(EVTCHNOP_init_control, &c);
	event_op(EVTCHNOP_expand_array, &e);
}

static void use_timers(void)
{
	struct vcpu_set_periodic_timer p = { .period_ns = 1000000 };
	struct vcpu_set_singleshot_timer s = { .timeout_abs_ns = now() + 3000000000ull };

	bind_virq(VIRQ_TIMER, 0);
	vcpu_op(VCPUOP_set_periodic_timer, 0, &p);
	vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
}

void guest_main(void)
{
	mode = number_argument("mode=", 0);
	if (mode & (DO_GRANT | DO_MAP | DO_VERSION2))
		grants_init(mode & DO_VERSION2 ? 2 : 1);
	if (mode & DO_GRANT)
		for (unsigned int i = 0; i < NR_REFS; i++) {
			if (mode & DO_VERSION2) {
				grants2[FIRST_REF + i].full_page.hdr.domid = 0;
				grants2[FIRST_REF + i].full_page.frame = virt_to_mfn(alloc_page());
				barrier();
				WRITE_ONCE(grants2[FIRST_REF + i].full_page.hdr.flags,
					   GTF_permit_access | (i & 1 ? GTF_readonly : 0));
			} else {
				grant_access(FIRST_REF + i, 0, virt_to_mfn(alloc_page()), i & 1 ? GTF_readonly : 0);
			}
		}
	if (mode & DO_MAP)
		for (unsigned int i = 0; i < NR_REFS; i++)
			grant_map(0, FIRST_REF + i, (word)window(FIRST_MAP + i),
				  GNTMAP_host_map | (i & 1 ? GNTMAP_readonly : 0) | (i & 2 ? GNTMAP_device_map : 0), NULL);
	if (mode & DO_FIFO)
		use_fifo();
	if (mode & DO_EVENT) {
		struct evtchn_bind_interdomain b = { .remote_dom = 0, .remote_port = number_argument("port=", 0) };

		event_op(EVTCHNOP_bind_interdomain, &b);
		mailbox.nr = b.local_port;
		bind_ipi(0);
	}
	if (mode & DO_PIN)
		pin_tables();
	if (mode & DO_AREAS)
		register_areas();
	if (mode & DO_TIMER)
		use_timers();
	if (mode & DO_SMP)
		vcpu_up(1, second_vcpu);
	mailbox.counter = 1;
	if (mode & DO_OFF)
		shut_down(SHUTDOWN_poweroff);
	if (mode & DO_CRASH) {
		struct trap_info none = { 0 };

		HYP(set_trap_table, 0, 0, 0, 0, 0);
		HYP(set_trap_table, &none, 0, 0, 0, 0);
		asm volatile ("ud2");
	}
	for (unsigned int i = 0; ; i++) {
		work(0, i);
		mailbox.counter++;
	}
}

/* --- dom0 --- */

static u64 before;		/* free pages, once all that grows has grown */

static void baseline(void)
{
	sleep_ns(2000000);
	before = free_pages();
}

static void expect_baseline(const char *what, unsigned int n)
{
	wait_for_free_pages(before);
	EXPECT_EQ_OF(free_pages(), before, "%s, %u", what, n);
}

static unsigned int running_mode;

/* For whoever reads the log of a failure. */
static void press(char key)
{
	struct xen_sysctl op;

	memset(&op, 0, sizeof(op));
	set_xen_guest_handle(op.u.debug_keys.keys, &key);
	op.u.debug_keys.nr_keys = 1;
	sysctl(&op, XEN_SYSCTL_debug_keys);
}

static void expect_gone(const struct guest *g)
{
	for (unsigned int i = 0; i < 200 && guest_exists(g, 0); i++)
		sleep_ns(1000000);
	if (guest_exists(g, 0)) {
		fail("guest %u is not gone, mode %u", g->id, running_mode);
		press('q');
		press('g');
	}
}

static u32 random_state = 12345;

static u32 random_below(u32 n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

static void say(char *buf, size_t size, const char *fmt, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	format(buf, size, fmt, args);
	__builtin_va_end(args);
}

/* One that works in a mode; what dom0 holds of it is counted here. */
static struct guest other;
static u32 handles[NR_REFS];
static unsigned int nr_mapped;
static long port;
static void *granted[NR_REFS];

static void start(unsigned int how)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF };
	static char line[64];
	long rc;

	nr_mapped = 0;
	running_mode = how;
	rc = guest_create(&other, "serve", GUEST_PAGES, 2);
	if (rc) {
		fail("cannot be created: %ld", rc);
		return;
	}
	a.remote_dom = other.id;
	EXPECT_EQ(event_op(EVTCHNOP_alloc_unbound, &a), 0);
	port = a.port;
	for (unsigned int i = 0; i < NR_REFS; i++)
		grant_access(FIRST_REF + i, other.id, virt_to_mfn(granted[i]), i & 1 ? GTF_readonly : 0);
	say(line, sizeof(line), "main mode=%u port=%u", how, a.port);
	guest_set_cmdline(&other, line);
	EXPECT_EQ(guest_unpause(&other), 0);
}

static bool wait_ready(void)
{
	u64 end = now() + 3000000000ull;

	while (!other.mailbox->counter && now() < end)
		sleep_ns(100000);
	if (!other.mailbox->counter)
		fail("the guest does not get ready");
	return other.mailbox->counter;
}

static void map_its_grants(void)
{
	for (nr_mapped = 0; nr_mapped < NR_REFS; nr_mapped++) {
		unsigned int i = nr_mapped;
		u32 flags = GNTMAP_host_map | (i & 1 ? GNTMAP_readonly : 0);
		u64 at = (word)window(FIRST_MAP + i);

		if (i & 2) {
			flags |= GNTMAP_contains_pte;
			at = pte_address(window(FIRST_MAP + i), 1);
		}
		if (grant_map(other.id, FIRST_REF + i, at, flags, &handles[i])) {
			fail("grant %u of the guest cannot be mapped", i);
			return;
		}
		if (!(i & 1))
			POKE(u32, window(FIRST_MAP + i), 1);
	}
}

static void unmap_one(unsigned int i)
{
	void *at = window(FIRST_MAP + i);

	EXPECT_EQ_OF(grant_unmap(i & 2 ? pte_address(at, 1) : (word)at, handles[i]), GNTST_okay, "grant %u", i);
}

static void unmap_its_grants(void)
{
	while (nr_mapped)
		unmap_one(--nr_mapped);
}

static long kill(void)
{
	struct xen_domctl op = { 0 };

	return domctl(&op, XEN_DOMCTL_destroydomain, other.id);
}

/* What dom0 has mapped of it, once it is dying: with the last mapping of all it is gone. */
static void forget(void)
{
	guest_destroy(&other);
}

/* Everything that dom0 shared with it is dom0's alone again. */
static void expect_released(void)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

	for (unsigned int i = 0; i < NR_REFS; i++)
		EXPECT_EQ_OF(grant_end(FIRST_REF + i), true, "grant %u, flags %#x", i, grants[FIRST_REF + i].flags);
	EXPECT_EQ(event_op(EVTCHNOP_status, &s), 0);
	EXPECT_EQ(s.status, EVTCHNSTAT_unbound);
	EXPECT_EQ(close_port(port), 0);
	EXPECT_EQ(close_port(port), -EINVAL);
}

CHECK_DOM0(first_of_all)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct xen_sysctl op;

	grants_init(1);
	for (unsigned int i = 0; i < NR_REFS; i++)
		granted[i] = alloc_page();
	EXPECT_EQ(event_op(EVTCHNOP_alloc_unbound, &a), 0);
	close_port(a.port);
	/* What dom0 itself makes the hypervisor allocate, once. */
	for (unsigned int i = 0; i < 3; i++) {
		start(ALL_KINDS & ~DO_VERSION2);
		if (wait_ready())
			map_its_grants();
		unmap_its_grants();
		EXPECT_EQ(guest_destroy(&other), 0);
		expect_gone(&other);
		expect_released();
	}
	baseline();
	memset(&op, 0, sizeof(op));
	op.u.availheap.node = -1;
	EXPECT_EQ(sysctl(&op, XEN_SYSCTL_availheap), 0);
	EXPECT_EQ(op.u.availheap.avail_bytes, before << 12);
}

CHECK_DOM0(hundred_cycles)
{
	/* Fewer where every flush must wait for another CPU, which the emulator may not be running. */
	const unsigned int cycles = nr_vcpus() == 1 ? 100 : 25;

	for (unsigned int i = 0; i < cycles && !has_failed(); i++) {
		struct guest g;

		EXPECT_EQ(guest_create(&g, "serve", GUEST_PAGES, 1 + i % 3), 0);
		/* Some never run, some are caught starting, most have answered. */
		if (i % 4) {
			EXPECT_EQ(guest_unpause(&g), 0);
			if (i % 4 > 1)
				EXPECT_EQ(remote(&g, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0), 4 << 16 | 17);
		}
		EXPECT_EQ(guest_destroy(&g), 0);
		expect_gone(&g);
		expect_baseline("cycle", i);
	}
}

CHECK_DOM0(creation_that_fails)
{
	struct guest g;
	struct xen_domctl op;

	for (unsigned int i = 0; i < 4; i++) {
		/* Too few pages for the layout, and more than there are. */
		EXPECT_EQ(guest_create(&g, "serve", 300, 1), -ENOMEM);
		expect_baseline("too small", i);
		EXPECT_EQ(guest_create(&g, "serve", GUEST_PAGES, 0), -EINVAL);
		EXPECT_EQ(guest_create(&g, "serve", GUEST_PAGES, 1u << 30), -EINVAL);
		expect_baseline("vcpus", i);
		memset(&op, 0, sizeof(op));
		op.u.createdomain.max_vcpus = 1;
		op.u.createdomain.max_evtchn_port = 1023;
		op.u.createdomain.max_grant_frames = 1u << 31;
		op.u.createdomain.max_maptrack_frames = 1u << 31;
		op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(2);
		if (!domctl(&op, XEN_DOMCTL_createdomain, 0)) {
			g.id = op.domain;
			EXPECT_EQ(domctl(&op, XEN_DOMCTL_destroydomain, g.id), 0);
			expect_gone(&g);
		}
		expect_baseline("limits", i);
	}
}

/* A port of a domain that has no vcpu yet would have nobody to tell. */
CHECK_DOM0(no_ports_before_vcpus)
{
	struct xen_domctl op;
	struct evtchn_alloc_unbound alloc = { .remote_dom = DOMID_SELF };

	memset(&op, 0, sizeof(op));
	op.u.createdomain.max_vcpus = 1;
	op.u.createdomain.max_evtchn_port = 1023;
	op.u.createdomain.max_grant_frames = 1;
	op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(1);
	EXPECT_EQ(domctl(&op, XEN_DOMCTL_createdomain, 0), 0);
	alloc.dom = op.domain;
	if (!event_op(EVTCHNOP_alloc_unbound, &alloc)) {
		struct evtchn_bind_interdomain bind = { .remote_dom = alloc.dom, .remote_port = alloc.port };
		struct evtchn_send send = { 0 };

		fail("port %u before there is a vcpu", alloc.port);
		EXPECT_EQ(event_op(EVTCHNOP_bind_interdomain, &bind), 0);
		send.port = bind.local_port;
		event_op(EVTCHNOP_send, &send);
	}
	EXPECT_EQ(event_op(EVTCHNOP_alloc_unbound, &alloc), -ENOENT);
	op.u.max_vcpus.max = 1;
	EXPECT_EQ(domctl(&op, XEN_DOMCTL_max_vcpus, alloc.dom), 0);
	EXPECT_EQ(event_op(EVTCHNOP_alloc_unbound, &alloc), 0);
	EXPECT_EQ(domctl(&op, XEN_DOMCTL_destroydomain, alloc.dom), 0);
	expect_baseline("no vcpu", 0);
}

/* Each thing that a domain can have by itself, and then all of them at any moment. */
static void kill_in_mode(unsigned int how, bool ready, u32 wait_ns)
{
	start(how);
	if (has_failed())
		return;
	if (ready && wait_ready() && (how & DO_GRANT))
		map_its_grants();
	if (wait_ns)
		sleep_ns(wait_ns);
	if (nr_mapped && (wait_ns & 1))
		unmap_its_grants();
	if (wait_ns & 2) {
		struct evtchn_send s = { .port = port };

		event_op(EVTCHNOP_send, &s);
	}
	EXPECT_EQ(kill(), 0);
	EXPECT_EQ(kill(), 0);
	expect_released();
	EXPECT(guest_exists(&other, XEN_DOMINF_dying));
	/* In either order: what the hypervisor counts by grant and by mapping. */
	if (wait_ns & 4) {
		unmap_its_grants();
		EXPECT(guest_exists(&other, XEN_DOMINF_dying));
		forget();
	} else {
		forget();
		EXPECT_EQ(guest_exists(&other, XEN_DOMINF_dying) || !nr_mapped, true);
		unmap_its_grants();
	}
	expect_gone(&other);
	expect_baseline("mode", how);
}

CHECK_DOM0(killed_with_one_thing)
{
	for (unsigned int bit = 1; bit <= ALL_KINDS && !has_failed(); bit <<= 1)
		for (unsigned int i = 0; i < 2; i++)
			kill_in_mode(bit | (bit == DO_VERSION2 ? DO_GRANT : 0), true, 100000 + i);
}

CHECK_DOM0(killed_at_random)
{
	const unsigned int kills = nr_vcpus() == 1 ? 60 : 20;

	for (unsigned int i = 0; i < kills && !has_failed(); i++)
		kill_in_mode(random_below(ALL_KINDS + 1), random_below(2), random_below(2000000));
}

CHECK_DOM0(crashed)
{
	for (unsigned int i = 0; i < 4; i++) {
		start((ALL_KINDS & ~DO_VERSION2) | DO_CRASH);
		EXPECT_EQ(guest_wait(&other, 3000000000ull), SHUTDOWN_crash);
		map_its_grants();
		unmap_its_grants();
		EXPECT_EQ(guest_destroy(&other), 0);
		expect_released();
		expect_gone(&other);
		expect_baseline("crash", i);
	}
}

/*
 * It turns itself off while dom0 has its frames mapped, as a back end and a
 * console daemon have: it stays as a dying domain until the last one goes.
 */
CHECK_DOM0(off_by_itself)
{
	for (unsigned int i = 0; i < 6 && !has_failed(); i++) {
		unsigned int how = i & 1 ? DO_GRANT : (ALL_KINDS & ~DO_VERSION2);
		struct evtchn_send s;
		void *page;

		start(how | DO_OFF);
		if (!wait_ready())
			return;
		map_its_grants();
		EXPECT_EQ(guest_wait(&other, 3000000000ull), SHUTDOWN_poweroff);
		page = map_frame(other.id, other.mfns[8], true);
		EXPECT(page != NULL);
		s.port = port;
		EXPECT_EQ(event_op(EVTCHNOP_send, &s), how & DO_EVENT ? 0 : event_op(EVTCHNOP_send, &s));
		EXPECT_EQ(kill(), 0);
		expect_released();
		/* A dying domain's frames cannot be mapped any more; what is mapped can be used. */
		EXPECT(map_frame(other.id, other.mfns[9], true) == NULL);
		EXPECT_EQ(grant_map(other.id, FIRST_REF, (word)window(40), GNTMAP_host_map, NULL) != 0, true);
		POKE(u32, page, 0x12345678);
		EXPECT_EQ(PEEK(u32, page), 0x12345678);
		POKE(u32, window(FIRST_MAP), 77);
		guest_unmap(&other);
		EXPECT(guest_exists(&other, XEN_DOMINF_dying));
		for (unsigned int k = 0; k < NR_REFS; k++) {
			unmap_one(k);
			EXPECT(guest_exists(&other, XEN_DOMINF_dying));
		}
		nr_mapped = 0;
		unmap_frame(page);
		expect_gone(&other);
		forget();
		expect_baseline("off", i);
	}
}

/* A domain that dom0 has killed while it holds a frame of it: whatever is asked of it then, it dies all the same. */
CHECK_DOM0(asked_when_dead)
{
	struct e820 { u64 start, size; u32 type; } __attribute__((packed)) ram = { 0, 1 << 20, 1 };
	struct xen_foreign_memory_map map = { .map.nr_entries = 1 };
	struct xen_memory_reservation r = { .nr_extents = 1 };
	struct xen_sysctl keys;
	struct xen_domctl op;
	struct guest g = { .nr_pages = 0 };
	word frame = 0;
	char q = 'q';
	void *page;

	memset(&op, 0, sizeof(op));
	op.u.createdomain.max_vcpus = 2;
	op.u.createdomain.max_grant_frames = 1;
	op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(1);
	EXPECT_EQ(domctl(&op, XEN_DOMCTL_createdomain, 0), 0);
	g.id = map.domid = r.domid = op.domain;
	set_xen_guest_handle(map.map.buffer, &ram);
	memset(&op, 0, sizeof(op));
	op.u.max_mem.max_memkb = 64;
	EXPECT_EQ(domctl(&op, XEN_DOMCTL_max_mem, g.id), 0);
	set_xen_guest_handle(r.extent_start, &frame);
	EXPECT_EQ(HYP(memory_op, XENMEM_populate_physmap, &r, 0, 0, 0), 1);
	page = map_frame(g.id, frame, true);
	EXPECT(page != NULL);
	EXPECT_EQ(domctl(&op, XEN_DOMCTL_destroydomain, g.id), 0);
	EXPECT(guest_exists(&g, XEN_DOMINF_dying));

	EXPECT_EQ(HYP(memory_op, XENMEM_set_memory_map, &map, 0, 0, 0), 0);
	memset(&op, 0, sizeof(op));
	op.u.max_vcpus.max = 2;
	EXPECT_EQ(domctl(&op, XEN_DOMCTL_max_vcpus, g.id), -EINVAL);
	memset(&op, 0, sizeof(op));
	domctl(&op, XEN_DOMCTL_setvcpucontext, g.id);
	op.u.address_size.size = 32;
	EXPECT(domctl(&op, XEN_DOMCTL_set_address_size, g.id) != 0);
	memset(&op, 0, sizeof(op));
	EXPECT_EQ(domctl(&op, XEN_DOMCTL_settimeoffset, g.id), 0);
	domctl(&op, XEN_DOMCTL_resumedomain, g.id);
	domctl(&op, XEN_DOMCTL_unpausedomain, g.id);
	memset(&keys, 0, sizeof(keys));
	set_xen_guest_handle(keys.u.debug_keys.keys, &q);
	keys.u.debug_keys.nr_keys = 1;
	EXPECT_EQ(sysctl(&keys, XEN_SYSCTL_debug_keys), 0);
	unmap_frame(page);
	expect_gone(&g);
	expect_baseline("asked", 0);
}

/* Mappings by grant that dom0 overwrites itself, or moves: still one unmap each, and nothing stays. */
CHECK_DOM0(entry_gone_before_unmap)
{
	start(DO_GRANT);
	if (!wait_ready())
		return;
	map_its_grants();
	EXPECT_EQ(set_pte(window(FIRST_MAP), 0), 0);
	EXPECT_EQ(kill(), 0);
	EXPECT_EQ(grant_unmap((word)window(FIRST_MAP), handles[0]), GNTST_general_error);
	/* The handle is left, and dom0 may still use it: map the frame again by hand is refused. */
	for (unsigned int i = 1; i < NR_REFS; i++)
		unmap_one(i);
	guest_unmap(&other);
	EXPECT(guest_exists(&other, XEN_DOMINF_dying));
	/* An unmap without an address lets go of no host mapping. */
	grant_unmap(0, handles[0]);
	EXPECT(guest_exists(&other, XEN_DOMINF_dying));
	expect_released();
}
