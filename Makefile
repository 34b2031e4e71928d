# Each target does all the set-up that it needs, as root or with sudo, and can be repeated.

SWIFT := tools/swift
CONFIGURATION := release
BINARY := .build/$(CONFIGURATION)/vpebench
ORACLES := .build/oracles
PEERS := .build/peers
READER := .build/reader
IPSEC_MB := .build/ipsec-mb
FORMATTED := Package.swift Sources Tests

# What the tests look for does not depend on the machine's state, which others change. They are built before,
# in one build with what `run` needs: they use no @testable import.
# The program of all tests itself, for SwiftPM lets nobody else in while it runs one.
TEST = VPEBENCH_ANY_STATE=1 VPEBENCH_BINARY="$(CURDIR)/$(BINARY)" \
  VPEBENCH_ORACLES="$(CURDIR)/$(ORACLES)/bin/python" \
  tools/run-tests .build/tests .build/$(CONFIGURATION)/vpebenchPackageTests.xctest
# The end-to-end tests wait much of the time; while they measure, others must not take the cores from them.
# Those of roles have the one DPDK of their process in turn, and take as long as all others together.
END_TO_END := "commands=--filter CommandTests"
UNITS := "roles=--filter RolesTests" "others=--skip CommandTests|RolesTests"

# A build leaves a core alone much of the time, for its modules wait for each other: what else is needed is
# made meanwhile.
AT_ONCE = @$(MAKE) --no-print-directory --jobs=2 --output-sync=line

SANITIZED = VPEBENCH_ORACLES="$(CURDIR)/$(ORACLES)/bin/python" tools/test-sanitized

.DEFAULT_GOAL := help
.PHONY: help deps test-deps peers build build-tests test-builds builds-sanitized reader run \
	reproduce report-from readme test test-units test-reader \
	test-sanitized test-threads test-replay fuzz mutants coverage soak rates-check repeatability \
	packet-loop smoke smoke-hosts smoke-nic library-1.3 oracles format lint clean

help: ## This list
	@sed -n 's/^\([a-z0-9.-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand --tabs=16

deps: ## Install the Debian packages that are missing, fetch the crypto library where the system's is old
	@tools/install-deps
	@tools/make-ipsec-mb $(IPSEC_MB)

test-deps: deps
	@tools/install-deps --tests --peers

build: deps ## Build in the release configuration
	$(SWIFT) build --configuration $(CONFIGURATION)

# Neither DPDK nor intel-ipsec-mb is needed, nor looked for. Other flags, so a build of its own.
reader: ## Build a vpebench that needs no DPDK: list, validate, plot, report, archive and compare
	VPEBENCH_READER=1 $(SWIFT) build --configuration $(CONFIGURATION) --product vpebench \
	  --scratch-path $(READER)

run: build ## Build, then run Figure 5 of the paper in its quick profile
	$(BINARY) run experiments/figure-5.json5 --quick

reproduce: build ## Build, run all experiments in their quick profiles, write a report
	$(BINARY) reproduce --quick

# Nothing is installed for it but gnuplot, which the program asks for where it is missing.
report-from: reader ## Rebuild the report of ARCHIVE=FILE in OUTPUT (report), without DPDK
	@test -n "$(ARCHIVE)" || { echo "name the archive: make report-from ARCHIVE=FILE" >&2; exit 1; }
	$(READER)/$(CONFIGURATION)/vpebench report "$(ARCHIVE)" --output "$(or $(OUTPUT),report)"

