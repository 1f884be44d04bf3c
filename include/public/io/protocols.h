/* SPDX-License-Identifier: MIT */
/*
 * What a front end writes to xenstore as "protocol": whose structure layouts its
 * rings have.
 */
#ifndef __XEN_PROTOCOLS_H__
#define __XEN_PROTOCOLS_H__

#define XEN_IO_PROTO_ABI_X86_32		"x86_32-abi"
#define XEN_IO_PROTO_ABI_X86_64		"x86_64-abi"

#if defined(__i386__)
#define XEN_IO_PROTO_ABI_NATIVE		XEN_IO_PROTO_ABI_X86_32
#elif defined(__x86_64__)
#define XEN_IO_PROTO_ABI_NATIVE		XEN_IO_PROTO_ABI_X86_64
#else
#error "this ABI is for x86 only"
#endif

#endif /* __XEN_PROTOCOLS_H__ */
