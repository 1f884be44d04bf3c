/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory and string routines. Pure functions: any context, no lock. */
#include <lib/string.h>

#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp

/* Words at any alignment. */
typedef u64 __attribute__((__aligned__(1), __may_alias__)) word64;
typedef u32 __attribute__((__aligned__(1), __may_alias__)) word32;
typedef u16 __attribute__((__aligned__(1), __may_alias__)) word16;

/*
 * Short copies by two words that may overlap in the middle, long ones eight
 * bytes a step. All loads of a short copy come before its stores.
 */
void *memcpy(void *dst, const void *src, size_t bytes)
{
	char *d = dst;
	const char *s = src;

	if (bytes >= 8) {
		u64 last = *(const word64 *)(s + bytes - 8);

		if (bytes <= 16) {
			u64 first = *(const word64 *)s;

			*(word64 *)d = first;
			*(word64 *)(d + bytes - 8) = last;
		} else {
			size_t words = bytes / 8;
			word64 *end = (word64 *)(d + bytes - 8);

			asm volatile ("rep movsq" : "+D" (d), "+S" (s), "+c" (words) :: "memory");
			*end = last;
		}
	} else if (bytes >= 4) {
		u32 first = *(const word32 *)s, last = *(const word32 *)(s + bytes - 4);

		*(word32 *)d = first;
		*(word32 *)(d + bytes - 4) = last;
	} else if (bytes >= 2) {
		u16 first = *(const word16 *)s, last = *(const word16 *)(s + bytes - 2);

		*(word16 *)d = first;
		*(word16 *)(d + bytes - 2) = last;
	} else if (bytes) {
		*d = *s;
	}
	return dst;
}

void *memmove(void *dst, const void *src, size_t bytes)
{
	char *d = dst;
	const char *s = src;

	if (d >= s + bytes || d + bytes <= s)
		return memcpy(dst, src, bytes);
	if (d <= s) {
		asm volatile ("rep movsb" : "+D" (d), "+S" (s), "+c" (bytes) :: "memory");
		return dst;
	}
	while (bytes--)
		d[bytes] = ((const volatile char *)s)[bytes];
	return dst;
}

void *memset(void *dst, int c, size_t bytes)
{
	u64 word = (u8)c * 0x0101010101010101ull;
	size_t words = bytes / 8, rest = bytes % 8;
	void *d = dst;

	asm volatile ("rep stosq" : "+D" (d), "+c" (words) : "a" (word) : "memory");
	asm volatile ("rep stosb" : "+D" (d), "+c" (rest) : "a" (word) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const u8 *x = a, *y = b;

	for (; bytes; bytes--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *s, int c, size_t bytes)
{
	const u8 *p = s;

	for (; bytes; bytes--, p++)
		if (*p == (u8)c)
			return (void *)p;
	return NULL;
}

void *memchr_inv(const void *s, int c, size_t bytes)
{
	const u8 *p = s;

	for (; bytes; bytes--, p++)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*(const volatile char *)p)
		p++;
	return p - s;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max; max--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size) {
		size_t n = len < size ? len : size - 1;

		memcpy(dst, src, n);
		dst[n] = 0;
	}
	return len;
}

int isdigit(int c) { return c >= '0' && c <= '9'; }
int isspace(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
int isalpha(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
int isprint(int c) { return c >= ' ' && c <= '~'; }
int tolower(int c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }

int isxdigit(int c)
{
	return isdigit(c) || (tolower(c) >= 'a' && tolower(c) <= 'f');
}

u64 strtou64(const char *s, const char **end, unsigned int base)
{
	u64 v = 0;

	if ((base == 0 || base == 16) && s[0] == '0' && tolower(s[1]) == 'x' && isxdigit(s[2])) {
		s += 2;
		base = 16;
	} else if (base == 0) {
		base = s[0] == '0' ? 8 : 10;
	}
	for (; isxdigit(*s); s++) {
		unsigned int digit = isdigit(*s) ? *s - '0' : tolower(*s) - 'a' + 10;

		if (digit >= base)
			break;
		v = v * base + digit;
	}
	if (end)
		*end = s;
	return v;
}

unsigned long strtoul(const char *s, const char **end, unsigned int base)
{
	return strtou64(s, end, base);
}

u64 parse_size(const char *s, const char **end)
{
	const char *p;
	u64 v = strtou64(s, &p, 0);
	unsigned int shift = 10;

	if (p != s) {
		switch (tolower(*p)) {
		case 'b': shift = 0; p++; break;
		case 'k': shift = 10; p++; break;
		case 'm': shift = 20; p++; break;
		case 'g': shift = 30; p++; break;
		case 't': shift = 40; p++; break;
		}
	}
	if (end)
		*end = p;
	return v << shift;
}
