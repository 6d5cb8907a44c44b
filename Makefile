# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# make demo: an LVS on real kernels on this machine.  make test: everything that CI runs.  make help: the rest.

.DEFAULT_GOAL := help
# dash forgets its trap when a signal ends it, and a farm would stay.
SHELL := bash

VENV := $(CURDIR)/.venv/bin
PYTEST := $(VENV)/pytest
# molecule-SCENARIO, matrix-KERNEL-modules and matrix-KERNEL-SUITE-SCENARIO
MOLECULE := $(patsubst molecule/%/molecule.yml,molecule-%,$(wildcard molecule/*/molecule.yml))
KERNELS := newest host
SUITES := bookworm trixie
MATRIX := $(KERNELS:%=matrix-%-modules) \
	$(foreach kernel,$(KERNELS),$(foreach suite,$(SUITES),$(MOLECULE:molecule-%=matrix-$(kernel)-$(suite)-%)))
export PATH := $(VENV):$(PATH):/usr/sbin:/sbin

.PHONY: help setup demo demo-down test everything on-the-lab images off-the-lab check lint unit fuzz oldest controllers
.PHONY: habits docs docsite sanity artefact rehearse-release emulated way-back lab-test integration integration-old
.PHONY: connections oracles oracles-brief faults power power-at-once lockout browser doctor doctor-matrix verify molecule $(MOLECULE)
.PHONY: matrix $(MATRIX) clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: ## Debian packages (root; else it says which) and the virtual environment
	@bin/setup

demo: setup ## boot the HOWTO's machines, set up LVS-DR with site.yml, show a client being served
	@PYTHONPATH=$(CURDIR) $(VENV)/python -m lab.demo

demo-down: setup ## end the demo's machines
	@bin/lab down

test: setup ## everything
	@$(VENV)/python tests/tools/everything.py $(MAKE) --no-print-directory --keep-going --jobs 3 --output-sync=target \
		everything

# Three at a time keep two processors busy. Each has a farm of its own; what it prints is shown when it ends. The longest
# come first, and what needs no farm gets what the farms leave of the processors.
everything: off-the-lab on-the-lab

# `changes` takes a third of the time that everything else takes, `two_lvs` more, `failover_table` waits for directors to
# miss each other, and `many` has 500 services; the others differ from those that stay in where things stand, or in the
# form of the file that they come from. `make matrix` has them all.
LONG := $(addprefix molecule-,changes two_lvs failover failover_table operations many)
LONG += $(addprefix molecule-,second_nic nat_localnode five_boxes lvs_nat_conf lvs_squid_conf)
# This one is for users, with an inventory of their own.
LONG += molecule-your_inventory
on-the-lab: images
	@$(MAKE) --no-print-directory integration integration-old oracles-brief faults verify \
		$(filter-out $(LONG),$(MOLECULE)) power-at-once connections lockout lab-test

# Before the tests, so that none of their time limits is spent on it: images are built one at a time.
images: setup
	@bin/lab build && bin/lab build --kernel host && bin/lab build tests/integration/farms/managers.yml && \
		bin/lab build tests/oracles/farm.yml

off-the-lab: setup
	@MAKEFLAGS= nice $(MAKE) --no-print-directory --keep-going check oldest sanity artefact emulated

check: lint unit docs ## the fast part, for people at work

lint: setup ## formats, types, linters, licences, changelog fragments
	@tests/tools/lint.sh

unit: setup ## unit and property tests, and a little of each fuzzer
	@$(PYTEST) -q -rs -n 2 tests/unit tests/fuzz

FUZZ_SECONDS ?= 600

fuzz: setup ## all fuzzers with new inputs, for FUZZ_SECONDS altogether
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTEST) -q tests/fuzz

oldest: setup ## what the oldest ansible-core, netaddr and Python that are claimed could break
	@tests/tools/units_oldest.sh

controllers: setup ## unit tests, sanity and a whole life on every ansible-core that is claimed
	@tests/tools/controllers.sh

habits: setup ## an LVS is the same with other people's settings, command lines and plays
	@tests/tools/habits.sh

docs: setup ## the documentation of modules, filters and roles
	@tests/tools/docs.sh

docsite: browser ## guides, modules, plugins and roles as one site, with pictures that the build makes
	@tests/tools/docsite.sh

sanity: setup ## ansible-test sanity, guarded against its false greens
	@tests/tools/sanity.sh

artefact: setup ## build, install and import the collection as its users will
	@tests/tools/artefact.sh

rehearse-release: images ## this release and the next one, on a copy: changelog, tag, artefact, installation, upgrade
	@tests/tools/release.sh

emulated: setup ## the role on emulated FreeBSD, OpenBSD, NetBSD, Solaris, macOS, AIX, HP-UX, IRIX and Windows
	@$(PYTEST) -q -rs -n 2 --dist loadgroup tests/emulated

way-back: setup ## the gateway of each emulated system, a hundred times, by a controller behind a router
	@LVS_WAY_BACK_RUNS=100 $(PYTEST) -q -n 9 tests/emulated/test_way_back.py

lab-test: setup ## the lab itself: failures and interruptions leave nothing behind
	@$(PYTEST) -q -v tests/lab

integration: setup ## the modules on the newest lab kernel
	@tests/integration/run --kernel newest

# What differs by kernel: the attributes that it knows, its packet filter and its tunnels. `make matrix` runs all on both.
integration-old: setup ## the modules that write the kernel's table, firewall and tunnels, on the host's older kernel
	@tests/integration/run --kernel host ipvs_service ipvs_table firewall_rules tunnel_decap

connections: setup ## a hundred connections of a client survive every edit of the table
	@tests/connections/run

faults: setup ## cut cables, full disks and killed runs while an LVS is set up and taken back
	@$(PYTEST) -q -v tests/faults

power-at-once: setup
	@$(PYTEST) -q -v tests/power --seconds 0 -k 'not middle and not boot'

power: setup ## the power of all hosts is cut after each change and in the middle, and nothing is lost
	@$(PYTEST) -q -v tests/power

# A fixed seed, and files enough for every keyword.
oracles-brief: setup
	@$(PYTEST) -q -v tests/oracles

oracles: setup ## keepalived, ldirectord and ipvsadm make of many generated files what we make of them
	@$(PYTEST) -q -v tests/oracles --files 100 --seed $$(date +%s)

lockout: setup ## a wrong gateway on the way to the controller comes back by itself
	@$(PYTEST) -q -v tests/lockout

browser: setup
	@bin/setup browser

doctor: browser ## every fault of an LVS is made, found, named first, healed and gone
	@$(PYTEST) -q -v tests/doctor

# A farm for each group of faults, two at a time.
doctor-matrix: browser ## the same, and what verify sees of each fault; written to docs/doctor-matrix.md
	@$(PYTEST) -q -n 2 --dist loadgroup tests/doctor --verify --cures --matrix docs/doctor-matrix.md

verify: setup ## an LVS proves itself: green when all is well, each fault named, nothing left behind
	@$(PYTEST) -q -v tests/verify

export LVS_INVENTORY := $(abspath $(or $(LVS_INVENTORY),inventories/example))

molecule: setup ## whole LVSs, from virgin hosts through reboots; make molecule-nat: one of them
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target $(MOLECULE)

$(MOLECULE): molecule-%: setup
	@folder=$$(mktemp -d) && export LVS_LAB_STATE=$$folder/lab MOLECULE_EPHEMERAL_DIRECTORY=$$folder/molecule && \
		trap 'bin/lab down && rm -r "$$folder"' EXIT && \
		MOLECULE_GLOB='molecule/*/molecule.yml' $(VENV)/molecule test --scenario-name $*

matrix: setup ## modules and LVSs on each kernel, the LVSs with each Debian as guests: 2 hours
	@$(MAKE) --no-print-directory --keep-going --jobs 3 --output-sync=target $(MATRIX)

$(filter %-modules,$(MATRIX)): matrix-%-modules: setup
	@tests/integration/run --kernel $*

$(filter-out %-modules,$(MATRIX)): matrix-%: setup
	@LAB_KERNEL=$(word 1,$(subst -, ,$*)) LAB_SUITE=$(word 2,$(subst -, ,$*)) \
		$(MAKE) --no-print-directory molecule-$(word 3,$(subst -, ,$*))

clean: ## forget the virtual environment and all that was built outside the repository
	rm -rf .venv "$${XDG_CACHE_HOME:-$$HOME/.cache}/lvs-lab" "$${XDG_CACHE_HOME:-$$HOME/.cache}/lvs-dev"
