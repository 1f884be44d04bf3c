// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that call the hypervisor at random: any number, any operation, with
 * arguments that are nearly right as often as they are nonsense, from two vcpus
 * at the same frames. What comes of each call is nobody's business here. A guest
 * may well end itself by it; but the host must stay, its assertions must hold,
 * the audit must find every frame counted right, and all memory must come back.
 * "seed=N" on the command line gives each vcpu the same calls again (how the two meet
 * is up to the machine): it is printed; "rounds=N" makes a run longer.
 */
#include "lib.h"

#define CALLS		6000		/* of a guest, on each vcpu */
#define ARENA		48		/* pages that become whatever the calls make of them */
#define WINDOWS		32		/* addresses that are mapped and unmapped; the grant table has another */

static void *arena[ARENA];
static u64 arena_mfn[ARENA];
/* As they were at first: what leads there by the machine-to-physical table is written over soon. */
static u64 tables[PT_LEVELS + 1], grant_frame;	/* those of the windows' addresses, by level */
#define MACHINE		0x8000		/* frames that this machine has */
static u8 vital[MACHINE / 8];		/* those of its code, stacks and what it was given: no storm is in there */
static u8 buffers[2][32 * PAGE_BYTES] __attribute__((aligned(4096)));	/* answers are longer than where they begin */
static volatile bool other_ended;

struct chance { u64 state; u8 *buffer; };

static u32 any(struct chance *c, u32 below)
{
	c->state ^= c->state << 13;
	c->state ^= c->state >> 7;
	c->state ^= c->state << 17;
	return (u32)(c->state >> 16) % below;
}

static u64 any_word(struct chance *c)
{
	return (u64)any(c, ~0u) << 32 | any(c, ~0u);
}

static u64 frame_of_machine(struct chance *c)
{
	u64 frame = any(c, MACHINE);

	return vital[frame / 8] & 1 << frame % 8 ? arena_mfn[0] : frame;
}

static u64 some_frame(struct chance *c)
{
	switch (any(c, 32)) {
	case 0: return kernel_root;
	case 1: return p2m[nr_pfns - 1 - any(c, nr_pfns / 4)];	/* not what it needs to go on */
	case 2: return si->shared_info >> 12;
	case 3: return grant_frame;
	case 4: return any(c, 16) ? arena_mfn[0] : frame_of_machine(c);	/* of this machine: anybody's, its own code's too */
	case 5: return 0xfee00;
	case 6: return any_word(c) >> any(c, 64);
	case 7: return tables[1 + any(c, PT_LEVELS)];
	default: return arena_mfn[any(c, ARENA)];
	}
}

static u64 some_entry(struct chance *c)
{
	static const u64 flags[] = { PTE_RW, PTE_RO, PTE_P, PTE_P | PTE_W, PTE_RW | PTE_NX, PTE_RW | PTE_PSE, PTE_RW | PTE_G, 0 };
	u64 f = flags[any(c, ARRAY_SIZE(flags))];

	if (!any(c, 16))
		f = any_word(c) & (PTE_NX | 0xfff);
	return any(c, 6) ? PTE(some_frame(c), f) : 0;
}

static domid_t some_domain(struct chance *c)
{
	static const domid_t t[] = { DOMID_SELF, 0, DOMID_IO, DOMID_XEN, DOMID_COW, DOMID_INVALID, 1, 0x7fef };

	return any(c, 3) ? DOMID_SELF : any(c, 3) ? own_id() : t[any(c, ARRAY_SIZE(t))];
}

static u64 some_value(struct chance *c)
{
	switch (any(c, 14)) {
	case 0: case 1: case 2: return any(c, 24);
	case 3: return (word)c->buffer + any(c, 2 * PAGE_BYTES) / 8 * 8;
	case 4: return (word)window(any(c, WINDOWS));
	case 5: return (word)arena[any(c, ARENA)];
	case 6: return HYPERVISOR_LOW + (word)any(c, 3) * 8 - 8;
	case 7: return some_frame(c) << 12 | any(c, 512) * 8;
	case 8: return some_entry(c);
	case 9: return some_domain(c);
	case 10: return any_word(c) >> any(c, 64);
	case 11: return ~0ull << any(c, 64);
	case 12: return (word)c->buffer + PAGE_BYTES;
	default: return some_frame(c);
	}
}

