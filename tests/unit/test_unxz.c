// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor's own decoder of xz against the packer of liblzma: every set of
 * literal and position bits, with the filter for x86 code and without, stored
 * chunks, several blocks; what it leaves to the library; and damaged input, at
 * which the sanitizers watch. Each piece of input ends where its allocation ends.
 *
 * SOURCES: xen/common/unxz.c
 * CFLAGS: -Ixen/include -Iinclude
 * LIBS: -llzma
 */
#include <errno.h>
#include <lzma.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES	(300u << 10)
#define ROUNDS	3000

long unxz_kernel(void *dst, size_t dst_bytes, const void *src, size_t src_bytes);

static int failures;
static uint64_t seed = 88172645463325252ull;

static uint32_t any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 16;
}

static void expect(int ok, const char *what, int a, int b)
{
	if (ok)
		return;
	failures++;
	printf("FAIL: %s (%d, %d)\n", what, a, b);
}

/* Something between code, text and noise: calls near and far, repeats at all distances. */
static void make_plain(uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes;) {
		size_t n = any() % 40 + 1;

		if (n > bytes - i)
			n = bytes - i;
		switch (any() % 5) {
		case 0:
			for (size_t j = 0; j < n; j++)
				data[i + j] = any();
			break;
		case 1:		/* opcodes in a row, with high bytes that are signs or nearly */
			for (size_t j = 0; j < n; j++)
				data[i + j] = (uint8_t []){ 0xe8, 0xe9, 0x00, 0xff, 0x01, 0x90 }[any() % 6];
			break;
		case 2:
			memset(data + i, "ab \0"[any() % 4], n);
			break;
		default:
			if (i) {
				size_t back = any() % (any() % 3 ? i < 500 ? i : 500 : i) + 1;

				for (size_t j = 0; j < n; j++)
					data[i + j] = data[i + j - back];
			} else {
				n = 0;
			}
		}
		i += n;
	}
}

/* Packs bytes as blocks of an equal part each; returns an allocation of exactly *packed_bytes. */
static uint8_t *pack(const uint8_t *data, size_t bytes, lzma_filter *filters, lzma_check check, int blocks,
		     size_t *packed_bytes)
{
	size_t room = bytes * 2 + (64u << 10), part = bytes / blocks;
	uint8_t *out = malloc(room), *exact;
	lzma_stream s = LZMA_STREAM_INIT;

	if (!out || lzma_stream_encoder(&s, filters, check) != LZMA_OK)
		abort();
	s.next_out = out;
	s.avail_out = room;
	for (int b = 0; b < blocks; b++) {
		s.next_in = data + b * part;
		s.avail_in = b == blocks - 1 ? bytes - b * part : part;
		if (lzma_code(&s, b == blocks - 1 ? LZMA_FINISH : LZMA_FULL_FLUSH) != LZMA_STREAM_END)
			abort();
	}
	*packed_bytes = room - s.avail_out;
	lzma_end(&s);
	exact = malloc(*packed_bytes);
	memcpy(exact, out, *packed_bytes);
	free(out);
	return exact;
}

static uint8_t *plain, *packed, *out;
static size_t packed_bytes;

static void pack_plain(size_t bytes, unsigned int lc, unsigned int lp, unsigned int pb, int x86, lzma_check check,
		       int blocks)
{
	lzma_options_lzma o;
	lzma_filter filters[3] = { 0 }, *f = filters;

	lzma_lzma_preset(&o, 6);
	o.lc = lc;
	o.lp = lp;
	o.pb = pb;
	o.dict_size = 1u << 20;
	if (x86)
		*f++ = (lzma_filter){ .id = LZMA_FILTER_X86 };
	*f++ = (lzma_filter){ .id = LZMA_FILTER_LZMA2, .options = &o };
	*f = (lzma_filter){ .id = LZMA_VLI_UNKNOWN };
	free(packed);
	packed = pack(plain, bytes, filters, check, blocks, &packed_bytes);
}

