# Kvick on Debian 12 with Swift 6, as root or with sudo. `make serve` runs it, `make test` tests it.

SWIFT ?= swift
PREFIX ?= /usr/local
# Of `make install PREFIX=~/.local` not every shell makes a path of the home.
override PREFIX := $(if $(filter ~/%,$(firstword $(PREFIX))),$(HOME)$(subst ~/,/,$(PREFIX)),$(PREFIX))
BIN = $(DESTDIR)$(PREFIX)/bin
# Where shells look for completions, bash with the package bash-completion.
SHARE = $(DESTDIR)$(PREFIX)/share
MANUAL = $(SHARE)/man/man1/kvick.1
COMPLETIONS = bash-completion/completions/kvick zsh/site-functions/_kvick fish/vendor_completions.d/kvick.fish
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Nothing where this user may write to the folder that is to be installed into, or to the one that it will be made in.
AS_OWNER = $(shell d="$(BIN)"; while [ ! -e "$$d" ]; do d="$$(dirname "$$d")"; done; [ -w "$$d" ] || echo $(SUDO))
# Nothing for a folder that is not the system's.
AS_ROOT = $(if $(DESTDIR),,$(SUDO))
# Those of the packages that a file lists which are not installed.
missing = $(filter-out $(shell dpkg-query -W -f '$${Status}/$${Package}\n' $(1) 2>/dev/null | sed -n 's,^install ok installed/,,p'),$(1))
listed = $(shell grep -v '^\#' $(1))
MISSING_FOR_BUILD := $(call missing,$(call listed,scripts/packages.txt))
MISSING_FOR_TESTS := $(call missing,$(call listed,scripts/test-packages.txt))
MISSING_FOR_BENCH = $(call missing,$(call listed,scripts/bench-packages.txt))
MISSING_FOR_FUZZ = $(call missing,$(call listed,scripts/fuzz-packages.txt))
FUZZ_PYTHON = .build/fuzz/venv

define install
	$(SUDO) apt-get update
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(1)
endef

.PHONY: setup setup-build setup-bench setup-fuzz build install uninstall install-service check-service-prefix uninstall-service serve test test-bench check format lint \
	bench bench-watchers bench-micro fuzz clean

# All that the build and the tests need.
setup: setup-build
ifneq ($(MISSING_FOR_TESTS),)
	$(call install,$(MISSING_FOR_TESTS))
endif

setup-build:
ifneq ($(MISSING_FOR_BUILD),)
	$(call install,$(MISSING_FOR_BUILD))
endif

# The load and the peers of `make bench`, which does without those that are missing. Debian starts some of them as services.
setup-bench:
	$(if $(MISSING_FOR_BENCH),$(call install,$(MISSING_FOR_BENCH)))

# The versions that are pinned, in a place of their own.
setup-fuzz: $(FUZZ_PYTHON)/done

$(FUZZ_PYTHON)/done: scripts/fuzz-requirements.txt scripts/fuzz-packages.txt
	$(if $(MISSING_FOR_FUZZ),$(call install,$(MISSING_FOR_FUZZ)))
	python3 -m venv --clear $(FUZZ_PYTHON)
	$(FUZZ_PYTHON)/bin/pip install --quiet --disable-pip-version-check -r scripts/fuzz-requirements.txt
	touch $@

# With Swift's own libraries inside, requests take 4 to 10 % less CPU time, and the program runs without the toolchain.
build: setup-build
	$(SWIFT) build -c release --product kvick --static-swift-stdlib

# KOT and kot are names of the same program. Its help becomes its manual by a tool of the package that parses arguments.
install: build
	@for name in KOT kot; do \
		if [ -e "$(BIN)/$$name" ] && [ "$$(readlink "$(BIN)/$$name")" != kvick ]; then \
			echo "$(BIN)/$$name is another program's; remove it, or install with another PREFIX" >&2; exit 1; \
		fi; \
	done
	$(AS_OWNER) install -d "$(BIN)"
	$(AS_OWNER) install -m 755 "$$($(SWIFT) build -c release --show-bin-path)/kvick" "$(BIN)/kvick"
	$(AS_OWNER) ln -sf kvick "$(BIN)/KOT"
	$(AS_OWNER) ln -sf kvick "$(BIN)/kot"
	@for file in $(COMPLETIONS); do \
		"$(BIN)/kvick" completions "$$(expr "$$file" : '\([a-z]*\)')" > .build/completions && \
		$(AS_OWNER) install -d "$(SHARE)/$$(dirname "$$file")" && \
		$(AS_OWNER) install -m 644 .build/completions "$(SHARE)/$$file" || exit 1; \
	done
	$(SWIFT) build -c release --product generate-manual --static-swift-stdlib
	bin="$$($(SWIFT) build -c release --show-bin-path)" && "$$bin/generate-manual" "$$bin/kvick" -o .build
	awk -f scripts/man-page.awk .build/kvick.1 > .build/manual
	$(AS_OWNER) install -d "$$(dirname "$(MANUAL)")"
	$(AS_OWNER) install -m 644 .build/manual "$(MANUAL)"

