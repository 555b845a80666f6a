//go:build !planted

package world

import "holdfast.dev/holdfast/internal/ledger"

func plantedOptions(string) []ledger.Option { return nil }
