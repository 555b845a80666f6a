package alert

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/alert/notice/noticetest"
	"holdfast.dev/holdfast/internal/catalog"
)

// day is a script: what happens, by the minute after noon.
func (s *shop) day(t *testing.T) (script map[int]func(), minutes int) {
	t.Helper()
	mug, cup := item("berlin", "mug"), item("lyon", "cup")
	s.open(t, mug, 20, 5)
	s.open(t, cup, 3, 0)
	s.receiver(t, "team")
	s.rule(t, catalog.AlertRule{ID: "low", Metric: Available, Product: "mug", Condition: "value <= threshold", For: period(2 * time.Minute), Clear: period(5 * time.Minute), SendTo: []string{"team"}})
	s.rule(t, catalog.AlertRule{ID: "out", Metric: SoldOut, Condition: "value == 1", For: period(time.Minute), SendTo: []string{"team"}})
	s.rule(t, catalog.AlertRule{ID: "busy", Metric: SoldUnits, Condition: "value >= 15", SendTo: []string{"team"}})
	return map[int]func(){
		5:  func() { s.sell(t, "o1", mug, 15) }, // 5 are left: low
		10: func() { s.restock(t, mug, 1) },     // 6
		12: func() { s.sell(t, "o2", mug, 1) },  // low again, before it was resolved
		20: func() { s.restock(t, mug, 10) },    // it is resolved at 25
		30: func() { s.sell(t, "o3", cup, 3) },  // sold out at 31
		40: func() { s.restock(t, cup, 5) },     // available again
		45: func() { s.sell(t, "o4", mug, 10) }, // low at 47
		46: func() { s.restock(t, mug, 1) },     // no: 6
		58: func() { s.summed(t) },              // 29 were sold until 13:00: busy until 14:00
		90: func() { s.sell(t, "o5", cup, 5) },  // sold out at 91
		95: func() { s.restock(t, cup, 1) },     // available again
		96: func() { s.summed(t) },
	}, 125
}

// told is what the day sends, in the order in which it happens.
var told = []string{
	"12:07:00 low firing mug at berlin: available is 5",
	"12:25:00 low resolved mug at berlin: available is 15",
	"12:31:00 out firing cup at lyon: sold_out is 1",
	"12:40:00 out resolved cup at lyon",
	"13:00:00 busy firing all locations and channels: sold_units is 29",
	"13:31:00 out firing cup at lyon: sold_out is 1",
	"13:35:00 out resolved cup at lyon",
	"14:00:00 busy resolved all locations and channels: sold_units is 5",
}

// line is a notice in one line.
func line(n *notice.Notice) string {
	text := n.Text
	for i := range text {
		if text[i] == '(' {
			text = text[:i-1]
			break
		}
	}
	if n.State == catalog.AlertResolved && n.Rule == "out" {
		text = n.Subject
	}
	return fmt.Sprintf("%s %s %s %s", n.At.UTC().Format(time.TimeOnly), n.Rule, n.State, text)
}

// play plays the day, and calls tick every 10 seconds.
func (s *shop) play(t *testing.T, tick func(i int)) {
	t.Helper()
	script, minutes := s.day(t)
	for i := range minutes * 6 {
		if do := script[i/6]; do != nil && i%6 == 0 {
			do()
		}
		tick(i)
		s.clock.forward(Every)
	}
}

// Over a day the expected alerts fire, and each is sent once, although the evaluating process
// dies twice after it has sent something and before it could note that.
func TestADayOfAlerts(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	sends, kill := 0, func() {}
	var e *evaluator
	born := func() {
		e = s.evaluator(WithSenders(func(kind string, settings map[string]string) (notice.Sender, error) {
			is, err := noticetest.New(kind, settings)
			return deadly{is, func() {
				if sends++; sends == 2 || sends == 5 {
					kill()
				}
			}}, err
		}))
	}
	born()
	s.play(t, func(int) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		kill = stop
		if _, _ = e.duties.Look(ctx); ctx.Err() != nil {
			born()
		}
	})
	for range 30 {
		s.clock.forward(Every)
		_, _ = e.duties.Look(t.Context())
	}
	var first []string
	seen := map[string]int{}
	for _, n := range s.inbox.all() {
		if seen[n.ID]++; seen[n.ID] == 1 {
			first = append(first, line(&n))
		}
	}
	if diff := cmp.Diff(told, first); diff != "" {
		t.Errorf("want (-), told (+):\n%s", diff)
	}
	again := 0
	for _, n := range seen {
		again += n - 1
	}
	if again != 2 {
		t.Errorf("%d were told again, want those of the two that died", again)
	}
}

// deadly is a sender that does something once it has sent.
type deadly struct {
	notice.Sender
	then func()
}

func (d deadly) Send(ctx context.Context, n notice.Notice) error {
	err := d.Sender.Send(ctx, n)
	d.then()
	return err
}

// Two that evaluate and send at once do each thing once.
func TestTwoEvaluatorsTellOnce(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	two := []*evaluator{s.evaluator(), s.evaluator()}
	s.play(t, func(int) {
		var all errgroup.Group
		for _, e := range two {
			all.Go(func() error {
				_, _ = e.duties.Look(t.Context())
				return nil
			})
		}
		_ = all.Wait()
	})
	for range 3 {
		s.clock.forward(Every)
		_, _ = two[0].duties.Look(t.Context())
	}
	var lines []string
	for _, n := range s.inbox.all() {
		lines = append(lines, line(&n))
	}
	if diff := cmp.Diff(told, lines); diff != "" {
		t.Errorf("want (-), told (+):\n%s", diff)
	}
	if verdict, err := s.catalog.VerifyLog(t.Context()); err != nil || len(verdict.Violations) > 0 {
		t.Errorf("%+v, %v", verdict, err)
	}
}

// A rule that is tried over the past says what its evaluation did.
func TestATryTellsWhatTheEvaluationDid(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	e := s.evaluator()
	s.play(t, func(int) { _, _ = e.duties.Look(t.Context()) })
	rules, err := s.catalog.AlertRules.List(t.Context(), shopTenant, "", 10)
	if err != nil || len(rules) != 3 {
		t.Fatal(rules, err)
	}
	for _, r := range rules {
		var did, tried []string
		alerts, err := s.catalog.Alerts.List(t.Context(), catalog.AlertQuery{Tenant: shopTenant, Rule: r.ID, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range alerts {
			for _, m := range a.History {
				if m.What == momentFired || m.What == momentResolved {
					did = append(did, fmt.Sprint(m.At.UTC().Format(time.TimeOnly), m.What))
				}
			}
		}
		if r.ID == "out" {
			r.Product = "cup"
		}
		would, err := e.Try(t.Context(), r, noon, s.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range would.Moments {
			tried = append(tried, fmt.Sprint(m.At.UTC().Format(time.TimeOnly), map[bool]string{true: momentFired, false: momentResolved}[m.Fired]))
		}
		if diff := cmp.Diff(did, tried); diff != "" || len(did) == 0 {
			t.Errorf("%s did (-), would have (+):\n%s", r.ID, diff)
		}
	}
}
