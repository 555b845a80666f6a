# Holdfast: "make run" to see it work, "make test" before a change is sent.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell scripts/version)
# Of the commit, not of the build: the same sources give the same binary.
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null)
COMMIT_TIME ?= $(shell TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null)
# Without gRPC's trace pages, which nobody is shown: their templates would keep
# the linker from leaving out methods that nobody calls.
TAGS := grpcnotrace
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.commitTime=$(COMMIT_TIME)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Start the server, replay six months of a real web shop, keep serving
	@echo 'Compiling bin/holdfast: seconds when little has changed; the first time it downloads modules and takes 1 to 5 minutes.'
	@$(MAKE) --no-print-directory build
	@exec ./bin/holdfast demo

.PHONY: restaurant
restaurant: build ## Sell a day of a restaurant at two tills and online, one till cut off for half of it
	@exec ./bin/holdfast demo restaurant

.PHONY: build
build: console ## Build bin/holdfast: one static binary
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags '$(TAGS)' -ldflags '$(LDFLAGS)' -o bin/holdfast ./cmd/holdfast

# Without Node the rest is built all the same, and the server shows what is missing.
.PHONY: console
console: ## Build the web pages that the server carries (needs Node 20.19 or newer)
	@scripts/console build || [ $$? -eq 3 ]

.PHONY: proof
proof: build ## Build bin/holdfast-proof: long runs, replays, benchmarks against peers and of several nodes
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags '$(TAGS)' -ldflags '$(LDFLAGS)' -o bin/holdfast-proof ./proof/cmd/holdfast-proof

.PHONY: test
test: ## Everything that must pass: checks, then all tests; prints the minutes per part
	@scripts/test

.PHONY: check
check: ## Only the checks: generated code, format, lint, licences, vulnerabilities
	@scripts/test generated format lint console licence vuln

.PHONY: fmt
fmt: ## Format the Go code
	@"$$(scripts/tool lint)" fmt ./...

.PHONY: generate
generate: ## Make the generated code again from api/proto
	@scripts/generate && scripts/drift --note

.PHONY: bench
bench: build ## Measure against the usual way to write it; about 4 minutes
	@./bin/holdfast bench

.PHONY: soak
soak: ## The simulation with SOAK (20) times as many seeds and its planted bugs, the ledger and the engines, then the whole-binary tests, with as many more faults
	scripts/setup soak
	SOAK=$${SOAK:-20} go test -count=1 -timeout 12h ./internal/sim/world ./internal/sim/stores ./internal/catalog ./internal/dbtest ./internal/ledger ./internal/engine/... ./internal/server ./internal/outpost/hot/...
	SOAK=$${SOAK:-20} go test -count=1 -timeout 12h ./internal/figures ./internal/itemlist ./internal/search ./internal/sheet -rapid.checks=$$((100 * $${SOAK:-20}))
	SOAK=$${SOAK:-20} go test -count=1 -timeout 12h -overlay="$$(go run ./internal/sim/planted/overlay)" -run 'TestPlanted$$' ./internal/sim/world ./internal/sim/stores ./internal/outpost/hot
	SOAK=$${SOAK:-20} go test -count=1 -timeout 12h ./test/...

.PHONY: dist
dist: ## What is handed out, in dist/: archives, deb and rpm, the image, the chart, lists of parts, checksums
	@scripts/vuln --release '$(VERSION)'
	@scripts/console build && scripts/console client
	@go run ./deploy/dist -version '$(VERSION)' -commit '$(COMMIT)' -nfpm "$$(scripts/tool nfpm)" -out dist

.PHONY: image
image: ## The container image for linux/amd64 and linux/arm64 in dist/, as an OCI archive; needs no Docker
	@scripts/vuln --release '$(VERSION)'
	@scripts/console build
	@go run ./deploy/dist -version '$(VERSION)' -commit '$(COMMIT)' -out dist -image

.PHONY: clean
clean: ## Remove what was built; the demo's database in var/ stays
	rm -rf bin dist .cache console/dist/* console/node_modules clients/typescript/node_modules
