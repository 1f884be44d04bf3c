/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The xz format as kernels are packed in it: blocks of LZMA2, mostly behind the
 * filter for x86 code, with CRC-32 checks. Everything is in memory, so what is
 * unpacked serves as the decoder's window, nothing is ever resumed, and bytes of
 * input are counted once a symbol.
 *
 * Written for boots under emulators, which spend most of their time here: the
 * inner loop is on one page and decides by arithmetic rather than by jumps where
 * it can. It takes two thirds of the time of liblzma, which still does whatever
 * else comes in this format. The format is described in xz-file-format.txt and in
 * "LZMA specification" of the LZMA SDK.
 */
#include <arch/barrier.h>
#include <arch/page.h>
#include <common/decompress.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>

/* liblzma's, on a table for eight bytes at a time. */
u32 lzma_crc32(const u8 *data, size_t bytes, u32 crc);

#define STATES		12
#define POS_STATES	16
#define LITERAL_STATES	7	/* states below: the last symbol was a literal */
#define LITERAL_PROBS	0x300
#define MAX_LC_LP	4
#define MATCH_MIN	2
#define DIST_STATES	4
#define DIST_SLOTS	64
#define DIST_MODEL_END	14	/* slots from here on have bits without probabilities */
#define ALIGN_BITS	4

#define PROB_BITS	11
#define PROB_ONE	(1u << PROB_BITS)
#define PROB_SHIFT	5
#define PROB_ROUND	((1u << PROB_SHIFT) - 1)
#define RANGE_TOP	(1u << 24)

/* The longest symbol takes 20 bytes; what follows a stream's last one has at least 25. */
#define SYMBOL_BYTES	21

struct length_probs {
	u16 choice, choice2;
	u16 low[POS_STATES][8], mid[POS_STATES][8], high[256];
};

struct lzma_probs {
	u16 is_match[STATES][POS_STATES], is_rep[STATES], is_rep0[STATES], is_rep1[STATES], is_rep2[STATES];
	u16 is_rep0_long[STATES][POS_STATES];
	u16 dist_slot[DIST_STATES][DIST_SLOTS], dist_special[128], dist_align[1 << ALIGN_BITS];
	struct length_probs match_length, rep_length;
	u16 literal[LITERAL_PROBS << MAX_LC_LP];
};

struct lzma {
	struct lzma_probs probs;
	u32 state, rep[4];
	u32 lc, literal_mask, pos_mask;
	bool has_properties;
};

static struct lzma lzma __initdata __aligned(PAGE_SIZE);

/* --- LZMA --- */

static __init void reset_state(struct lzma *z)
{
	u16 *p = (u16 *)&z->probs;

	for (size_t i = 0; i < sizeof(z->probs) / sizeof(*p); i++)
		p[i] = PROB_ONE / 2;
	z->state = 0;
	memset(z->rep, 0, sizeof(z->rep));
}

static __init bool set_properties(struct lzma *z, u8 byte)
{
	const u32 lc = byte % 9, lp = byte / 9 % 5, pb = byte / 45;

	if (pb > 4 || lc + lp > MAX_LC_LP)
		return false;
	z->lc = lc;
	z->literal_mask = (1u << lp) - 1;
	z->pos_mask = (1u << pb) - 1;
	z->has_properties = true;
	return true;
}

/*
 * The range decoder, on the local variables range, code and in of decode().
 * DECODE branches on what it finds. DECODE_INTO appends it to a number without a
 * branch, and returns all ones for a zero.
 */
#define NORMALIZE() do {							\
	if (range < RANGE_TOP) {						\
		range <<= 8;							\
		code = code << 8 | *in++;					\
	}									\
} while (0)

#define DECODE(prob) ({								\
	u16 *p_ = &(prob);							\
	u32 v_ = *p_, bound_;							\
	bool bit_;								\
	NORMALIZE();								\
	bound_ = (range >> PROB_BITS) * v_;					\
	bit_ = code >= bound_;							\
	if (bit_) {								\
		range -= bound_;						\
		code -= bound_;							\
		*p_ = v_ - (v_ >> PROB_SHIFT);					\
	} else {								\
		range = bound_;							\
		*p_ = v_ + ((PROB_ONE - v_) >> PROB_SHIFT);			\
	}									\
	bit_;									\
})

