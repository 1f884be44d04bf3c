// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that asks for its symbols, as the BSDs do: behind its image there is
 * their size in bytes, then an ELF file of a null section, them, and their names.
 */
#include "lib.h"

asm (".pushsection .note.Xen, \"a\", @note\n"
     ".balign 4\n .long 4, 4, 11\n .asciz \"Xen\"\n .asciz \"yes\"\n"	/* XEN_ELFNOTE_BSD_SYMTAB */
     ".popsection");

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	word entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct elf_section { u32 name, type; word flags, addr, offset, size; u32 link, info; word align, entsize; };
#if WORD_HAS_64_BITS
struct elf_symbol { u32 name; u8 info, other; u16 section; u64 value, size; };
#else
struct elf_symbol { u32 name, value, size; u8 info, other; u16 section; };
#endif

extern u8 bss_end[], _start[];

CHECK(symbols_behind_the_image)
{
	const u8 *at = (u8 *)(((word)bss_end + sizeof(word) - 1) & -sizeof(word)), *file = at + 4;
	struct elf_section s[3];
	struct elf_header e;
	u32 bytes, found = 0;

	if (has_argument("domu")) {
		skip("the library's own loader knows of none");
		return;
	}
	memcpy(&bytes, at, 4);
	memcpy(&e, file, sizeof(e));
	memcpy(s, file + sizeof(e), sizeof(s));
	EXPECT(!memcmp(e.ident, "\177ELF", 4));
	EXPECT_EQ(e.entry, (word)_start);
	EXPECT_EQ(e.phoff | e.phnum | e.phentsize, 0);
	EXPECT_EQ(e.shoff, sizeof(e));
	EXPECT_EQ(e.shentsize, sizeof(*s));
	EXPECT_EQ(e.shnum, 3);
	EXPECT(is_filled(&s[0], 0, sizeof(s[0])));
	EXPECT_EQ(s[1].type, 2);
	EXPECT_EQ(s[1].link, 2);
	EXPECT_EQ(((word)file + s[1].offset) % sizeof(word), 0);
	EXPECT_EQ(s[2].type, 3);
	EXPECT_EQ(bytes, s[2].offset + s[2].size);
	EXPECT((!si->mod_len || si->mod_start >= (word)file + bytes) && si->mfn_list >= (word)file + bytes);
	if (has_failed())
		return;
	for (word i = 0; i < s[1].size / sizeof(struct elf_symbol); i++) {
		struct elf_symbol y;

		memcpy(&y, file + s[1].offset + i * sizeof(y), sizeof(y));
		if (y.name < s[2].size && !strcmp((const char *)file + s[2].offset + y.name, "handle_upcall")) {
			EXPECT_EQ(y.value, (word)handle_upcall);
			found++;
		}
	}
	EXPECT_EQ(found, 1);
}
