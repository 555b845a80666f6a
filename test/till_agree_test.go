package test

import (
	"fmt"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"holdfast.dev/holdfast/internal/engine"
	enginesqlite "holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/stock"
)

// standing is the state of a till at the centre.
type standing struct {
	Paired bool
	State  string
	Epoch  string
	Seq    int64
	Units  int64
}

func (m *till) standing() (s standing) {
	m.t.Helper()
	clerk.must(m.t, "GET", m.centre.url("/v1/tills/"+m.id), "", nil, &s)
	return s
}

// lastRecord is the last record of a server's log, whether or not it runs.
func lastRecord(t testing.TB, s *server) (seq int64) {
	t.Helper()
	conn, err := sqlite.OpenConn(s.file(), sqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = sqlitex.ExecuteTransient(conn, "SELECT max(seq) FROM log", &sqlitex.ExecOptions{ResultFunc: func(row *sqlite.Stmt) error {
		seq = row.ColumnInt64(0)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// reported waits until all of the till's log is in the centre's books.
func (m *till) reported() {
	m.t.Helper()
	await(m.t, "the log of till "+m.id+" is at the centre", func() bool { return m.standing().Seq == lastRecord(m.t, m.server) })
}

// isStale waits until the till says that its file is stale.
func (m *till) isStale() {
	m.t.Helper()
	await(m.t, "till "+m.id+" is stale", func() bool {
		out, code := holdfast(m.t, "till", "status", "--db", m.db)
		if code != 0 {
			m.t.Fatal(out)
		}
		return strings.Contains(out, "stale")
	})
}

// ledgerCopy is the content of a stopped server's books about the shop.
type ledgerCopy struct {
	head    engine.Seq
	mug     *stock.Item
	items   map[string]*stock.Item // by product
	holders map[string]*stock.Holder
	orders  map[string]stock.Line // of mugs
}

// booksOf reads the books of a server that does not run.
func booksOf(t *testing.T, s *server) *ledgerCopy {
	t.Helper()
	e, err := enginesqlite.Open(t.Context(), s.file())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b := &ledgerCopy{mug: &stock.Item{}, items: map[string]*stock.Item{}, holders: map[string]*stock.Holder{}, orders: map[string]stock.Line{}}
	b.head, err = e.ScanItems(t.Context(), engine.ItemScan{All: true}, func(row *engine.ItemRow) error {
		it, err := stock.DecodeItem(row.Key, row.Packed)
		if err != nil {
			return err
		}
		if id, ok := row.Key.OfHolder(); ok {
			b.holders[id] = it.Holder
		} else if row.Key.Location == shop && row.Key.Lot == "" {
			b.items[row.Key.Product] = it
			if row.Key.Product == mug {
				b.mug = it
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.ScanHolds(t.Context(), engine.HoldScan{}, func(row *engine.HoldRow) error {
		h, err := stock.DecodeHold(row.Key, row.Packed)
		if err != nil {
			return err
		}
		for _, l := range h.Lines {
			if _, twice := b.orders[h.Key.Order]; twice {
				t.Errorf("order %q is there twice", h.Key.Order)
			}
			b.orders[h.Key.Order] = l
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// agree waits until the centre's books have everything that the tills did, and the tills' books
// have all units that the centre gave them. Then it stops them all, and wants the books to be right
// and to agree.
func agree(t *testing.T, centre *server, tills ...*till) (atCentre *ledgerCopy, atTills []*ledgerCopy) {
	t.Helper()
	for range 20 { // units may be on their way when they are stopped
		for _, m := range tills {
			await(t, "till "+m.id+" and its centre agree", func() bool {
				s := m.standing()
				return s.Seq == lastRecord(m.t, m.server) && s.Units == max(0, mugsAt(t, m.server))
			})
		}
		for _, m := range tills {
			m.stop()
		}
		centre.stop()
		atCentre, atTills = booksOf(t, centre), nil
		quiet := true
		for _, m := range tills {
			b := booksOf(t, m.server)
			atTills = append(atTills, b)
			quiet = quiet && isQuiet(atCentre, b, m.id)
		}
		if quiet {
			centre.verify()
			for i, m := range tills {
				m.verify()
				sameBooks(t, atCentre, atTills[i], m)
			}
			return atCentre, atTills
		}
		centre.start()
		for _, m := range tills {
			m.start()
		}
	}
	t.Fatal("the books never came to rest")
	return nil, nil
}

// isQuiet reports whether nothing is on its way between the centre and the till.
func isQuiet(centre, b *ledgerCopy, id string) bool {
	rec := centre.mug.EscrowRecord(id)
	return centre.holders[id].Seq == uint64(b.head) && (rec == nil || rec.Added == -b.mug.Of(stock.Granted))
}

// sameBooks wants the till to have what the centre keeps in escrow for it, and each order of the
// till to be at the centre once, as the till has it.
func sameBooks(t *testing.T, centre, b *ledgerCopy, m *till) {
	t.Helper()
	id, name := m.id, m.id
	if m.pairing > 1 {
		name = fmt.Sprint(id, "~", m.pairing)
	}
	if has, says := b.mug.Of(stock.Shared), centre.mug.InEscrow(id); has != says {
		t.Errorf("till %s has %d mugs, the centre keeps %d in escrow for it", id, has, says)
	}
	figures := func(l stock.Line) string {
		return fmt.Sprintf("%d held, %d confirmed, %d released, %v", l.Quantity(), l.Confirmed, l.Released, l.End)
	}
	for order, l := range b.orders {
		if online, ok := stock.OfCentre(order); ok {
			there := centre.orders[online]
			if is := there.Kept; is != nil && is.Holder == id && figures(there) != figures(l) || l.End == stock.Open && (is == nil || is.Holder != id) {
				t.Errorf("online order %q of till %s is %q there and %q at the centre", online, id, figures(l), figures(there))
			}
			continue
		}
		there, ok := centre.orders[order+"@"+name]
		if !ok || figures(there) != figures(l) {
			t.Errorf("order %q of till %s is %q there and %q at the centre", order, id, figures(l), figures(there))
		}
	}
	for order := range centre.orders {
		if of, ok := strings.CutSuffix(order, "@"+name); ok {
			if _, ok := b.orders[of]; !ok {
				t.Errorf("the centre has order %q, which the till never had", order)
			}
		}
	}
}

// wantSold wants exactly the orders named to be sold at the till: one mug each.
func (b *ledgerCopy) wantSold(t *testing.T, orders []string) {
	t.Helper()
	for _, o := range orders {
		if l := b.orders[o]; l.Confirmed != 1 || l.End != stock.EndConfirmed {
			t.Errorf("order %q was sold, the books say %+v", o, l)
		}
	}
	var sold stock.Qty
	for _, l := range b.orders {
		sold += l.Confirmed
	}
	if int(sold) != len(orders) || b.mug.Of(stock.Customer) != sold {
		t.Errorf("%d orders were sold, the books say %d, and that %d mugs left", len(orders), sold, b.mug.Of(stock.Customer))
	}
}
