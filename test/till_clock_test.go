package test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// aheadBy is the variable that says by how much the clock of wrongClock is ahead.
const aheadBy = "CLOCK_AHEAD_BY"

// wrongClock is the program with a clock that may be wrong, built once, when a test first needs it. A program
// without shared libraries cannot get another clock from outside, so it is built from changed source.
var wrongClock = sync.OnceValues(func() (string, error) {
	const right, wrong = "stock.Time(time.Now().UnixMilli())", "stock.Time(time.Now().Add(aheadBy).UnixMilli())"
	source, err := filepath.Abs("../internal/ledger/slot/clock.go")
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile(source)
	if err != nil {
		return "", err
	}
	text := strings.Replace(string(b), right, wrong, 1)
	text = strings.Replace(text, "import (\n", "import (\n\t\"os\"\n", 1)
	text += "\nvar aheadBy, _ = time.ParseDuration(os.Getenv(\"" + aheadBy + "\"))\n"
	if !strings.Contains(text, wrong) || strings.Contains(text, right) {
		return "", errors.New("the clock of the ledger is read elsewhere: this test knows nothing of it")
	}
	// In a folder that stays: Go's cache knows the source by its path too.
	folder, err := filepath.Abs("../.cache/wrong-clock")
	if err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{source: filepath.Join(folder, "clock.go")}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(binary), "wrong-clock")
	if err := errors.Join(os.MkdirAll(folder, 0o755), replaceFile(filepath.Join(folder, "clock.go"), text), os.WriteFile(path+".json", list, 0o600)); err != nil {
		return "", err
	}
	return path, build(path, "../cmd/holdfast", "-overlay", path+".json")
})

// replaceFile gives the file the text in one atomic step.
func replaceFile(file, text string) error {
	next, err := os.CreateTemp(filepath.Dir(file), "next-*")
	if err != nil {
		return err
	}
	_, err = next.WriteString(text)
	return errors.Join(err, next.Close(), os.Rename(next.Name(), file))
}

// The clock of a till is a day off, or is set a day ahead while its line is cut. It sells its units, a count
// is compared with the books at that moment, and the later of two switches counts.
func TestTheClockOfATillIsADayOff(t *testing.T) {
	t.Parallel()
	program, err := wrongClock()
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	centre := newCentre(t, 100)
	var tills []*till
	var all []*offTill
	cases := []struct {
		id      string
		was, is time.Duration // how far its clock is ahead, and after the line was cut
	}{
		{"ahead", day, day},
		{"behind", -day, -day},
		{"set-ahead", 0, day},
	}
	for _, c := range cases {
		m := offAt(t, centre, c.id, program)
		all, tills = append(all, m), append(tills, m.till)
	}
	t.Run("cut off", func(t *testing.T) {
		for i, c := range cases {
			t.Run(c.id, func(t *testing.T) {
				t.Parallel()
				m := all[i]
				m.sets(c.was)
				m.start()
				await(t, "the centre knows of its clock", func() bool { return m.skewed(c.was) })
				m.sellsAlone(t, c.was, c.is)
				await(t, "the centre knows of its clock now", func() bool { return m.skewed(c.is) })
			})
		}
	})
	if t.Failed() {
		return
	}
	for _, m := range tills {
		m.reported()
		m.stop()
	}
	centre.stop()
	centre.verify()
	books := booksOf(t, centre)
	for _, m := range tills {
		if out, code := holdfast(t, "verify", "--db", centre.db, "--till", m.file()); code != 0 {
			t.Errorf("till %s: verify found:\n%s", m.id, out)
		}
		booksOf(t, m.server).wantSold(t, []string{"o-1", "o-2"})
		for _, order := range []string{"o-1@" + m.id, "o-2@" + m.id} {
			if l := books.orders[order]; l.Confirmed != 1 {
				t.Errorf("order %s is %+v at the centre", order, l)
			}
		}
		item := books.items["counted-"+m.id]
		if now := stock.Time(time.Now().UnixMilli()); item.Seen.AsOf > now || now-item.Seen.AsOf > stock.Time(time.Hour.Milliseconds()) {
			t.Errorf("till %s: it was counted %d ms ago", m.id, now-item.Seen.AsOf)
		}
	}
}

