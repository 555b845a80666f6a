package replay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func sequential() Options {
	return Options{Transport: "fake", Workers: 1, Batch: 1, Save: time.Hour, Within: time.Minute, Progress: &quiet{}}
}

// firstLines is a history of the first n moves of the six months.
func firstLines(t *testing.T, n int) *History {
	h := *sixMonths(t)
	h.Moves = h.Moves[:n]
	// A few sites near and far are enough, and fewer to open.
	few := *h.Network
	few.Sites = []Site{few.Sites[0], few.Sites[3], few.Sites[7], few.Sites[16]}
	h.Network = &few
	// Names of later moves stay: they are SKUs without a line.
	h.FileSHA256 = fmt.Sprintf("%064d", n)
	return &h
}

// wantAsReadme fails if s is not what the README says about p.
func wantAsReadme(t *testing.T, p *Plan, s *Summary) {
	t.Helper()
	want := asSummary(t, p, followReadme(p))
	d := &differences{}
	if p.Mode == Flash {
		d.check("flash", s.Flash, want.Flash)
		// It is undefined which buyers get a unit, and therefore which orders do.
		s.OrdersGranted, s.OrdersShort = want.OrdersGranted, want.OrdersShort
	}
	d.fields(s.Figures, want.Figures)
	d.check("channels", s.Channels, want.Channels)
	d.check("warehouses", s.Warehouses, want.Warehouses)
	for _, difference := range d.found {
		t.Error(difference)
	}
	if s.Oversold != 0 || len(s.Differences) > 0 {
		t.Errorf("oversold %d, differences %v", s.Oversold, s.Differences)
	}
}

func TestEveryModeEndsAsTheReadmeSays(t *testing.T) {
	t.Parallel()
	h := firstLines(t, modeLines)
	batches := sequential()
	batches.Batch = 100
	many := batches
	many.Workers = 7
	single := sequential()
	single.Workers = 16
	for _, s := range []Settings{
		{Opening: Peak, Mode: ByLine},
		{Opening: Scarce, Mode: ByLine},
		{Opening: Scarce, Mode: ByPart},
		{Opening: Scarce, Mode: Linked},
		{Opening: Flat100, Mode: Linked},
		{Opening: Zero, Mode: ByLine},
		{Opening: Gross, Mode: ByLine},
		{Opening: Gross, Mode: ByOrder},
		{Opening: Scarce, Mode: ByOrder},
		{Opening: Flat100, Mode: ByOrder},
		{Mode: Flash},
		{Opening: Scarce, Mode: Channels},
		{Opening: Scarce, Mode: Warehouses},
		{Opening: Peak, Mode: Warehouses},
	} {
		for name, o := range map[string]Options{
			"line by line": sequential(), "in batches": batches, "in batches by 7 workers": many, "by 16 workers": single,
		} {
			p := mustPlan(t, h, s)
			if p.Mode == ByOrder && o.Workers > 1 && p.Opening != Gross {
				continue
			}
			t.Run(runName(s)+" "+name, func(t *testing.T) {
				t.Parallel()
				got, err := Run(t.Context(), p, newFakeShop(), o)
				if err != nil {
					t.Fatal(err)
				}
				wantAsReadme(t, p, got)
			})
		}
	}
}

// lost is an error of the network.
var lost = errors.New("connection reset by peer")

func TestAServerThatFailsNowAndThenChangesNothing(t *testing.T) {
	t.Parallel()
	h := firstLines(t, 3_000)
	for _, batch := range []int{1, 64} {
		synctest.Test(t, func(t *testing.T) { failingServer(t, h, batch) })
	}
}

func failingServer(t *testing.T, h *History, batch int) {
	shop := newFakeShop()
	dice := rand.New(rand.NewPCG(1, uint64(batch)))
	shop.fault = func(int) (before, after error) {
		switch dice.IntN(40) {
		case 0:
			return lost, nil
		case 1:
			return nil, lost
		case 2:
			return &Refusal{Code: codeBusy, Status: 503}, nil
		case 3:
			return &Refusal{Code: codeInProgress, Status: 409}, nil
		case 4:
			return &Refusal{Code: "HTTP", Status: 502}, nil
		}
		return nil, nil
	}
	shop.stale = 2
	p := mustPlan(t, h, Settings{Opening: Scarce, Mode: Linked})
	o := sequential()
	o.Batch = batch
	o.Workers = 8
	s, err := Run(t.Context(), p, shop, o)
	if err != nil {
		t.Fatal(err)
	}
	wantAsReadme(t, p, s)
	if s.Retries == 0 || s.Replayed == 0 {
		t.Errorf("batch %d: %d retries and %d replays: the faults did not bite", batch, s.Retries, s.Replayed)
	}
}

