package replay

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAKilledReplayGoesOnWithoutDoubleEffect(t *testing.T) {
	t.Parallel()
	h := firstLines(t, 400)
	for _, s := range []Settings{
		{Opening: Scarce, Mode: ByOrder},
		{Opening: Scarce, Mode: ByPart},
		{Opening: Peak, Mode: Linked},
		{Mode: Flash},
		{Opening: Scarce, Mode: Channels},
		{Opening: Scarce, Mode: Warehouses},
	} {
		for _, o := range []Options{
			{Workers: 1, Batch: 1, Save: time.Millisecond},
			{Workers: 1, Batch: 1, Save: time.Hour},
			{Workers: 1, Batch: 50, Save: time.Millisecond},
			{Workers: 6, Batch: 10, Save: time.Millisecond},
		} {
			if s.Mode == ByOrder && o.Workers > 1 {
				continue
			}
			t.Run(fmt.Sprintf("%s workers %d batch %d save %v", runName(s), o.Workers, o.Batch, o.Save), func(t *testing.T) {
				t.Parallel()
				p := mustPlan(t, h, s)
				o.Within, o.Progress, o.State = time.Minute, &quiet{}, filepath.Join(t.TempDir(), "state.json")
				shop := newFakeShop()
				total := killAgainAndAgain(t, p, shop, o)
				effects := shop.effects
				once := newFakeShop()
				o.State = ""
				if _, err := Run(t.Context(), p, once, o); err != nil {
					t.Fatal(err)
				}
				if effects != once.effects {
					t.Errorf("%d effects with %d kills, %d without: something happened twice or never", effects, total, once.effects)
				}
			})
		}
	}
}

// killAgainAndAgain runs p, each time dying at a random call, until it ends.
// A death is a fault that no retry passes, and a checkpoint that stays as it
// was at the last regular write: what was answered since is forgotten.
func killAgainAndAgain(t *testing.T, p *Plan, shop *fakeShop, o Options) (kills int) {
	t.Helper()
	dice := rand.New(rand.NewPCG(7, 7))
	for {
		ctx, kill := context.WithCancel(t.Context())
		last := 1 + dice.IntN(200+shop.calls/4)
		var kept []byte
		n := 0
		shop.fault = func(int) (before, after error) {
			n++
			if n < last {
				return nil, nil
			}
			if n == last {
				var err error
				if kept, err = os.ReadFile(o.State); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
				kill()
			}
			if dice.IntN(2) == 0 {
				return lost, nil
			}
			return nil, lost
		}
		s, err := Run(ctx, p, shop, o)
		kill()
		if err == nil {
			wantAsReadme(t, p, s)
			return kills
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("kill %d: %v", kills, err)
		}
		kills++
		if kept == nil {
			if err := os.RemoveAll(o.State); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(o.State, kept, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnEndedReplayIsReadAgainAndNotRepeated(t *testing.T) {
	t.Parallel()
	p := mustPlan(t, firstLines(t, 2_000), Settings{Opening: Scarce, Mode: ByLine})
	o := sequential()
	o.State = filepath.Join(t.TempDir(), "state.json")
	shop := newFakeShop()
	first, err := Run(t.Context(), p, shop, o)
	if err != nil {
		t.Fatal(err)
	}
	sent := shop.commands
	second, err := Run(t.Context(), p, shop, o)
	if err != nil {
		t.Fatal(err)
	}
	if shop.commands != sent {
		t.Errorf("the second run sent %d commands", shop.commands-sent)
	}
	if !second.Verified || asJSON(first.Figures) != asJSON(second.Figures) || first.Seconds != second.Seconds {
		t.Errorf("the second run says\n%s\nthe first said\n%s", asJSON(second), asJSON(first))
	}

	sku := p.product(p.Open[3])
	shop.levels[sku].OnHand++
	_, err = Run(t.Context(), p, shop, o)
	if !errors.Is(err, ErrDifference) || !strings.Contains(err.Error(), sku) {
		t.Errorf("a unit too many of %s: %v", sku, err)
	}
	delete(shop.levels, sku)
	_, err = Run(t.Context(), p, shop, o)
	if !errors.Is(err, ErrDifference) || !strings.Contains(err.Error(), "not listed") {
		t.Errorf("%s is gone: %v", sku, err)
	}

	anew := newFakeShop()
	third, err := Run(t.Context(), p, anew, o)
	if err != nil {
		t.Fatalf("on an empty server: %v", err)
	}
	wantAsReadme(t, p, third)
	if third.Verified || anew.commands == 0 {
		t.Error("an empty server was not filled again")
	}
}

func TestAHalfDoneReplayBeginsAnewOnAnotherServer(t *testing.T) {
	t.Parallel()
	p := mustPlan(t, firstLines(t, 2_000), Settings{Opening: Scarce, Mode: ByLine})
	o := sequential()
	o.State = filepath.Join(t.TempDir(), "state.json")
	shop := newFakeShop()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	shop.fault = func(call int) (error, error) {
		if call == 500 {
			stop()
		}
		return nil, nil
	}
	if _, err := Run(ctx, p, shop, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s, err := Run(t.Context(), p, newFakeShop(), o)
	if err != nil {
		t.Fatal(err)
	}
	wantAsReadme(t, p, s)
}
