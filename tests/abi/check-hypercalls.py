#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds docs/hypercalls.md against libxen-dev's headers.

    tests/abi/check-hypercalls.py [--rows] [LIST [HEADERS]]

Every hypercall and sub-operation that the headers name must be in the list
exactly once, with its number, and nothing else. The last column of a row says
what stands for it: "test: FILE::NAME", a check of a test guest or a function of a
Python test that exists, or an error such as "-ENOSYS". Prints how many of each;
--rows prints every row as tab-separated fields, for other scripts. Needs gcc.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

HEADERS = '''xen.h arch-x86/xen-mca.h callback.h event_channel.h grant_table.h memory.h nmi.h
physdev.h platform.h sched.h vcpu.h version.h kexec.h xenoprof.h tmem.h hypfs.h pmu.h argo.h
hvm/hvm_op.h hvm/dm_op.h xsm/flask_op.h'''.split()
CONTROL = ['domctl.h', 'sysctl.h']

# What counts as an operation: names, and names like them that do not count.
WANTED = r'''
__HYPERVISOR_(?!VIRT)\w+
MMU_(NORMAL|MACHPHYS|PT)_\w+ MMUEXT_\w+ UVMF_\w+
CONSOLEIO_\w+ VMASST_\w+ VIRQ_\w+ SEGBASE_\w+
EVTCHNOP_\w+ GNTTABOP_\w+ SCHEDOP_\w+ SHUTDOWN_\w+ VCPUOP_\w+ XENVER_\w+
CALLBACKOP_\w+ CALLBACKTYPE_\w+ XENNMI_\w+
PHYSDEVOP_\w+ MAP_PIRQ_TYPE_\w+
XENMEM_[a-z]\w* XENMAPSPACE_\w+
XENPF_[a-z]\w* XEN_EFI_[a-z]\w* XEN_FW_\w+ XEN_PM_\w+ XEN_RESOURCE_OP_\w+ XEN_CORE_PARKING_\w+
XEN_MC_[a-z]\w*
XEN_DOMCTL_[a-z]\w* XEN_VM_EVENT_(ENABLE|DISABLE|RESUME|GET_VERSION)
XEN_DOMCTL_(SHADOW_OP|SCHEDOP|SENDTRIGGER|DEBUG_OP|VM_EVENT_OP|MEM_SHARING)_\w+
XEN_DOMCTL_(MONITOR_OP|PSR_CMT_OP|PSR_GET|PSR_SET|VUART_OP)_\w+
XEN_SYSCTL_[a-z]\w* PMSTAT_(get|reset)_\w+ (GET|SET)_CPUFREQ_\w+ sysctl_\w*page_o\w+line
XEN_SYSCTL_(TBUFOP|PERFCOP|CPU_HOTPLUG|LOCKPROF|CPUPOOL_OP|SCHEDOP|COVERAGE|PSR|LIVEPATCH)_\w+
KEXEC_CMD_\w+ XENOPROF_[a-z]\w* XENPMU_[a-z]\w* XEN_HYPFS_OP_\w+
TMEM_(NEW|DESTROY|PUT|GET|FLUSH)_\w+ TMEM_(READ|WRITE|XCHG|AUTH|RESTORE_NEW)
XEN_ARGO_OP_\w+ HVMOP_[a-z]\w* XEN_DMOP_[a-z]\w* FLASK_[A-Z]+(_[A-Z]+)*
'''
UNWANTED = r'''
UVMF_FLUSHTYPE_MASK SHUTDOWN_MAX GNTTABOP_error_msgs XENOPROF_last_op XEN_DMOP_no_gfns
PHYSDEVOP_DBGP_BUS_\w+ PHYSDEVOP_IRQ_(NEEDS_UNMASK_NOTIFY|SHARED) XENMEM_resource_grant_table_id_\w+ XENMEM_resource_ioreq_server_frame_\w+
XEN_SYSCTL_PSR_CAT_L3_CDP XEN_SYSCTL_PSR_MBA_LINEAR
'''
WANTED = re.compile('(?:%s)$' % '|'.join(WANTED.split()))
UNWANTED = re.compile('(?:%s)$' % '|'.join(UNWANTED.split()))

ROW = re.compile(r'^\|\s*`(\w+)`\s*\|\s*(\w+)\s*\|([^|]*)\|([^|]*)\|([^|]*)\|\s*$')
STATUS = re.compile(r'(?:test: (\S+?)::(\S+)|-E[A-Z0-9]+)$')
# How a test of that name begins.
TEST = r'^(?:CHECK(?:_DOM0|_DOMU)?\(%s\)$|def %s\()'


