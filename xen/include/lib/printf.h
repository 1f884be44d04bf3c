/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formatted output into memory: flags "-+ #0", width, precision, '*',
 * lengths hh h l ll z t j, conversions d i u x X o c s p %%. No floating
 * point and no %n.
 */
#ifndef XEN_LIB_PRINTF_H
#define XEN_LIB_PRINTF_H

#include <lib/compiler.h>
#include <lib/types.h>

/* Return the length the whole text would have; at most size - 1 are stored. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* Return the number of characters stored, without the terminator. */
int vscnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
