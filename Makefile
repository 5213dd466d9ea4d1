# Kvick on Debian 12 with Swift 6, as root or with sudo. `make serve` runs it, `make test` tests it.

SWIFT ?= swift
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES := $(shell cat scripts/packages.txt | grep -v '^\#')
# The first of them that is missing makes `setup` install all.
MISSING = $(shell dpkg-query -W -f '$${Status} $${Package}\n' $(PACKAGES) 2>/dev/null | grep -c '^install ok installed' | grep -qx $(words $(PACKAGES)) || echo yes)

.PHONY: setup build serve test check format lint bench clean

setup:
ifeq ($(MISSING),yes)
	$(SUDO) apt-get update
	DEBIAN_FRONTEND=noninteractive $(SUDO) -E apt-get install -y --no-install-recommends $(PACKAGES)
endif

build: setup
	$(SWIFT) build -c release --product kvick

# ARGS are kvick's own: make serve ARGS='--port 9000 --rate-limit none'
serve: build
	exec "$$($(SWIFT) build -c release --show-bin-path)/kvick" serve $(ARGS)

test: setup
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

check: export KVICK_WARNINGS_AS_ERRORS = 1
check: lint test

bench: build
	scripts/bench

clean:
	$(SWIFT) package clean