/* v - (v >> 5) is v + ((31 - v) >> 5), as v + ((2048 - v) >> 5) is the other way. */
#define DECODE_INTO(number, prob) ({						\
	u16 *p_ = &(prob);							\
	u32 v_ = *p_, bound_, zero_;						\
	NORMALIZE();								\
	bound_ = (range >> PROB_BITS) * v_;					\
	zero_ = -(u32)(code < bound_);						\
	range -= bound_;							\
	range += (bound_ - range) & zero_;					\
	code -= bound_ & ~zero_;						\
	*p_ = v_ + ((s32)((PROB_ROUND + ((PROB_ONE - PROB_ROUND) & zero_)) - v_) >> PROB_SHIFT); \
	(number) = (number) * 2 + 1 + zero_;					\
	zero_;									\
})

#define TREE_3(number, probs) do {						\
	DECODE_INTO(number, (probs)[number]);					\
	DECODE_INTO(number, (probs)[number]);					\
	DECODE_INTO(number, (probs)[number]);					\
} while (0)

/* Lowest bit first: for bits below position nr of *value. */
#define REVERSE_TREE(value, probs, nr) do {					\
	u32 at_ = 1;								\
	for (u32 i_ = 0; i_ < (nr); i_++)					\
		(value) += (1 + DECODE_INTO(at_, (probs)[at_])) << i_;		\
} while (0)

static inline __attribute__((always_inline)) void copy_match(u8 *out, u32 distance, u32 bytes)
{
	const u8 *from = out - distance - 1;

	if (distance >= 7)
		for (; bytes >= 8; bytes -= 8, out += 8, from += 8) {
			u64 eight;

			__builtin_memcpy(&eight, from, 8);
			__builtin_memcpy(out, &eight, 8);
			barrier();	/* or it would become a call of memmove */
		}
	while (bytes--) {
		*out++ = *from++;
		barrier();
	}
}

/*
 * One chunk, from in to chunk_end, which becomes the bytes from out to out_end;
 * last is the last place in all of the input where a symbol may start, and
 * window the first byte that a match may refer to.
 */
static noinline __section(".init.text") __aligned(PAGE_SIZE) bool
decode(struct lzma *z, const u8 *in, const u8 *chunk_end, const u8 *last, const u8 *window, u8 *out, const u8 *out_end)
{
	struct lzma_probs *const m = &z->probs;
	u32 range = ~0u, code, state = z->state, rep0 = z->rep[0], rep1 = z->rep[1], rep2 = z->rep[2], rep3 = z->rep[3];

	/* The first byte of five is always zero. */
	if (in > last || *in)
		return false;
	code = (u32)in[1] << 24 | in[2] << 16 | in[3] << 8 | in[4];
	in += 5;

	while (out < out_end) {
		const u32 at = out - window, pos_state = at & z->pos_mask;
		struct length_probs *lengths;
		u32 n = 1, less;
		bool repeats;
		u16 *p;

		if (in > last)
			return false;
		if (!DECODE(m->is_match[state][pos_state])) {
			const u32 before = at ? out[-1] : 0;

			p = m->literal + LITERAL_PROBS * (((at & z->literal_mask) << z->lc) + (before >> (8 - z->lc)));

			if (state < LITERAL_STATES) {
				do {
					TREE_3(n, p);
					DECODE_INTO(n, p[n]);
				} while (n < 0x100);
			} else {
				/* It differs from the byte that a match would have put here. */
				u32 match = out[-(s64)rep0 - 1], offset = 0x100;

				do {
					u32 bit;

					match <<= 1;
					bit = match & offset;
					offset &= bit ^ DECODE_INTO(n, p[offset + bit + n]);
				} while (n < 0x100);
			}
			*out++ = n;
			state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
			continue;
		}
		repeats = DECODE(m->is_rep[state]);
		if (repeats) {
			lengths = &m->rep_length;
			if (DECODE(m->is_rep0[state])) {
				u32 distance = rep1;

				if (DECODE(m->is_rep1[state])) {
					distance = rep2;
					if (DECODE(m->is_rep2[state])) {
						distance = rep3;
						rep3 = rep2;
					}
					rep2 = rep1;
				}
				rep1 = rep0;
				rep0 = distance;
			} else if (!DECODE(m->is_rep0_long[state][pos_state])) {
				if (rep0 >= at)
					return false;
				*out = out[-(s64)rep0 - 1];
				out++;
				state = state < LITERAL_STATES ? 9 : 11;
				continue;
			}
			state = state < LITERAL_STATES ? 8 : 11;
		} else {
			lengths = &m->match_length;
			rep3 = rep2;
			rep2 = rep1;
			rep1 = rep0;
			state = state < LITERAL_STATES ? 7 : 10;
		}

		p = lengths->low[pos_state];
		less = 8;
		if (DECODE(lengths->choice)) {
			p = lengths->mid[pos_state];
			less = 0;
			if (DECODE(lengths->choice2)) {
				p = lengths->high;
				less = 0x100 - 16;
			}
		}
		TREE_3(n, p);
		if (less > 8) {
			do
				DECODE_INTO(n, p[n]);
			while (n < 0x100);
		}
		n -= less;

		if (!repeats) {
			u32 slot = 1;

			p = m->dist_slot[min(n, DIST_STATES - 1u)];
			do
				TREE_3(slot, p);
			while (slot < DIST_SLOTS);
			slot -= DIST_SLOTS;
			rep0 = slot;
			if (slot >= DIST_STATES) {
				u32 bits = (slot >> 1) - 1;

				rep0 = (2 | (slot & 1)) << bits;
				if (slot < DIST_MODEL_END) {
					p = m->dist_special + rep0 - slot;
					REVERSE_TREE(rep0, p, bits);
				} else {
					u32 direct = 0;

					for (bits -= ALIGN_BITS; bits; bits--) {
						u32 zero;

						NORMALIZE();
						range >>= 1;
						code -= range;
						zero = -(code >> 31);
						code += range & zero;
						direct = direct * 2 + 1 + zero;
					}
					rep0 += direct << ALIGN_BITS;
					REVERSE_TREE(rep0, m->dist_align, ALIGN_BITS);
				}
			}
		}
		n += MATCH_MIN;
		if (rep0 >= at || n > out_end - out)
			return false;
		copy_match(out, rep0, n);
		out += n;
	}
	NORMALIZE();
	z->state = state;
	z->rep[0] = rep0;
	z->rep[1] = rep1;
	z->rep[2] = rep2;
	z->rep[3] = rep3;
	return code == 0 && in == chunk_end;
}

