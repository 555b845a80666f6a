package alert

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/catalog"
)

// evaluated lets one evaluation and all that is due to be sent happen.
func (s *shop) evaluated(t *testing.T, e *evaluator) {
	t.Helper()
	s.clock.forward(Every)
	for range 5 {
		if _, err := e.duties.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// The alerts of one evaluation of a rule share a notice with a list, however many items there are: one when
// they run low, one when they are back. A muted item is not among them.
func TestManyAlertsOfAnEvaluationAreOneNotice(t *testing.T) {
	t.Parallel()
	const items = 120
	s := openShop(t)
	e := s.evaluator()
	s.receiver(t, "team")
	for i := range items {
		s.open(t, item("berlin", fmt.Sprintf("mug-%03d", i)), 4, 5)
	}
	s.rule(t, catalog.AlertRule{ID: "low", Metric: Available, Condition: "value <= threshold", SendTo: []string{"team"}})
	s.evaluated(t, e)
	only := func(state string, count int) *notice.Notice {
		t.Helper()
		got := s.inbox.all()
		s.inbox.clear()
		if len(got) != 1 {
			t.Fatalf("%d notices came, want one for all items", len(got))
		}
		n := &got[0]
		if n.State != state || n.Count != count || len(n.Items) != min(count, 100) || strings.Count(n.Text, "\n") != 21 {
			t.Errorf("it is %s about %d alerts, lists %d, and says:\n%s", n.State, n.Count, len(n.Items), n.Text)
		}
		return n
	}
	first := only(catalog.AlertFiring, items)
	if want := "mug-000 at berlin and 119 more"; first.Subject != want || first.Items[1].Product != "mug-001" || first.Items[1].Value != "4" {
		t.Errorf("it is about %q, want %q, and then %+v", first.Subject, want, first.Items[1])
	}
	if !strings.HasPrefix(first.Text, "120 alerts: available (value <= threshold)\nmug-000 at berlin: 4\n") || !strings.HasSuffix(first.Text, "\nand 100 more") {
		t.Errorf("it says:\n%s", first.Text)
	}
	muted := first.Items[7].Alert
	if _, err := e.Mute(t.Context(), shopTenant, muted, "ann", ""); err != nil {
		t.Fatal(err)
	}
	s.evaluated(t, e)
	if again := s.inbox.all(); len(again) != 0 {
		t.Errorf("nothing has changed, and %d notices came", len(again))
	}
	for i := range items {
		s.restock(t, item("berlin", fmt.Sprintf("mug-%03d", i)), 10)
	}
	s.evaluated(t, e)
	only(catalog.AlertResolved, items-1)
	a, err := s.catalog.Alerts.Get(t.Context(), shopTenant, first.Items[3].Alert)
	if err != nil || a.Phase != catalog.AlertResolved || a.History[0].Notice != first.ID || len(a.Outbox) != 0 {
		t.Errorf("one of them knows its notice: %+v, %v", a, err)
	}
}

// The notice about several alerts is that of one of them, to each receiver, with a list as long as one waits
// for it. When that alert is muted before the notice is sent, the others are still told of.
func TestANoticeOfSeveralAlertsIsInOneOutbox(t *testing.T) {
	t.Parallel()
	rule := &catalog.AlertRule{Tenant: shopTenant, ID: "low", Metric: Available, Condition: "value <= threshold", SendTo: []string{"a", "b"}}
	var changed []*catalog.Alert
	for _, c := range plan(rule, nil, nil, []subjectValue{
		{subject: subject{product: "mug"}, value: 1, known: true, holds: true}, {subject: subject{product: "cup"}, value: 2, known: true, holds: true},
	}, noon) {
		a := c.New
		c.Step(&a)
		changed = append(changed, &a)
	}
	gather(rule, changed, noon)
	a, other := changed[0], changed[1]
	if len(a.Outbox) != 2 || len(other.Outbox) != 0 || len(a.Groups) != 1 {
		t.Fatalf("the outboxes are %+v and %+v", a.Outbox, other.Outbox)
	}
	a.Unpost(alone)
	sent := claim(a, noon)
	if len(sent) != 2 || sent[0].ID != sent[1].ID || sent[0].Count != 2 || len(a.Listed(sent[0].ID)) != 2 {
		t.Fatalf("what is sent: %+v", sent)
	}
	settle(a, &sent[0], nil, noon)
	if len(a.Listed(sent[1].ID)) != 2 {
		t.Error("the list is gone although a receiver waits for it")
	}
	settle(a, &sent[1], nil, noon.Add(time.Second))
	if len(a.Groups) != 0 || len(a.Outbox) != 0 {
		t.Errorf("after all was sent there are %+v", a.AlertProgress)
	}
}
