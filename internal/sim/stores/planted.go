package stores

import (
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost"
)

// withPlanted gives a ledger a bug; plantDesk and plantTill do so for the two ends of a line.
// Without the overlay of internal/sim/planted there are no such bugs.
func withPlanted(string) ledger.Option { return nil }

func plantDesk(*outpost.Desk, string) {}

func plantTill(*outpost.Till, string) {}

// HasPlanted reports whether the binary has planted bugs.
func HasPlanted() bool { return withPlanted("") != nil }

// plant adds the bug of the config to the options of a ledger.
func (r *run) plant(opts []ledger.Option) []ledger.Option {
	if r.cfg.Planted != "" {
		opts = append(opts, withPlanted(r.cfg.Planted))
	}
	return opts
}
