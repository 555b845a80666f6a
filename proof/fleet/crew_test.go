package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/sim/load"
)

// brief is a run that takes no time and says nothing about rates.
func brief(kind, dsn, dir string) Config {
	c := Defaults()
	c.Engine, c.DSN, c.Dir = kind, dsn, dir
	c.Callers, c.Crowd, c.Slots, c.Items, c.Older = 12, 8, 3, 60, 20
	c.Rounds, c.Cell = 1, 100*time.Millisecond
	c.Kills, c.Pauses, c.Before, c.After = 1, 1, 60*time.Millisecond, 200*time.Millisecond
	return c
}

func TestNodesThatShareTheBooksAreMeasuredAndTheirBooksAreRight(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		engine string
		dsn    func(testing.TB) string
	}{
		{"sqlite", func(testing.TB) string { return "" }},
		{"postgres", dbtest.Postgres},
		{"mysql", dbtest.MySQL},
	} {
		t.Run(test.engine, func(t *testing.T) {
			t.Parallel()
			c := brief(test.engine, test.dsn(t), t.TempDir())
			reported := 0
			c.Report = func(Finding) { reported++ }
			findings, err := Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range findings {
				names = append(names, strings.TrimPrefix(f.Name, test.engine+"/"))
				if f.Unit == times && f.A != nil && (f.Value <= 0 || f.A.PerSecond <= 0 || f.B.PerSecond <= 0) {
					t.Errorf("%s has no figures: %+v", f.Name, f)
				}
				if f.Rounds != 1 || f.Note == "" || (f.Server == "") != (test.engine == "sqlite") {
					t.Errorf("%s does not say how it was measured: %+v", f.Name, f)
				}
				if strings.HasSuffix(f.Name, "home-killed-failed") && f.Value != 0 {
					t.Errorf("%v commands of nodes that were not killed have failed", f.Value)
				}
			}
			want := []string{
				"hot/3-slots/three-nodes-vs-one", "spread/3-slots/three-nodes-vs-one",
				"hot/1-slot/three-nodes-vs-one", "spread/1-slot/three-nodes-vs-one",
				"hot/1-slot-no-forwarding/three-nodes-vs-one", "hot/1-slot-no-forwarding/most-vs-least",
				"spread/1-slot-no-forwarding/three-nodes-vs-one", "spread/1-slot-no-forwarding/most-vs-least",
				"hot/1-slot/home-killed-failed", "hot/1-slot/home-killed-back",
				"spread/8/three-lines-vs-one", "spread/8/three-lines-over-two-databases-vs-one",
				"hot/1-slot/paused-longest-wait",
			}
			if !slices.Equal(names, want) || reported != len(want) {
				t.Errorf("got %d reports, %q\nwant %q", reported, names, want)
			}
		})
	}
}

