package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// garbagePercent is how much garbage may accumulate, relative to the memory in use,
// before it is collected. The books keep little in memory and make much short-lived
// garbage: at Go's default of 100, a busy server spends a fifth of its time on
// collection (holdfast bench, spread, 256 callers).
const garbagePercent = 400

// collectLess sets it, unless the operator has set GOGC. Medians of five runs of 2 s in
// turn against 400, 256 callers through REST on SQLite: with 100, a reservation took 11 to
// 21 % more CPU; with 200, up to 6 % more, and in batches 18 %; the slowest hundredth waited
// a tenth to four tenths longer. Without collection it was up to 76 % more: new memory
// costs more than collection.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
}

// boundMemory makes Go collect more when the process comes near nine tenths of the memory of
// its container, unless the operator has set GOMEMLIMIT. An unbounded container has no
// limit.
func boundMemory(ctx context.Context, log *slog.Logger) {
	if _, err := memlimit.Set(); err != nil && !errors.Is(err, memlimit.ErrCgroupsNotSupported) {
		log.WarnContext(ctx, "memory limit of the container not known", "err", err)
	}
}

// filePercent is the same while a file is imported or exported: the rows make much
// short-lived garbage, next to caches of the books that they fill. A million rows
// then need less than 300 MB.
const filePercent = 35

// With many watchers most of the memory in use is idle, so a high percentage gains
// little and costs several times that memory. Ten thousand watchers take 130 MB,
// stacks included, and stay under 400 MB with this.
const (
	crowd         = 1000
	crowdPercent  = 75
	crowdInterval = 100 * time.Millisecond
)

// garbage sets how much garbage may accumulate, by the present work of the house, unless the
// operator has set GOGC.
type garbage struct {
	small            bool // it runs on a small machine, such as that of a till
	mu               sync.Mutex
	importing, crowd bool
}

// whileImporting is called when the import of files begins and ends.
func (g *garbage) whileImporting(busy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.importing = busy
	g.set()
}

func (g *garbage) whileCrowded(busy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.crowd != busy {
		g.crowd = busy
		g.set()
	}
}

func (g *garbage) set() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(g.percent())
	}
}

// smallPercent is Go's own default.
const smallPercent = 100

// percent is how much may accumulate now.
func (g *garbage) percent() int {
	switch {
	case g.importing:
		return filePercent
	case g.crowd:
		return crowdPercent
	case g.small:
		return smallPercent
	}
	return garbagePercent
}

// followCrowd checks the number of watchers at intervals until ctx ends.
func (g *garbage) followCrowd(ctx context.Context, watchers func() int) error {
	tick := time.NewTicker(crowdInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			g.whileCrowded(watchers() >= crowd)
		}
	}
}
