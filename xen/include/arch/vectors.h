/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt vectors. Usable from assembly. */
#ifndef XEN_ARCH_VECTORS_H
#define XEN_ARCH_VECTORS_H

#define TRAP_DE		0
#define TRAP_DB		1
#define TRAP_NMI	2
#define TRAP_BP		3
#define TRAP_OF		4
#define TRAP_BR		5
#define TRAP_UD		6
#define TRAP_NM		7
#define TRAP_DF		8
#define TRAP_TS		10
#define TRAP_NP		11
#define TRAP_SS		12
#define TRAP_GP		13
#define TRAP_PF		14
#define TRAP_SPURIOUS	15
#define TRAP_MF		16
#define TRAP_AC		17
#define TRAP_MC		18
#define TRAP_XM		19
#define TRAP_VE		20
#define TRAP_CP		21

/* Bit n: exception n pushes an error code. */
#define TRAPS_WITH_ERROR_CODE	0x60227d00

/* Software interrupts of guests. */
#define VECTOR_LEGACY_SYSCALL	0x80
#define VECTOR_HYPERCALL_32	0x82

/* Given to devices one by one, without the two above. */
#define FIRST_DYNAMIC_VECTOR	0x20
#define LAST_DYNAMIC_VECTOR	0xdf

/* The two 8259s are masked; what they raise spuriously comes here. */
#define VECTOR_PIC_BASE		0xe0
#define VECTOR_PIC_LAST		0xef

/* Highest priority. */
#define VECTOR_THERMAL		0xf5
#define VECTOR_CMCI		0xf6
#define VECTOR_PMU		0xf7
#define VECTOR_SERIAL		0xf8
#define VECTOR_APIC_TIMER	0xf9
#define VECTOR_CALL_FUNCTION	0xfa
#define VECTOR_FLUSH_TLB	0xfb
#define VECTOR_EVENT_CHECK	0xfc
#define VECTOR_APIC_ERROR	0xfe
#define VECTOR_APIC_SPURIOUS	0xff

#endif
