// SPDX-License-Identifier: GPL-2.0-only
/* More than one vcpu. */
#include "lib.h"
#include <public/vcpu.h>

static volatile u32 second_ran, second_arg;

void vcpu_main(u32 arg)
{
	second_arg = arg;
	second_ran = 1;
	HYP(vcpu_op, VCPUOP_down, 1, 0, 0, 0);
	for (;;)
		;
}

extern u8 vcpu_start[];

CHECK(second_vcpu)
{
	static struct vcpu_guest_context c;
	u32 *sp = (u32 *)(vcpu_stack + STACK_BYTES) - 4;

	if (HYP(vcpu_op, VCPUOP_is_up, 1, 0, 0, 0) < 0) {
		printk("(one vcpu) ");
		return;
	}
	sp[0] = 0;
	sp[1] = 0x2468;
	c.flags = VGCF_in_kernel;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = c.user_regs.ds = c.user_regs.es = FLAT_KERNEL_SS;
	c.user_regs.eip = (u32)vcpu_start;
	c.user_regs.esp = (u32)(sp + 1);
	c.user_regs.eflags = 0x1002;
	c.kernel_ss = FLAT_KERNEL_SS;
	c.kernel_sp = (u32)vcpu_stack + STACK_BYTES / 2;
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_up, 1, 0, 0, 0), -EINVAL);
	c.ctrlreg[3] = 0;
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_initialise, 1, &c, 0, 0), -EINVAL);
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(&c));
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_initialise, 1, &c, 0, 0), -EINVAL);
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(root));
	c.event_callback_cs = c.failsafe_callback_cs = FLAT_KERNEL_CS;
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_initialise, 1, &c, 0, 0), 0);
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_initialise, 1, &c, 0, 0), -17);
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_up, 1, 0, 0, 0), 0);
	while (!second_ran)
		;
	while (HYP(vcpu_op, VCPUOP_is_up, 1, 0, 0, 0))
		;
}
