// SPDX-License-Identifier: MIT
/*
 * The few string functions that the kernel, and the compiler behind its back, need.
 * They come first in every link, before a C library's, for they are safe in an
 * event handler: those of a C library may use vector registers, which no handler
 * saves.
 */
#include <minios/kernel.h>

void *memcpy(void *to, const void *from, size_t length)
{
	void *result = to;

	__asm__ volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (length) : : "memory");
	return result;
}

void *memmove(void *to, const void *from, size_t length)
{
	char *t = to;
	const char *f = from;

	if (t <= f || t >= f + length)
		return memcpy(to, from, length);
	while (length--)
		t[length] = f[length];
	return to;
}

void *memset(void *to, int value, size_t length)
{
	void *result = to;

	__asm__ volatile("rep stosb" : "+D" (to), "+c" (length) : "a" (value) : "memory");
	return result;
}

int memcmp(const void *a, const void *b, size_t length)
{
	const unsigned char *x = a, *y = b;

	for (; length; length--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

/* Decimal; stops at whatever is not a digit. */
unsigned long text_to_number(const char *text)
{
	unsigned long number = 0;

	while (*text >= '0' && *text <= '9')
		number = number * 10 + (*text++ - '0');
	return number;
}
