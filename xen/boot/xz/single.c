/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XZ Embedded, the decoder that Linux, GRUB and busybox unpack with, in its
 * single-call mode: it writes straight to where its caller wants the output and
 * copies matches from there, with no window between. Without its source (fetch
 * says where that is from) all is left to liblzma.
 */
#include <stddef.h>

#define NOT_FOR_US	(-95)	/* -EOPNOTSUPP: another check or filter; liblzma may know it */
#define CORRUPT		(-22)
#define NO_MEMORY	(-12)

/* As decompress() in common/decompress.h says it, but for NOT_FOR_US. */
long xz_single(void *dst, size_t dst_bytes, const void *src, size_t src_bytes);

#if __has_include("xz_dec_stream.c")
#include "xz_dec_stream.c"
#include "xz_dec_lzma2.c"
#include "xz_dec_bcj.c"

long xz_single(void *dst, size_t dst_bytes, const void *src, size_t src_bytes)
{
	struct xz_buf buf = { .in = src, .in_size = src_bytes, .out = dst, .out_size = dst_bytes };
	struct xz_dec *decoder = xz_dec_init(XZ_SINGLE, 0);
	enum xz_ret rc;

	if (!decoder)
		return NO_MEMORY;
	rc = xz_dec_run(decoder, &buf);
	xz_dec_end(decoder);
	switch (rc) {
	case XZ_STREAM_END:	return buf.out_pos;
	case XZ_OPTIONS_ERROR:	return NOT_FOR_US;
	default:		return CORRUPT;
	}
}
#else
long xz_single(void *dst, size_t dst_bytes, const void *src, size_t src_bytes)
{
	return NOT_FOR_US;
}
#endif