/* --- LZMA2: chunks, each with its sizes --- */

struct cursor {
	const u8 *in, *in_end;
	u8 *out, *out_end;
};

static __init int unpack_lzma2(struct cursor *c)
{
	struct lzma *z = &lzma;
	const u8 *window = NULL;

	z->has_properties = false;
	while (c->in < c->in_end) {
		const u8 control = *c->in++;
		u32 out_bytes, in_bytes;

		if (!control)
			return 0;
		if (c->in_end - c->in < 5)
			return -EINVAL;
		/* Whoever starts a new window starts everything anew. */
		if (control == 1 || control >= 0xe0) {
			window = c->out;
			z->has_properties = false;
		}
		if (!window || (control > 2 && control < 0x80))
			return -EINVAL;
		out_bytes = (c->in[0] << 8 | c->in[1]) + 1;
		if (control < 0x80) {
			c->in += 2;
			if (out_bytes > c->in_end - c->in)
				return -EINVAL;
			if (out_bytes > c->out_end - c->out)
				return -E2BIG;
			memcpy(c->out, c->in, out_bytes);
			c->in += out_bytes;
			c->out += out_bytes;
			continue;
		}
		out_bytes += (u32)(control & 0x1f) << 16;
		in_bytes = (c->in[2] << 8 | c->in[3]) + 1;
		c->in += 4;
		if (control >= 0xc0 && !set_properties(z, *c->in++))
			return -EINVAL;
		if (!z->has_properties)
			return -EINVAL;
		if (control >= 0xa0)
			reset_state(z);
		if (in_bytes > c->in_end - c->in || c->in_end - c->in < SYMBOL_BYTES)
			return -EINVAL;
		if (out_bytes > c->out_end - c->out)
			return -E2BIG;
		if (!decode(z, c->in, c->in + in_bytes, c->in_end - SYMBOL_BYTES, window, c->out, c->out + out_bytes))
			return -EINVAL;
		c->in += in_bytes;
		c->out += out_bytes;
	}
	return -EINVAL;
}

/* --- the filter for x86 code --- */

static bool is_sign(u8 byte)
{
	return byte == 0 || byte == 0xff;
}

/*
 * Targets of CALL and JMP, made absolute by the packer where the highest byte is
 * that of a small number, become relative again. What was no instruction is
 * recognized by opcodes shortly before, whose places "mask" remembers.
 */
