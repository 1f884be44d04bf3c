/* SPDX-License-Identifier: GPL-2.0-only */
/* Formatted output into memory. Pure functions: any context, no lock. */
#include <lib/printf.h>
#include <lib/string.h>

enum { FLAG_LEFT = 1, FLAG_PLUS = 2, FLAG_SPACE = 4, FLAG_ALT = 8, FLAG_ZERO = 16, FLAG_UPPER = 32 };

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	unsigned int flags;
	int width, precision;		/* precision -1: none given */
};

static void put(struct out *o, char c)
{
	if (o->len < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_repeated(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_string(struct out *o, const char *s, const struct spec *f)
{
	size_t max = f->precision < 0 ? (size_t)-1 : (size_t)f->precision;
	int len = (int)strnlen(s, max);

	if (!(f->flags & FLAG_LEFT))
		put_repeated(o, ' ', f->width - len);
	for (int i = 0; i < len; i++)
		put(o, s[i]);
	if (f->flags & FLAG_LEFT)
		put_repeated(o, ' ', f->width - len);
}

static void put_number(struct out *o, u64 v, bool negative, unsigned int base,
		       const struct spec *f)
{
	const char *digits = f->flags & FLAG_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[24], prefix[3];
	int n = 0, np = 0, zeros;

	if (negative)
		prefix[np++] = '-';
	else if (f->flags & FLAG_PLUS)
		prefix[np++] = '+';
	else if (f->flags & FLAG_SPACE)
		prefix[np++] = ' ';
	if ((f->flags & FLAG_ALT) && base == 16 && v) {
		prefix[np++] = '0';
		prefix[np++] = f->flags & FLAG_UPPER ? 'X' : 'x';
	} else if ((f->flags & FLAG_ALT) && base == 8 && v) {
		prefix[np++] = '0';
	}
	for (; v; v /= base)
		tmp[n++] = digits[v % base];
	if (!n && f->precision != 0)
		tmp[n++] = '0';

	zeros = f->precision - n;
	if (f->precision < 0)
		zeros = (f->flags & FLAG_ZERO) && !(f->flags & FLAG_LEFT) ? f->width - np - n : 0;
	if (zeros < 0)
		zeros = 0;
	if (!(f->flags & FLAG_LEFT))
		put_repeated(o, ' ', f->width - np - zeros - n);
	for (int i = 0; i < np; i++)
		put(o, prefix[i]);
	put_repeated(o, '0', zeros);
	for (int i = n; i-- > 0; )
		put(o, tmp[i]);
	if (f->flags & FLAG_LEFT)
		put_repeated(o, ' ', f->width - np - zeros - n);
}

static int number_or_star(const char **fmt, va_list *ap)
{
	int n = 0;

	if (**fmt == '*') {
		(*fmt)++;
		return va_arg(*ap, int);
	}
	while (isdigit(**fmt))
		n = n * 10 + *(*fmt)++ - '0';
	return n;
}

/* Flags, width and precision, up to the length modifier. */
static void parse_spec(struct spec *f, const char **fmt, va_list *ap)
{
	f->flags = 0;
	for (;; (*fmt)++) {
		switch (**fmt) {
		case '-': f->flags |= FLAG_LEFT; continue;
		case '+': f->flags |= FLAG_PLUS; continue;
		case ' ': f->flags |= FLAG_SPACE; continue;
		case '#': f->flags |= FLAG_ALT; continue;
		case '0': f->flags |= FLAG_ZERO; continue;
		}
		break;
	}
	f->width = number_or_star(fmt, ap);
	if (f->width < 0) {
		f->flags |= FLAG_LEFT;
		f->width = -f->width;
	}
	f->precision = -1;
	if (**fmt == '.') {
		(*fmt)++;
		f->precision = number_or_star(fmt, ap);
	}
}

/* Bytes of the integer that the length modifier names. */
static unsigned int parse_length(const char **fmt)
{
	switch (**fmt) {
	case 'h':
		(*fmt)++;
		if (**fmt == 'h') {
			(*fmt)++;
			return 1;
		}
		return 2;
	case 'l':
		(*fmt)++;
		if (**fmt == 'l')
			(*fmt)++;
		return 8;
	case 'z':
	case 't':
	case 'j':
		(*fmt)++;
		return 8;
	}
	return 4;
}

static u64 fetch_unsigned(unsigned int bytes, va_list *ap)
{
	u64 v = bytes == 8 ? va_arg(*ap, u64) : va_arg(*ap, u32);

	return bytes >= 4 ? v : v & ((1u << (bytes * 8)) - 1);
}

static s64 fetch_signed(unsigned int bytes, va_list *ap)
{
	switch (bytes) {
	case 8: return va_arg(*ap, s64);
	case 2: return (s16)va_arg(*ap, int);
	case 1: return (s8)va_arg(*ap, int);
	default: return va_arg(*ap, int);
	}
}

static void put_conversion(struct out *o, char conv, unsigned int bytes,
			   struct spec *f, va_list *ap)
{
	const char *s;
	s64 v;

	switch (conv) {
	case 'd':
	case 'i':
		v = fetch_signed(bytes, ap);
		put_number(o, v < 0 ? -(u64)v : (u64)v, v < 0, 10, f);
		break;
	case 'u':
		put_number(o, fetch_unsigned(bytes, ap), false, 10, f);
		break;
	case 'o':
		put_number(o, fetch_unsigned(bytes, ap), false, 8, f);
		break;
	case 'X':
		f->flags |= FLAG_UPPER;
		fallthrough;
	case 'x':
		put_number(o, fetch_unsigned(bytes, ap), false, 16, f);
		break;
	case 'p':
		f->precision = 16;
		put_number(o, (u64)va_arg(*ap, void *), false, 16, f);
		break;
	case 'c':
		if (!(f->flags & FLAG_LEFT))
			put_repeated(o, ' ', f->width - 1);
		put(o, (char)va_arg(*ap, int));
		if (f->flags & FLAG_LEFT)
			put_repeated(o, ' ', f->width - 1);
		break;
	case 's':
		s = va_arg(*ap, const char *);
		put_string(o, s ? s : "(null)", f);
		break;
	default:
		put(o, '%');
		put(o, conv);
		break;
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	struct spec f;
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		unsigned int bytes;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt++;
		if (*fmt == '%') {
			put(&o, '%');
			continue;
		}
		parse_spec(&f, &fmt, &ap);
		bytes = parse_length(&fmt);
		if (!*fmt)
			break;
		put_conversion(&o, *fmt, bytes, &f, &ap);
	}
	va_end(ap);
	if (size)
		buf[o.len < size ? o.len : size - 1] = 0;
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(buf, size, fmt, ap);

	if ((size_t)n < size)
		return n;
	return size ? (int)size - 1 : 0;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vscnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
