// SPDX-License-Identifier: GPL-2.0-only
/*
 * No guest keeps a CPU in the hypervisor: operations made as long as they can
 * be, while a timer of the guest's own asks for it again and again. How late
 * its event comes is how long nobody else could have had the CPU. Run with
 * counted instructions, where a nanosecond is one.
 */
#include "lib.h"

#define LIMIT		500000		/* instructions without a preemption point */
#define EVERY		10000		/* the timer is due again after so many */
#define NR_L1		1536
#define NR_L2		(NR_L1 / PT_ENTRIES)
#define PAGES_BATCH	160		/* room for arguments */

static long port;
static u64 deadline, longest, started;
static unsigned int times;
static u8 *batch;		/* PAGES_BATCH pages in a row */

static void arm(void)
{
	deadline = now() + EVERY;
	set_timer(deadline);
}

static void on_timer(struct regs *r)
{
	struct vcpu_info *v = vcpu_info(0);
	u64 t = now();

	(void)r;
	v->evtchn_upcall_pending = 0;
	v->evtchn_pending_sel = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(shared->evtchn_pending); i++)
		shared->evtchn_pending[i] = 0;
	if (deadline && t > deadline && t - deadline > longest)
		longest = t - deadline;
	times++;
	arm();
}

static void measure_begin(void)
{
	upcall_hook = on_timer;
	longest = 0;
	times = 0;
	events_on();
	started = now();
	arm();
}

static void measure_end(const char *what)
{
	u64 whole = now() - started;

	/* No event, though it was due: the operation took the port away. */
	if (!times && whole > EVERY)
		longest = whole;
	set_timer(0);
	events_off();
	deadline = 0;
	upcall_hook = NULL;
	printk("longest %s: %lu instructions, asked %u times\n", what, (unsigned long)longest, times);
	EXPECT(longest < LIMIT);
}

#define MEASURE(what, code...) do { measure_begin(); code; measure_end(what); } while (0)

CHECK(prepare)
{
	port = bind_virq(VIRQ_TIMER, 0);
	EXPECT(port > 0);
	vcpu_op(VCPUOP_stop_periodic_timer, 0, 0);
	unmask_port(port);
	batch = alloc_page();
	for (unsigned int i = 1; i < PAGES_BATCH; i++)
		if (alloc_page() != batch + i * PAGE_BYTES)
			fail("pages are not in a row");
	/* The clock counts instructions. */
	u64 t = now();

	for (unsigned int i = 0; i < 10000; i++)
		barrier();
	EXPECT(now() - t < 200000);
}

/* --- page tables: every frame that there is, as often as possible --- */

static u64 *l1[NR_L1], *l2[NR_L2], *l3, *top;

static void build_tree(void)
{
	u64 mfn = virt_to_mfn(alloc_page());
#if PT_LEVELS == 3
	u64 *last = alloc_page();
#endif

	for (unsigned int i = 0; i < NR_L1; i++) {
		l1[i] = alloc_page();
		for (unsigned int k = 0; k < PT_ENTRIES; k++)
			l1[i][k] = PTE(mfn, PTE_RW);
	}
	l3 = alloc_page();
	for (unsigned int i = 0; i < NR_L2; i++) {
		l2[i] = alloc_page();
		for (unsigned int k = 0; k < PT_ENTRIES; k++)
			l2[i][k] = PTE(virt_to_mfn(l1[i * PT_ENTRIES + k]), PTE_RW);
		l3[i] = PTE(virt_to_mfn(l2[i]), TABLE_FLAGS(3));
	}
	top = l3;
#if PT_LEVELS == 4
	top = alloc_page();
	top[1] = PTE(virt_to_mfn(l3), PTE_RW);
#else
	/* The last slot's table, which the hypervisor is in, is the shortest. */
	top[3] = PTE(virt_to_mfn(last), PTE_P);
	make_readonly(last);
#endif
	for (unsigned int i = 0; i < NR_L1; i++)
		make_readonly(l1[i]);
	for (unsigned int i = 0; i < NR_L2; i++)
		make_readonly(l2[i]);
	make_readonly(l3);
	if (top != l3)
		make_readonly(top);
}

