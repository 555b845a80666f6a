package front_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/stock"
)

// reserve reserves a unit through Redis.
func (p *pair) reserve(n int) error {
	return p.with.Submit(p.t.Context(), placeHot(n, 1))[0].Err
}

// cutBack has the rule cut back because Redis is away.
func (p *pair) cutBack(redis *dbtest.Redis) {
	p.t.Helper()
	redis.Servers[0].Kill()
	for n := range 25 {
		if err := p.reserve(1000 + n); !errors.Is(err, hot.ErrDown) || !hot.IsOfRedis(err) || errors.Is(err, hot.ErrDatabase) {
			p.t.Fatalf("while Redis is away: %v", err)
		}
	}
	p.with.Watch(p.t.Context())
	if want := "25 of 25 reservations failed"; !strings.HasPrefix(p.rules.reason, want) {
		p.t.Fatalf("the reason is %q, want %q", p.rules.reason, want)
	}
}

// Items whose reservations fail too often go back to the ledger by themselves.
func TestARuleWhoseReservationsFailIsCutBack(t *testing.T) {
	t.Parallel()
	redis := dbtest.StartRedis(t, "--appendfsync", "no")
	p := openPair(t, redis.URL, dbtest.Postgres(t))
	p.turn(true)
	if err := settled(func() error { return p.reserve(0) }); err != nil {
		t.Fatal(err)
	}
	p.with.Watch(t.Context())
	if p.rules.reason != "" {
		t.Fatalf("it was cut back without a failure: %s", p.rules.reason)
	}
	p.cutBack(redis)
	p.with.TurnBack(t.Context())
	for n := range 3 {
		if err := p.reserve(100 + n); err != nil {
			t.Error(err)
		}
	}
	levels, _, err := p.with.Items(t.Context(), []stock.ItemKey{item("hot")})
	if got := fmt.Sprint(levels[0].Item.Of(stock.Held), levels[0].Available("")); err != nil || got != "4 8" {
		t.Errorf("held and available are %s (%v), want 4 8", got, err)
	}
	if p.journal.count("reclaim: the ledger sells it instead of Redis: 25 of 25 reservations failed") != 1 {
		t.Errorf("the journal does not say why it went back:\n%s", p.journal.lines())
	}
}

// A rule that was cut back returns by itself after a quiet time, and not before Redis answers; the lists show its items meanwhile.
func TestARuleThatWasCutBackReturns(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := dbtest.StartRedis(t, "--appendfsync", "no")
			p := openPair(t, redis.URL, database(t))
			p.turn(true)
			p.cutBack(redis)
			p.with.TurnBack(t.Context())
			state := func() string {
				t.Helper()
				all, err := p.with.Standings(t.Context(), "t", stock.ItemKey{}, 10)
				if err != nil || len(all) != 1 {
					t.Fatalf("%+v %v", all, err)
				}
				return fmt.Sprint(all[0].State, all[0].Reached)
			}
			if is := state(); is != "off false" {
				t.Errorf("the list has it as %s", is)
			}
			later := func(d time.Duration) {
				p.with.SetNow(func() time.Time { return time.Now().Add(d) })
				p.with.ReturnQuiet(t.Context())
			}
			if later(16 * time.Minute); p.rules.reason == "" {
				t.Error("it returned while Redis was away")
			}
			redis.Servers[0].Start()
			if err := settled(func() error { return p.road.Ping(t.Context()) }); err != nil {
				t.Fatal(err)
			}
			if later(14 * time.Minute); p.rules.reason == "" {
				t.Error("it returned before the quiet time was over")
			}
			for never := p.before(p.kept, p.road, p.rules, front.WithReturn(0)); never != nil; never = nil {
				never.SetNow(func() time.Time { return time.Now().Add(999 * time.Hour) })
				if never.ReturnQuiet(t.Context()); p.rules.reason == "" {
					t.Error("it returned although nobody set it")
				}
			}
			if later(16 * time.Minute); p.rules.reason != "" {
				t.Fatalf("it is cut back still: %s", p.rules.reason)
			}
			if err := settled(func() error { return p.with.Turn(t.Context(), item("hot")) }); err != nil {
				t.Fatal(err)
			}
			shown := func() error { // a Redis that is slow to answer is shown without figures
				if is := state(); is != "open true" {
					return fmt.Errorf("%w: the list has it as %s", hot.ErrBusy, is)
				}
				return nil
			}
			if err := settled(shown); err != nil {
				t.Error(err)
			}
			if p.journal.count("grant: Redis sells it again: its rule returned at ") == 0 {
				t.Errorf("the journal does not say that it returned:\n%s", p.journal.lines())
			}
			p.with.SetNow(time.Now)
			if p.with.Watch(t.Context()); p.rules.reason != "" {
				t.Errorf("failures from before the return cut it back: %s", p.rules.reason)
			}
		})
	}
}

// away is a database that stores no taking.
type away struct{ hot.Store }

var errAway = errors.New("connection refused")

func (away) Insert(context.Context, []hot.Take) ([]hot.Landing, error) { return nil, errAway }

// While the database does not answer, Redis is not to blame: errors name the database, and the rule stays.
func TestRedisIsNotBlamedForTheDatabase(t *testing.T) {
	t.Parallel()
	redis := dbtest.StartRedis(t, "--appendfsync", "no")
	p := openPairWith(t, redis.URL, dbtest.Postgres(t), func(s hot.Store) hot.Store { return away{s} })
	p.turn(true)
	clock := time.Now()
	p.with.SetNow(func() time.Time { // callers do not wait
		clock = clock.Add(time.Second)
		return clock
	})
	for n := range 25 {
		err := p.reserve(n)
		if !errors.Is(err, hot.ErrBusy) || !errors.Is(err, hot.ErrDatabase) || !errors.Is(err, errAway) || hot.IsOfRedis(err) || strings.Contains(err.Error(), "redis") {
			t.Fatalf("while the database is away: %v", err)
		}
	}
	if p.with.Watch(t.Context()); p.rules.reason != "" {
		t.Errorf("the rule was cut back: %s", p.rules.reason)
	}
	if f := p.with.Figures("t"); len(f) != 1 || f[0].Errors != 25 {
		t.Errorf("the figures are %+v", f)
	}
}
