// SPDX-License-Identifier: MIT
/*
 * Formatted text for the kernel itself: %s %c %d %u %x %p, and l for long. An
 * ordinary program gets its printf from the C library.
 */
#include <minios/kernel.h>

struct output {
	char *buffer;
	size_t room, length;
};

static void put(struct output *out, char c)
{
	if (out->length + 1 < out->room)
		out->buffer[out->length] = c;
	out->length++;
}

static void put_text(struct output *out, const char *text)
{
	while (*text)
		put(out, *text++);
}

static void put_number(struct output *out, unsigned long number, unsigned int base)
{
	char digits[24];
	unsigned int count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (count)
		put(out, digits[--count]);
}

static void put_signed(struct output *out, long number)
{
	if (number < 0)
		put(out, '-');
	put_number(out, number < 0 ? -(unsigned long)number : (unsigned long)number, 10);
}

/* Returns the length that the text has, or would have with enough room. */
int format_args(char *buffer, size_t room, const char *format, va_list args)
{
	struct output out = { .buffer = buffer, .room = room };
	bool is_long;

	for (; *format; format++) {
		if (*format != '%') {
			put(&out, *format);
			continue;
		}
		is_long = *++format == 'l';
		if (is_long)
			format++;
		switch (*format) {
		case 's':
			put_text(&out, va_arg(args, const char *));
			break;
		case 'c':
			put(&out, va_arg(args, int));
			break;
		case 'd':
			put_signed(&out, is_long ? va_arg(args, long) : va_arg(args, int));
			break;
		case 'u':
			put_number(&out, is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned int), 10);
			break;
		case 'x':
			put_number(&out, is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned int), 16);
			break;
		case 'p':
			put_number(&out, (unsigned long)va_arg(args, void *), 16);
			break;
		default:
			put(&out, *format);
		}
	}
	if (room)
		buffer[out.length < room ? out.length : room - 1] = '\0';
	return out.length;
}

int format_text(char *buffer, size_t room, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = format_args(buffer, room, format, args);
	va_end(args);
	return length;
}

void printk(const char *format, ...)
{
	char line[256];
	va_list args;
	size_t length;

	va_start(args, format);
	length = format_args(line, sizeof(line), format, args);
	va_end(args);
	console_write(line, length < sizeof(line) ? length : sizeof(line) - 1);
}
