package test

import "testing"

// lostCase is a case as the command line shows it.
type lostCase struct {
	CaseID string `json:"case_id"`
	Kind   string
	State  string
	TillID string `json:"till_id"`
	Order  string `json:"order_id"`
	Lost   struct{ Did string }
}

// casesOf lists cases about the till of a kind.
func casesOf(t *testing.T, centre *server, till, kind string) []lostCase {
	t.Helper()
	var page struct{ Items []lostCase }
	atCentre(t, centre, &page, "cases", "list", "--till", till, "--kind", kind)
	return page.Items
}

// A till sells without its line and is written off. Somebody brings its file, twice, and books what is only in it.
// The centre is killed in between, and each thing is in its books once.
func TestTheFileOfALostTillIsBooked(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	line := newLine(t, centre.grpc)
	setTill(t, centre, "one", object{"percent": 60})
	m := pairTill(t, centre, "one", line.proxy.Listen)
	m.start()
	m.has(60)
	sellAt(t, m.server, "known", 1)
	reserveAt(t, m.server, "held", 5)
	m.reported()
	line.cut()
	endAt(t, m.server, "deduct", "held")
	sellAt(t, m.server, "new", 4)
	m.stop()
	var after standing
	atCentre(t, centre, &after, "tills", "write-off", "one", "--reason", "it burned")
	if all := casesOf(t, centre, "one", "file_lost"); len(all) != 1 {
		t.Errorf("of the lost file: %+v", all)
	}
	for range 2 {
		o := runWith(t, []string{"HOLDFAST_URL=" + centre.url(""), "HOLDFAST_KEY=" + adminKey}, "tills", "offer", m.db)
		if o.code != 0 {
			t.Fatal(o.stderr)
		}
	}
	all := casesOf(t, centre, "one", "lost_line")
	if len(all) != 2 {
		t.Fatalf("the cases are %+v", all)
	}
	for _, k := range all {
		for range 2 {
			var decided lostCase
			atCentre(t, centre, &decided, "cases", "decide", k.CaseID, "book", "--note", "from the old file")
			if decided.State != "settled" {
				t.Errorf("booked: %+v", decided)
			}
			centre.kill()
			centre.start()
		}
	}
	if n := mugsAt(t, centre); n != 90 {
		t.Errorf("%d mugs are for sale, want 90", n)
	}
	if code := endAt(t, centre, "deduct", "held@one"); code != "" {
		t.Errorf("what was booked is deducted again: %s", code)
	}
	if n := mugsAt(t, centre); n != 90 {
		t.Errorf("%d mugs are for sale, want 90", n)
	}
	centre.stop()
	centre.verify()
}

// A copy of a till's file offers its sales at risk without a command. They wait for people at the
// centre.
func TestACopyOffersWhatOnlyItHas(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	m := newTill(t, centre, "one", object{"percent": 60, "at_risk": true}, 60)
	sellAt(t, m.server, "o-1", 1)
	m.reported()
	m.stop()
	second := tillOn(t, centre, "one", m.file()+".copy")
	takeFiles(t, m.file(), second.file(), true)
	m.start()
	sellAt(t, m.server, "o-2", 1)
	m.reported()
	second.start()
	second.isStale()
	sellAt(t, second.server, "o-3", 2)
	await(t, "there is a case", func() bool { return len(casesOf(t, centre, "one", "lost_line")) > 0 })
	all := casesOf(t, centre, "one", "lost_line")
	if len(all) != 1 || all[0].Order != "o-3@one" || all[0].Lost.Did != "sale" {
		t.Errorf("the cases are %+v", all)
	}
	if all := casesOf(t, centre, "one", "copy"); len(all) == 0 {
		t.Error("no case says that there are two files")
	}
	second.stop()
	agree(t, centre, m)
}