static void sound_input(void)
{
	for (unsigned int lc = 0; lc <= 4; lc++)
		for (unsigned int lp = 0; lc + lp <= 4; lp++)
			for (unsigned int pb = 0; pb <= 4; pb += 2) {
				int x86 = any() & 1;

				make_plain(plain, BYTES);
				pack_plain(BYTES, lc, lp, pb, x86, LZMA_CHECK_CRC32, 1 + any() % 3);
				memset(out, 0xa5, BYTES);
				expect(unxz_kernel(out, BYTES, packed, packed_bytes) == BYTES, "size", lc, lp);
				expect(!memcmp(out, plain, BYTES), "content", lc * 10 + lp, pb);
				expect(unxz_kernel(out, BYTES - 1, packed, packed_bytes) == -E2BIG, "no room", lc, lp);
			}

	/* Noise is stored as it is, in chunks of 64 KiB. */
	for (size_t i = 0; i < BYTES; i++)
		plain[i] = any();
	memset(plain + BYTES / 2, 0, 1000);
	pack_plain(BYTES, 3, 0, 2, 1, LZMA_CHECK_NONE, 1);
	expect(unxz_kernel(out, BYTES, packed, packed_bytes) == BYTES && !memcmp(out, plain, BYTES), "stored", 0, 0);
	for (size_t bytes = 0; bytes < 20; bytes++) {
		memset(plain, 0xe8, bytes);
		pack_plain(bytes, 3, 0, 2, 1, LZMA_CHECK_CRC32, 1);
		expect(unxz_kernel(out, bytes, packed, packed_bytes) == (long)bytes && !memcmp(out, plain, bytes),
		       "few bytes", bytes, 0);
	}
}

static void left_to_the_library(void)
{
	lzma_filter filters[3] = { { .id = LZMA_FILTER_ARM }, { .id = LZMA_FILTER_LZMA2 }, { .id = LZMA_VLI_UNKNOWN } };
	lzma_options_lzma o;

	make_plain(plain, 5000);
	pack_plain(5000, 3, 0, 2, 1, LZMA_CHECK_CRC64, 1);
	expect(unxz_kernel(out, BYTES, packed, packed_bytes) == -EOPNOTSUPP, "another check", 0, 0);
	lzma_lzma_preset(&o, 6);
	filters[1].options = &o;
	free(packed);
	packed = pack(plain, 5000, filters, LZMA_CHECK_CRC32, 1, &packed_bytes);
	expect(unxz_kernel(out, BYTES, packed, packed_bytes) == -EOPNOTSUPP, "another filter", 0, 0);
}

/* Each ends with an error or, where nothing checks the changed byte, with what went in. */
static void damaged_input(void)
{
	const size_t bytes = 20000;

	make_plain(plain, bytes);
	for (int round = 0; round < ROUNDS; round++) {
		uint8_t *copy;
		size_t n;
		long rc;

		if (round % 100 == 0)
			pack_plain(bytes, 3, round / 100 % 2, 2, round & 1, round % 200 ? LZMA_CHECK_CRC32 : LZMA_CHECK_NONE, 1);
		n = round % 3 ? packed_bytes : any() % packed_bytes;
		copy = malloc(n ? n : 1);
		memcpy(copy, packed, n);
		for (unsigned int i = round % 3 ? any() % 4 + 1 : 0; i; i--)
			copy[n > 24 && (any() & 1) ? 24 + any() % 16 : any() % n] = any();
		rc = unxz_kernel(out, bytes, copy, n);
		if (round % 200 >= 100)		/* checked */
			expect(rc < 0 || (rc == (long)bytes && !memcmp(out, plain, bytes)), "damaged", round, rc);
		/* Of the last blocks nothing is looked at but that they are there. */
		if (n < packed_bytes / 2)
			expect(rc < 0, "truncated", round, rc);
		free(copy);
	}
}

int main(void)
{
	plain = malloc(BYTES);
	out = malloc(BYTES);
	if (!plain || !out)
		abort();
	sound_input();
	left_to_the_library();
	damaged_input();
	free(plain);
	free(packed);
	free(out);
	if (!failures)
		printf("ok\n");
	return failures != 0;
}