/* A structure's worth of values, of all widths. */
static void *some_structure(struct chance *c, unsigned int bytes)
{
	u8 *at = c->buffer + any(c, PAGE_BYTES / 8) * 8;

	for (unsigned int i = 0; i + 8 <= bytes; i += 8) {
		u64 v = some_value(c);

		if (!any(c, 3))
			v = (u32)v | some_value(c) << 32;
		memcpy(at + i, &v, sizeof(v));
	}
	return at;
}

/* --- calls --- */

static void page_tables(struct chance *c)
{
	struct mmu_update u[4];
	struct mmuext_op op = { .cmd = any(c, 20) };
	unsigned int n = 1 + any(c, ARRAY_SIZE(u));
	u32 done;

	switch (any(c, 8)) {
	case 0: case 1:
		for (unsigned int i = 0; i < n; i++) {
			u64 frame = any(c, 4) ? arena_mfn[any(c, ARENA)] : tables[1];
			unsigned int slot = any(c, 2) ? any(c, WINDOWS) : any(c, 512);

			/* Of the window, those that are ours alone; else it soon ends itself. */
			if (frame == tables[1])
				slot %= WINDOWS;
			u[i].ptr = frame << 12 | slot * 8 | (any(c, 6) ? 0 : any(c, 8));
			u[i].val = some_entry(c);
		}
		HYP(mmu_update, u, n, &done, some_domain(c), 0);
		break;
	case 2: case 3:
		op.arg1.mfn = any(c, 8) ? arena_mfn[any(c, ARENA)] : some_value(c);
		op.arg2.src_mfn = some_value(c);
		if (op.cmd == MMUEXT_NEW_BASEPTR && any(c, 500))
			op.arg1.mfn = kernel_root;
		else if (any(c, 2))
			op.cmd = any(c, 2) ? MMUEXT_UNPIN_TABLE : MMUEXT_PIN_L1_TABLE + any(c, 4);
		HYP(mmuext_op, &op, 1, &done, any(c, 8) ? DOMID_SELF : some_domain(c), 0);
		break;
	case 4:
		update_va(window(any(c, WINDOWS)), some_entry(c), any(c, 12));
		break;
	case 5: case 6:
		n = any(c, ARENA);
		update_va(arena[n], PTE(arena_mfn[n], any(c, 2) ? PTE_RO : PTE_RW), UVMF_INVLPG | UVMF_ALL);
		break;
	default:
		update_va_of(window(any(c, WINDOWS)), some_entry(c), any(c, 12), some_domain(c));
		break;
	}
}

static void descriptors(struct chance *c)
{
	xen_pfn_t *frames = some_structure(c, 14 * sizeof(xen_pfn_t));

	switch (any(c, 3)) {
	case 0:
		for (unsigned int i = 0; i < 14; i++)
			frames[i] = arena_mfn[any(c, ARENA)];
		HYP(set_gdt, frames, any(c, 14 * 512 + 2), 0, 0, 0);
		break;
	case 1:
		update_descriptor(some_frame(c) << 12 | any(c, 512) * 8, any_word(c));
		break;
	default:
		mmuext(MMUEXT_SET_LDT, (word)arena[any(c, ARENA)], any(c, 8194));
		/* Its pages are looked at when they are used. */
		if (!this_vcpu())
			TRY(asm volatile ("mov %0, %%fs; mov %1, %%fs" : : "r" (any(c, 8192) << 3 | 7), "r" (0)));
		break;
	}
}

static void memory(struct chance *c)
{
	static const u8 cmds[] = { XENMEM_decrease_reservation, XENMEM_populate_physmap, XENMEM_increase_reservation };
	struct xen_memory_reservation r = { .nr_extents = 1 + any(c, 4), .extent_order = any(c, 8) ? 0 : any(c, 12), .domid = DOMID_SELF };
	struct xen_memory_exchange *e;
	xen_pfn_t *list = some_structure(c, 64);
	unsigned int cmd;

	for (unsigned int i = 0; i < 8; i++)
		list[i] = some_frame(c);
	switch (any(c, 4)) {
	case 0:
		e = some_structure(c, sizeof(*e));
		if (any(c, 4)) {
			e->in = e->out = r;
			e->nr_exchanged = 0;
			set_xen_guest_handle(e->in.extent_start, list);
			set_xen_guest_handle(e->out.extent_start, list + 4);
		}
		memory_op(XENMEM_exchange, e);
		break;
	case 1:
		memory_op(any(c, 30) | (any(c, 8) ? 0 : any(c, 64) << 6), some_structure(c, 96));
		break;
	default:
		cmd = cmds[any(c, sizeof(cmds))];
		for (unsigned int i = 0; i < 4 && cmd == XENMEM_populate_physmap; i++)
			list[i] = nr_pfns - 1 - any(c, 16);
		set_xen_guest_handle(r.extent_start, list);
		memory_op(cmd, &r);
		break;
	}
}

