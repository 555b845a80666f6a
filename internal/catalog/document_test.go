package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// note is a document with all that documents can have.
type note struct {
	Tenant, ID, Parent, State string   `json:"-"`
	Number, Due, Seq          int64    `json:"-"`
	Seen                      int64    `json:"-"` // not in the log
	Text                      string   `json:"text"`
	Names                     []string `json:"names,omitempty"`
}

var noteKind = documentKind[note]{
	name: "note", title: "note",
	pack: func(n *note) document {
		return document{tenant: n.Tenant, id: n.ID, parent: n.Parent, number: n.Number, state: n.State, due: n.Due, seq: n.Seq}
	},
	progress: func(n *note) any { return &n.Seen },
	unpack: func(d *document, n *note) {
		n.Tenant, n.ID, n.Parent, n.Number, n.State, n.Due, n.Seq = d.tenant, d.id, d.parent, d.number, d.state, d.due, d.seq
	},
	links: func(n *note) []string { return n.Names },
}

// desk is a catalog with notes.
type desk struct {
	*testing.T
	c *Catalog
}

func (d desk) notes() documents[note] { return documents[note]{d.c.core, &noteKind} }

func (d desk) write(change func(w *write) error) {
	d.Helper()
	if err := d.c.store.write(d.Context(), d.c.now, change); err != nil {
		d.Fatal(err)
	}
}

func (d desk) put(n *note) {
	d.Helper()
	d.write(func(w *write) error {
		was, _, err := noteKind.get(&w.read, n.Tenant, n.ID)
		if err == nil {
			err = noteKind.put(w, n, was)
		}
		return err
	})
}

func (d desk) ids(ask func(*read) ([]note, error)) string {
	d.Helper()
	all, err := d.notes().list(d.Context(), ask)
	if err != nil {
		d.Fatal(err)
	}
	var ids []string
	for _, n := range all {
		ids = append(ids, n.ID)
	}
	return strings.Join(ids, " ")
}

func TestDocuments(t *testing.T) {
	for _, tc := range []struct {
		name string
		run  func(desk)
	}{
		{"a document is kept as it was put, and its entry is its body", keptAsPut},
		{"what is not in the log is stored without an entry", keptProgress},
		{"one that was dropped is not listed, and may be put again", droppedAndAgain},
		{"lists go page by page, by the bytes of the ids", pagedByID},
		{"what is due is listed once it is, the longest due first, and done once", doneOnce},
		{"documents are found by what they name", foundByLinks},
		{"many are stored together, one of them twice", storedTogether},
		{"a body with a field that nobody knows is not read", strictly},
	} {
		t.Run(tc.name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, in home) {
				c, _ := opened(t, in)
				tc.run(desk{t, c})
			})
		})
	}
}

func keptAsPut(d desk) {
	want := note{Tenant: "demo", ID: "a/b", Text: "<é>\n" + strings.Repeat("x", 70_000), Parent: "p", State: "new", Number: 7, Due: 5, Seen: 3, Names: []string{"q", "p"}}
	d.put(&want)
	if got, err := d.notes().Get(d.Context(), "demo", "a/b"); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		d.Errorf("kept %.200v, %v", got, err)
	}
	entries, err := d.c.Log(d.Context(), want.Seq-1, 10)
	if err != nil || len(entries) != 1 || entries[0].Kind != "note.set" || entries[0].Subject != "a/b" || !strings.HasPrefix(string(entries[0].Body), `{"text":"\u003cé\u003e\nxx`) {
		d.Errorf("the entry is %.200v, %v", entries, err)
	}
	for _, id := range []string{"a", "A/B", "a/b ", "\x00", "\xff"} {
		if _, err := d.notes().Get(d.Context(), "demo", id); !errors.Is(err, ErrUnknown) {
			d.Errorf("%q: %v", id, err)
		}
	}
}

func keptProgress(d desk) {
	n := note{Tenant: "demo", ID: "a", Text: "t"}
	d.put(&n)
	head := mustHead(d.T, d.c)
	n.Seen, n.Due = 9, 4
	d.write(func(w *write) error { return noteKind.keep(w, &n) })
	if got, err := d.notes().Get(d.Context(), "demo", "a"); err != nil || fmt.Sprint(got) != fmt.Sprint(n) || mustHead(d.T, d.c) != head {
		d.Errorf("kept %+v, %v, head %d", got, err, mustHead(d.T, d.c))
	}
}

