// SPDX-License-Identifier: GPL-2.0-only
/* Strings and printing by console_io, in whole lines where it can be. */
#include "lib.h"

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	asm volatile ("rep movsb" : "+D" (d), "+S" (src), "+c" (n) :: "memory");
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	asm volatile ("rep stosb" : "+D" (d), "+c" (n) : "a" (c) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
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

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

bool is_filled(const void *p, u8 with, size_t n)
{
	const u8 *b = p;

	while (n--)
		if (*b++ != with)
			return false;
	return true;
}

struct sink {
	char *at, *end;
	int total;
};

static void put(struct sink *s, char c)
{
	if (s->at < s->end)
		*s->at++ = c;
	s->total++;
}

static void put_number(struct sink *s, unsigned long long v, unsigned int base, bool negative, int width, char pad)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (negative && pad == '0')
		put(s, '-');
	for (int i = n + negative; i < width; i++)
		put(s, pad);
	if (negative && pad != '0')
		put(s, '-');
	while (n)
		put(s, digits[--n]);
}

int format(char *buf, size_t size, const char *fmt, __builtin_va_list args)
{
	struct sink s = { buf, buf + size - 1, 0 };

	for (; *fmt; fmt++) {
		bool sharp = false;
		int longs = 0;
		char pad = ' ';
		int width = 0;

		if (*fmt != '%') {
			put(&s, *fmt);
			continue;
		}
		for (fmt++; *fmt == '#' || *fmt == '0'; fmt++) {
			sharp |= *fmt == '#';
			if (*fmt == '0')
				pad = '0';
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			longs++;
		switch (*fmt) {
		case 'd': {
			long long v = longs > 1 ? __builtin_va_arg(args, long long)
				    : longs ? __builtin_va_arg(args, long) : __builtin_va_arg(args, int);

			put_number(&s, v < 0 ? 0ull - v : (unsigned long long)v, 10, v < 0, width, pad);
			break;
		}
		case 'u':
		case 'x': {
			unsigned long long v = longs > 1 ? __builtin_va_arg(args, unsigned long long)
					     : longs ? __builtin_va_arg(args, unsigned long)
					     : __builtin_va_arg(args, unsigned int);

			if (sharp && *fmt == 'x') {
				put(&s, '0');
				put(&s, 'x');
			}
			put_number(&s, v, *fmt == 'u' ? 10 : 16, false, width, pad);
			break;
		}
		case 'p':
			put_number(&s, (unsigned long)__builtin_va_arg(args, void *), 16, false, 2 * sizeof(word), '0');
			break;
		case 'c':
			put(&s, __builtin_va_arg(args, int));
			break;
		case 's': {
			const char *t = __builtin_va_arg(args, const char *);

			for (t = t ? t : "(null)"; *t; t++)
				put(&s, *t);
			break;
		}
		default:
			put(&s, *fmt);
			break;
		}
	}
	*s.at = 0;
	return s.at - buf;
}

void printk(const char *fmt, ...)
{
	char line[400];
	__builtin_va_list args;
	int n;

	__builtin_va_start(args, fmt);
	n = format(line, sizeof(line), fmt, args);
	__builtin_va_end(args);
	HYP(console_io, CONSOLEIO_write, n, line, 0, 0);
}
