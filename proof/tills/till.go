package tills

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// product is sold everywhere.
const product = "cup"

// till is a real till, with its complete books.
type till struct {
	id, location, file string

	books   *ledger.Ledger
	program *outpost.Till
	line    *client.Client
	all     sync.WaitGroup
	stop    context.CancelFunc // of its line
	orders  int
	running sync.WaitGroup
}

// pair makes the till at the centre, and its file.
func (m *till) pair(ctx context.Context, admin *client.Client) error {
	p, err := pair(ctx, admin, m.id, m.location)
	if err != nil {
		return err
	}
	return outpost.WriteState(m.file, &outpost.CentreState{Tenant: p.Tenant, Till: p.TillID, Location: p.LocationID, Key: p.Key, Epoch: p.Epoch})
}

// start opens the till's books and its connection.
func (m *till) start(ctx context.Context, centre string) error {
	s, err := outpost.ReadState(m.file)
	if err != nil {
		return err
	}
	if m.line, err = client.New(centre, client.WithKey(s.Key)); err != nil {
		return err
	}
	store := memory.New()
	wake := func() {}
	if m.books, err = ledger.Open(ctx, store, ledger.WithNotify(func(ledger.Position) { wake() })); err != nil {
		return err
	}
	m.program, err = outpost.NewTill(ctx, m.books, store, pantry{}, pantry{}, outpost.NewLine(m.line, m.id, m.location, s.Epoch), m.file, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	wake = m.program.Wake
	m.all.Go(func() { _ = m.books.Run(ctx) }) // it ends with ctx
	m.connect(ctx)
	return nil
}

// connect starts the connection, cut ends it.
func (m *till) connect(ctx context.Context) {
	ctx, m.stop = context.WithCancel(ctx)
	m.running.Go(func() { _ = m.program.Run(ctx) }) // it ends with ctx
}

func (m *till) cut() {
	m.stop()
	m.running.Wait()
}

func (m *till) end() {
	if m.stop != nil {
		m.cut()
		m.all.Wait()
		_ = m.line.Close() // nothing is left to be done
	}
}

// order reserves a unit.
func (m *till) order(ctx context.Context) error {
	m.orders++
	return m.books.Submit(ctx, ledger.Request{Command: placing(m.location, m.orders)})[0].Err
}

// has is how many units the till may sell.
func (m *till) has(ctx context.Context) stock.Qty {
	k, _ := itemAt(m.location)
	levels, _, err := m.books.Items(ctx, []stock.ItemKey{k})
	if err != nil || levels[0].Item == nil {
		return 0
	}
	return levels[0].Item.Of(stock.Shared)
}

// reported reports whether the centre has all records of the till.
func (m *till) reported(ctx context.Context) bool {
	records, err := m.program.Records(ctx)
	return err == nil && m.program.Status().Seq == records
}

// pantry is a catalog that knows everything and stores nothing.
type pantry struct{}

// KnowAll knows everything.
func (pantry) KnowAll(_ context.Context, ins []catalog.Introduction) []catalog.Answer {
	out := make([]catalog.Answer, len(ins))
	for i := range out {
		out[i].Knowledge = catalog.Knowledge{Product: true, Location: true}
	}
	return out
}

// SetKits stores nothing.
func (pantry) SetKits(_ context.Context, _ string, set []catalog.Kit) ([]catalog.Kit, error) {
	return set, nil
}

// DropKit has none.
func (pantry) DropKit(context.Context, string, string) (catalog.Kit, error) {
	return catalog.Kit{}, catalog.ErrUnknown
}

// Set stores nothing.
func (pantry) Set(_ context.Context, _ string, set []catalog.Details) ([]catalog.Details, error) {
	return set, nil
}

// usage is the processor time of a process, and its memory.
func usage(pid int) (processor time.Duration, mib int, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const user, system, resident, ticks = 11, 12, 21, 100 // proc(5); USER_HZ is 100 on Linux
	var n [3]int
	for i, at := range [...]int{user, system, resident} {
		if n[i], err = strconv.Atoi(fields[at]); err != nil {
			return 0, 0, fmt.Errorf("read the statistics of process %d: %w", pid, err)
		}
	}
	return time.Duration(n[0]+n[1]) * time.Second / ticks, n[2] * os.Getpagesize() >> 20, nil
}

// progress returns how far the log is in the books of the centre.
func (m *till) progress() (booked uint64, lost int) { return m.program.Status().Seq, 0 }
