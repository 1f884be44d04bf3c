// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run states: how long each vcpu has run, waited for a CPU, been blocked or
 * been offline, and the copy of it that a guest may keep in its own memory.
 * Accounting is guarded by the run-queue lock; the guest's copy is written by
 * the CPU on which the vcpu is current.
 */
#include <arch/barrier.h>
#include <arch/time.h>
#include <common/guest_access.h>
#include <common/guest_area.h>
#include <common/sched.h>
#include <common/sched_policy.h>
#include <common/time.h>
#include <lib/bitmap.h>
#include <lib/bug.h>
#include <lib/errno.h>

/* The 32-bit ABI aligns 64-bit numbers to four bytes. */
struct runstate_info_32 {
	s32 state;
	u64 state_entry_time;
	u64 time[4];
} __packed;

void runstate_init(struct vcpu *v)
{
	v->runstate.state = RUNSTATE_offline;
	v->runstate.state_entry_time = NOW();
}

void runstate_change(struct vcpu *v, int state, s_time_t now)
{
	struct vcpu_runstate_info *r = &v->runstate;
	s_time_t spent = now - (s_time_t)r->state_entry_time;

	if (r->state == state)
		return;
	/* Two CPUs' clocks may differ by a little. */
	if (spent > 0) {
		r->time[r->state] += spent;
		r->state_entry_time = now;
	}
	r->state = state;
}

static void add_current_state(struct vcpu_runstate_info *r)
{
	s_time_t spent = NOW() - (s_time_t)r->state_entry_time;

	if (spent > 0)
		r->time[r->state] += spent;
}

void vcpu_runstate_get(struct vcpu *v, struct vcpu_runstate_info *out)
{
	unsigned long flags;
	struct sched_cpu *sc = sched_lock_vcpu(v, &flags);

	*out = v->runstate;
	sched_unlock(sc, flags);
	add_current_state(out);
}

u64 vcpu_cpu_time(struct vcpu *v)
{
	struct vcpu_runstate_info r;

	vcpu_runstate_get(v, &r);
	return r.time[RUNSTATE_running];
}

u64 cpu_idle_time(u32 cpu)
{
	struct vcpu *idle = sched_cpus[cpu].idle;

	return idle ? vcpu_cpu_time(idle) : 0;
}

/* In the layout of v's domain; returns its size. */
static size_t in_guest_layout(struct vcpu *v, const struct vcpu_runstate_info *r,
			      struct runstate_info_32 *compat, const void **image)
{
	if (!v->domain->is_32bit) {
		*image = r;
		return sizeof(*r);
	}
	*compat = (struct runstate_info_32){
		.state = r->state,
		.state_entry_time = r->state_entry_time,
		.time = { r->time[0], r->time[1], r->time[2], r->time[3] },
	};
	*image = compat;
	return sizeof(*compat);
}

int runstate_copy_to_guest(struct vcpu *v, u64 addr)
{
	struct vcpu_runstate_info r;
	struct runstate_info_32 compat;
	const void *image;
	size_t bytes;

	vcpu_runstate_get(v, &r);
	/* Whole states, not including the present one: readers add that. */
	bytes = in_guest_layout(v, &r, &compat, &image);
	return copy_to_guest(addr, image, bytes);
}

/*
 * A reader on another of the guest's vcpus sees the update flag while the
 * copy is not consistent, if the guest asked for it.
 */
void update_runstate_area(struct vcpu *v)
{
	struct vcpu_runstate_info r;
	struct runstate_info_32 compat;
	const void *image;
	size_t bytes, entry_offset;
	vaddr_t addr = v->runstate_guest;
	bool flagged;

	if (!addr)
		return;
	r = v->runstate;
	flagged = v->domain->vmassist & BIT(VMASST_TYPE_runstate_update_flag);
	entry_offset = v->domain->is_32bit ?
		offsetof(struct runstate_info_32, state_entry_time) :
		offsetof(struct vcpu_runstate_info, state_entry_time);
	if (flagged) {
		r.state_entry_time |= XEN_RUNSTATE_UPDATE;
		if (guest_area_write(v, addr + entry_offset, &r.state_entry_time, 8))
			return;
		smp_wmb();
	}
	bytes = in_guest_layout(v, &r, &compat, &image);
	if (guest_area_write(v, addr, image, bytes))
		return;
	if (flagged) {
		r.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
		smp_wmb();
		guest_area_write(v, addr + entry_offset, &r.state_entry_time, 8);
	}
}

int vcpu_register_runstate_area(struct vcpu *v, vaddr_t addr)
{
	size_t bytes = v->domain->is_32bit ? sizeof(struct runstate_info_32) :
					     sizeof(struct vcpu_runstate_info);

	if (!guest_range_ok(addr, bytes))
		return -EFAULT;
	WRITE_ONCE(v->runstate_guest, addr);
	if (!addr)
		return 0;
	/* The caller sees it at once, whichever of its vcpus it is for. */
	if (v == current)
		update_runstate_area(v);
	else
		runstate_copy_to_guest(v, addr);
	return 0;
}
