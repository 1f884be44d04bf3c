// SPDX-License-Identifier: GPL-2.0-only
/* The parts of a ring-1 test guest that all checks use: see lib.h. */
#include "lib.h"
#include <public/callback.h>
#include <public/memory.h>
#include <public/sched.h>

struct start_info *si;
bool is_dom0;
struct shared_info *shared;
struct vcpu_info *vinfo;
u64 *root;
struct caught trap;
struct context *volatile catching;
bool (*trap_hook)(struct regs *r);
u32 failsafe_selectors[4], upcalls;
static struct context user_context;
static bool in_user;
static u32 next_page;
static u8 shared_page[PAGE_BYTES] __attribute__((aligned(4096)));
void handle_trap(struct regs *r);

void *memset(void *d, int c, size_t n)
{
	for (u8 *p = d; n--; )
		*p++ = c;
	return d;
}
void *memcpy(void *d, const void *s, size_t n)
{
	const u8 *q = s;

	for (u8 *p = d; n--; )
		*p++ = *q++;
	return d;
}
int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	for (; n--; p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
int strncmp(const char *a, const char *b, size_t n)
{
	for (; n--; a++, b++)
		if (*a != *b || !*a)
			return *a - *b;
	return 0;
}

/* %s, %d, %u, %x and a long hex number as %X. */
void printk(const char *fmt, ...)
{
	static char out[400];
	size_t n = 0;
	__builtin_va_list ap;

	__builtin_va_start(ap, fmt);
	for (; *fmt && n < sizeof(out) - 24; fmt++) {
		if (*fmt != '%') {
			out[n++] = *fmt;
			continue;
		}
		fmt++;
		if (*fmt == 's') {
			for (const char *s = __builtin_va_arg(ap, char *); *s && n < sizeof(out) - 24; )
				out[n++] = *s++;
		} else {
			char digit[24];
			unsigned int k = 0;
			u32 base = *fmt == 'x' || *fmt == 'X' ? 16 : 10;
			u64 v = *fmt == 'X' ? __builtin_va_arg(ap, u64) : __builtin_va_arg(ap, u32);

			if (*fmt == 'd' && (s32)v < 0) {
				out[n++] = '-';
				v = -(s32)v;
			}
			if (base == 16) {
				do
					digit[k++] = "0123456789abcdef"[v & 15];
				while (v >>= 4);
			} else {
				u32 w = v;

				do
					digit[k++] = '0' + w % 10;
				while (w /= 10);
			}
			while (k)
				out[n++] = digit[--k];
		}
	}
	__builtin_va_end(ap);
	HYP(console_io, 0, n, out, 0, 0);
}

void shut_down(u32 reason)
{
	struct sched_shutdown s = { .reason = reason };

	for (;;)
		HYP(sched_op, SCHEDOP_shutdown, &s, 0, 0, 0);
}

/* --- memory --- */

#define p2m		((u32 *)si->mfn_list)
#define M2P		((const volatile u32 *)0xf5800000)

u32 m2p(u64 mfn)
{
	return M2P[(u32)mfn];
}
void *pfn_to_virt(u32 pfn)
{
	return (void *)(VIRT_BASE + pfn * PAGE_BYTES);
}
u32 pfn_of(const volatile void *va)
{
	return ((u32)va - VIRT_BASE) / PAGE_BYTES;
}
u64 virt_to_mfn(const volatile void *va)
{
	return p2m[pfn_of(va)];
}
u64 pte_of(u64 mfn, u32 flags)
{
	return mfn << 12 | flags;
}
/* From behind the boot stack up: mapped by the builder, and nobody's. */
void *alloc_page(void)
{
	void *p = pfn_to_virt(next_page++);

	memset(p, 0, PAGE_BYTES);
	return p;
}
long map_va(volatile void *va, u64 pte)
{
	return HYP(update_va_mapping, va, LO(pte), HI(pte), UVMF_INVLPG, 0);
}
long make_readonly(volatile void *va)
{
	return map_va(va, pte_of(virt_to_mfn(va), PTE_P | PTE_A));
}
long make_writable(volatile void *va)
{
	return map_va(va, pte_of(virt_to_mfn(va), PTE_RWX));
}
long mmu_update_one(u64 ptr, u64 val)
{
	struct mmu_update u = { ptr, val };

	return HYP(mmu_update, &u, 1, 0, DOMID_SELF, 0);
}
long mmuext(u32 cmd, u32 arg1, u32 arg2)
{
	struct { u32 cmd, arg1, arg2; } op = { cmd, arg1, arg2 };

	return HYP(mmuext_op, &op, 1, 0, DOMID_SELF, 0);
}
u64 *walk_l1(u32 va)
{
	u64 l2e = L2_OF(va >> 30)[va >> 21 & 511];

	return (u64 *)pfn_to_virt(m2p(l2e >> 12 & 0xffffff)) + (va >> 12 & 511);
}

/* --- traps --- */

static void catch(struct regs *r)
{
	trap = (struct caught){ r->vector, r->error, vinfo->arch.cr2, r->eip, r->cs & 0xffff, r->eflags,
				FROM_USER(r) ? r->esp : 0, FROM_USER(r) ? r->ss : 0, SAVED_MASK(r) };
}

void handle_trap(struct regs *r)
{
	struct context *c;

	if (r->vector == VEC_EVENT)
		upcalls++;
	if (trap_hook && trap_hook(r)) {
		vinfo->evtchn_upcall_mask = SAVED_MASK(r);
		return;
	}
	if (r->vector == VEC_EVENT) {
		vinfo->evtchn_upcall_pending = 0;
		vinfo->evtchn_pending_sel = 0;
		vinfo->evtchn_upcall_mask = SAVED_MASK(r);
		return;
	}
	if (in_user && FROM_USER(r)) {
		in_user = false;
		vinfo->evtchn_upcall_mask = 1;
		trap.vector = NO_TRAP;
		if (r->vector == 0x80 && r->eax == USER_EXIT) {
			trap.error = r->ebx;
			restore_context(&user_context, 1);
		}
		catch(r);
		restore_context(&user_context, 2);
	}
	c = catching;
	catching = NULL;
	vinfo->evtchn_upcall_mask = 1;
	catch(r);
	if (c)
		restore_context(c, 1);
	printk("unexpected trap %x error %x at %x:%x cr2 %x eflags %x\n", r->vector, r->error, r->cs, r->eip,
	       trap.cr2, r->eflags);
	shut_down(SHUTDOWN_reboot);
}

struct trap_info_32 { u8 vector, flags; u16 cs; u32 address; };

void set_trap(u8 vector, u8 flags, u16 cs, u32 address)
{
	struct trap_info_32 t[2] = { { vector, flags, cs, address }, { 0, 0, 0, 0 } };

	EXPECT_EQ(HYP(set_trap_table, t, 0, 0, 0, 0), 0);
}

extern u8 event_callback[], failsafe_callback[], nmi_callback[], sysenter_callback[], syscall32_callback[];

void default_traps(void)
{
	static struct trap_info_32 t[257];
	struct callback_register cb = { .type = CALLBACKTYPE_sysenter, .flags = CALLBACKF_mask_events };

	for (u32 i = 0; i < 256; i++)
		t[i] = (struct trap_info_32){ i, (i == 3 || i == 4 || i == 0x80 ? 3 : 0) | 4, FLAT_KERNEL_CS,
					      (u32)trap_stubs + i * 16 };
	EXPECT_EQ(HYP(set_trap_table, t, 0, 0, 0, 0), 0);
	EXPECT_EQ(HYP(set_callbacks, FLAT_KERNEL_CS, event_callback, FLAT_KERNEL_CS, failsafe_callback, 0), 0);
	EXPECT_EQ(HYP(stack_switch, FLAT_KERNEL_SS, kernel_stack + STACK_BYTES, 0, 0, 0), 0);
	cb.address = (xen_callback_t){ FLAT_KERNEL_CS, (u32)sysenter_callback };
	EXPECT_EQ(HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0), 0);
	cb.type = CALLBACKTYPE_syscall32;
	cb.address.eip = (u32)syscall32_callback;
	EXPECT_EQ(HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0), 0);
	cb.type = CALLBACKTYPE_nmi;
	cb.address.eip = (u32)nmi_callback;
	EXPECT_EQ(HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0), 0);
}

