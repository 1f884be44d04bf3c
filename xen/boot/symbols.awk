# SPDX-License-Identifier: GPL-2.0-only
#
# Turns the address-sorted output of nm into the image's own symbol table:
# offsets from the image's start, offsets of names, and the names. Run twice,
# first on nothing, so that the table's references resolve.
BEGIN { n = 0 }	# not the empty string, as a subscript
($2 == "t" || $2 == "T" || $2 == "w" || $2 == "W") && $3 !~ /^\.L/ {
	if (substr($1, 1, 8) != "ffff82d0")
		next
	low = substr($1, 9)
	if (low == last || low < "80000000")
		next
	last = low
	offset[n] = low
	name[n] = $3
	n++
}
END {
	print "\t.section .symbols, \"a\""
	print "\t.balign 8"
	print "\t.globl symbol_count, symbol_offsets, symbol_names, symbol_strings"
	print "\t.hidden symbol_count, symbol_offsets, symbol_names, symbol_strings"
	print "symbol_count:\n\t.long " n + 0
	print "symbol_offsets:"
	for (i = 0; i < n; i++)
		print "\t.long 0x" offset[i] " - 0x80000000"
	print "symbol_names:"
	at = 0
	for (i = 0; i < n; i++) {
		print "\t.long " at
		at += length(name[i]) + 1
	}
	print "symbol_strings:"
	for (i = 0; i < n; i++)
		print "\t.asciz \"" name[i] "\""
	print "\t.section .note.GNU-stack, \"\", @progbits"
}
