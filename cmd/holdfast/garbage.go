package main

import (
	"os"
	"runtime/debug"
)

// garbagePercent is how much garbage may pile up beside what is in use before
// it is collected. The books keep little in memory and make much that dies
// young: at Go's default of 100 a fifth of the time of a busy server goes into
// collecting (holdfast bench, spread, 256 callers).
const garbagePercent = 400

// collectLess sets it, unless the operator has said otherwise with GOGC.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
}