static void grant_tables(struct chance *c)
{
	struct gnttab_map_grant_ref map = {
		.host_addr = any(c, 4) ? (word)window(any(c, WINDOWS)) : (word)(tables[1] << 12 | any(c, WINDOWS) * 8),
		.flags = any(c, 64) & ~(any(c, 4) ? GNTMAP_contains_pte : 0), .ref = any(c, 40), .dom = own_id() };
	struct gnttab_unmap_grant_ref unmap = { .host_addr = map.host_addr, .handle = any(c, 24) };
	unsigned int ref = any(c, 40);

	/* The table as a frontend fills it, or not. */
	if (!this_vcpu())
		TRY(grants[ref].frame = some_frame(c); grants[ref].domid = own_id(); grants[ref].flags = any(c, 8) ? any(c, 8) : any(c, ~0u));
	switch (any(c, 8)) {
	case 0: case 1: case 2:
		grant_op(GNTTABOP_map_grant_ref, &map, 1);
		break;
	case 3: case 4: case 5:
		grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1);
		break;
	default:
		grant_op(any(c, 14), some_structure(c, 96), 1 + any(c, 3));
		break;
	}
}

/* What waits or ends, and what this guest is entered by, is left alone. */
static bool left_out(unsigned int nr, word cmd)
{
	switch (nr) {
	case __HYPERVISOR_sched_op:
		return cmd != SCHEDOP_yield && cmd != SCHEDOP_pin_override;
	case __HYPERVISOR_vcpu_op:
		return cmd == VCPUOP_down || cmd == VCPUOP_send_nmi || cmd == VCPUOP_register_vcpu_info;
	case __HYPERVISOR_callback_op: case __HYPERVISOR_sched_op_compat: case __HYPERVISOR_set_trap_table:
	case __HYPERVISOR_set_callbacks: case __HYPERVISOR_stack_switch: case __HYPERVISOR_iret:
	case __HYPERVISOR_console_io: case __HYPERVISOR_mmu_update: case __HYPERVISOR_mmuext_op:
	case __HYPERVISOR_update_va_mapping: case __HYPERVISOR_nmi_op: case __HYPERVISOR_set_debugreg:
		return true;
	default:
		return false;
	}
}

static void anything(struct chance *c)
{
	unsigned int nr = any(c, 48);
	word cmd = any(c, 8) ? any(c, 40) : some_value(c), arg[4];
	struct multicall_entry *m;

	if (left_out(nr, cmd))
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(arg); i++)
		arg[i] = any(c, 2) ? (word)some_structure(c, 128) : some_value(c);
	if (nr == __HYPERVISOR_multicall) {
		nr = any(c, 2) ? __HYPERVISOR_event_channel_op : __HYPERVISOR_grant_table_op;
		m = (void *)(c->buffer + PAGE_BYTES);
		for (unsigned int i = 0; i < 8; i++)
			m[i] = (struct multicall_entry){ .op = nr, .args = { any(c, 14), arg[0], 1 + any(c, 4) } };
		HYP(multicall, m, 8, 0, 0, 0);
		return;
	}
	/* The answers to a long batch would be written over all that lies behind it. */
	if (nr == __HYPERVISOR_grant_table_op)
		arg[1] %= 8;
	hypercall(nr, cmd, arg[0], arg[1], arg[2], arg[3]);
}

static void one_call(struct chance *c)
{
	switch (any(c, 10)) {
	case 0: case 1: case 2: case 3:
		page_tables(c);
		break;
	case 4:
		descriptors(c);
		break;
	case 5:
		memory(c);
		break;
	case 6: case 7:
		grant_tables(c);
		break;
	case 8:
		event_op(any(c, 15), some_structure(c, 64));
		break;
	default:
		anything(c);
		break;
	}
}