// offTill is a till whose clock may be wrong.
type offTill struct {
	*till
	line *line
}

// offAt pairs a till. It is not started.
func offAt(t *testing.T, centre *server, id, program string) *offTill {
	t.Helper()
	for _, product := range []string{"counted-", "off-", "on-"} {
		clerk.must(t, "POST", centre.url("/v1/inventory"), "", object{"product_id": product + id, "location_id": shop, "available_stock": 100}, nil)
	}
	line := newLine(t, centre.grpc)
	setTill(t, centre, id, object{"percent": 20})
	m := &offTill{pairTill(t, centre, id, line.proxy.Listen), line}
	m.program = program
	return m
}

// sets sets the clock that the till starts with.
func (m *offTill) sets(ahead time.Duration) { m.vars = []string{aheadBy + "=" + ahead.String()} }

// skewed reports whether the centre shows that the clock is so far ahead.
func (m *offTill) skewed(ahead time.Duration) bool {
	m.t.Helper()
	var shown struct {
		Skewed bool  `json:"clock_skewed"`
		Offset int64 `json:"clock_offset_ms"`
	}
	clerk.must(m.t, "GET", m.centre.url("/v1/tills/"+m.id), "", nil, &shown)
	wrong := time.Duration(shown.Offset)*time.Millisecond + ahead
	return shown.Skewed == (ahead != 0) && wrong.Abs() < time.Hour
}

// sellsAlone is what the till does while its line is cut, and its clock is set.
func (m *offTill) sellsAlone(t *testing.T, was, is time.Duration) {
	t.Helper()
	counted, off, on := "counted-"+m.id, "off-"+m.id, "on-"+m.id
	await(t, "the till has units of all", func() bool {
		return mugsAt(t, m.server) > 2 && unitsAt(t, m.server, counted) > 0 && unitsAt(t, m.server, off) > 0 && unitsAt(t, m.server, on) > 0
	})
	turn := func(s *server, product string, onSale bool) {
		t.Helper()
		clerk.must(t, "POST", s.url("/v1/inventory/sale-status"), "", object{"product_id": product, "location_id": shop, "on_sale": onSale}, nil)
		passes(t)
	}
	sell := func(s *server, order, product string, n int) {
		t.Helper()
		body := object{"order_id": order, "product_id": product, "location_id": shop, "quantity": n}
		clerk.must(t, "POST", s.url("/inventory/reserve"), "", body, nil)
		clerk.must(t, "POST", s.url("/inventory/deduct"), "", object{"order_id": order}, nil)
	}
	m.line.cut()
	sell(m.server, "o-1", mug, 1)
	turn(m.centre, off, false)
	turn(m.centre, off, true)
	turn(m.server, off, false)
	if is != was {
		m.stop()
		m.sets(is)
		m.start()
	}
	turn(m.server, on, false)
	turn(m.centre, on, false)
	turn(m.centre, on, true)
	sell(m.server, "o-2", mug, 1)
	sell(m.centre, "before-"+m.id, counted, 10)
	passes(t)
	clerk.must(t, "POST", m.url("/v1/inventory/observe"), "", object{"product_id": counted, "location_id": shop, "seen": 88}, nil) // two are missing
	passes(t)
	sell(m.centre, "after-"+m.id, counted, 10)
	m.line.mend()
	m.reported()
	await(t, "the count is booked, and nothing that was sold since is undone", func() bool { return totalAt(t, m.centre, counted) == 78 })
	await(t, "the till's switch, which was the later one, counts", func() bool { return !isOnSale(t, m.centre, off) && !isOnSale(t, m.server, off) })
	await(t, "the centre's switch, which was the later one, counts", func() bool { return isOnSale(t, m.centre, on) && isOnSale(t, m.server, on) })
}

// totalAt is how many of a product there are, by a server's books.
func totalAt(t *testing.T, s *server, product string) int64 {
	t.Helper()
	var p struct {
		Total int64 `json:"total_stock"`
	}
	clerk.must(t, "GET", s.url("/inventory/product/"+product), "", nil, &p)
	return p.Total
}

// passes waits longer than the offset that a till finds is wrong by.
func passes(t *testing.T) {
	t.Helper()
	began := time.Now()
	await(t, "time passes", func() bool { return time.Since(began) > time.Second })
}
