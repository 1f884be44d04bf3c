// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vcpus that change the same few frames at once, at random: pinned and
 * unpinned, tables of every level, descriptors, mapped, granted, exchanged, given
 * back, written through whatever translations are left. Most of it is refused.
 * Afterwards every frame must be plain memory again, and none lost.
 */
#include "lib.h"

#define NR_FRAMES	6
#define NR_SLOTS	4		/* of the window, anybody's */
#define GRANT_SLOT	32		/* and one for each vcpu */
#define FIRST_REF	8
#define DATA_SEGMENT	0x00cff3000000ffffull

static u8 *page[NR_FRAMES];		/* where each belongs in the end */
static volatile u64 frames[NR_FRAMES];	/* its machine frame now */
static volatile u32 changing[NR_FRAMES];
static volatile u32 running;
static u64 given_back[4096];
static u32 nr_given_back;
static u32 done_of[16];			/* how often each operation was not refused; only roughly counted */

/* An access that may fault; it is not made then. */
asm (".text\n"
     "touch_write:	movq	%rsi, (%rdi)\n"
     "		ret\n"
     "touch_selector:	verr	%di\n"
     "touched:	ret\n");
void touch_write(word at, u64 value);
void touch_selector(word selector);
extern u8 touched[];

static bool skip_touch(struct regs *r)
{
	if (r->rip < (word)touch_write || r->rip >= (word)touched)
		return false;
	r->rip = (word)touched;
	return true;
}

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static u64 any_entry(u64 r)
{
	static const u64 flags[] = {
		0, PTE_RO, PTE_RO, PTE_RW, PTE_RW, PTE_RO | PTE_PCD, PTE_RW | PTE_PCD, PTE_P, PTE_RO | PTE_G,
	};

	return PTE(frames[r % NR_FRAMES], flags[(r >> 8) % ARRAY_SIZE(flags)]);
}

/* Another machine frame in the place of that one. */
static bool change_frame(unsigned int i, bool exchange)
{
	struct xen_memory_exchange x = { .in = { .nr_extents = 1, .domid = DOMID_SELF },
					 .out = { .nr_extents = 1, .domid = DOMID_SELF } };
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	word was, now = virt_to_pfn(page[i]);
	bool ok = false;
	u64 was_frame;

	if (__atomic_exchange_n(&changing[i], 1, __ATOMIC_SEQ_CST))
		return false;
	was = was_frame = frames[i];
	if (exchange) {
		set_xen_guest_handle(x.in.extent_start, &was);
		set_xen_guest_handle(x.out.extent_start, &now);
		ok = memory_op(XENMEM_exchange, &x) == 0;
	} else {
		set_xen_guest_handle(r.extent_start, &was);
		if (memory_op(XENMEM_decrease_reservation, &r) == 1) {
			set_xen_guest_handle(r.extent_start, &now);
			ok = memory_op(XENMEM_populate_physmap, &r) == 1;
		}
	}
	if (ok) {
		/* Another may have pinned it before it went: then it is not gone. */
		given_back[__atomic_fetch_add(&nr_given_back, 1, __ATOMIC_SEQ_CST) % ARRAY_SIZE(given_back)] = was_frame;
		frames[i] = now;
	}
	__atomic_store_n(&changing[i], 0, __ATOMIC_SEQ_CST);
	return ok;
}

static bool map_by_grant(unsigned int vcpu, u64 mfn, u32 flags)
{
	const word at = (word)window(GRANT_SLOT + vcpu);
	u32 handle;

	grant_access(FIRST_REF + vcpu, own_id(), mfn, 0);
	if (grant_map(own_id(), FIRST_REF + vcpu, at, GNTMAP_host_map | flags, &handle))
		return false;
	touch_write(at + 8, 0);
	EXPECT_EQ(grant_unmap(at, handle), GNTST_okay);
	return true;
}

/* One entry, changed to and fro: when two do it, one of them must have read what the other wrote. */
static bool hammer(u64 at, u64 a, u64 b)
{
	bool ok = false;

	for (unsigned int i = 0; i < 30; i++)
		ok |= mmu_update_one(at, i & 1 ? a : b) == 0;
	return ok;
}

/* A page that was writable here a moment ago becomes a table: what is remembered of it must not write there. */
static bool write_late(void *slot, u64 mfn, u64 entry)
{
	bool ok;

	if (update_va(slot, PTE(mfn, PTE_RW), UVMF_NONE))
		return false;
	touch_write((word)slot, 0);
	update_va(slot, 0, UVMF_NONE);
	ok = mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0) == 0;
	for (unsigned int i = 0; i < 10; i++)
		touch_write((word)slot + i % 2 * 8, entry);
	return ok;
}