extern u8 user_return[];

u32 run_user_at(struct iret_frame f)
{
	const int how = save_context(&user_context);

	/* What user space loaded may not load again when this vcpu is next switched in. */
	asm volatile ("mov %0, %%fs; mov %0, %%gs" :: "r" (0));
	switch (how) {
	case 0:
		in_user = true;
		vinfo->evtchn_upcall_mask = 0;
		asm volatile ("mov %0, %%ds; mov %0, %%es" :: "r" (FLAT_USER_DS));
		/* The stack's segment still reads: it is flat too. */
		iret_to(&f);
	case 1:
		return trap.error;
	default:
		return ~0u;
	}
}

u32 run_user(u32 (*fn)(u32), u32 arg)
{
	u32 *sp = (u32 *)(user_stack + STACK_BYTES) - 2;

	sp[0] = (u32)user_return;
	sp[1] = arg;
	return run_user_at((struct iret_frame){ (u32)fn, FLAT_USER_CS, EFLAGS_IF | 2, (u32)sp, FLAT_USER_SS });
}

/* --- start --- */

extern u8 user_begin[], user_end[];
extern u32 boot_esp;
static unsigned int passed, failed;
static bool failing;
extern const struct check checks_begin[], checks_end[];

void fail(const char *file, int line, const char *what, long got, long wanted)
{
	failing = true;
	printk("  %s:%d: %s: %d (%x), wanted %d (%x)\n", file, line, what, got, got, wanted, wanted);
}

void lib_main(struct start_info *info)
{
	si = info;
	is_dom0 = si->flags & SIF_INITDOMAIN;
	root = (u64 *)si->pt_base;
	next_page = pfn_of((void *)(si->pt_base + si->nr_pt_frames * PAGE_BYTES)) + 1;
	shared = (struct shared_info *)shared_page;
	if (map_va(shared_page, si->shared_info | PTE_RWX)) {
		printk("FAIL no shared info\n");
		shut_down(SHUTDOWN_reboot);
	}
	vinfo = &shared->vcpu_info[0];
	default_traps();
	for (u8 *p = user_begin; p < user_end; p += PAGE_BYTES)
		EXPECT_EQ(map_va(p, pte_of(virt_to_mfn(p), PTE_RWX | PTE_US)), 0);
	maybe_die();
	for (const struct check *c = checks_begin; c < checks_end; c++) {
		failing = false;
		trap_hook = NULL;
		c->run();
		if (failing)
			failed++;
		else
			passed++;
		printk("%s %s\n", failing ? "FAIL" : "ok", c->name);
	}
	printk("%u passed, %u failed\n", passed, failed);
	shut_down(is_dom0 ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}