// A script finds a value of 0 and a goal of 0.
func TestAFindingHasItsValueAndGoalWhateverTheyAre(t *testing.T) {
	t.Parallel()
	r := &nodes{Config: Defaults(), ground: &ground{}}
	r.find(Finding{Name: "failed", Unit: "commands", AtMost: true})
	r.find(Finding{Name: "share", Value: 0.6, Unit: times, Goal: 0.65})
	b, err := json.Marshal(r.findings)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"name":"failed","value":0,"unit":"commands","goal":0,"at_most":true,"reached":true,"rounds":0},` +
		`{"name":"share","value":0.6,"unit":"times","goal":0.65,"reached":false,"rounds":0}]`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	if says := r.findings[1].String(); !strings.Contains(says, "0.60 times, goal >= 0.65, missed") {
		t.Errorf("it says %q", says)
	}
}

func openSmall(t *testing.T, c crewConfig) *crew {
	t.Helper()
	g, err := openGround(t.Context(), brief("sqlite", "", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	a, err := openCrew(t.Context(), g, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func TestOrdersOfThreeLieWhereTheyAreToLie(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{1, 2} {
		a := openSmall(t, crewConfig{nodes: 1, slots: slots, databases: slots, w: load.SpreadOver(30)})
		const orders = 40
		for range orders {
			p := a.orderOfThree(a.ids.Next())
			in := map[int]int{}
			for _, l := range p.Lines {
				in[int(l.Bucket)%slots]++
			}
			if len(p.Lines) != 3 || len(in) != slots {
				t.Fatalf("over %d slots, an order lies in %v", slots, in)
			}
			if err := a.ask(t.Context(), a.member(0), p); err != nil {
				t.Fatal(err)
			}
		}
		if u, rows := a.units.Load(), a.rows.Load(); u != 3*orders || rows != int64(orders*slots) {
			t.Errorf("over %d slots, %d units in %d rows", slots, u, rows)
		}
		if err := a.check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestTheCheckFindsWhatWasNotAcknowledged(t *testing.T) {
	t.Parallel()
	a := openSmall(t, crewConfig{nodes: 1, slots: 1, databases: 1, w: hotIn(1)})
	if err := a.reserve(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	// A caller without an answer asks again; the unit is taken once, at the latest then.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.reserve(gone, 0); err == nil || len(a.doubtful) != 1 {
		t.Fatalf("an order nobody waited for: %v, %d doubtful", err, len(a.doubtful))
	}
	if err := a.check(t.Context()); err != nil || a.units.Load() != 2 {
		t.Fatalf("%d units: %v", a.units.Load(), err)
	}
	a.units.Add(1)
	if err := a.check(t.Context()); err == nil || !strings.Contains(err.Error(), "2 units held in 2 holds, 3 in 2 acknowledged") {
		t.Errorf("one too many was acknowledged: %v", err)
	}
}

func TestARateThatFallsAndComesBack(t *testing.T) {
	t.Parallel()
	rates := func(steps ...int64) *seen {
		s := newSeen(time.Duration(len(steps)*50) * seenStep)
		for i := range s.steps {
			s.steps[i].Store(steps[i/50])
		}
		s.kill.Store(int64(100 * seenStep))
		return s
	}
	const before = time.Second
	for _, test := range []struct {
		name string
		seen *seen
		back time.Duration
		last float64
	}{
		{"it never falls", rates(10, 10, 9, 9, 9), 0, 0.9},
		{"it is away for half a second", rates(10, 10, 0, 10, 10), 580 * time.Millisecond, 1},
		{"it never comes back", rates(10, 10, 5, 5, 5), 1500 * time.Millisecond, 0.5},
	} {
		if _, back, last := test.seen.summarize(before); back != test.back || last != test.last {
			t.Errorf("%s: back after %v, %.2f in the end; want %v, %.2f", test.name, back, last, test.back, test.last)
		}
	}
}

func TestWhileTheGateIsShutNothingGetsThrough(t *testing.T) {
	t.Parallel()
	echo, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is there at once
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	var echoing errgroup.Group
	echoing.Go(func() error {
		c, err := echo.Accept()
		if err != nil {
			return err
		}
		_, err = io.Copy(c, c) // until the gate closes
		return errors.Join(err, c.Close())
	})
	g, err := newGate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dsn, err := g.dsnThroughGate("postgres://me@" + echo.Addr().String() + "/stock?set=1")
	if err != nil || !strings.HasSuffix(dsn, "/stock?set=1") {
		t.Fatalf("%s, %v", dsn, err)
	}
	c, err := net.Dial("tcp", g.ln.Addr().String()) //nolint:noctx // it is there
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	say := func() {
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
	}
	var heard [5]byte
	say()
	if _, err := io.ReadFull(c, heard[:]); err != nil {
		t.Fatal(err)
	}
	g.shut()
	say()
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(heard[:]); err == nil {
		t.Errorf("%d bytes came through", n)
	}
	g.lift()
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, heard[:]); err != nil || string(heard[:]) != "hello" {
		t.Errorf("afterwards came %q, %v", heard, err)
	}
	if err := errors.Join(g.close(), echoing.Wait()); err != nil {
		t.Error(err)
	}
}

func TestServersWhoseNodesCannotBeMeasured(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Postgres(t)
	for _, test := range []struct{ name, engine, dsn, says string }{
		{"the server of another engine", "mysql", dsn, "mysql was to be measured, the DSN is that of postgres"},
		{"none", "postgres", "sqlite:x", "no server speaks"},
	} {
		if _, err := Run(t.Context(), brief(test.engine, test.dsn, t.TempDir())); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := (&databaseGate{}).dsnThroughGate("mysql://me@/stock?socket=/run/mysqld.sock"); err == nil || !strings.Contains(err.Error(), "host and port") {
		t.Errorf("a socket: %v", err)
	}
}
