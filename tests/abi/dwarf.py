# SPDX-License-Identifier: GPL-2.0-only
"""Reads the C types of an object file, from its debug information.

Used by the header comparison. Needs only readelf. A type is given as a string
that is the same for two types exactly when they have the same layout.
"""
import re
import subprocess

DIE = re.compile(r'^ <(\w+)><(\w+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)')
# readelf says how a value is stored, differently from version to version.
NOTE = re.compile(r'^(?:\([^()]*\)\s*)+:?\s*')
ATTR = re.compile(r'^\s+<\w+>\s+DW_AT_(\w+)\s*:\s*(.*)')


class Die:
    """One debug information entry: tag, attributes, children."""

    def __init__(self, tag):
        self.tag = tag
        self.attr = {}
        self.child = []

    def name(self):
        value = self.attr.get('name')
        if value is None:
            return None
        return NOTE.sub('', value).strip()

    def number(self, key, default=None):
        value = self.attr.get(key)
        if value is None:
            return default
        word = NOTE.sub('', value).split()[0]
        return int(word, 16) if word.startswith('0x') else int(word)


def parse(path):
    """Return {offset: Die} and the top-level entries, in order."""
    text = subprocess.run(['readelf', '-W', '--debug-dump=info', path], check=True,
                          text=True, stdout=subprocess.PIPE).stdout
    dies, stack, top = {}, [], []
    for line in text.splitlines():
        m = DIE.match(line)
        if m:
            level, die = int(m.group(1), 16), Die(m.group(3))
            dies[int(m.group(2), 16)] = die
            del stack[level:]
            if level == 1:
                top.append(die)
            elif stack:
                stack[-1].child.append(die)
            stack.append(die)
            continue
        m = ATTR.match(line)
        if m and stack:
            stack[-1].attr[m.group(1)] = m.group(2)
    return dies, top


def files(path):
    """Return {number: file name} of the only compilation unit (DWARF 4)."""
    text = subprocess.run(['readelf', '-W', '--debug-dump=rawline', path], check=True,
                          text=True, stdout=subprocess.PIPE).stdout
    dirs, names, table = {0: ''}, {}, None
    for line in text.splitlines():
        if 'Directory Table' in line:
            table = 'dir'
        elif 'File Name Table' in line:
            table = 'file'
        elif 'Line Number Statements' in line:
            table = None
        elif table == 'dir':
            m = re.match(r'\s+(\d+)\s+(\S.*)$', line)
            if m:
                dirs[int(m.group(1))] = m.group(2).strip()
        elif table == 'file':
            m = re.match(r'\s+(\d+)\s+(\d+)\s+\d+\s+\d+\s+(\S.*)$', line)
            if m:
                names[int(m.group(1))] = dirs.get(int(m.group(2)), '') + '/' + m.group(3).strip()
    return names


class Types:
    """The named types of an object file: {name: (file, layout)}."""

    def __init__(self, path):
        self.dies, top = parse(path)
        names = files(path)
        self.named = {}
        self.values = {}
        for die in top:
            where = names.get(die.number('decl_file', 0), '')
            if die.tag == 'enumeration_type':
                for e in die.child:
                    if e.tag == 'enumerator':
                        self.values[e.name()] = (where, e.number('const_value'))
            name = die.name()
            if name is None or 'declaration' in die.attr:
                continue
            if die.tag in ('structure_type', 'union_type'):
                kind = die.tag.split('_')[0].replace('structure', 'struct')
                self.named[kind + ' ' + name] = (where, self.layout(die))
            elif die.tag == 'enumeration_type':
                self.named['enum ' + name] = (where, str(die.number('byte_size')))
            elif die.tag == 'typedef':
                self.named[name] = (where, self.describe(die))

    def target(self, die):
        m = re.search(r'<0x(\w+)>', die.attr.get('type', ''))
        return self.dies[int(m.group(1), 16)] if m else None

    def layout(self, die):
        """Size of a structure or union, then its members by offset."""
        lines = ['%d bytes' % die.number('byte_size', 0)]
        self.members(die, 0, '', lines)
        return '; '.join(lines)

    def members(self, die, base, path, lines):
        for m in die.child:
            if m.tag != 'member':
                continue
            offset = base + m.number('data_member_location', 0)
            name, kind = m.name(), self.target(m)
            here = path + (name or '')
            if 'bit_size' in m.attr:
                bit = m.number('data_bit_offset')
                if bit is None:
                    bit = 8 * offset + 8 * m.number('byte_size', 0) \
                        - m.number('bit_size') - m.number('bit_offset', 0)
                lines.append('%s bit %d width %d' % (here, bit, m.number('bit_size')))
                continue
            while kind is not None and kind.tag in ('typedef', 'const_type', 'volatile_type') \
                    and name is None:
                kind = self.target(kind)
            if kind is not None and kind.tag in ('structure_type', 'union_type'):
                if name:
                    lines.append('%s@%d %d bytes' % (here, offset, kind.number('byte_size', 0)))
                self.members(kind, offset, here + '.' if name else path, lines)
            else:
                lines.append('%s@%d %s' % (here, offset, self.describe(kind)))

    def describe(self, die, deep=True):
        """A type without its name, or by its tag when only pointed at."""
        if die is None:
            return 'void'
        if die.tag == 'typedef':
            return self.describe(self.target(die), deep)
        if die.tag in ('const_type', 'volatile_type'):
            return die.tag.split('_')[0] + ' ' + self.describe(self.target(die), deep)
        if die.tag == 'base_type':
            sign = '' if 'char' == die.name() else die.attr['encoding'].split()[-1].strip('()')
            return '%s%d' % (sign, die.number('byte_size'))
        if die.tag == 'pointer_type':
            return 'pointer%d to %s' % (die.number('byte_size'),
                                        self.describe(self.target(die), False))
        if die.tag == 'array_type':
            dims = []
            for r in die.child:
                upper = r.attr.get('upper_bound')
                dims.append(str(r.number('upper_bound') + 1) if upper else
                            str(r.number('count', 0)))
            return '[%s] of %s' % ('][' .join(dims), self.describe(self.target(die), deep))
        if die.tag == 'enumeration_type':
            return 'enum%d' % die.number('byte_size')
        if die.tag in ('structure_type', 'union_type'):
            if not deep:
                return die.name() or self.layout(die)
            return '{' + self.layout(die) + '}'
        return die.tag
