# SPDX-License-Identifier: GPL-2.0-only
#
# The front door for people; `make help` lists what there is. What the kernel
# build system reads is Kbuild.

BED := tools/bed/bed
BUILD := $(CURDIR)/build

.DEFAULT_GOAL := help
# Each target is made of steps that follow one another; the builds below use
# all CPUs by themselves.
.NOTPARALLEL:
JOBS := -j$(shell nproc)

# With KDIR given, modules are built for that kernel and no kernel is fetched.
ifeq ($(origin KDIR),undefined)
MODULE_SETUP := setup
TOOLS_SETUP := packages
KDIR = $(shell $(BED) kdir)
INSTALL_KDIR = /lib/modules/$(shell uname -r)/build
else
MODULE_SETUP := build-packages
TOOLS_SETUP := build-packages
INSTALL_KDIR = $(KDIR)
endif
# Installing needs no more than building does.
ifneq ($(filter install,$(MAKECMDGOALS)),)
TOOLS_SETUP := build-packages
endif
KERNEL_MAKE = $(MAKE) --no-print-directory -C $(KDIR) M=$(CURDIR)

.PHONY: help setup packages build-packages modules tools check check-quick \
	check-debug check-mutants demo profile-reclaim bench-plots shell soak install uninstall modules_install clean distclean

help: ## list the targets (the default)
	@echo 'Targets:'
	@sed -n 's/^\([a-z_%-]*\):.*## \(.*\)/  \1\t\2/p' \
		$(filter %Makefile tests/%,$(MAKEFILE_LIST)) | \
		expand -t 20
	@echo
	@echo 'Kernel, source and images are cached outside this tree, in'
	@echo "  $$($(BED) cache)"
	@echo '(TANDEM_CACHE moves it). YES=1 or CI=true answers every question.'

setup: ## install missing packages, fetch the kernel (lists them, asks)
	@$(BED) setup

modules: $(MODULE_SETUP) ## build the modules (KDIR=... for another kernel)
	@test -n "$(KDIR)" || { echo 'make: no KDIR to build for' >&2; exit 1; }
	+$(KERNEL_MAKE) $(JOBS) modules

packages build-packages:
	@$(BED) $@

tools: $(TOOLS_SETUP) ## build libtandem and the command line, in build/

-include tools/tools.mk
-include tests/tests.mk

check: setup modules tools ## run all that CI runs
	@tests/run-checks

check-quick: setup modules tools ## only the gates and the unit tests
	@tests/run-checks 1 2

check-debug: setup modules tools ## guest tests on a debug kernel (built once)
	@tests/check-debug

check-mutants: setup modules tools ## break each safety rule; tests must see it
	@tests/check-mutants

soak: setup modules tools ## the guest tests again and again, for HOURS=1
	@tests/soak $(HOURS)

demo: setup modules tools ## a real application under memory pressure, off and on
	@tests/bench/demo

profile-reclaim: setup modules tools ## instructions of reclaim by function
	@tests/bench/profile

bench-%: setup modules tools ## run the bench tests/bench/%
	@test -x tests/bench/$* || { echo 'make: there is no bench $*' >&2; exit 1; }
	@tests/bench/$*

bench-plots: ## draw what the benches have written to build/bench, as SVG
	@tests/bench/plots

shell: setup modules tools ## a shell in a guest, modules loaded, 1 GB of swap
	@tools/guest/run --interactive --mem 1G --disk swap=1G,nvme

install: tools install-tools ## install the tools (DESTDIR, PREFIX)
	install -d $(DESTDIR)$(INCLUDEDIR)/linux
	install -m 644 include/uapi/linux/tandem.h include/uapi/linux/tandem_apf.h \
		$(DESTDIR)$(INCLUDEDIR)/linux/

uninstall: uninstall-tools ## remove what install has put there
	rm -f $(DESTDIR)$(INCLUDEDIR)/linux/tandem.h \
		$(DESTDIR)$(INCLUDEDIR)/linux/tandem_apf.h

# As usual for the kernel that runs here, unless KDIR names another. Must not
# fetch anything: it is run as root, who has another cache.
modules_install: ## install the modules (KDIR=..., INSTALL_MOD_PATH=...)
	@test -e core/tandem.ko || { echo 'make: build the modules first' >&2; exit 1; }
	@tools/bed/same-kernel core/tandem.ko $(INSTALL_KDIR)
	+$(MAKE) --no-print-directory -C $(INSTALL_KDIR) M=$(CURDIR) modules_install

# The kernel's own clean reads all of Kbuild; this needs no kernel.
clean: ## remove all that was built in this tree
	rm -rf $(BUILD) .tmp_versions
	find . -path ./.git -prune -o \( -name '*.ko' -o -name '*.o' \
		-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
		-o -name 'modules.order' -o -name 'Module.symvers' \) \
		-type f -exec rm -f {} +

distclean: clean ## the same, and empty the cache outside the tree
	@$(BED) clean
