# SPDX-License-Identifier: GPL-2.0-only
#
# User space: libtandem, the command line and their tests. Included by the top
# Makefile; also works alone as `make -f tools/tools.mk tools`.
#
#   TOOLS_CC       compiler (cc)
#   TOOLS_CFLAGS   added last, and TOOLS_LDFLAGS when linking
#   TOOLS_BUILD    where objects and results go (build)

TOOLS_TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
TOOLS_BUILD ?= $(TOOLS_TOP)/build
TOOLS_CC ?= cc
TOOLS_UAPI ?= -isystem $(TOOLS_TOP)/include/uapi
TOOLS_OBJ := $(TOOLS_BUILD)/obj

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/sbin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
UNITDIR ?= $(PREFIX)/lib/systemd/system

TOOLS_VERSION := $(shell sed -n 's/.*TANDEM_VERSION.*"\(.*\)"/\1/p' $(TOOLS_TOP)/include/tandem/version.h)
TOOLS_SOVERSION := 0
TOOLS_PKGS := libnl-genl-3.0 smartcols jansson zlib
TOOLS_PKG_CFLAGS = $(shell pkg-config --cflags $(TOOLS_PKGS))
TOOLS_PKG_LIBS = $(shell pkg-config --libs $(TOOLS_PKGS))

# Names that are too long for their place are cut on purpose.
TOOLS_WARN := $(if $(findstring clang,$(TOOLS_CC)),,-Wno-format-truncation)

TOOLS_FLAGS = -std=gnu11 -O2 -g -fPIC -Wall -Wextra -Werror \
	-Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wformat=2 \
	-Wwrite-strings -Wvla -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 \
	-fstack-protector-strong -DTANDEM_VERSION='"$(TOOLS_VERSION)"' \
	-I$(TOOLS_TOP)/tools/lib -I$(TOOLS_TOP)/tools/include -I$(TOOLS_TOP) \
	$(TOOLS_UAPI) \
	$(TOOLS_WARN) $(TOOLS_PKG_CFLAGS) $(TOOLS_CFLAGS)

