package shadow

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Outcome is how a decision of the ledger and that of Redis compare.
type Outcome uint8

// The outcomes.
const (
	// Alike: both took the reservation, or both refused it for lack of units.
	Alike Outcome = iota
	// RedisOnly: Redis would have taken a reservation that the ledger refused.
	RedisOnly
	// LedgerOnly: Redis would have refused a reservation that the ledger took.
	LedgerOnly
	// Failed: a script ended with an error, or Redis did not answer.
	Failed
	// LeftOut: the decision was not compared.
	LeftOut
)

// String names the outcome.
func (o Outcome) String() string {
	return [...]string{"alike", "redis_only", "ledger_only", "failed", "left_out"}[o]
}

// Rules say which items are tried out.
type Rules interface {
	Shadowed(k stock.ItemKey) bool
	// ShadowTenants are the tenants with rules that try Redis out.
	ShadowTenants() []string
}

// Rooms are what a Shadow needs.
type Rooms struct {
	Redis *hot.Balances
	Feed  *feed.Tail
	Rules Rules
	// Fits reports whether Redis can sell the item.
	Fits func(context.Context, stock.ItemKey) bool
	// Count is called with each outcome, and how long the script took, 0 when none was run. It must be
	// safe for concurrent use.
	Count func(k stock.ItemKey, is Outcome, n int64, took time.Duration)
	Log   *slog.Logger
	Now   func() time.Time
}

// Shadow tries Redis out. Each process has balances of its own, so nothing has to be agreed. It
// is safe for concurrent use.
type Shadow struct {
	Rooms
	redis *hot.Guarded
	name  string // of this process in keys

	mu       sync.Mutex
	items    map[stock.ItemKey]*item
	refusals []refusal
}

// refusal is a reservation that the ledger refused for lack of units.
type refusal struct {
	item  stock.ItemKey
	order string
	qty   stock.Qty
	at    time.Time
}

// refusalsMost bounds the refusals that wait.
const refusalsMost = 4096

// New returns a Shadow that does nothing until Run runs.
func New(r Rooms, name uint64) *Shadow {
	return &Shadow{Rooms: r, redis: r.Redis.Guarded(r.Now), name: strconv.FormatUint(name, 36), items: map[stock.ItemKey]*item{}}
}

// Refused notes that the ledger refused a reservation of the item for lack of units. It never
// waits.
func (s *Shadow) Refused(k stock.ItemKey, order string, qty stock.Qty) {
	s.mu.Lock()
	room := len(s.refusals) < refusalsMost
	if room {
		s.refusals = append(s.refusals, refusal{k, order, qty, s.Now()})
	}
	s.mu.Unlock()
	if !room {
		s.Count(k, LeftOut, 1, 0)
	}
}

// waiting takes the refusals of the tenant.
func (s *Shadow) waiting(tenant string) map[stock.ItemKey][]refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[stock.ItemKey][]refusal{}
	rest := s.refusals[:0]
	for _, r := range s.refusals {
		if r.item.Tenant == tenant {
			all[r.item] = append(all[r.item], r)
		} else {
			rest = append(rest, r)
		}
	}
	s.refusals = rest
	return all
}

// putBack puts a refusal back. It is one that was in the list, so there is room.
func (s *Shadow) putBack(r refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals = append(s.refusals, r)
}

// item returns the state of an item.
func (s *Shadow) item(k stock.ItemKey) *item {
	s.mu.Lock()
	defer s.mu.Unlock()
	is := s.items[k]
	if is == nil {
		shown := k
		shown.Tenant = hot.ShadowTenant(s.name, k.Tenant)
		is = &item{shadow: s, key: k, in: shown}
		s.items[k] = is
	}
	return is
}

// ended takes the items of the tenant that are no longer tried out.
func (s *Shadow) ended(tenant string) (ended []*item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, is := range s.items {
		if k.Tenant == tenant && !s.Rules.Shadowed(k) {
			delete(s.items, k)
			ended = append(ended, is)
		}
	}
	return ended
}
