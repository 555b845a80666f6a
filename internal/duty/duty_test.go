package duty_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
)

// board is things that are due, by name, and what carrying each out comes to.
type board struct {
	due      map[string]error
	failing  error // the list itself
	tried    []string
	log      bytes.Buffer
	now      time.Time
	about    func(string) string
	perRound int
}

func newBoard(due map[string]error) *board {
	return &board{due: due, now: time.UnixMilli(1_000_000), about: func(s string) string { return s }, perRound: 2}
}

func (b *board) kind() duty.Kind {
	return &duty.Duty[string]{
		Failing: "not done", Every: time.Second, Most: b.perRound,
		Due: func(_ context.Context, limit int) ([]string, error) {
			all := make([]string, 0, len(b.due))
			for name := range b.due {
				all = append(all, name)
			}
			slices.Sort(all)
			return all[:min(limit, len(all))], b.failing
		},
		Name: func(s *string) duty.Name { return duty.Name{Key: *s, About: []any{"what", b.about(*s)}} },
		CarryOut: duty.EachAlone(func(_ context.Context, s *string) error {
			b.tried = append(b.tried, *s)
			err := b.due[*s]
			var again *again
			if !errors.As(err, &again) {
				delete(b.due, *s)
			}
			return err
		}),
	}
}

// again is an outcome of what stays due.
type again struct{ text string }

func (a *again) Error() string { return a.text }

func (b *board) runner() *duty.Runner {
	return duty.New(slog.New(slog.NewTextHandler(&b.log, nil)), b.kind()).WithClock(func() time.Time { return b.now })
}

func (b *board) look(t *testing.T, r *duty.Runner, done int, tried string) {
	t.Helper()
	b.tried = nil
	if n, _ := r.Look(t.Context()); n != done || strings.Join(b.tried, " ") != tried {
		t.Errorf("%d done, tried %q; want %d and %q", n, b.tried, done, tried)
	}
}

func TestAllThatIsDueIsDone(t *testing.T) {
	t.Parallel()
	b := newBoard(map[string]error{"a": nil, "b": nil, "c": catalog.ErrStale, "d": nil, "e": nil})
	r := b.runner()
	b.look(t, r, 4, "a b c d e")
	b.look(t, r, 0, "")
	if b.log.Len() != 0 {
		t.Errorf("somebody else was faster: %s", &b.log)
	}
}

func TestWhatFailsPausesLongerAndLongerAndHidesNothing(t *testing.T) {
	t.Parallel()
	b := newBoard(map[string]error{"a": &again{"x"}, "b": &again{"x"}, "c": &again{"x"}, "d": nil})
	r := b.runner()
	b.look(t, r, 1, "a b c d")
	var at []int
	for second := range 70 {
		b.now = b.now.Add(time.Second)
		b.tried = nil
		if _, err := r.Look(t.Context()); len(b.tried) > 0 {
			at = append(at, second+1)
			if err == nil {
				t.Error("it failed without an error")
			}
		}
	}
	if got := fmt.Sprint(at); got != "[1 3 7 15 30 45 60]" {
		t.Errorf("tried again after %s seconds", got)
	}
	delete(b.due, "a")
	b.due["b"], b.due["z"] = nil, nil
	b.now = b.now.Add(time.Minute)
	b.look(t, r, 2, "b c z")
}

func TestAFailureIsReportedOnceUntilItSaysSomethingElse(t *testing.T) {
	t.Parallel()
	b := newBoard(map[string]error{"a": &again{"first"}, "b": &again{"first"}})
	r := b.runner()
	look := func() {
		b.now = b.now.Add(time.Minute)
		_, _ = r.Look(t.Context())
	}
	reported := func(when string, want int) {
		t.Helper()
		if got := strings.Count(b.log.String(), "not done"); got != want {
			t.Errorf("%s: %d were reported, want %d:\n%s", when, got, want, &b.log)
		}
	}
	look()
	look()
	reported("the same twice", 2)
	b.due["a"] = &again{"second"}
	look()
	reported("another text", 3)
	b.due["a"] = nil
	look()
	b.due["a"] = &again{"second"}
	look()
	reported("after it was done", 4)
	b.failing = errors.New("no database")
	look()
	look()
	reported("nobody can look", 5)
	b.failing = nil
	b.due = map[string]error{"c": &again{"all"}, "d": &again{"all"}}
	b.about = func(string) string { return "one" }
	look()
	look()
	reported("two of one", 6)
}

func TestWhatIsRefusedIsDoneAndReported(t *testing.T) {
	t.Parallel()
	b := newBoard(map[string]error{"a": duty.Refused(errors.New("no"))})
	r := b.runner()
	b.look(t, r, 1, "a")
	b.look(t, r, 0, "")
	if !strings.Contains(b.log.String(), "what=a err=no") {
		t.Errorf("reported: %s", &b.log)
	}
}

func TestNoDutyWaitsForAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stuck := newBoard(nil)
		hangs := &duty.Duty[string]{
			Failing: "hangs", Every: time.Second, Most: 1,
			Due: func(ctx context.Context, _ int) ([]string, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}
		looks := 0
		works := &duty.Duty[string]{
			Failing: "works", Every: time.Second, Most: 1,
			Due: func(context.Context, int) ([]string, error) {
				looks++
				return nil, nil
			},
		}
		ctx, stop := context.WithTimeout(t.Context(), 5500*time.Millisecond)
		defer stop()
		if err := duty.New(slog.New(slog.NewTextHandler(&stuck.log, nil)), hangs, works).Run(ctx); err != nil {
			t.Error(err)
		}
		if looks != 6 || stuck.log.Len() != 0 {
			t.Errorf("%d looks, want 6; reported %q", looks, &stuck.log)
		}
	})
}