func droppedAndAgain(d desk) {
	n := note{Tenant: "demo", ID: "a", Text: "t", Due: 1}
	d.put(&n)
	for range 2 { // the second is no change
		if err := d.notes().drop(d.Context(), "demo", "a"); err != nil {
			d.Fatal(err)
		}
	}
	if head := mustHead(d.T, d.c); head != n.Seq+1 {
		d.Errorf("the head is %d", head)
	}
	if err := d.notes().drop(d.Context(), "demo", "b"); !errors.Is(err, ErrUnknown) {
		d.Errorf("dropped what never was: %v", err)
	}
	if _, err := d.notes().Get(d.Context(), "demo", "a"); !errors.Is(err, ErrUnknown) {
		d.Errorf("it is there: %v", err)
	}
	list := func() string {
		return d.ids(func(r *read) ([]note, error) { return noteKind.list(r, "demo") }) +
			d.ids(func(r *read) ([]note, error) { return noteKind.due(r, fromMillis(2), 10) })
	}
	if got := list(); got != "" {
		d.Errorf("listed: %s", got)
	}
	d.put(&n)
	if got := list(); got != "aa" {
		d.Errorf("put again: %s", got)
	}
}

func pagedByID(d desk) {
	mustTenant(d.T, d.c, "other")
	for _, id := range []string{"é", "b", "a", "B", "a "} {
		d.put(&note{Tenant: "demo", ID: id})
	}
	d.put(&note{Tenant: "other", ID: "c"})
	page := func(after string) string {
		return d.ids(func(r *read) ([]note, error) { return noteKind.page(r, "demo", after, 3) })
	}
	if got := page("") + "|" + page("a ") + "|" + page("\xff"); got != "B a a |b é|" {
		d.Errorf("pages: %q", got)
	}
}

func doneOnce(d desk) {
	for i, due := range []int64{30, 0, 10, 20, 10} {
		d.put(&note{Tenant: "demo", ID: string(rune('a' + i)), Due: due})
	}
	due := func(at int64) string {
		return d.ids(func(r *read) ([]note, error) { return noteKind.due(r, fromMillis(at), 3) })
	}
	if got := due(9) + "|" + due(10) + "|" + due(99); got != "|c e|c e d" {
		d.Errorf("due: %s", got)
	}
	c, err := d.notes().Get(d.Context(), "demo", "c")
	if err != nil {
		d.Fatal(err)
	}
	for i, want := range []error{nil, ErrStale} {
		err := d.c.store.write(d.Context(), time.Now, func(w *write) error { return noteKind.done(w, &c, 40) })
		if !errors.Is(err, want) {
			d.Errorf("done for time %d: %v, want %v", i+1, err, want)
		}
	}
	if got := due(99); got != "e d a" {
		d.Errorf("then due: %s", got)
	}
}

func foundByLinks(d desk) {
	n := note{Tenant: "demo", ID: "a", Names: []string{"x", "y"}}
	d.put(&n)
	d.put(&note{Tenant: "demo", ID: "b", Names: []string{"y"}})
	linked := func(targets ...string) string {
		var all []string
		err := d.c.store.look(d.Context(), func(r *read) error {
			links, err := noteKind.linked(r, "demo", targets)
			for _, l := range links {
				all = append(all, l.target+l.id)
			}
			return err
		})
		if err != nil {
			d.Fatal(err)
		}
		slices.Sort(all)
		return strings.Join(slices.Compact(all), " ")
	}
	if got := linked("x", "y", "z"); got != "xa ya yb" {
		d.Errorf("linked: %s", got)
	}
	n.Names = []string{"z"}
	d.put(&n)
	if got := linked("x", "y", "z"); got != "yb za" {
		d.Errorf("then linked: %s", got)
	}
}

func storedTogether(d desk) {
	d.write(func(w *write) error {
		for i := range 100 {
			if err := noteKind.put(w, &note{Tenant: "demo", ID: fmt.Sprintf("%03d", i), Text: strings.Repeat("x", 20_000)}, nil); err != nil {
				return err
			}
		}
		last := note{Tenant: "demo", ID: "099", Text: "last"}
		return noteKind.put(w, &last, &last)
	})
	if got, err := d.notes().Get(d.Context(), "demo", "099"); err != nil || got.Text != "last" {
		d.Errorf("the last is %.50v, %v", got, err)
	}
	var wanted []string
	for i := range 120 {
		wanted = append(wanted, fmt.Sprintf("%03d", i))
	}
	err := d.c.store.look(d.Context(), func(r *read) error {
		found, err := noteKind.readSome(r, "demo", wanted)
		if len(found) != 100 {
			d.Errorf("found %d", len(found))
		}
		return err
	})
	if err != nil {
		d.Error(err)
	}
}

func strictly(d desk) {
	d.put(&note{Tenant: "demo", ID: "a"})
	for _, body := range []string{`{"text":"t","more":1}`, `{"text":"t"} {}`, `{`} {
		do(d.T, d.c, `UPDATE {document} SET body = ? WHERE kind = 'note'`, body)
		if _, err := d.notes().Get(d.Context(), "demo", "a"); err == nil || !strings.Contains(err.Error(), `unpack note "a"`) {
			d.Errorf("%s is read: %v", body, err)
		}
	}
}