CHECK(page_tables)
{
	u64 root;

	build_tree();
	root = virt_to_mfn(top);
	MEASURE("pin of a tree", EXPECT_EQ(mmuext(PIN_ROOT, root, 0), 0));
	EXPECT(times > 100);
	MEASURE("unpin of a tree", EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, root, 0), 0));
	EXPECT(times > 100);
	/* The last entry of all is bad: everything has to be undone. */
	make_writable(l1[NR_L1 - 1]);
	l1[NR_L1 - 1][PT_ENTRIES - 1] = PTE(kernel_root, PTE_RW);
	make_readonly(l1[NR_L1 - 1]);
	MEASURE("pin that fails at last", EXPECT_EQ(mmuext(PIN_ROOT, root, 0), -EBUSY));
	make_writable(l1[NR_L1 - 1]);
	l1[NR_L1 - 1][PT_ENTRIES - 1] = 0;
	make_readonly(l1[NR_L1 - 1]);
	/* By an entry of a root in use; of a root of four entries the second one is free, and hangs a third of it. */
	u64 entry = pte_address(0, PT_LEVELS) + 8 * (PT_LEVELS == 4 ? 2 : 1);
	u64 *tree = PT_LEVELS == 4 ? l3 : l2[0];

	if (PT_LEVELS == 3)
		EXPECT_EQ(mmu_update_one(entry, 0), 0);
	MEASURE("entry that hangs a tree",
		EXPECT_EQ(mmu_update_one(entry, PTE(virt_to_mfn(tree), TABLE_FLAGS(PT_LEVELS))), 0));
	MEASURE("entry that drops a tree", EXPECT_EQ(mmu_update_one(entry, 0), 0));
	for (unsigned int i = 0; i < NR_L1; i++)
		make_writable(l1[i]);
}

/* --- batches --- */

CHECK(updates)
{
	struct mmu_update *u = (void *)batch;
	struct multicall_entry *m = (void *)batch;
	unsigned int n = PAGES_BATCH * PAGE_BYTES / sizeof(*u), done = 0;
	u64 at = pte_address(window(0), 1), frame = virt_to_mfn(shared_page);

	frame = virt_to_mfn(batch);
	for (unsigned int i = 0; i < n; i++)
		u[i] = (struct mmu_update){ at + i % 32 * 8, i & 32 ? 0 : PTE(frame, PTE_RO) };
	MEASURE("mmu_update", EXPECT_EQ(HYP(mmu_update, u, n, &done, DOMID_SELF, 0), 0));
	EXPECT_EQ(done, n);
	n = PAGES_BATCH * PAGE_BYTES / sizeof(*m);
	for (unsigned int i = 0; i < n; i++)
		m[i] = (struct multicall_entry){ .op = __HYPERVISOR_update_va_mapping,
						 .args = { (word)window(i % 32), U64_ARGS(PTE(frame, PTE_RO)),
							   UVMF_TLB_FLUSH | UVMF_ALL } };
	MEASURE("multicall", EXPECT_EQ(HYP(multicall, m, n, 0, 0, 0), 0));
	EXPECT_EQ(m[n - 1].result, 0);
	for (unsigned int i = 0; i < 32; i++)
		set_pte(window(i), 0);
}

CHECK(extended_operations)
{
	struct mmuext_op *op = (void *)batch;
	unsigned int n = PAGES_BATCH * PAGE_BYTES / sizeof(*op);
	static const unsigned int cmds[] = { MMUEXT_TLB_FLUSH_ALL, MMUEXT_CLEAR_PAGE, MMUEXT_PIN_L1_TABLE };
	u8 *page = alloc_page();

	for (unsigned int c = 0; c < ARRAY_SIZE(cmds); c++) {
		if (cmds[c] == MMUEXT_PIN_L1_TABLE)
			make_readonly(page);
		for (unsigned int i = 0; i < n; i++) {
			op[i] = (struct mmuext_op){ .cmd = cmds[c] };
			op[i].arg1.mfn = virt_to_mfn(page);
			if (cmds[c] == MMUEXT_PIN_L1_TABLE && (i & 1))
				op[i].cmd = MMUEXT_UNPIN_TABLE;
		}
		MEASURE("mmuext_op", EXPECT_EQ(HYP(mmuext_op, op, n & ~1u, 0, DOMID_SELF, 0), 0));
	}
}

CHECK(descriptors)
{
	struct trap_info *t = (void *)batch;
	word frames[14];

	/* No end to it but the page's. */
	for (unsigned int i = 0; i < PAGES_BATCH * PAGE_BYTES / sizeof(*t); i++)
		t[i] = (struct trap_info){ .vector = i, .cs = FLAT_CS, .address = (word)trap_stubs + i % 256 * 16 };
	MEASURE("set_trap_table", HYP(set_trap_table, t, 0, 0, 0, 0));
	default_traps();
	for (unsigned int i = 0; i < ARRAY_SIZE(frames); i++) {
		u64 *gdt = alloc_page();

		for (unsigned int k = 0; k < PT_ENTRIES; k++)
			gdt[k] = 0x00cffb000000ffffull;
		make_readonly(gdt);
		frames[i] = virt_to_mfn(gdt);
	}
	MEASURE("set_gdt", EXPECT_EQ(HYP(set_gdt, frames, 14 * 512, 0, 0, 0), 0));
	MEASURE("set_gdt to none", EXPECT_EQ(HYP(set_gdt, frames, 0, 0, 0, 0), 0));
}