/* Its own buffers may have got mapped as something else: they are put back. */
static bool repair(struct regs *r)
{
	const word at = vcpu_info(this_vcpu())->arch.cr2, page = at & ~(PAGE_BYTES - 1);

	if (r->vector == TRAP_PF && at - (word)buffers < sizeof(buffers))
		return !update_va(page, PTE(p2m[(page - VIRT_BASE) / PAGE_BYTES], PTE_RW), UVMF_INVLPG | UVMF_ALL);
	if (!this_vcpu())
		return false;
	other_ended = true;
	vcpu_op(VCPUOP_down, this_vcpu(), 0);
	return true;
}

static void other_vcpu(unsigned int vcpu)
{
	struct chance c = { number_argument("seed=", 1) * 0x9e3779b97f4a7c15ull ^ 0x5bd1e995, buffers[1] };

	for (unsigned int i = 0; i < CALLS; i++)
		one_call(&c);
	other_ended = true;
	vcpu_op(VCPUOP_down, vcpu, 0);
}

/* The guest: it fills pages of its own with what could be entries, too. */
void guest_main(void)
{
	struct chance c = { number_argument("seed=", 1) * 0x9e3779b97f4a7c15ull ^ 0x2545f491, buffers[0] };

	grants_init(1);
	own_id();
	grant_frame = PTE_FRAME(pte_of(grants));
	for (unsigned int level = 1; level <= PT_LEVELS; level++)
		tables[level] = virt_to_mfn(table_of(window(0), level));
	for (unsigned int i = 0; i < ARENA; i++) {
		arena[i] = alloc_page();
		arena_mfn[i] = virt_to_mfn(arena[i]);
	}
	for (unsigned long pfn = 0; pfn < virt_to_pfn(arena[0]); pfn++)
		if (p2m[pfn] < MACHINE)
			vital[p2m[pfn] / 8] |= 1 << p2m[pfn] % 8;
	trap_hook = repair;
	if (nr_vcpus() > 1 && vcpu_up(1, other_vcpu))
		fail("no second vcpu");
	for (unsigned int i = 0; i < CALLS; i++) {
		TRY(one_call(&c));
		mailbox.counter = i + 1;
		if (!any(&c, 16)) {
			u64 *entry = (u64 *)arena[any(&c, ARENA)] + any(&c, 512), v = some_entry(&c);

			TRY(*entry = any(&c, 4) ? v : 0);
		}
	}
	for (u64 end = now() + 1000000000; nr_vcpus() > 1 && !other_ended && now() < end; )
		yield();
	printk("storm: %u calls each\n", CALLS);
	passed++;
}

/* --- dom0 --- */

/* Until it has ended, or calls no more: what it made of its own memory may leave it in a loop of nothing. */
static void await(struct guest *g)
{
	u32 calls = 0;

	for (unsigned int i = 0, idle = 0; i < 32 && idle < 10; i++) {
		if (guest_wait(g, 250000000) >= 0)
			return;
		idle = g->mailbox->counter == calls ? idle + 1 : 0;
		calls = g->mailbox->counter;
	}
	printk("storm: given up after %u calls\n", calls);
}

CHECK_DOM0(storms)
{
	unsigned long seed = number_argument("seed=", rdtsc() >> 4 & 0xffffff), rounds = number_argument("rounds=", 8);
	unsigned long calls = 0;

	for (unsigned long i = 0; i < rounds && !has_failed(); i++, seed++) {
		const u64 had = free_pages();
		char line[] = "main seed=00000000";
		struct guest g;

		printk("storm: seed=%lu\n", seed);
		for (unsigned long n = seed, at = sizeof(line) - 2; n; n /= 10, at--)
			line[at] = '0' + n % 10;
		EXPECT_EQ(guest_create(&g, line, 3072, 2), 0);
		if (has_failed())
			return;
		guest_unpause(&g);
		await(&g);
		calls += g.mailbox->counter <= CALLS ? g.mailbox->counter : 0;
		audit();
		EXPECT_EQ_OF(guest_destroy(&g), 0, "seed %lu", seed);
		wait_for_free_pages(had);
		EXPECT_EQ_OF(free_pages(), had, "seed %lu", seed);
	}
	printk("storm: %lu calls on the first vcpus\n", calls);
	/* Else it is no storm. */
	if (!has_failed() && calls < rounds * CALLS / 10)
		fail("%lu calls in all", calls);
}
