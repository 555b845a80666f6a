package outpost_test

import (
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// kindsOfCases are the kinds of the cases about the till.
func (c *centre) kindsOfCases(t *testing.T, till string) (kinds []string) {
	t.Helper()
	all, err := c.catalog.Cases.List(t.Context(), catalog.CaseQuery{Tenant: tenant, Till: till, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		kinds = append(kinds, all[i].Kind)
	}
	return kinds
}

// The centre knows of a machine that was restored with all its files: it is not in step, and is a case. Its last hello
// names a record that is older than those in the books.
func TestTheCentreKnowsOfATillThatWasRestored(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]func(t *testing.T, c *centre, s *outpost.CentreState, last uint64){
		"the hello shows that its log is too short": func(t *testing.T, c *centre, s *outpost.CentreState, last uint64) {
			g, err := c.desk.Hello(t.Context(), tenant, "one", outpost.Hello{Epoch: s.Epoch, Have: s.Ticket, Next: "00000000000000fe", Seq: 1, Hash: s.Hash, Last: last - 1})
			if err != nil || g.Reply != outpost.ReplyStale {
				t.Errorf("it is answered %+v, %v", g, err)
			}
		},
		"the till finds another record in its log, and says so": func(t *testing.T, c *centre, s *outpost.CentreState, last uint64) {
			g, err := c.desk.Hello(t.Context(), tenant, "one", outpost.Hello{Epoch: s.Epoch, Have: s.Ticket, Next: "00000000000000fe", Seq: 1, Hash: s.Hash, Last: last + 5})
			if err != nil || g.Reply != outpost.ReplyLook {
				t.Errorf("it is answered %+v, %v", g, err)
			}
			if _, err := c.desk.Report(t.Context(), tenant, "one", outpost.Report{Epoch: s.Epoch, Ticket: "0000000000000001", Lost: true}); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openCentre(t, map[string]stock.Qty{"cup": 100})
			file := c.pair(t, catalog.Till{ID: "one", Percent: 60})
			m := c.openTill(t, memory.New(), catalogtest.File(t), file)
			until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
			if err := m.sell("o-1", "cup", 1); err != nil {
				t.Fatal(err)
			}
			c.agree(t, m, "cup")
			m.end()
			s, err := outpost.ReadState(file)
			if err != nil {
				t.Fatal(err)
			}
			refused(t, c, &s, s.Seq)
			if now, err := c.standing(t, c.desk, "one"); err != nil || now.Condition != outpost.Stale {
				t.Errorf("it is %+v, %v", now, err)
			}
			if kinds := c.kindsOfCases(t, "one"); !slices.Equal(kinds, []string{catalog.CaseCopy}) {
				t.Errorf("the cases are %v", kinds)
			}
		})
	}
}

// A till that finds itself to be stale says so, also where there is nothing that it could offer.
func TestAStaleTillSaysSo(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 60})
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	c.agree(t, m, "cup")
	m.end()
	// Its state is of today, its books are new.
	again := c.openTill(t, memory.New(), catalogtest.File(t), file)
	if !again.of.Status().Stale {
		t.Fatal("it takes the file for its own")
	}
	until(t, "the centre has a case", func() bool { return slices.Contains(c.kindsOfCases(t, "one"), catalog.CaseCopy) })
	if now, err := c.standing(t, c.desk, "one"); err != nil || now.Condition != outpost.Stale {
		t.Errorf("it is %+v, %v", now, err)
	}
}

// A copy that was refused at one server is known at the others, although the till itself is heard at another one.
func TestACopyThatOneServerRefusedIsKnownAtAll(t *testing.T) {
	t.Parallel()
	c := openCentre(t, nil)
	s, err := outpost.ReadState(c.pair(t, catalog.Till{ID: "one"}))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	heard := func(h catalog.TillHeard) {
		t.Helper()
		h.Epoch = s.Epoch
		if _, err := c.catalog.Tills.NoteHeard(t.Context(), []catalog.TillNews{{Tenant: tenant, ID: "one", Heard: h}}); err != nil {
			t.Fatal(err)
		}
	}
	heard(catalog.TillHeard{At: catalog.Moment{Time: now}, Last: 7})
	heard(catalog.TillHeard{Stale: catalog.Moment{Time: now.Add(time.Second)}})
	is, err := c.catalog.Tills.Get(t.Context(), tenant, "one")
	if err != nil || is.Heard.Last != 7 || is.Heard.Stale.IsZero() {
		t.Errorf("it is %+v, %v", is.Heard, err)
	}
	if got, err := c.standing(t, c.another(func() time.Time { return now.Add(2 * time.Second) }), "one"); err != nil || got.Condition != outpost.Stale {
		t.Errorf("it is %+v, %v", got, err)
	}
}

// Two machines have the same files, in which a hello is open. The one that is heard first is the till: its next
// ticket is one that the other does not know.
func TestACopyWithTheSameOpenHelloIsStale(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file, log := c.pair(t, catalog.Till{ID: "one", Percent: 60}), memory.New()
	catalogFile := catalogtest.File(t)
	m := c.openTill(t, log, catalogFile, file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	c.agree(t, m, "cup")
	m.end()
	s, err := outpost.ReadState(file)
	if err != nil {
		t.Fatal(err)
	}
	s.Next = "00000000000000aa"
	if err := outpost.WriteState(file, &s); err != nil {
		t.Fatal(err)
	}
	m = c.openTill(t, log, catalogFile, file)
	until(t, "the first has said hello", func() bool { return m.of.Status().Connected })
	g, err := c.desk.Hello(t.Context(), tenant, "one", outpost.Hello{Epoch: s.Epoch, Have: s.Ticket, Next: s.Next, Era: s.Era, Seq: s.Seq, Hash: s.Hash, Last: s.Seq})
	if err != nil || g.Reply != outpost.ReplyStale {
		t.Errorf("the second is answered %+v, %v", g, err)
	}
	if m.of.Status().Refused != "" {
		t.Errorf("the first is refused: %s", m.of.Status().Refused)
	}
	c.verify(t)
}