static __section(".init.text") void unfilter_x86(u8 *data, size_t bytes)
{
	static const u8 shifts[8] = { 0, 8, 16, 16, 24, 24, 24, 24 };
	const u64 ones = 0x0101010101010101ull;
	size_t last = (size_t)-5;
	u32 mask = 0;

	for (size_t i = 0; i + 5 <= bytes; i++) {
		u8 *p = data + i;
		u32 source, target;
		bool refused;

		/* Eight bytes at a time, unless one of them is 0xe8 or 0xe9. */
		while (bytes - i >= 13) {
			u64 x;

			__builtin_memcpy(&x, data + i, 8);
			x = (x | ones) ^ (0xe9 * ones);
			if ((x - ones) & ~x & (0x80 * ones))
				break;
			i += 8;
		}
		p = data + i;
		if ((*p | 1) != 0xe9)
			continue;
		mask = i - last > 3 ? 0 : (mask << (i - last - 1)) & 7;
		last = i;
		/* Of the masks, these are no sign of an instruction further back. */
		refused = mask && ((mask != 1 && mask != 2 && mask != 4) || is_sign(p[4 - shifts[mask] / 8]));
		if (refused || !is_sign(p[4])) {
			mask = mask << 1 | 1;
			continue;
		}
		__builtin_memcpy(&source, p + 1, 4);
		for (;;) {
			target = source - (u32)(i + 5);
			if (!mask || !is_sign(target >> (24 - shifts[mask])))
				break;
			source = target ^ ((1u << (32 - shifts[mask])) - 1);
		}
		target = (target & 0x1ffffff) | -(target & 0x1000000);
		__builtin_memcpy(p + 1, &target, 4);
		i += 4;
	}
}

/* --- the container --- */

#define STREAM_HEADER_BYTES	12
#define CHECK_NONE		0
#define CHECK_CRC32		1
#define FILTER_X86		0x04
#define FILTER_LZMA2		0x21
#define HAS_PACKED_SIZE		0x40
#define HAS_SIZE		0x80

static __init u32 le32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, 4);
	return v;
}

/* A number in groups of seven bits, lowest first. */
static __init bool get_number(const u8 **p, const u8 *end, u64 *value)
{
	*value = 0;
	for (u32 shift = 0; shift < 63 && *p < end; shift += 7) {
		const u8 byte = *(*p)++;

		*value |= (u64)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* Which of the two chains of filters that we know it is; -EOPNOTSUPP for others. */
static __init int read_block_header(const u8 *p, u32 bytes, bool *x86)
{
	const u8 *end = p + bytes - 4;
	const u8 flags = p[1];
	u64 skipped, id, size;

	if (lzma_crc32(p, bytes - 4, 0) != le32(end))
		return -EINVAL;
	p += 2;
	if ((flags & HAS_PACKED_SIZE) && !get_number(&p, end, &skipped))
		return -EINVAL;
	if ((flags & HAS_SIZE) && !get_number(&p, end, &skipped))
		return -EINVAL;
	*x86 = (flags & 3) == 1;
	if ((flags & 3) > 1 || (flags & 0x3c))
		return -EOPNOTSUPP;
	if (*x86 && (!get_number(&p, end, &id) || !get_number(&p, end, &size) || id != FILTER_X86 || size))
		return -EOPNOTSUPP;
	if (!get_number(&p, end, &id) || !get_number(&p, end, &size) || id != FILTER_LZMA2 || size != 1)
		return -EOPNOTSUPP;
	return 0;
}

__init long unxz_kernel(void *dst, size_t dst_bytes, const void *src, size_t src_bytes)
{
	struct cursor c = { src, (const u8 *)src + src_bytes, dst, (u8 *)dst + dst_bytes };
	const u8 *packed = c.in;
	u8 check;

	if (src_bytes < STREAM_HEADER_BYTES)
		return -EINVAL;
	check = packed[7];
	if (packed[6] || (check != CHECK_NONE && check != CHECK_CRC32))
		return -EOPNOTSUPP;
	if (lzma_crc32(packed + 6, 2, 0) != le32(packed + 8))
		return -EINVAL;
	c.in += STREAM_HEADER_BYTES;

	/* Blocks, up to the index, which begins with a zero. */
	while (c.in < c.in_end && *c.in) {
		const u32 header_bytes = (*c.in + 1) * 4;
		u8 *start = c.out;
		bool x86;
		int rc;

		if (header_bytes > c.in_end - c.in)
			return -EINVAL;
		rc = read_block_header(c.in, header_bytes, &x86);
		if (rc)
			return rc;
		c.in += header_bytes;
		rc = unpack_lzma2(&c);
		if (rc)
			return rc;
		while ((c.in - packed) % 4 && c.in < c.in_end)
			c.in++;
		if (x86)
			unfilter_x86(start, c.out - start);
		if (check == CHECK_CRC32) {
			if (c.in_end - c.in < 4 || lzma_crc32(start, c.out - start, 0) != le32(c.in))
				return -EINVAL;
			c.in += 4;
		}
	}
	return c.in < c.in_end ? c.out - (u8 *)dst : -EINVAL;
}