readme: build ## Write the report of results/reference anew, and its answer into README.md and docs/results.md
	$(BINARY) report $(sort $(wildcard results/reference/*/latest)) --output results/reference/report
	tools/update-readme results/reference/report/report.md README.md docs/results.md

peers: deps ## Build DPDK's ipsec-secgw and strongSwan's ESP in user space, to compare with
	@tools/make-peers $(PEERS) $(IPSEC_MB)

test: test-builds ## Build, then run every test
	@$(TEST) $(END_TO_END) $(UNITS)

test-units: build-tests oracles ## Build, then run the tests but for the end-to-end ones
	@$(TEST) $(UNITS)

build-tests: deps
	$(SWIFT) build --build-tests --configuration $(CONFIGURATION)

test-builds: test-deps
	$(AT_ONCE) build-tests peers oracles

builds-sanitized: test-deps ## Make the builds of test-sanitized
	tools/test-sanitized --build

test-reader: build ## Build a reader where DPDK is hidden; it must say what vpebench says (as root)
	tools/as-root tools/test-reader $(BINARY) $(READER)-debug

test-sanitized: oracles ## Run tests under the sanitizers that the toolchain has (builds of their own)
	$(SANITIZED)

test-threads: test-deps ## Run the tests of threads under ThreadSanitizer (a build of its own)
	$(SANITIZED) threads

test-replay: build-tests oracles ## Replay windows of all models: 10^8 random steps on 1 to 8 threads
	VPEBENCH_REPLAY_STEPS=100000000 TEST_SECONDS=14400 $(TEST) "replay=--filter ReplayStepsTests"

fuzz: deps ## Feed damaged bytes to every parser, FUZZ_SECONDS (60) in all (in test-sanitized's build)
	tools/fuzz

mutants: deps ## Break the open path in many small ways; the tests must notice each (a build of its own)
	tools/mutants

coverage: oracles ## Tell which lines of Wire, Crypto and Tunnel their tests run (a build of its own)
	VPEBENCH_ORACLES="$(CURDIR)/$(ORACLES)/bin/python" tools/coverage

soak: build ## Run systems for SOAK_SECONDS over bad links, or (SOAK_MODE=rate) at half of their NDR (as root)
	tools/as-root tools/soak $(BINARY)

rates-check: build ## Ten searches of one rate: their spread, and what the generator offers without a gateway
	tools/rates-check $(BINARY)

repeatability: build ## Run Figures 5, 7 and 8 three times each: how far runs minutes apart agree (30 minutes)
	tools/repeatability $(BINARY)

packet-loop: deps ## What a format must add to the bare call of the crypto library, by a loop in C (seconds)
	$(CC) -O3 -march=native -I$(IPSEC_MB)/include tools/packet-loop.c -L$(IPSEC_MB)/lib \
	  -lvpebench-ipsec-mb -o .build/packet-loop
	.build/packet-loop

smoke: build ## Send frames through all four roles over veth (as root)
	tools/as-root $(BINARY) run experiments/smoke.json5

smoke-hosts: build ## The same on four hosts that ssh and Slurm reach (namespaces); roles and links end (root)
	@tools/install-deps --hosts
	tools/as-root tools/smoke-hosts $(BINARY)

smoke-nic: build ## The same in a QEMU guest without KVM: NICs with RSS, taps with flow rules (as root)
	@tools/install-deps --nic
	tools/as-root tools/smoke-nic $(BINARY) .build/nic

# Where the system has an old library. The program that is built with it is one of its own.
library-1.3: build ## Run library.json5 with the crypto library at hand and with the system's 1.3, compare
	@tools/make-ipsec-mb $(IPSEC_MB)-system system
	@grep -q '^[01]\.' $(IPSEC_MB)-system/version || { echo "the system's library is not old" >&2; exit 1; }
	VPEBENCH_IPSEC_MB="$(CURDIR)/$(IPSEC_MB)-system" $(SWIFT) build --configuration $(CONFIGURATION) \
	  --scratch-path .build/library-1.3
	.build/library-1.3/$(CONFIGURATION)/vpebench run experiments/library.json5 --quick
	old=$$(readlink -f results/library/latest) && $(BINARY) run experiments/library.json5 --quick && \
	  $(BINARY) compare --allow-different-library "$$old" results/library/latest

oracles: test-deps ## Make the Python environment of the tests' oracles
	@$(MAKE) --no-print-directory $(ORACLES)/stamp

$(ORACLES)/stamp: Tests/oracles/requirements.txt tools/make-oracles
	tools/make-oracles $(ORACLES) $<

format: ## Format all Swift files in place
	$(SWIFT) format --in-place --recursive --parallel $(FORMATTED)

lint: ## Check the format of all Swift files
	$(SWIFT) format lint --strict --recursive --parallel $(FORMATTED)

clean: ## Remove what was built; results stay
	rm -rf .build
