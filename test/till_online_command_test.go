package test

import (
	"strings"
	"testing"
)

// command runs a command of the program at the till, and returns what it printed.
func (m *till) command(t *testing.T, args ...string) string {
	t.Helper()
	o := runWith(t, []string{"HOLDFAST_KEY=" + adminKey}, append(args, "--url", m.url(""))...)
	if o.code != 0 {
		t.Fatalf("%v: %d %s", args, o.code, o.stderr)
	}
	return strings.Join(strings.Fields(o.stdout), " ")
}

// Online orders are seen and answered from the command line, at the till.
func TestOnlineOrdersAreAnsweredFromTheCommandLine(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	m := newTill(t, centre, "one", object{"percent": 20}, 20)
	for _, order := range []string{"web-1", "web-2", "web-3"} {
		payOnline(t, centre, order, 2)
		m.isOffered(t, order)
	}
	if said := m.command(t, "online-orders", "list"); !strings.HasPrefix(said, "order state products channel customer ordered kept asked to cancel note web-1 offered "+mug+"=2") {
		t.Errorf("the list is %q", said)
	}
	for _, order := range []string{"web-1", "web-2"} {
		if said := m.command(t, "online-orders", "accept", order); !strings.Contains(said, order+" accepted "+mug+"=2") {
			t.Errorf("accepted: %q", said)
		}
		m.keeps(t, order)
	}
	if said := m.command(t, "online-orders", "decline", "web-3", "--reason", "no milk"); said != "order web-3 is declined" {
		t.Errorf("declined: %q", said)
	}
	if said := m.command(t, "online-orders", "cancel", "web-2"); said != "order web-2 is cancelled" {
		t.Errorf("cancelled: %q", said)
	}
	if code := endAt(t, centre, "release", "web-1"); code != "KEPT_BY_HOLDER" {
		t.Errorf("released at the centre: %q", code)
	}
	await(t, "the till knows of the wish", func() bool { return m.online(t, "web-1").Asked != "" })
	if said := m.command(t, "online-orders", "keep", "web-1", "--reason", "made already", "--json"); !strings.Contains(said, `"cancel_refused":true`) {
		t.Errorf("kept: %q", said)
	}
	if code := endAt(t, m.server, "deduct", "web-1@centre"); code != "" {
		t.Errorf("served: %q", code)
	}
	books, _ := agree(t, centre, m)
	if it := books.mug; it.Of("ext/customer") != 2 || it.Of("held") != 0 {
		t.Errorf("the books are %+v", it.Balances)
	}
}
