# The only build file. `make help` lists the targets; the variables below may be given on the command line.
#
#   APXS=apxs2      the httpd whose module is built
#   CC=clang        another compiler
#   B=build/asan    another object directory (with SAN=1: address and undefined behaviour sanitizers), build/tsan with SAN=thread
#   CONF=FILE       what `make audit` audits
#   DESTDIR PREFIX  where `make install` puts things

APXS ?= $(firstword $(shell command -v apxs apxs2 2>/dev/null) apxs)
PREFIX ?= /usr/local
B ?= build
CONF ?= conf/demo/httpd.conf
T ?= t

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash

# ---- What a machine needs ------------------------------------------------------------------------
# Debian's names, by use. Building needs the first line, the tests need the rest.
DEPS_BUILD := gcc make apache2 apache2-dev apache2-ssl-dev libssl-dev libapr1-dev libjansson-dev
DEPS_TEST := libcmocka-dev openssl curl perl strace nghttp2-client clang clang-format valgrind python3 python3-jsonschema
DEPS_LONG := clang-tidy cppcheck
# t/54-browser.t; half a gigabyte, so only where all tests run.
DEPS_BROWSER := chromium chromium-driver libnss3-tools
DEPS := $(DEPS_BUILD) $(DEPS_TEST)

# ---- Flags ---------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wpointer-arith \
  -Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes -Wmissing-declarations \
  -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wnull-dereference -Wdouble-promotion \
  -Wimplicit-fallthrough -Wswitch-enum -Wnested-externs
WARN_GCC := -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init \
  -Wformat-signedness -Warith-conversion
IS_CLANG := $(shell $(CC) --version 2>/dev/null | grep -c clang)
ifeq ($(IS_CLANG),0)
WARN += $(WARN_GCC)
endif

# SAN=thread: data races. Any other value: memory and undefined behaviour.
ifeq ($(SAN),thread)
SANFLAGS := -fsanitize=thread -fno-omit-frame-pointer
else ifneq ($(SAN),)
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
SAN_LINK := $(if $(filter thread,$(SAN)),thread,address)
OPT ?= -O2 -g
VERSION := $(shell sed -n 's/^\#define TLSG_VERSION "\(.*\)"/\1/p' src/version.h 2>/dev/null)

APR_CPPFLAGS := $(shell apr-1-config --cppflags 2>/dev/null)
APR_INC := $(patsubst -I%,-isystem %,$(shell apr-1-config --includes 2>/dev/null) $(shell apu-1-config --includes 2>/dev/null))
HTTPD_INCLUDEDIR := $(shell $(APXS) -q INCLUDEDIR 2>/dev/null)
HTTPD_INC := -isystem $(HTTPD_INCLUDEDIR)
APR_LIBS := $(shell apr-1-config --link-ld 2>/dev/null)
LIBS := -lssl -lcrypto -ljansson $(APR_LIBS) -lm

BASEFLAGS := -std=c11 $(OPT) -fPIC -pthread $(WARN) $(WERROR) $(SANFLAGS) $(APR_CPPFLAGS) $(APR_INC)
ENGINE_FLAGS := $(BASEFLAGS) -Isrc
FACE_FLAGS := $(BASEFLAGS) $(HTTPD_INC) -Isrc -Isrc/httpd

