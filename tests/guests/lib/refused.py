#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Turns the rows of docs/hypercalls.md into a C table of what must be refused.

Reads check-hypercalls.py --rows; prints one line for each operation that can be
called with nothing but its number: for whom it is refused, and how.
"""
import re
import sys

KINDS = {
    'Hypercalls': 'HYPERCALL', 'memory_op': 'MEMORY_OP', 'domctl': 'DOMCTL', 'sysctl': 'SYSCTL',
    'platform_op': 'PLATFORM_OP', 'mca': 'MCA', 'physdev_op': 'PHYSDEV_OP', 'sched_op': 'SCHED_OP',
    'xen_version': 'XEN_VERSION',
}
# Sub-operations and arguments that stand among the operations.
NOT_CALLABLE = re.compile(r'XENMEM_(paging|access|sharing)_op_|XENMEM_resource_|XENMAPSPACE_'
                          r'|PHYSDEVOP_DBGP_|MAP_PIRQ_|PHYSDEVOP_IRQ_(NEEDS_UNMASK_NOTIFY|SHARED)|PHYSDEVOP_pirq_eoi')


def main():
    print('/* Made from docs/hypercalls.md. */')
    for line in sys.stdin:
        section, name, number, who, otherwise, status = line.rstrip('\n').split('\t')
        if section not in KINDS or NOT_CALLABLE.match(name):
            continue
        dom0 = status[1:] if re.match(r'-E[A-Z0-9]+$', status) else '0'
        domu = otherwise[1:] if re.match(r'-E[A-Z0-9]+$', otherwise) else dom0
        if who.startswith('any') and ';' not in who:
            domu = dom0
        if ';' in who and dom0 == '0':
            domu = '0'
        if section == 'Hypercalls' and dom0 == '0':
            continue
        if dom0 != '0' or domu != '0':
            print('\t{ %s, "%s", %s, %s, %s },' % (KINDS[section], name, number, dom0, domu))


main()
