//go:build planted

package world

import "holdfast.dev/holdfast/internal/ledger"

// plantedOptions makes the ledgers of the nodes wrong.
func plantedOptions(name string) []ledger.Option {
	if name == "" || name == TornGroup {
		return nil
	}
	return []ledger.Option{ledger.WithPlanted(name)}
}