LIB_SRC := $(wildcard $(TOOLS_TOP)/tools/lib/*.c)
# Decisions of the kernel modules that a command makes too.
POLICY_SRC := $(TOOLS_TOP)/mm/tier_policy.c
CLI_SRC := $(wildcard $(TOOLS_TOP)/tools/cli/*.c) $(POLICY_SRC)
UNIT_SRC := $(wildcard $(TOOLS_TOP)/tests/unit/*_test.c)

tools_obj = $(patsubst $(TOOLS_TOP)/%.c,$(TOOLS_OBJ)/%.o,$(1))
LIB_OBJ := $(call tools_obj,$(LIB_SRC))
CLI_OBJ := $(call tools_obj,$(CLI_SRC))
# The tests link everything but main().
UNIT_BASE := $(filter-out %/tools/cli/main.o,$(CLI_OBJ)) $(LIB_OBJ) \
	$(TOOLS_OBJ)/tests/unit/tree.o
UNIT_BIN := $(patsubst $(TOOLS_TOP)/tests/unit/%.c,$(TOOLS_BUILD)/unit/%,\
	$(UNIT_SRC))

LIB_A := $(TOOLS_BUILD)/libtandem.a
LIB_SO := $(TOOLS_BUILD)/libtandem.so
TANDEM := $(TOOLS_BUILD)/tandem
UNITS := tandem.service tandem-settled.service

.PHONY: tools unit-tests install-tools uninstall-tools

tools: $(TANDEM) $(LIB_A) $(LIB_SO)

unit-tests: $(UNIT_BIN)

# Objects are made again when the compiler or its flags change.
$(TOOLS_OBJ)/flags: FORCE-tools
	@mkdir -p $(@D)
	@echo '$(TOOLS_CC) $(subst ','\'',$(TOOLS_FLAGS))' | \
		cmp -s - $@ || \
		echo '$(TOOLS_CC) $(subst ','\'',$(TOOLS_FLAGS))' >$@
.PHONY: FORCE-tools
FORCE-tools:

$(TOOLS_OBJ)/%.o: $(TOOLS_TOP)/%.c $(TOOLS_OBJ)/flags
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_FLAGS) -I$(TOOLS_TOP)/tools/cli -MMD -MP -c $< -o $@

$(LIB_A): $(LIB_OBJ)
	$(AR) rcs $@ $^

$(LIB_SO): $(LIB_OBJ) $(TOOLS_TOP)/tools/lib/libtandem.map
	$(TOOLS_CC) $(TOOLS_LDFLAGS) -shared -Wl,-soname,libtandem.so.$(TOOLS_SOVERSION) \
		-Wl,--version-script=$(TOOLS_TOP)/tools/lib/libtandem.map \
		-Wl,-z,relro,-z,now -o $@ $(LIB_OBJ) \
		$(shell pkg-config --libs libnl-genl-3.0)

$(TANDEM): $(CLI_OBJ) $(LIB_A)
	$(TOOLS_CC) $(TOOLS_LDFLAGS) -Wl,-z,relro,-z,now -o $@ $(CLI_OBJ) $(LIB_A) \
		$(TOOLS_PKG_LIBS) -lm

$(TOOLS_BUILD)/unit/%: $(TOOLS_OBJ)/tests/unit/%.o $(UNIT_BASE)
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_LDFLAGS) -o $@ $^ $(TOOLS_PKG_LIBS) -lm -lcmocka

install-tools: tools
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) \
		$(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(COMPLETIONDIR)
	install -m 755 $(TANDEM) $(DESTDIR)$(BINDIR)/tandem
	install -m 644 $(LIB_A) $(DESTDIR)$(LIBDIR)/libtandem.a
	install -m 755 $(LIB_SO) \
		$(DESTDIR)$(LIBDIR)/libtandem.so.$(TOOLS_SOVERSION)
	ln -sf libtandem.so.$(TOOLS_SOVERSION) \
		$(DESTDIR)$(LIBDIR)/libtandem.so
	install -m 644 $(TOOLS_TOP)/tools/lib/tandem.h \
		$(TOOLS_TOP)/tools/lib/tandem_apf.h $(DESTDIR)$(INCLUDEDIR)/
	install -m 644 $(TOOLS_TOP)/tools/completion/tandem.bash \
		$(DESTDIR)$(COMPLETIONDIR)/tandem
	install -d $(DESTDIR)$(UNITDIR)
	for unit in $(UNITS); do \
		sed 's,@TANDEM@,$(BINDIR)/tandem,' \
			$(TOOLS_TOP)/tools/systemd/$$unit.in \
			>$(DESTDIR)$(UNITDIR)/$$unit && \
		chmod 644 $(DESTDIR)$(UNITDIR)/$$unit || exit 1; \
	done
	for page in $(TOOLS_TOP)/Documentation/man/*.[1-8]; do \
		section=$${page##*.}; \
		install -d $(DESTDIR)$(MANDIR)/man$$section; \
		install -m 644 $$page $(DESTDIR)$(MANDIR)/man$$section/; \
	done
	ln -sf tandem-load.8 $(DESTDIR)$(MANDIR)/man8/tandem-unload.8

uninstall-tools:
	for unit in $(UNITS); do rm -f $(DESTDIR)$(UNITDIR)/$$unit; done
	rm -f $(DESTDIR)$(BINDIR)/tandem $(DESTDIR)$(LIBDIR)/libtandem.a \
		$(DESTDIR)$(LIBDIR)/libtandem.so \
		$(DESTDIR)$(LIBDIR)/libtandem.so.$(TOOLS_SOVERSION) \
		$(DESTDIR)$(INCLUDEDIR)/tandem.h \
		$(DESTDIR)$(COMPLETIONDIR)/tandem
	for page in $(TOOLS_TOP)/Documentation/man/*.[1-8]; do \
		rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; \
	done
	rm -f $(DESTDIR)$(MANDIR)/man8/tandem-unload.8
	rm -f $(DESTDIR)$(INCLUDEDIR)/tandem_apf.h

-include $(wildcard $(TOOLS_OBJ)/tools/*/*.d $(TOOLS_OBJ)/mm/*.d \
	$(TOOLS_OBJ)/tests/unit/*.d)
