package world

import (
	"errors"

	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/transfer"
)

// TornGroup is the planted bug that is in the store.
const TornGroup = "torn group"

// withPlanted gives a ledger a bug. Without the overlay of internal/sim/planted there is no such
// option.
func withPlanted(string) ledger.Option { return nil }

// tailPlanted gives the tail that serves watchers a bug.
func tailPlanted(string) feed.Option { return func(*feed.Tail) {} }

// transfersPlanted gives the part that carries out transfers a bug.
func transfersPlanted(string) transfer.Option { return func(*transfer.Transfers) {} }

// plantOrders gives the part that chooses for orders a bug.
func plantOrders(*fulfil.Orders, string) {}

// HasPlanted reports whether the binary has planted bugs in the ledger.
func HasPlanted() bool { return withPlanted("") != nil }

// errSound says that the bug of the config is not in the binary.
var errSound = errors.New(`the ledger has no planted bugs: go test -overlay="$(go run ./internal/sim/planted/overlay)"`)

// plant adds the bug of the config to the options of a ledger.
func (w *world) plant(opts []ledger.Option) []ledger.Option {
	if bug := w.cfg.Planted; bug != "" && bug != TornGroup {
		opts = append(opts, withPlanted(bug))
	}
	return opts
}