func TestRunsThatCannotBeRightAreRefused(t *testing.T) {
	t.Parallel()
	h := firstLines(t, 500)
	order := Settings{Opening: Scarce, Mode: ByOrder}
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"orders in any order under scarcity": {func(o *Options) { o.Workers = 2 }, "order of arrival"},
		"no workers":                         {func(o *Options) { o.Workers = 0 }, "workers must be"},
		"a batch over the contract's bound":  {func(o *Options) { o.Batch = 1001 }, "a batch has"},
	} {
		t.Run(name, func(t *testing.T) {
			o := sequential()
			c.change(&o)
			_, err := Run(t.Context(), mustPlan(t, h, order), newFakeShop(), o)
			if !errors.Is(err, ErrSettings) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an ErrSettings with %q", err, c.want)
			}
		})
	}
}

func TestAnswersNoRightServerGivesStopTheRun(t *testing.T) {
	t.Parallel()
	h := firstLines(t, 500)
	for name, c := range map[string]struct {
		tamper func(Command, Result) Result
		want   string
	}{
		"less reserved than asked": {func(c Command, r Result) Result {
			if _, ok := c.Body.(Reserve); ok && r.Refusal == nil {
				r.Reservations = slices.Clone(r.Reservations)
				r.Reservations[0].Quantity--
			}
			return r
		}, "reserved"},
		"deducted another number": {func(c Command, r Result) Result {
			if _, ok := c.Body.(Deduct); ok && r.Refusal == nil {
				r.Reservations = slices.Clone(r.Reservations)
				r.Reservations[0].Deducted++
			}
			return r
		}, "left"},
		"a key without the scope": {func(Command, Result) Result { return no(codeNoScope, 403) }, "admin key"},
		"the products are there from another run": {func(c Command, r Result) Result {
			if _, ok := c.Body.(Create); ok {
				return no(codeExists, 409)
			}
			return r
		}, "--prefix"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := mustPlan(t, h, Settings{Opening: Peak, Mode: ByLine})
			_, err := Run(t.Context(), p, tampered{newFakeShop(), c.tamper}, sequential())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

// tampered changes the answers of a right server.
type tampered struct {
	*fakeShop
	change func(Command, Result) Result
}

func (f tampered) Execute(ctx context.Context, commands []Command) ([]Result, error) {
	results, err := f.fakeShop.Execute(ctx, commands)
	for i := range results {
		results[i] = f.change(commands[i], results[i])
	}
	return results, err
}

func TestSoldTwiceIsCountedAsOversold(t *testing.T) {
	t.Parallel()
	p := mustPlan(t, firstLines(t, 500), Settings{Opening: Scarce, Mode: ByLine})
	generous := tampered{newFakeShop(), func(c Command, r Result) Result {
		switch body := c.Body.(type) {
		case Reserve:
			return Result{Reservations: []Reservation{{ProductID: body.ProductID, Quantity: body.Quantity}}}
		case Deduct:
			return r
		}
		return r
	}}
	o := sequential()
	_, err := Run(t.Context(), p, deductsAll{generous}, o)
	if !errors.Is(err, ErrDifference) || !strings.Contains(err.Error(), "sold that were not there") {
		t.Errorf("a server that grants everything: %v", err)
	}
}

// deductsAll says of every deduct that all that was asked has left.
type deductsAll struct{ tampered }

func (f deductsAll) Execute(ctx context.Context, commands []Command) ([]Result, error) {
	if d, ok := commands[0].Body.(Deduct); ok && len(commands) == 1 {
		asked := f.asked(d.OrderID)
		return []Result{{Reservations: []Reservation{{Deducted: asked}}}}, nil
	}
	if r, ok := commands[0].Body.(Reserve); ok {
		f.mu.Lock()
		f.holds["asked "+r.OrderID] = []*Reservation{{Quantity: r.Quantity}}
		f.mu.Unlock()
	}
	return f.tampered.Execute(ctx, commands)
}

func (f deductsAll) asked(order string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.holds["asked "+order][0].Quantity
}

func TestTimeCompressedReplayKeepsItsPace(t *testing.T) {
	t.Parallel()
	h := firstLines(t, 100)
	p := mustPlan(t, h, Settings{Opening: Peak, Mode: ByLine})
	first, last := p.Tasks[0].At, p.Tasks[len(p.Tasks)-1].At
	synctest.Test(t, func(t *testing.T) {
		o := sequential()
		o.Speed = float64(last-first) / 600 // the whole in ten minutes
		s, err := Run(t.Context(), p, newFakeShop(), o)
		if err != nil {
			t.Fatal(err)
		}
		wantAsReadme(t, p, s)
		if s.Seconds < 599.9 || s.Seconds > 600.1 {
			t.Errorf("took %.3f s on the clock of the run, want 600", s.Seconds)
		}
	})
}
