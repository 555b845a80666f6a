// Package planted holds bugs made on purpose, to prove that the simulation finds them. The product
// knows none of them: a bug is a patch of the product's source. "go build -overlay" builds a binary
// with all of them, and each ledger has the one that it is opened with.
//
// The command in overlay writes what -overlay reads:
//
//	go test -overlay="$(go run ./internal/sim/planted/overlay)" ./internal/sim/world
package planted

import (
	_ "embed" // the files that the overlay adds
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bug is a mistake that somebody could make.
type Bug struct {
	Name    string
	Patches []Patch
}

// Patch replaces text that occurs exactly once in a file. Bugs that change the
// same sentence share a patch.
type Patch struct {
	File     string // below the module's root
	Old, New string
}

// All are the bugs of all kinds.
func All() []Bug {
	return slices.Concat(OneSlot, Packs, PacksOver, SeveralSlots, Moves, Streams, Transfers, Shortages, Tills, Redis)
}

// choice lets the simulation choose the bug of a ledger.
var choice = Bug{"the choice of a bug", []Patch{
	{"internal/ledger/slot/options.go", "type Options struct {\n", "type Options struct {\n\tPlanted Planted\n"},
	{
		"internal/ledger/option.go",
		"// Option changes how a Ledger works.\n",
		`// WithPlanted gives the ledger the bug of that name.
func WithPlanted(bug string) Option { return func(o *options) { o.Planted = slot.Planted(bug) } }

// Option changes how a Ledger works.
`,
	},
	{"internal/ledger/slot/memory.go", "type memory struct {\n", "type memory struct {\n\tplanted Planted\n"},
	{"internal/ledger/slot/memory.go", "return &memory{\n", "return &memory{\n\t\tplanted: o.Planted,\n"},
	{
		"internal/feed/tail.go",
		"// Option changes what NewTail makes.\n",
		`// WithPlanted gives the tail the bug of that name.
func WithPlanted(bug string) Option { return func(t *Tail) { t.planted = bug } }

// HasPlanted reports whether the tail has the bug.
func (t *Tail) HasPlanted(bug string) bool { return t.planted == bug }

// Option changes what NewTail makes.
`,
	},
	{"internal/feed/tail.go", "type Tail struct {\n", "type Tail struct {\n\tplanted string\n"},
	{"internal/transfer/transfers.go", "type Transfers struct {\n", "type Transfers struct {\n\tplanted string\n"},
	{
		"internal/transfer/transfers.go",
		"// Option changes how Transfers works.\n",
		`// WithPlanted gives transfers the bug of that name.
func WithPlanted(bug string) Option { return func(x *Transfers) { x.planted = bug } }

// HasPlanted reports whether they have the bug.
func (x *Transfers) HasPlanted(bug string) bool { return x.planted == bug }

// spelt is a word of a key.
func (x *Transfers) spelt(word string) string {
	if x.HasPlanted("a transfer's key without its step") {
		return word[len(word)-1:]
	}
	return word
}

// Option changes how Transfers works.
`,
	},
	{
		"internal/sim/world/planted.go",
		"func transfersPlanted(string) transfer.Option { return func(*transfer.Transfers) {} }",
		"func transfersPlanted(bug string) transfer.Option { return transfer.WithPlanted(bug) }",
	},
	{
		"internal/fulfil/orders.go",
		"// New returns orders over",
		`// Plant gives the orders the bug of that name.
func (o *Orders) Plant(bug string) { o.planted = bug }

// HasPlanted reports whether the orders have the bug.
func (o *Orders) HasPlanted(bug string) bool { return o.planted == bug }

// New returns orders over`,
	},
	{"internal/fulfil/orders.go", "type Orders struct {\n", "type Orders struct {\n\tplanted string\n"},
	{
		"internal/sim/world/planted.go",
		"func plantOrders(*fulfil.Orders, string) {}",
		"func plantOrders(o *fulfil.Orders, bug string) { o.Plant(bug) }",
	},
	{
		"internal/sim/world/planted.go",
		"func tailPlanted(string) feed.Option { return func(*feed.Tail) {} }",
		"func tailPlanted(bug string) feed.Option { return feed.WithPlanted(bug) }",
	},
	{
		"internal/sim/world/planted.go",
		"func withPlanted(string) ledger.Option { return nil }",
		"func withPlanted(bug string) ledger.Option { return ledger.WithPlanted(bug) }",
	},
}}

// Files that the overlay adds.
var (
	//go:embed testdata/planted.go
	addedToSlots string
	//go:embed testdata/books.go
	addedBooks string
	//go:embed testdata/spoiled.go
	addedEvents string
	//go:embed testdata/hot.go
	addedToHot string
)

// Overlay returns the files below root that have other text in a binary with
// planted bugs, with that text.
func Overlay(root string) (map[string]string, error) {
	files := map[string]string{}
	applied := map[Patch]bool{}
	var errs []error
	for _, b := range append([]Bug{choice}, All()...) {
		for _, p := range b.Patches {
			if applied[p] {
				continue
			}
			applied[p] = true
			if err := p.apply(root, files); err != nil {
				errs = append(errs, fmt.Errorf("planted bug %q: %w", b.Name, err))
			}
		}
	}
	files["internal/ledger/slot/planted.go"] = addedToSlots
	files["internal/ledger/slot/planted_books.go"] = addedBooks
	files["internal/ledger/slot/planted_events.go"] = addedEvents
	files["internal/outpost/hot/planted.go"] = addedToHot
	return files, errors.Join(errs...)
}

// apply replaces the text in the file, which earlier patches may have changed.
func (p Patch) apply(root string, files map[string]string) error {
	text, ok := files[p.File]
	if !ok {
		read, err := os.ReadFile(filepath.Join(root, p.File))
		if err != nil {
			return err
		}
		text = string(read)
	}
	if n := strings.Count(text, p.Old); n != 1 {
		return fmt.Errorf("%s has this text %d times instead of once, mend the patch in internal/sim/planted:\n%s", p.File, n, p.Old)
	}
	files[p.File] = strings.Replace(text, p.Old, p.New, 1)
	return nil
}

// Names returns the names of the bugs, sorted.
func Names(bugs []Bug) []string {
	var names []string
	for _, b := range bugs {
		names = append(names, b.Name)
	}
	slices.Sort(names)
	return names
}