CHECK(reservation)
{
	xen_pfn_t *list = (void *)batch;
	unsigned int n = 4096;
	struct xen_memory_reservation r = { .nr_extents = n, .domid = DOMID_SELF };
	void *first;

	if (!is_dom0) {
		skip("dom0's memory is enough");
		return;
	}
	/* Pages nobody uses: given back, and asked for again. */
	if (pages_left() < n + 64) {
		fail("too little memory: %lu pages", pages_left());
		return;
	}
	first = NULL;
	for (unsigned int i = 0; i < n; i++) {
		void *p = alloc_page();

		if (!first)
			first = p;
		list[i] = virt_to_mfn(p);
		set_pte(p, 0);
	}
	set_xen_guest_handle(r.extent_start, list);
	MEASURE("decrease_reservation", EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), n));
	for (unsigned int i = 0; i < n; i++)
		list[i] = nr_pfns + i;
	MEASURE("populate_physmap", EXPECT_EQ(memory_op(XENMEM_populate_physmap, &r), n));
	r.extent_order = 0;
	MEASURE("decrease again", EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), n));
}

CHECK(grant_batches)
{
	struct gnttab_copy *c = (void *)batch;
	struct gnttab_map_grant_ref *map = (void *)batch;
	struct gnttab_unmap_grant_ref *unmap = (void *)(batch + 64 * PAGE_BYTES);
	unsigned int n = PAGES_BATCH * PAGE_BYTES / sizeof(*c);
	u8 *page = alloc_page();

	if (!is_dom0)
		return;
	grants_init(1);
	grant_access(8, 0, virt_to_mfn(page), 0);
	for (unsigned int i = 0; i < n; i++) {
		c[i] = (struct gnttab_copy){ .len = 4096, .flags = GNTCOPY_source_gref | GNTCOPY_dest_gref };
		c[i].source.u.ref = c[i].dest.u.ref = 8;
	}
	MEASURE("grant copy", EXPECT_EQ(grant_op(GNTTABOP_copy, c, n), 0));
	EXPECT_EQ(c[n - 1].status, GNTST_okay);
	n = 32;
	for (unsigned int i = 0; i < n; i++)
		map[i] = (struct gnttab_map_grant_ref){ .host_addr = (word)window(i), .flags = GNTMAP_host_map, .ref = 8 };
	MEASURE("grant map", EXPECT_EQ(grant_op(GNTTABOP_map_grant_ref, map, n), 0));
	for (unsigned int i = 0; i < 4096; i++)
		unmap[i] = (struct gnttab_unmap_grant_ref){ .host_addr = (word)window(i % n), .handle = map[i % n].handle };
	MEASURE("grant unmap", EXPECT_EQ(grant_op(GNTTABOP_unmap_grant_ref, unmap, 4096), 0));
	for (unsigned int i = 0; i < 4096; i++)
		map[i % 2048] = (struct gnttab_map_grant_ref){ .host_addr = 0, .flags = GNTMAP_host_map, .ref = 8, .dom = 999 };
	MEASURE("grant map refused", EXPECT_EQ(grant_op(GNTTABOP_map_grant_ref, map, 2048), 0));
}

CHECK(ports)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	unsigned int n = 0;

	/* The timer's is the highest, and goes last. */
	close_port(port);
	while (n < 4000 && !event_op(EVTCHNOP_alloc_unbound, &a))
		n++;
	EXPECT(n >= 900);
	if (n < 4000) {
		struct evtchn_close last = { .port = n };

		event_op(EVTCHNOP_close, &last);
	}
	port = bind_virq(VIRQ_TIMER, 0);
	EXPECT(port >= (long)n);
	unmask_port(port);
	MEASURE("reset of all ports", EXPECT_EQ(event_op(EVTCHNOP_reset, &reset), 0));
	port = bind_virq(VIRQ_TIMER, 0);
	unmask_port(port);
}

/* The longest of one call with nowhere to stop at. */
#define MEASURE_ONE(longest, code...)				\
	do {							\
		u64 t_ = now();					\
								\
		code;						\
		t_ = now() - t_;				\
		if (t_ > (longest))				\
			(longest) = t_;				\
	} while (0)

static long open_port(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	long rc = event_op(EVTCHNOP_alloc_unbound, &a);

	return rc ? rc : (long)a.port;
}