def macros(root, flags, names):
    source = '#include <stdint.h>\n' + ''.join('#include <xen/%s>\n' % n for n in names)
    out = subprocess.run(['gcc', '-E', '-dM', '-x', 'c', '-I' + root] + flags + ['-'], check=True,
                         input=source, text=True, stdout=subprocess.PIPE).stdout
    found = dict(re.findall(r'^#define (\w+) (.+)$', out, re.M))
    found = {n: b for n, b in found.items() if WANTED.match(n) and not UNWANTED.match(n)}
    # Another name for one that is listed needs no row of its own.
    found = {n: b for n, b in found.items() if b not in found}
    program = os.path.join(root, 'values')
    source += '#include <stdio.h>\nint main(void) {\n' + ''.join(
        'printf("%s %%llu\\n", (unsigned long long)(%s));\n' % (n, n) for n in found)
    subprocess.run(['gcc', '-w', '-x', 'c', '-I' + root, '-o', program] + flags + ['-'], check=True,
                   input=source + 'return 0; }\n', text=True)
    out = subprocess.run([program], check=True, text=True, stdout=subprocess.PIPE).stdout
    return {n: int(v) for n, v in (line.split() for line in out.splitlines())}


def from_headers(where):
    """{name: number} of all operations, for the newest and the oldest guest and for the tools."""
    with tempfile.TemporaryDirectory() as root:
        os.symlink(os.path.abspath(where), os.path.join(root, 'xen'))
        names = [n for n in HEADERS if os.path.exists(os.path.join(where, n))]
        found = macros(root, ['-D__XEN_INTERFACE_VERSION__=0'], names)
        found.update(macros(root, ['-D__XEN_TOOLS__'], names + CONTROL))
    return found


def from_list(path):
    """[(line, section, name, number, caller, refusal, status)]"""
    rows, section = [], ''
    with open(path) as f:
        for n, line in enumerate(f, 1):
            if line.startswith('## '):
                section = line[3:].strip()
            elif line.startswith('| `'):
                m = ROW.match(line)
                if not m:
                    sys.exit('%s:%d: not a row of five columns' % (path, n))
                rows.append([n, section, m.group(1), int(m.group(2), 0)]
                            + [m.group(i).strip() for i in (3, 4, 5)])
    return rows


def main():
    args = [a for a in sys.argv[1:] if not a.startswith('--')]
    path = args[0] if args else os.path.join(ROOT, 'docs/hypercalls.md')
    where = args[1] if len(args) > 1 else '/usr/include/xen'
    if not os.path.exists(os.path.join(where, 'xen.h')):
        sys.exit('%s has no xen.h: install libxen-dev' % where)
    rows, wanted, seen = from_list(path), from_headers(where), {}
    faults, count = [], {'tested': 0, 'refused': 0}
    if '--rows' in sys.argv:
        for row in rows:
            print('\t'.join(str(x) for x in row[1:]))
        return 0
    for line, _, name, number, _, _, status in rows:
        at = '%s:%d: %s' % (os.path.relpath(path, ROOT), line, name)
        if name in seen:
            faults.append('%s is in line %d already' % (at, seen[name]))
            continue
        seen[name] = line
        if name not in wanted:
            faults.append('%s is not in the headers' % at)
        elif wanted[name] != number:
            faults.append('%s is %d, not %d' % (at, wanted[name], number))
        m = STATUS.match(status)
        if not m:
            faults.append('%s: what is "%s"?' % (at, status))
        elif m.group(1):
            count['tested'] += 1
            test = os.path.join(ROOT, m.group(1))
            if not os.path.isfile(test):
                faults.append('%s: there is no %s' % (at, m.group(1)))
                continue
            with open(test, errors='replace') as f:
                if not re.search(TEST % ((re.escape(m.group(2)),) * 2), f.read(), re.M):
                    faults.append('%s: %s has no test %s' % (at, m.group(1), m.group(2)))
        else:
            count['refused'] += 1
    for name in sorted(set(wanted) - set(seen)):
        faults.append('%s (%d) is not in the list' % (name, wanted[name]))
    for fault in faults:
        print('FAIL ' + fault)
    print('%d operations: %d with a test, %d refused; %d faults'
          % (len(seen), count['tested'], count['refused'], len(faults)))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