uninstall:
	$(AS_OWNER) rm -f "$(BIN)/kvick" "$(MANUAL)" $(foreach file,$(COMPLETIONS),"$(SHARE)/$(file)")
	$(AS_OWNER) rm -rf "$(DESTDIR)$(PREFIX)/libexec/kvick"
	@for name in KOT kot; do \
		[ "$$(readlink "$(BIN)/$$name")" != kvick ] || $(AS_OWNER) rm -f "$(BIN)/$$name"; \
	done

# The service of systemd, with a user and settings of its own; settings that are there are left as they are. Start it by
# `systemctl enable --now kvick`.
BACKTRACE = $(dir $(shell command -v $(SWIFT)))../libexec/swift/linux/swift-backtrace-static
install-service: check-service-prefix install
	$(AS_ROOT) install -d "$(DESTDIR)/etc/systemd/system" "$(DESTDIR)/etc/sysusers.d" "$(DESTDIR)/etc/kvick"
	sed 's,@PREFIX@,$(PREFIX),' packaging/kvick.service > .build/kvick.service
	$(AS_ROOT) install -m 644 .build/kvick.service "$(DESTDIR)/etc/systemd/system/kvick.service"
	$(AS_ROOT) install -m 644 packaging/kvick.sysusers "$(DESTDIR)/etc/sysusers.d/kvick.conf"
	[ ! -e "$(BACKTRACE)" ] || $(AS_OWNER) install -D -m 755 "$(BACKTRACE)" "$(DESTDIR)$(PREFIX)/libexec/kvick/swift-backtrace"
	[ -n "$(DESTDIR)" ] || $(AS_ROOT) systemd-sysusers kvick.conf
	[ -e "$(DESTDIR)/etc/kvick/kvick.yaml" ] || $(AS_ROOT) install -m 640 packaging/kvick.yaml "$(DESTDIR)/etc/kvick/kvick.yaml"
	[ -n "$(DESTDIR)" ] || $(AS_ROOT) chgrp kvick /etc/kvick/kvick.yaml
	[ -n "$(DESTDIR)" ] || [ ! -d /run/systemd/system ] || $(AS_ROOT) systemctl daemon-reload

# A unit has the path as it is, and its service sees no home.
check-service-prefix:
	@case "$(PREFIX)" in \
		[!/]* | *[!A-Za-z0-9/._+-]* | /home/* | /root/* | /run/user/*) \
			echo "a service can't be in $(PREFIX); give PREFIX an absolute path of letters, digits and /._+- outside of homes" >&2; exit 1;; \
	esac

# The program, the data and the settings stay.
uninstall-service:
	[ -n "$(DESTDIR)" ] || [ ! -d /run/systemd/system ] || [ ! -e /etc/systemd/system/kvick.service ] \
		|| $(AS_ROOT) systemctl disable --now kvick
	$(AS_ROOT) rm -f "$(DESTDIR)/etc/systemd/system/kvick.service" "$(DESTDIR)/etc/sysusers.d/kvick.conf"
	[ -n "$(DESTDIR)" ] || [ ! -d /run/systemd/system ] || $(AS_ROOT) systemctl daemon-reload

# ARGS are kvick's own: make serve ARGS='--port 9000 --rate-limit none'
serve: build
	exec "$$($(SWIFT) build -c release --show-bin-path)/kvick" serve $(ARGS)

# One after the other, for many block a thread or measure a time, and the end-to-end tests have the machine for themselves.
test: setup
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel --skip EndToEndTests
	$(SWIFT) test --skip-build --filter EndToEndTests

# Without wrk, those tests that need it are left out.
test-bench:
	cd Benchmarks && python3 -m unittest

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Benchmarks

check: export KVICK_WARNINGS_AS_ERRORS = 1
check: lint test-bench test

# Needs wrk; measures beside those of the peers that are installed: see setup-bench. ARGS are its own:
# make bench ARGS='--workloads get,put --rounds 9'; ARGS=--help lists them.
bench: build
	PYTHONPATH=Benchmarks python3 -m bench $(ARGS)

# Needs wrk.
bench-watchers: build
	PYTHONPATH=Benchmarks python3 -m bench.watchers $(ARGS)

# The parts of a request's way, each on its own, in a build of its own. What only that build needs is not left among the
# versions that others resolve. ARGS are the plugin's: make bench-micro ARGS='--filter Codec.*'
bench-micro: resolved = .build/benchmarks/Package.resolved
bench-micro: setup-build
	@mkdir -p .build/benchmarks; rm -f $(resolved); [ ! -e Package.resolved ] || cp -p Package.resolved $(resolved)
	KVICK_BENCHMARKS=1 $(SWIFT) package --scratch-path .build/benchmarks benchmark --no-progress $(ARGS); \
	status=$$?; rm -f Package.resolved; [ ! -e $(resolved) ] || mv $(resolved) Package.resolved; exit $$status

# Three minutes of requests made of what the server says of itself: see FuzzTesting/API. ARGS are those of `schemathesis run`:
# make fuzz ARGS='--seed 7 --max-time 3600'
fuzz: build setup-fuzz
	PYTHONPATH=FuzzTesting/API $(FUZZ_PYTHON)/bin/python -m fuzz $(ARGS)

clean:
	$(SWIFT) package clean
