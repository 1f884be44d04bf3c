/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory and string routines: the usual C semantics. The str*cpy/cat of
 * unbounded length do not exist here.
 */
#ifndef XEN_LIB_STRING_H
#define XEN_LIB_STRING_H

#include <lib/types.h>

void *memcpy(void *dst, const void *src, size_t bytes);
void *memmove(void *dst, const void *src, size_t bytes);
void *memset(void *dst, int c, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
void *memchr(const void *s, int c, size_t bytes);
/* First byte that differs from c, or NULL when all of them equal it. */
void *memchr_inv(const void *s, int c, size_t bytes);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strchr(const char *s, int c);

/* Copy or append within a buffer of size bytes; always terminated when
 * size > 0. Return the length that an unbounded copy would have had. */
size_t strlcpy(char *dst, const char *src, size_t size);

/*
 * Number parsers. base 0 takes 0x and 0 prefixes. *end (may be NULL) is left
 * at the first character not taken.
 */
unsigned long strtoul(const char *s, const char **end, unsigned int base);
u64 strtou64(const char *s, const char **end, unsigned int base);
/* As strtou64 with an optional suffix B, K, M, G or T; no suffix means K. */
u64 parse_size(const char *s, const char **end);

int isdigit(int c);
int isxdigit(int c);
int isspace(int c);
int isalpha(int c);
int isprint(int c);
int tolower(int c);

/* One 4 KiB page, 16-byte aligned at least. */
void clear_page(void *page);
void copy_page(void *dst, const void *src);

/* Let the compiler expand small ones; the functions serve the rest. */
#define memcpy(d, s, n)		__builtin_memcpy(d, s, n)
#define memmove(d, s, n)	__builtin_memmove(d, s, n)
#define memset(d, c, n)		__builtin_memset(d, c, n)
#define memcmp(a, b, n)		__builtin_memcmp(a, b, n)
#define strlen(s)		__builtin_strlen(s)
#define strcmp(a, b)		__builtin_strcmp(a, b)

#endif