# ---- Sources -------------------------------------------------------------------------------------
ENGINE_SRC := $(wildcard src/*.c)
FACE_SRC := $(wildcard mod_tlsguard.c src/httpd/*.c)
TOOL_SRC := $(wildcard tools/tlsguard-*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)

ENGINE_OBJ := $(ENGINE_SRC:%.c=$(B)/obj/%.o)
FACE_OBJ := $(FACE_SRC:%.c=$(B)/obj/%.o)
TOOLS := $(TOOL_SRC:tools/%.c=$(B)/%)
UNITS := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
FUZZERS := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)
ENGINE := $(B)/libtlsguard.a
# The plain build lands where apxs puts modules; other object directories keep theirs to themselves.
LIBDIR := $(if $(filter build,$(B)),.,$(B))
MODULE := $(LIBDIR)/.libs/mod_tlsguard.so

# Everything a tool may be made of besides its own file: tools/cli*.c and tools/NAME_*.c.
tool_parts = $(patsubst %.c,$(B)/obj/%.o,$(wildcard tools/cli*.c tools/$(1)_*.c))

.PHONY: all module tools
all: $(if $(FACE_SRC),module) tools
module: $(MODULE)
tools: $(TOOLS)

# A change of flags rebuilds; the file is touched only when its content changes.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(ENGINE_FLAGS) $(FACE_FLAGS)' | cmp -s - $@ || echo '$(CC) $(ENGINE_FLAGS) $(FACE_FLAGS)' > $@
.PHONY: FORCE
FORCE:

define need
	@command -v $(1) >/dev/null || { echo "make: $(1) is missing; install $(2), or run 'make deps'" >&2; exit 1; }
endef
.PHONY: tools-present
tools-present:
	$(call need,$(APXS),apache2-dev)
	$(call need,apr-1-config,libapr1-dev)
	@for h in openssl/ssl.h:libssl-dev jansson.h:libjansson-dev; do \
	  echo "#include <$${h%%:*}>" | $(CC) -E -x c - >/dev/null 2>&1 || \
	  { echo "make: <$${h%%:*}> is missing; install $${h##*:}, or run 'make deps'" >&2; exit 1; }; done

$(B)/obj/src/httpd/%.o: src/httpd/%.c $(B)/flags | tools-present
	@mkdir -p $(@D)
	$(CC) $(FACE_FLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/mod_tlsguard.o: mod_tlsguard.c $(B)/flags | tools-present
	@mkdir -p $(@D)
	$(CC) $(FACE_FLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/%.o: %.c $(B)/flags | tools-present
	@mkdir -p $(@D)
	$(CC) $(ENGINE_FLAGS) -Itools -Itests -MMD -MP -c -o $@ $<

$(ENGINE): $(ENGINE_OBJ)
	@rm -f $@
	ar rcs $@ $^

# apxs links, so that the module is what this httpd loads; one symbol is exported.
$(MODULE): $(FACE_OBJ) $(ENGINE)
	@mkdir -p $(LIBDIR)
	cd $(LIBDIR) && $(APXS) -c -o mod_tlsguard.la $(if $(SAN),-Wc$(comma)-fsanitize=$(SAN_LINK)) \
	  -Wl,'-export-symbols-regex ^tlsguard_module$$' $(if $(filter-out thread,$(SAN)),-Wl$(comma)'-fsanitize=address -fsanitize=undefined') \
	  $(abspath $^) -lssl -lcrypto -ljansson >$(abspath $(B))/link.log 2>&1 || { cat $(abspath $(B))/link.log; exit 1; }
	@touch $@
comma := ,

define tool_rule
$(B)/$(1): $(B)/obj/tools/$(1).o $(call tool_parts,$(patsubst tlsguard-%,%,$(1))) $(ENGINE)
	$$(CC) $$(OPT) -pthread $$(SANFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach t,$(TOOL_SRC:tools/%.c=%),$(eval $(call tool_rule,$(t))))

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/unit/support*.c)) $(ENGINE)
	@mkdir -p $(@D)
	$(CC) $(OPT) -pthread $(SANFLAGS) -o $@ $^ -lcmocka $(LIBS)

$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/standalone.o $(ENGINE)
	@mkdir -p $(@D)
	$(CC) $(OPT) -pthread $(SANFLAGS) -o $@ $^ $(LIBS)

# ---- Set-up --------------------------------------------------------------------------------------
.PHONY: deps audit
deps:
	@missing=; if command -v dpkg-query >/dev/null; then \
	  for p in $(DEPS); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; fi; \
	if ! command -v apt-get >/dev/null; then echo "There is no apt-get here. Needed, by Debian's names: $(DEPS)"; \
	elif [ -n "$$missing" ]; then \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  echo "Installing:$$missing"; \
	  $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi

audit: deps
	@$(MAKE) -s module
	@tools/audit.sh $(CONF)

# ---- Tests ---------------------------------------------------------------------------------------
.PHONY: quick unit gates t check check-long objects fuzz-replay cases bench analyze valgrind
quick:
	@$(MAKE) -s -j2 all WERROR=-Werror
	@$(MAKE) -s -j2 unit WERROR=-Werror
	@$(MAKE) -s gates WERROR=-Werror

UNIT_RUN ?= $(UNITS)
# Throw-away certificates that rule examples and black-box tests name; the list is Guard.pm's.
pki:
	@perl -It/lib -MGuard -e 'Guard::_make_certs()' >/dev/null
.PHONY: pki
unit: $(UNITS) pki
	@fail=0; for u in $(UNIT_RUN); do $$u >$$u.log 2>&1 || { fail=1; grep -E '^\[  (FAILED|ERROR)|rror|Sanit' $$u.log | head -20; echo "FAILED: $$u (log: $$u.log)"; }; done; \
	 [ $$fail = 0 ] && echo "unit: $(words $(UNITS)) programs, $$(cat $(UNITS:=.log) /dev/null | sed -n 's/^\[==========\] \([0-9]*\) test.* run.*/\1/p' | awk '{n += $$1} END {print n + 0}') tests run"; exit $$fail
# What the gates ask for, so that each need not start make again.
GATE_VARS := CC ENGINE_FLAGS FACE_FLAGS HTTPD_INCLUDEDIR MODULE UNIT_SRC FUZZ_SRC
gates: export B := $(B)
gates: $(ENGINE) $(B)/tlsguard-rules
	@fail=0; for g in $(wildcard tests/gates/*.sh); do \
	  env $(foreach v,$(GATE_VARS),'GATE_$(v)=$($(v))') bash $$g || fail=1; done; exit $$fail
print-%:
	@echo '$($*)'
# The generated part of the manual; commit what it writes.
.PHONY: docs
docs: $(B)/tlsguard-rules
	@rm -f docs/rules/TG*.md
	@$< --write docs
	@$< --conf >conf/tlsguard.conf
.PHONY: format
format:
	@clang-format -i $$(git ls-files -co --exclude-standard '*.c')
fuzz-replay: $(FUZZERS)
	@for f in $(FUZZERS); do $$f tests/fuzz/corpus/$$(basename $$f) || exit 1; done
t: all certs
	@prove -j2 --timer $(T)

# Compiled, not linked: what another compiler thinks of it.
objects: $(ENGINE) $(FACE_OBJ) $(UNIT_SRC:%.c=$(B)/obj/%.o) $(TOOL_SRC:%.c=$(B)/obj/%.o) \
  $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/bench/*.c tests/certs/*.c))

# The sample configurations live outside the tree; CASES=DIR names another place.
CASES ?= ../shared/cases
cases: module
	@tests/cases.sh $(CASES) $(MODULE) $(CASES_ARGS)

check: DEPS += $(DEPS_BROWSER)
check: deps
	@MAKE='$(MAKE)' CASES='$(CASES)' tests/check.sh
check-long: DEPS += $(DEPS_LONG) $(DEPS_BROWSER)
check-long: deps
	@MAKE='$(MAKE)' CASES='$(CASES)' tests/check.sh long

valgrind: $(UNITS)
	@for u in $(UNITS); do G_SLICE=always-malloc valgrind -q --error-exitcode=9 --leak-check=full \
	  --errors-for-leak-kinds=definite $$u >$$u.valgrind 2>&1 || { tail -40 $$u.valgrind; echo "FAILED: valgrind $$u"; exit 1; }; done; \
	echo "valgrind: $(words $(UNITS)) programs, no error and nothing definitely lost"

# Programs and scripts that can be run are benchmarks; C files there are what they need, built into build/bench.
BENCHES := $(filter-out %.c,$(wildcard tests/bench/*))
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
$(B)/bench/%: $(B)/obj/tests/bench/%.o $(B)/obj/tests/unit/support_cert.o $(ENGINE)
	@mkdir -p $(@D)
	$(CC) $(OPT) -pthread $(SANFLAGS) -o $@ $^ $(LIBS)
bench: all $(BENCH_PROGRAMS)
	@for b in $(BENCHES); do [ -f $$b -a -x $$b ] || continue; echo "== $$b"; MODULE=$(abspath $(MODULE)) $$b || exit 1; done

# Makes the chains of t/35-chains.t.
.PHONY: certs
CHAIN_PARTS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/certs/*.c) tests/unit/support_cert.c)
certs: $(B)/chains
$(B)/chains: $(CHAIN_PARTS) $(ENGINE)
	$(CC) $(OPT) -pthread $(SANFLAGS) -o $@ $^ $(LIBS)

# Each analyzer prints what it found; none may find anything.
TIDY_SRC := $(ENGINE_SRC) $(FACE_SRC) $(TOOL_SRC) $(wildcard tools/cli*.c)
analyze:
	@command -v clang-tidy cppcheck >/dev/null || { echo "analyze: clang-tidy and cppcheck are needed (packages of the same names)" >&2; exit 1; }
	@$(MAKE) -s objects CC=gcc B=build/analyzer OPT='-O1 -fanalyzer' WERROR=-Werror && echo "gcc -fanalyzer: clean"
	@printf '%s\n' $(TIDY_SRC) | xargs -P2 -I{} clang-tidy --quiet --warnings-as-errors='*' {} -- $(filter-out $(WARN_GCC),$(FACE_FLAGS)) -Itools 2>/dev/null && echo "clang-tidy: clean"
	@cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
	  --suppress=missingIncludeSystem --suppress=unknownMacro -Isrc -Isrc/httpd -Itools $(TIDY_SRC) && echo "cppcheck: clean"

# ---- Installing ----------------------------------------------------------------------------------
# The module goes where httpd keeps its modules. Debian's a2enmod finds the configuration in mods-available; elsewhere it
# is an example beside the documents.
LIBEXECDIR ?= $(shell $(APXS) -q LIBEXECDIR 2>/dev/null)
MODS_AVAILABLE ?= $(wildcard /etc/apache2/mods-available)
DOCDIR := $(PREFIX)/share/doc/tlsguard
CONFDIR := $(if $(MODS_AVAILABLE),$(MODS_AVAILABLE),$(DOCDIR))
PROGRAMS := $(filter-out $(B)/tlsguard-rules,$(TOOLS))
.PHONY: install
install: all
	install -d $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(DOCDIR) $(DESTDIR)$(CONFDIR)
	install -m 644 $(MODULE) $(DESTDIR)$(LIBEXECDIR)/mod_tlsguard.so
	$(if $(PROGRAMS),install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin)
	sed 's,@LIBEXECDIR@,$(LIBEXECDIR),' conf/tlsguard.load >$(DESTDIR)$(CONFDIR)/tlsguard.load
	install -m 644 conf/tlsguard.conf $(DESTDIR)$(CONFDIR)/tlsguard.conf
	install -m 644 README.md CHANGES.md LICENSE $(wildcard docs/*.md) $(DESTDIR)$(DOCDIR)
	$(if $(wildcard docs/rules/*.md),install -d $(DESTDIR)$(DOCDIR)/rules && install -m 644 $(wildcard docs/rules/*.md) $(DESTDIR)$(DOCDIR)/rules)
	$(if $(wildcard docs/man/*.1),install -d $(DESTDIR)$(PREFIX)/share/man/man1 && install -m 644 $(wildcard docs/man/*.1) $(DESTDIR)$(PREFIX)/share/man/man1)
	$(if $(wildcard tools/completion/*),install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions && install -m 644 $(wildcard tools/completion/*) $(DESTDIR)$(PREFIX)/share/bash-completion/completions)

.PHONY: clean help
clean:
	rm -rf build .libs *.la *.lo *.slo *.o
help:
	@sed -n '/^[#]   /p' Makefile; echo 'targets: all audit check check-long quick unit t gates cases bench analyze format deps install docs clean'

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
