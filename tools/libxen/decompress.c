// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns a compressed kernel payload into plain bytes: gzip, xz, lzma, zstd and
 * lz4, told apart by their magic. The decoders are the distribution's own
 * libraries. Input is untrusted: output is bounded, and every way that a
 * stream can be cut short or broken ends in a sentence.
 */
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "private.h"

/* No kernel comes near this; a bomb does. */
#define OUTPUT_MAX	(512UL << 20)
#define OUTPUT_FIRST	(32UL << 20)

struct sink {
	uint8_t *data;
	size_t used, room;
};

/* Makes sure that there is room for more output; false at the bound. */
static bool sink_grow(struct sink *s)
{
	size_t room = s->room ? s->room * 2 : OUTPUT_FIRST;
	uint8_t *p;

	if (s->used < s->room)
		return true;
	if (room > OUTPUT_MAX)
		return false;
	p = realloc(s->data, room);
	if (!p)
		return false;
	s->data = p;
	s->room = room;
	return true;
}

static const char *do_gzip(const uint8_t *in, size_t n, struct sink *s)
{
	z_stream z = { .next_in = (uint8_t *)in, .avail_in = n };
	const char *bad = "the gzip stream is cut short";
	int rc = Z_OK;

	if (n > UINT32_MAX || inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return "cannot start the gzip decoder";
	while (rc == Z_OK) {
		if (!sink_grow(s)) {
			bad = "it decompresses to more than 512 MiB";
			break;
		}
		z.next_out = s->data + s->used;
		z.avail_out = s->room - s->used;
		rc = inflate(&z, Z_NO_FLUSH);
		s->used = z.next_out - s->data;
	}
	if (rc == Z_DATA_ERROR)
		bad = "the gzip stream is corrupt";
	inflateEnd(&z);
	return rc == Z_STREAM_END ? NULL : bad;
}

static const char *do_lzma(const uint8_t *in, size_t n, struct sink *s, bool alone)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_ret rc = alone ? lzma_alone_decoder(&z, OUTPUT_MAX) : lzma_stream_decoder(&z, OUTPUT_MAX, 0);
	const char *bad = "the xz stream is cut short or corrupt";

	if (rc != LZMA_OK)
		return "cannot start the xz decoder";
	z.next_in = in;
	z.avail_in = n;
	while (rc == LZMA_OK) {
		if (!sink_grow(s)) {
			bad = "it decompresses to more than 512 MiB";
			break;
		}
		z.next_out = s->data + s->used;
		z.avail_out = s->room - s->used;
		rc = lzma_code(&z, LZMA_RUN);
		s->used = z.next_out - s->data;
		if (rc == LZMA_OK && !z.avail_in && z.avail_out)
			break;
	}
	lzma_end(&z);
	/* An lzma stream of declared length may stop without an end mark. */
	if (rc == LZMA_STREAM_END || (alone && rc == LZMA_OK && s->used))
		return NULL;
	return bad;
}

static const char *do_zstd(const uint8_t *in, size_t n, struct sink *s)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer src = { in, n, 0 };
	const char *bad = "the zstd stream is cut short";
	size_t rc = 1;

	if (!z)
		return "cannot start the zstd decoder";
	/* Kernels are packed with windows of up to 128 MiB (zstd --ultra -22). */
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 27);
	while (rc) {
		ZSTD_outBuffer dst;

		if (!sink_grow(s)) {
			bad = "it decompresses to more than 512 MiB";
			break;
		}
		dst = (ZSTD_outBuffer){ s->data, s->room, s->used };
		rc = ZSTD_decompressStream(z, &dst, &src);
		s->used = dst.pos;
		if (ZSTD_isError(rc)) {
			bad = "the zstd stream is corrupt";
			break;
		}
		if (rc && src.pos == src.size && dst.pos < dst.size)
			break;
	}
	ZSTD_freeDStream(z);
	return rc == 0 ? NULL : bad;
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

#define LZ4_LEGACY_MAGIC	0x184C2102U
#define LZ4_LEGACY_BLOCK	(8U << 20)

/* The legacy frame: magic, then blocks of (size, bytes), each at most 8 MiB plain. */
static const char *do_lz4(const uint8_t *in, size_t n, struct sink *s)
{
	size_t at = 4;

	while (n - at >= 4) {
		uint32_t len = le32(in + at);
		int got;

		at += 4;
		if (len == LZ4_LEGACY_MAGIC)
			continue;
		/* A kernel's payload ends in its plain length, not in a block. */
		if (at == n && len == s->used)
			break;
		if (!len || len > n - at)
			return "the lz4 stream is cut short";
		while (s->room - s->used < LZ4_LEGACY_BLOCK) {
			size_t used = s->used;
			bool ok;

			s->used = s->room;
			ok = sink_grow(s);
			s->used = used;
			if (!ok)
				return "it decompresses to more than 512 MiB";
		}
		got = LZ4_decompress_safe((const char *)in + at, (char *)s->data + s->used,
					  len, LZ4_LEGACY_BLOCK);
		if (got < 0)
			return "the lz4 stream is corrupt";
		s->used += got;
		at += len;
	}
	return s->used ? NULL : "the lz4 stream is empty";
}

int hv_decompress(const uint8_t *in, size_t in_size, uint8_t **out, size_t *out_size, char *why, size_t why_size)
{
	struct sink s = { 0 };
	const char *bad;

	if (in_size < 8)
		return -ENOEXEC;
	if (!memcmp(in, "\x1f\x8b", 2))
		bad = do_gzip(in, in_size, &s);
	else if (!memcmp(in, "\xfd" "7zXZ\0", 6))
		bad = do_lzma(in, in_size, &s, false);
	else if (!memcmp(in, "\x5d\0\0", 3))
		bad = do_lzma(in, in_size, &s, true);
	else if (!memcmp(in, "\x28\xb5\x2f\xfd", 4))
		bad = do_zstd(in, in_size, &s);
	else if (le32(in) == LZ4_LEGACY_MAGIC)
		bad = do_lz4(in, in_size, &s);
	else if (!memcmp(in, "BZh", 3))
		bad = "bzip2 payloads are not supported (xz, zstd, gzip, lz4 and lzma are)";
	else if (!memcmp(in, "\x89LZO", 4))
		bad = "lzo payloads are not supported (xz, zstd, gzip, lz4 and lzma are)";
	else
		return -ENOEXEC;
	if (bad) {
		free(s.data);
		snprintf(why, why_size, "%s", bad);
		return -EINVAL;
	}
	*out = s.data;
	*out_size = s.used;
	return 0;
}