static bool one(unsigned int vcpu, u64 r)
{
	const u64 f = frames[(r >> 8) % NR_FRAMES], other = r >> 24;
	const u64 at = f << 12 | (r >> 16 & 1) * 8;
	void *slot = window((r >> 16) % NR_SLOTS);
	word list = f;

	switch (r % 16) {
	case 0:
		return mmuext(MMUEXT_PIN_L1_TABLE + (other & 1 ? 0 : other % 4), f, 0) == 0;
	case 1:
		return mmuext(MMUEXT_UNPIN_TABLE, f, 0) == 0;
	case 2:
		return mmu_update_one(at | (other & 1 ? MMU_PT_UPDATE_PRESERVE_AD : 0), any_entry(other)) == 0;
	case 3:
		return hammer(at, any_entry(other), any_entry(other >> 20));
	case 4:
	case 5:
		return update_va(slot, any_entry(other), r >> 60 & 1 ? UVMF_TLB_FLUSH | UVMF_ALL : UVMF_NONE) == 0;
	case 6:
		return mmuext(MMUEXT_CLEAR_PAGE + (other & 1), f, frames[(other >> 1) % NR_FRAMES]) == 0;
	case 7:
		return HYP(update_descriptor, at, other & 1 ? DATA_SEGMENT : 0, 0, 0, 0) == 0;
	case 8:
		return HYP(set_gdt, &list, other & 3 ? 512 : 0, 0, 0, 0) == 0;
	case 9:
		mmuext(MMUEXT_SET_LDT, (word)slot, other & 3 ? 512 : 0);
		touch_selector((other & 7) << 3 | 7);
		return true;
	case 10:
		return map_by_grant(vcpu, f, other & 1 ? GNTMAP_readonly : 0);
	case 11:
		return change_frame((r >> 8) % NR_FRAMES, other & 1);
	case 12:
		return mmuext(MMUEXT_NEW_USER_BASEPTR, other & 1 ? f : 0, 0) == 0;
	case 13:
		return mmuext(other & 1 ? MMUEXT_TLB_FLUSH_ALL : MMUEXT_TLB_FLUSH_LOCAL, 0, 0) == 0;
	case 14:
		return write_late(slot, f, any_entry(other >> 20));
	default:
		for (unsigned int i = 0; i < 20; i++)
			touch_write((word)slot + (i & 1) * 8, any_entry(other));
		return true;
	}
}

static void work(unsigned int vcpu)
{
	struct vcpu_set_periodic_timer often = { .period_ns = 1000000 };
	const unsigned long rounds = number_argument("rounds=", 2000);
	u64 state = number_argument("seed=", now()) * 2 + 1 + vcpu * 0x9e3779b97f4a7c15ull;

	/* What takes long is interrupted. */
	vcpu_op(VCPUOP_set_periodic_timer, vcpu, &often);
	for (unsigned int i = 0; i < rounds; i++) {
		const u64 r = next_random(&state);

		if (one(vcpu, r))
			done_of[r % 16]++;
	}
	vcpu_op(VCPUOP_stop_periodic_timer, vcpu, 0);
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
	EXPECT_EQ(HYP(set_gdt, 0, 0, 0, 0, 0), 0);
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
}

static long reservation(void)
{
	domid_t self = DOMID_SELF;

	return memory_op(XENMEM_current_reservation, &self);
}

CHECK(same_frames)
{
	const unsigned int n = nr_vcpus();
	long before;

	grants_init(1);
	own_id();
	window(0);
	for (unsigned int i = 0; i < NR_FRAMES; i++) {
		page[i] = alloc_page();
		frames[i] = virt_to_mfn(page[i]);
		EXPECT_EQ(set_pte(page[i], 0), 0);
	}
	before = reservation();
	HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0);
	trap_hook = skip_touch;
	running = n;
	for (unsigned int v = 1; v < n; v++)
		EXPECT_EQ(vcpu_up(v, work), 0);
	work(0);
	while (running)
		yield();
	trap_hook = NULL;
	HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0);

	for (unsigned int i = 0; i < NR_SLOTS; i++)
		EXPECT_EQ(set_pte(window(i), 0), 0);
	for (unsigned int i = 0; i < NR_FRAMES; i++)
		mmuext(MMUEXT_UNPIN_TABLE, frames[i], 0);
	EXPECT(nr_given_back <= ARRAY_SIZE(given_back));
	for (unsigned int i = 0; i < nr_given_back && i < ARRAY_SIZE(given_back); i++)
		mmuext(MMUEXT_UNPIN_TABLE, given_back[i], 0);
	for (unsigned int i = 0; i < NR_FRAMES; i++) {
		p2m[virt_to_pfn(page[i])] = frames[i];
		EXPECT_EQ_OF(set_pte(page[i], PTE(frames[i], PTE_RW)), 0, "frame %u", i);
		if (has_failed())
			return;
		memset(page[i], 0, PAGE_BYTES);
		free_page(page[i]);
	}
	EXPECT_EQ(reservation(), before);
	if (has_argument("verbose"))
		for (unsigned int op = 0; op < 16; op++)
			printk("operation %u: %u\n", op, done_of[op]);
	/* Each operation was carried out now and then, or this has shown nothing. */
	for (unsigned int op = 0; op < 16; op++)
		EXPECT_EQ_OF(done_of[op] > 3, true, "operation %u: %u", op, done_of[op]);
}
