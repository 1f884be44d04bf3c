# SPDX-License-Identifier: GPL-2.0-only
#
# The front door. Each target delegates to the makefile or script that owns the
# work; those that need more than a compiler first install the Debian packages
# that are missing (tests/lib/packages.sh, which asks for root only then).

include Config.mk

.DEFAULT_GOAL := all
.PHONY: all packages xen tools minios xenolinux install uninstall dist iso run demo test bench bench-unpatched clean

# Targets here build the same things, so one goes after the other; what each calls is
# parallel. With no -j on the command line, use every CPU.
.NOTPARALLEL:
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(JOBS)
endif

need = @tests/lib/packages.sh

all: xen tools

# On systems without Debian's package manager the compiler tells what is missing.
packages:
	@! command -v dpkg-query >/dev/null || tests/lib/packages.sh build

xen tools: | packages

xen:
	$(MAKE) -C xen

tools:
	$(MAKE) -C tools

# The reference guest kernel in both ABIs; its libraries come from Debian's archive.
minios:
	$(need) build minios
	+$(MAKE) --no-print-directory -C guests/minios BUILD=$(BUILD)

# Linux in ring 1 and, from the same source, the 64-bit kernel.
xenolinux:
	$(need) build xenolinux
	+$(MAKE) --no-print-directory -C guests/xenolinux BUILD=$(BUILD)

# Everything a Debian dom0 needs: the hypervisor where GRUB's menu generator
# looks for it, the tools, their man pages and the public headers.
install: xen tools
	install -d $(DESTDIR)/boot
	install -m 644 $(BUILD)/xen.gz $(DESTDIR)/boot/xen-$(VERSION).gz
	$(MAKE) -C tools install DESTDIR=$(abspath $(DESTDIR)) prefix=$(prefix)

# Takes away what install lays down; a configuration of yours stays.
uninstall: xen tools
	@at=$$(mktemp -d) && trap 'rm -rf "$$at"' EXIT && \
	$(MAKE) -s --no-print-directory install DESTDIR="$$at" && rm "$$at/etc/xen/xl.conf" && \
	(cd "$$at" && find . ! -type d -print0) | (cd "$(DESTDIR)/" && xargs -0 rm -f) && \
	(cd "$$at" && find . -depth -mindepth 2 -type d -print0) | \
		(cd "$(DESTDIR)/" && xargs -0 rmdir --ignore-fail-on-non-empty 2>/dev/null || true)

# The same under build/, for the live image and the tests.
dist: xen tools
	rm -rf $(BUILD)/dist
	@$(MAKE) -s --no-print-directory install DESTDIR=$(BUILD)/dist

# Its guests: a stock Linux and the reference kernel always, XenoLinux once it has
# been built, which takes minutes. demo and test build it.
iso:
	$(need) build minios image
	+$(MAKE) --no-print-directory dist
	+$(MAKE) --no-print-directory -C guests/minios BUILD=$(BUILD)
	@BUILD=$(BUILD) guests/xenolinux/build i386 cached
	$(PYTHON) tests/live/mkiso.py

run:
	$(need) build image run
	+$(MAKE) --no-print-directory iso
	$(PYTHON) tests/live/run.py

demo:
	$(need) build minios xenolinux image run
	+$(MAKE) --no-print-directory -C guests/xenolinux BUILD=$(BUILD) i386
	+$(MAKE) --no-print-directory iso
	$(PYTHON) tests/live/demo.py

test:
	$(need) build minios xenolinux image run test
	+$(MAKE) --no-print-directory -C guests/xenolinux BUILD=$(BUILD) i386
	+$(MAKE) --no-print-directory iso
	+$(PYTHON) tests/run

bench:
	$(need) build minios xenolinux image run
	+$(MAKE) --no-print-directory -C guests/xenolinux BUILD=$(BUILD) i386
	+$(MAKE) --no-print-directory dist
	MAKEFLAGS= $(PYTHON) tests/bench/run.py

# No part of bench: it builds one kernel more.
bench-unpatched:
	$(need) build minios xenolinux image run
	+$(MAKE) --no-print-directory -C guests/xenolinux BUILD=$(BUILD) i386
	MAKEFLAGS= JOBS=$(JOBS) $(PYTHON) tests/bench/unpatched.py

clean:
	rm -rf $(BUILD)
