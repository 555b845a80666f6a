package test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyBooks copies the files of a database that no process uses into a folder of its own. Before
// that, change edits their contents, by the end of their names: "" and "-wal". Files that change
// leaves out are not copied.
func copyBooks(t *testing.T, path string, change func(files map[string][]byte)) string {
	t.Helper()
	files := map[string][]byte{}
	for _, end := range []string{"", "-wal"} {
		if b, err := os.ReadFile(path + end); err == nil {
			files[end] = b
		}
	}
	change(files)
	to := filepath.Join(t.TempDir(), "holdfast.db")
	for end, b := range files {
		if err := os.WriteFile(to+end, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// figure is one that is wrong; hidden means that the item seems to have no
// record at all.
type figure struct {
	text   string
	hidden bool
}

// wrongFigures lists the wrong figures that a server on a copy of the books of fill shows. An error
// is not wrong.
func wrongFigures(t *testing.T, c *caller, s *server) (wrong []figure, refused int) {
	t.Helper()
	for i := range fillItems {
		product := fmt.Sprint("item-", i)
		r, err := c.once(t.Context(), "GET", s.url("/inventory/product/"+product), "", nil)
		if err != nil || r.status != http.StatusOK {
			refused++
			continue
		}
		var f figures
		if err := json.Unmarshal(r.body, &f); err != nil {
			t.Fatal(err)
		}
		if f.Available != 99 || f.Reserved != int64(i+1) {
			wrong = append(wrong, figure{text: fmt.Sprintf("%s: %s", product, r.body), hidden: f == figures{}})
		}
	}
	return wrong, refused
}

// verdicts counts the outcomes of damaged books.
type verdicts struct{ start, call, hidden, found, harmless int }

// judge starts a server on damaged books and compares its figures with the right ones.
//
// The server may refuse to start, or to answer, and the damage may not matter; `verify` finds all
// damage that makes it refuse. Every row has a checksum, so no row gives a wrong figure. SQLite's
// own index pages have none: a damaged entry there hides a row from the server, which then has less
// to sell than there is. `verify` finds that too.
func (v *verdicts) judge(t *testing.T, c *caller, damage, path string) {
	t.Helper()
	s := offServer(t, path)
	if err := s.launch(); err != nil {
		s.kill()
		if out := s.log.String(); !strings.Contains(out, "holdfast: ") || strings.Contains(out, "goroutine ") {
			t.Errorf("%s: the server ended with %v and says:\n%s", damage, err, out)
		}
		v.start++
		return
	}
	wrong, refused := wrongFigures(t, c, s)
	s.kill()
	out, code := holdfast(t, "verify", "--db", s.db)
	for _, w := range wrong {
		if code == 0 || !w.hidden {
			t.Errorf("%s, verify ends with %d: %s", damage, code, w.text)
		}
	}
	if len(wrong) > 0 {
		v.hidden++
	}
	if refused > 0 {
		v.call++
	}
	switch {
	case code != 0:
		v.found++
	case refused > 0:
		t.Errorf("%s: %d calls are refused, but verify finds nothing:\n%s", damage, refused, out)
	default:
		v.harmless++
	}
}

// One bit of the database is flipped, or its end is missing: that is detected, or it does not
// matter.
func TestDamageIsDetected(t *testing.T) {
	t.Parallel()
	good := closedBooks(t)
	c := newCaller(adminKey)
	random := rand.New(rand.NewPCG(3, 5))
	var flips, cuts verdicts
	for range rounds(30) {
		var damage string
		path := copyBooks(t, good, func(files map[string][]byte) {
			file, bit := files[""], byte(1)<<random.IntN(8)
			at := random.IntN(len(file))
			for file[at] == 0 { // most of a small file is empty
				at = random.IntN(len(file))
			}
			file[at] ^= bit
			damage = fmt.Sprintf("byte %d xor %#x", at, bit)
		})
		flips.judge(t, c, damage, path)
	}
	for i := range rounds(6) {
		var damage string
		path := copyBooks(t, good, func(files map[string][]byte) {
			to := 1 + random.IntN(len(files[""])-1)
			if i%2 == 0 {
				to = max(to&^4095, 4096) // SQLite's pages
			}
			files[""] = files[""][:to]
			damage = fmt.Sprintf("cut off at %d", to)
		})
		cuts.judge(t, c, damage, path)
	}
	t.Logf("%d bits changed: %+v; %d files cut: %+v", rounds(30), flips, rounds(6), cuts)
}

// cutOff makes books whose writes since the last checkpoint are in the -wal
// file, and returns their path with the server dead.
func cutOff(t *testing.T) string {
	t.Helper()
	s := newServer(t)
	c := newCaller(adminKey)
	fill(t, c, s)
	s.stop() // a checkpoint: everything of fill is in the file
	s.start()
	for i := range fillItems {
		product := fmt.Sprint("item-", i)
		c.must(t, "POST", s.url("/inventory/deduct"), "", object{"order_id": "for-" + product}, nil)
	}
	s.kill()
	return s.file()
}

// prefix wants the figures of books in which the first n orders, for some n,
// were deducted and the others were not. It returns n.
func prefix(t *testing.T, c *caller, s *server) int {
	t.Helper()
	n, ended := 0, false
	for i := range fillItems {
		product := fmt.Sprint("item-", i)
		switch f := c.product(t, s, product); {
		case f.Available != 99:
			t.Errorf("%s: %+v", product, f)
		case f.Reserved == 0 && !ended:
			n++
		case f.Reserved == int64(i+1):
			ended = true
		default:
			t.Errorf("%s after %d deducted: %+v", product, n, f)
		}
	}
	return n
}

// SQLite's promise for a -wal file that was cut or damaged: the transactions before the first frame
// with a wrong checksum are there, whole, and the others are not. So the books are those of an
// earlier moment, never a mixture, and nothing that a checkpoint had written to the file is
// missing.
func TestADamagedLogGivesTheBooksOfAnEarlierMoment(t *testing.T) {
	t.Parallel()
	path := cutOff(t)
	c := newCaller(adminKey)
	random := rand.New(rand.NewPCG(1, 4))
	half := func(size int) int { return size/4 + random.IntN(size/2) }
	for _, d := range []struct {
		name   string
		change func(map[string][]byte)
		want   func(n int) bool
	}{
		{"whole", func(map[string][]byte) {}, func(n int) bool { return n == fillItems }},
		{"cut in the middle", func(f map[string][]byte) { f["-wal"] = f["-wal"][:half(len(f["-wal"]))] }, func(n int) bool { return n < fillItems }},
		{"cut in its head", func(f map[string][]byte) { f["-wal"] = f["-wal"][:16] }, func(n int) bool { return n == 0 }},
		{"empty", func(f map[string][]byte) { f["-wal"] = nil }, func(n int) bool { return n == 0 }},
		{"with a byte changed", func(f map[string][]byte) { f["-wal"][half(len(f["-wal"]))] ^= 0x40 }, func(n int) bool { return n < fillItems }},
		// All writes since the checkpoint are lost with the file. Had a
		// checkpoint been under way, SQLite promises nothing: then verify tells.
		{"deleted", func(f map[string][]byte) { delete(f, "-wal") }, func(n int) bool { return n == 0 }},
	} {
		t.Run(d.name, func(t *testing.T) {
			s := newServerOn(t, copyBooks(t, path, d.change))
			n := prefix(t, c, s)
			if !d.want(n) {
				t.Errorf("%d of %d deductions are in the books", n, fillItems)
			}
			t.Logf("%d of %d deductions are in the books", n, fillItems)
			// The server continues from there.
			for i := range fillItems {
				c.must(t, "POST", s.url("/inventory/deduct"), "", object{"order_id": fmt.Sprint("for-item-", i)}, nil)
			}
			if n := prefix(t, c, s); n != fillItems {
				t.Errorf("%d of %d deductions after sending all again", n, fillItems)
			}
			s.stop()
			s.verify()
		})
	}
}
