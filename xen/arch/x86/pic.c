/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two 8259 interrupt controllers: moved out of the way and masked. Only
 * their spurious interrupts can still come.
 */
#include <arch/apic.h>
#include <arch/io.h>

#define PIC1_COMMAND	0x20
#define PIC1_DATA	0x21
#define PIC2_COMMAND	0xa0
#define PIC2_DATA	0xa1
#define  ICW1_INIT	0x11
#define  ICW4_8086	0x01
#define  OCW3_READ_ISR	0x0b
#define  OCW2_EOI	0x20
#define CASCADE_IRQ	2

void pic_init(void)
{
	outb(0xff, PIC1_DATA);
	outb(0xff, PIC2_DATA);
	outb(ICW1_INIT, PIC1_COMMAND);
	outb(VECTOR_PIC_BASE, PIC1_DATA);
	outb(1 << CASCADE_IRQ, PIC1_DATA);
	outb(ICW4_8086, PIC1_DATA);
	outb(ICW1_INIT, PIC2_COMMAND);
	outb(VECTOR_PIC_BASE + 8, PIC2_DATA);
	outb(CASCADE_IRQ, PIC2_DATA);
	outb(ICW4_8086, PIC2_DATA);
	outb(0xff, PIC1_DATA);
	outb(0xff, PIC2_DATA);
}

void pic_spurious_interrupt(unsigned int vector)
{
	unsigned int irq = vector - VECTOR_PIC_BASE;
	u16 command = irq < 8 ? PIC1_COMMAND : PIC2_COMMAND;

	outb(OCW3_READ_ISR, command);
	if (inb(command) >> (irq & 7) & 1)
		outb(OCW2_EOI, command);
	/* The first one saw the second's request, even a spurious one. */
	if (irq >= 8)
		outb(OCW2_EOI, PIC1_COMMAND);
}
