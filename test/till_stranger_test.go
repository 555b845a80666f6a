package test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"holdfast.dev/holdfast/internal/outpost"
)

// knows reads what a till knows of its centre: its key and its ticket too.
func (m *till) knows() outpost.CentreState {
	m.t.Helper()
	s, err := outpost.ReadState(outpost.StateFile(m.file()))
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// records are those of the till's log behind a number.
func (m *till) records(after int64) (all []object) {
	m.t.Helper()
	conn, err := sqlite.OpenConn(m.file(), sqlite.OpenReadOnly)
	if err != nil {
		m.t.Fatal(err)
	}
	defer conn.Close()
	blob := func(row *sqlite.Stmt, column string) []byte {
		b := make([]byte, row.GetLen(column))
		row.GetBytes(column, b)
		return b
	}
	err = sqlitex.ExecuteTransient(conn, "SELECT body, text FROM log WHERE seq > ? ORDER BY seq", &sqlitex.ExecOptions{
		Args: []any{after}, ResultFunc: func(row *sqlite.Stmt) error {
			all = append(all, object{"body": blob(row, "body"), "text": blob(row, "text")})
			return nil
		},
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

// report is what the till would say, with the records.
func (m *till) report(s outpost.CentreState, records ...object) object {
	return object{"epoch": s.Epoch, "ticket": s.Ticket, "records": records}
}

// Strangers speak for a till: without a key, with the key of another till, with a code that was used,
// and with records that are not the till's. A thousand of them change nothing at the centre and get
// no 5xx, and the till continues to work.
func TestStrangersSpeakForATill(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	line := newLine(t, centre.grpc)
	setTill(t, centre, "one", object{"percent": 30})
	code := tillCode(t, centre, "one")
	m := tillOn(t, centre, "one", t.TempDir()+"/till.db")
	pair := []string{"till", "pair", "--centre", line.proxy.Listen, "--db", m.db, code}
	if o := runWith(t, nil, pair...); o.code != 0 {
		t.Fatal(o.stderr)
	}
	m.start()
	m.has(30)
	if o := runWith(t, nil, append(pair[:len(pair)-2:len(pair)-2], "sqlite:"+t.TempDir()+"/stolen.db", code)...); o.code == 0 {
		t.Error("a code was used twice")
	}
	other := newTill(t, centre, "two", object{"percent": 30}, 21)
	sellAt(t, other.server, "other", 1)
	sellAt(t, m.server, "first", 1)
	m.reported()
	other.reported()
	line.cut()
	var sold []string
	for i := range 10 { // the centre does not have these
		sold = append(sold, fmt.Sprint("o-", i))
		sellAt(t, m.server, sold[i], 1)
	}
	s, seq := m.knows(), m.standing().Seq
	mine, theirs := m.records(seq), other.records(0)
	before := lastRecord(t, centre)

	own, another, none := newCaller(s.Key), newCaller(other.knows().Key), newCaller("")
	random := rand.New(rand.NewPCG(8, 9))
	statuses := map[int]int{}
	try := func(c *caller, path string, body object) {
		t.Helper()
		r, err := c.once(t.Context(), "POST", centre.url(path), "", body)
		if err != nil {
			t.Fatal(err)
		}
		statuses[r.status]++
		if r.status >= http.StatusInternalServerError {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	flipped := func(r object) object {
		body := slices.Clone(r["body"].([]byte))
		body[random.IntN(len(body))] ^= 1 << random.IntN(8)
		return object{"body": body, "text": r["text"]}
	}
	noise := func() object {
		b := make([]byte, random.IntN(300))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		if len(b) > 8 && random.IntN(2) == 0 {
			copy(b, mine[0]["body"].([]byte)[:8])
		}
		return object{"body": b, "text": b[:len(b)/3]}
	}
	const report, hello = "/v1/tills/one/report", "/v1/tills/one/hello"
	greeting := object{"epoch": s.Epoch, "have": s.Ticket, "next": "0123456789abcdef", "seq": seq, "hash": s.Hash, "last": seq}
	for range 100 {
		try(none, report, m.report(s, mine...))
		try(another, report, m.report(s, mine...))
		try(another, hello, greeting)
		try(newCaller(adminKey), report, m.report(s, mine...))
		try(none, "/v1/tills:pair", object{"code": code})
		try(own, report, m.report(s, flipped(mine[0])))
		try(own, report, m.report(s, noise()))
		try(own, report, m.report(s, mine[1:]...))
		try(own, report, m.report(s, theirs...))
		try(own, report, object{"epoch": s.Epoch, "ticket": fmt.Sprintf("%016x", random.Uint64()), "records": mine})
		try(own, hello, object{"epoch": s.Epoch, "have": fmt.Sprintf("%016x", random.Uint64()|1), "next": fmt.Sprintf("%016x", random.Uint64()|1), "era": s.Era, "seq": seq, "hash": s.Hash})
		try(own, hello, object{"epoch": s.Epoch, "have": "x", "next": "y", "hash": "z"})
	}
	if now := lastRecord(t, centre); now != before {
		t.Errorf("the centre's log ends with record %d, it was %d", now, before)
	}
	line.mend()
	m.reported()
	_, at := agree(t, centre, m, other)
	at[0].wantSold(t, append(sold, "first"))
	t.Logf("answers: %v", statuses)
}