/* All ports in use but for some: the free ones are found without a look at each. */
CHECK_DOM0(free_ports)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	struct evtchn_init_control init = { .control_gfn = virt_to_mfn(alloc_page()) };
	u64 one = 0;
	long last = 0, p;

	EXPECT_EQ(event_op(EVTCHNOP_reset, &reset), 0);
	EXPECT_EQ(event_op(EVTCHNOP_init_control, &init), 0);
	while ((p = open_port()) > 0)
		last = p;
	EXPECT_EQ(p, -ENOSPC);
	EXPECT(last > 100000);
	for (unsigned int i = 0; i < 4; i++) {
		EXPECT_EQ(close_port(1), 0);
		EXPECT_EQ(close_port(last), 0);
		MEASURE_ONE(one, EXPECT_EQ(open_port(), 1));
		MEASURE_ONE(one, EXPECT_EQ(open_port(), last));
		MEASURE_ONE(one, EXPECT_EQ(open_port(), -ENOSPC));
	}
	/* One free in every 128, the lowest first; then none. */
	for (p = 77; p <= last; p += 128)
		EXPECT_EQ(close_port(p), 0);
	for (p = 77; p <= last; p += 128)
		MEASURE_ONE(one, EXPECT_EQ(open_port(), p));
	MEASURE_ONE(one, EXPECT_EQ(open_port(), -ENOSPC));
	printk("longest search for a port: %lu instructions\n", (unsigned long)one);
	EXPECT(one < LIMIT / 4);
	EXPECT_EQ(event_op(EVTCHNOP_reset, &reset), 0);
	port = bind_virq(VIRQ_TIMER, 0);
	unmask_port(port);
}

CHECK(console)
{
	unsigned int n = 4 * PAGE_BYTES;

	memset(batch, '\n', n);
	MEASURE("console_io of lines", EXPECT_EQ(HYP(console_io, CONSOLEIO_write, n, batch, 0, 0), 0));
	for (unsigned int i = 0; i < n; i++)
		batch[i] = i % 100 ? '.' : '\n';
	MEASURE("console_io of text", EXPECT_EQ(HYP(console_io, CONSOLEIO_write, n, batch, 0, 0), 0));
}

CHECK_DOM0(life_of_a_domain)
{
	struct guest g;
	struct xen_domctl op = { 0 };

	MEASURE("creation of a domain", EXPECT_EQ(guest_create(&g, "serve", 4096, 4), 0));
	guest_unpause(&g);
	remote(&g, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0);
	guest_unmap(&g);
	MEASURE("destruction of a domain", EXPECT_EQ(domctl(&op, XEN_DOMCTL_destroydomain, g.id), 0); sleep_ns(1000000));
	guest_destroy(&g);
}

/* The largest that this machine has room for, all in use: what lists, grows and frees it stops in between. */
CHECK_DOM0(large_domain)
{
	enum { FRAMES = 3000, VCPUS = 128 };
	static struct xen_domctl op;
	struct gnttab_setup_table setup = { .nr_frames = FRAMES };
	xen_pfn_t *list = (void *)batch;
	const u64 had = free_pages();

	op.u.createdomain.max_vcpus = VCPUS;
	op.u.createdomain.max_evtchn_port = ~0u;
	op.u.createdomain.max_grant_frames = FRAMES;
	op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(2);
	EXPECT_EQ(domctl(&op, XEN_DOMCTL_createdomain, 0), 0);
	setup.dom = op.domain;
	op.u.max_vcpus.max = VCPUS;
	MEASURE("creation of vcpus", EXPECT_EQ(domctl(&op, XEN_DOMCTL_max_vcpus, setup.dom), 0));
	set_xen_guest_handle(setup.frame_list, list);
	MEASURE("growth of a grant table", EXPECT_EQ(grant_op(GNTTABOP_setup_table, &setup, 1), 0));
	EXPECT_EQ(setup.status, GNTST_okay);
	list[FRAMES] = 0;
	MEASURE("list of a grant table", EXPECT_EQ(grant_op(GNTTABOP_setup_table, &setup, 1), 0));
	for (unsigned int i = 0; i < FRAMES; i++)
		EXPECT(list[i] != 0 && list[i] != list[i + 1]);
	EXPECT_EQ(list[FRAMES], 0);
	MEASURE("end of a large domain", EXPECT_EQ(domctl(&op, XEN_DOMCTL_destroydomain, setup.dom), 0);
		for (u64 end = now() + 500000000; free_pages() < had && now() < end; )
			yield());
	EXPECT_EQ(free_pages(), had);
}
