/* SPDX-License-Identifier: MIT */
/*
 * Start of day and the end of it, traps, and the few library functions that the
 * kernel has for itself. The kernel stands on no C library; one may stand on it.
 */
#ifndef MINIOS_KERNEL_H
#define MINIOS_KERNEL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <arch.h>

/* start.c: what the hypervisor told us. Page-aligned copies are not made: it stays mapped. */
extern struct start_info *start_info;
extern struct shared_info *shared_info;
extern uint64_t start_time;		/* system time when the clock could first be read, ns */

/*
 * The program on top. The kernel calls app_main in a thread, and powers off with
 * what it returns. A C library's start-up code, or the program itself, defines it.
 */
int app_main(int argc, char **argv);

/* shutdown.c: reasons are SHUTDOWN_*. */
void shutdown_init(void);
void domain_shutdown(unsigned int reason) __attribute__((noreturn));
void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* trap.c: vectors of our own beside the processor's, then the registration. */
#define VECTOR_EVENT	32
#define VECTOR_FAILSAFE	33

typedef bool (*trap_handler_t)(struct regs *regs);
void trap_init(void);
void trap_register(unsigned int vector, trap_handler_t handler);
unsigned long trap_fault_address(void);

/* console.c, printf.c */
void console_init(void);
void console_write(const char *text, size_t length);
size_t console_read(char *text, size_t room);
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
int format_text(char *buffer, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));
int format_args(char *buffer, size_t room, const char *format, va_list args);

/* string.c: safe to use in an event handler, for they touch general registers only. */
void *memcpy(void *to, const void *from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);
int memcmp(const void *a, const void *b, size_t length);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
unsigned long text_to_number(const char *text);

#endif
