#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Turns the rows of docs/hypercalls.md into a C table of what must be refused.

Reads check-hypercalls.py --rows; prints one line for each operation that can be
called with nothing but its number, or with that of a sub-operation in the first
words of its argument: for whom it is refused, and how.
"""
import re
import sys

KINDS = {
    'Hypercalls': 'HYPERCALL', 'memory_op': 'MEMORY_OP', 'domctl': 'DOMCTL', 'sysctl': 'SYSCTL',
    'platform_op': 'PLATFORM_OP', 'mca': 'MCA', 'physdev_op': 'PHYSDEV_OP', 'sched_op': 'SCHED_OP',
    'xen_version': 'XEN_VERSION', 'mmuext_op': 'MMUEXT', 'grant_table_op': 'GRANT_OP',
}
# Sub-operations: the operation they belong to, and which word of its argument they are.
SUB = [(re.compile(pattern), operation, word) for pattern, operation, word in (
    (r'XENMEM_(paging|access|sharing)_op_', r'XENMEM_\1_op', 0),
    (r'PHYSDEVOP_DBGP_', 'PHYSDEVOP_dbgp_op', 0),
    (r'XEN_CORE_PARKING_', 'XENPF_core_parking', 0),
    (r'XEN_FW_(DISK|VBE)', 'XENPF_firmware_info', 0),
    (r'XEN_EFI_', 'XENPF_efi_runtime_call', 0),
    (r'XEN_DOMCTL_VM_EVENT_OP_', 'XEN_DOMCTL_vm_event_op', 1),
    (r'XEN_VM_EVENT_', 'XEN_DOMCTL_vm_event_op', 0),
    (r'XEN_DOMCTL_(DEBUG|MONITOR|SHADOW|PSR_CMT|VUART)_OP_', lambda m: 'XEN_DOMCTL_%s_op' % m.group(1).lower(), 0),
    (r'XEN_DOMCTL_MEM_SHARING_', 'XEN_DOMCTL_mem_sharing_op', 0),
    (r'XEN_DOMCTL_PSR_[GS]ET_', 'XEN_DOMCTL_psr_alloc', 0),
    (r'XEN_DOMCTL_SENDTRIGGER_', 'XEN_DOMCTL_sendtrigger', 0),
    (r'XEN_DOMCTL_SCHEDOP_', 'XEN_DOMCTL_scheduler_op', 1),
    (r'XEN_DOMCTL_vmtrace_[^o]', 'XEN_DOMCTL_vmtrace_op', 0),
    (r'XEN_DOMCTL_vmtrace_output', 'XEN_DOMCTL_vmtrace_op', 0),
    (r'XEN_SYSCTL_(COVERAGE|LIVEPATCH|LOCKPROF|PSR_CMT)_', lambda m: 'XEN_SYSCTL_%s_op' % m.group(1).lower(), 0),
    (r'XEN_SYSCTL_PERFCOP_', 'XEN_SYSCTL_perfc_op', 0),
    (r'XEN_SYSCTL_TBUFOP_', 'XEN_SYSCTL_tbuf_op', 0),
    (r'XEN_SYSCTL_PSR_get_', 'XEN_SYSCTL_psr_alloc', 0),
    (r'XEN_SYSCTL_(cpu_featureset|cpu_policy)_', r'XEN_SYSCTL_get_\1', 0),
    (r'XEN_SYSCTL_CPU_HOTPLUG_', 'XEN_SYSCTL_cpu_hotplug', 1),
    (r'PMSTAT_', 'XEN_SYSCTL_get_pmstat', 0),
    (r'[GS]ET_CPUFREQ_|XEN_SYSCTL_pm_op_', 'XEN_SYSCTL_pm_op', 0),
    (r'sysctl_\w*page_o', 'XEN_SYSCTL_page_offline_op', 0),
)]
# What else stands among the operations and cannot be called so.
NOT_CALLABLE = re.compile(r'XENMEM_resource_|XENMAPSPACE_|MAP_PIRQ_'
                          r'|PHYSDEVOP_IRQ_(NEEDS_UNMASK_NOTIFY|SHARED)|PHYSDEVOP_pirq_eoi')
ERROR = re.compile(r'-(E[A-Z0-9]+)$')


def operation_of(name):
    """(the operation that a sub-operation belongs to, which word of the argument it is)"""
    for pattern, operation, word in SUB:
        m = pattern.match(name)
        if m:
            return operation(m) if callable(operation) else m.expand(operation), word
    return None, 0


def main():
    rows = [line.rstrip('\n').split('\t') for line in sys.stdin]
    calls = {name: (KINDS[section], number) for section, name, number, _, _, _ in rows if section in KINDS}
    print('/* Made from docs/hypercalls.md. */')
    for section, name, number, who, otherwise, status in rows:
        words = ['0', '0']
        operation, word = operation_of(name)
        if operation:
            kind, call = calls[operation]
            words[word] = number
        elif name in calls and not NOT_CALLABLE.match(name):
            kind, call = calls[name]
        else:
            continue
        m = ERROR.match(status)
        dom0 = m.group(1) if m else '0'
        m = ERROR.match(otherwise)
        domu = m.group(1) if m else dom0
        if who.startswith('any') and ';' not in who:
            domu = dom0
        if ';' in who and dom0 == '0':
            domu = '0'
        if section == 'Hypercalls' and dom0 == '0':
            continue
        if dom0 != '0' or domu != '0':
            print('\t{ %s, "%s", %s, %s, %s, { %s } },' % (kind, name, call, dom0, domu, ', '.join(words)))


main()
