package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// document is a row of the table of documents. Fields that many kinds are
// listed or found by have a column here; the rest is in the body
// (docs/adr/0030).
type document struct {
	tenant, kind, id string
	body             []byte // as in the log
	progress         []byte // stored with it and not in the log, usually empty
	parent           string // the document that it belongs to, mostly none
	number           int64  // its place in lists that are not by id, mostly 0
	state            string // what lists choose by, mostly nothing
	due              int64  // when servers take care of it, 0 never; not in the log
	gone             bool   // it was dropped, and is here because the log is about it
	seq              int64  // the entry that wrote it last
}

const documentColumns = `tenant, kind, id, body, progress, parent, number, state, due, gone, seq`

func scanDocument(scan func(...any) error, d *document) error {
	return scan(&d.tenant, &d.kind, &d.id, &d.body, &d.progress, &d.parent, &d.number, &d.state, &d.due, &d.gone, &d.seq)
}

// documentKind says how the documents of one kind are kept. T is such a document, and its
// JSON is the body: the row after the write, as the log carries it. Its bytes are
// for ever, so fields are only added, with omitempty.
type documentKind[T any] struct {
	name  string // the first part of the kinds of its log entries
	title string // for people
	// pack returns the row of a document but for its body.
	pack func(*T) document
	// progress points to the part that is stored with it and not in the log;
	// nil: none.
	progress func(*T) any
	// unpack sets what of a document is not in its body.
	unpack func(*document, *T)
	// links are the ids of what documents are found by that name it; nil: none.
	links func(*T) []string
}

// How the kinds of the log entries of a document end.
const (
	entrySet     = ".set"
	entryDropped = ".dropped"
)

// row returns the row of a document.
func (k *documentKind[T]) row(t *T) (document, error) {
	d := k.pack(t)
	var err error
	d.kind = k.name
	d.body, err = json.Marshal(t)
	if err == nil && k.progress != nil {
		d.progress, err = json.Marshal(k.progress(t))
	}
	return d, during(err, "pack %s %q", k.title, d.id)
}

// read reads a document from its row.
func (k *documentKind[T]) read(d *document, t *T) error {
	err := parse(d.body, t)
	if err == nil && k.progress != nil {
		err = parse(d.progress, k.progress(t))
	}
	if err != nil {
		return fmt.Errorf("unpack %s %q: %w", k.title, d.id, err)
	}
	k.unpack(d, t)
	return nil
}

// parse reads JSON that has no field that into does not know.
func parse(packed []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(packed))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind it")
	}
	return nil
}

// get returns a document, nil when there never was one. One that is gone is as
// it was last.
func (k *documentKind[T]) get(r *read, tenant, id string) (t *T, gone bool, err error) {
	d, err := r.document(k.name, tenant, id)
	if d == nil || err != nil {
		return nil, false, err
	}
	t = new(T)
	if err := k.read(d, t); err != nil {
		return nil, false, err
	}
	return t, d.gone, nil
}

func (r *read) document(kind, tenant, id string) (*document, error) {
	if !storable(tenant) || !storable(id) {
		return nil, nil
	}
	return first(r, scanDocument, `SELECT `+documentColumns+` FROM {document} WHERE tenant = ? AND kind = ? AND id = ?`, tenant, kind, id)
}

// must returns a document that is there, or an UnknownError.
func (k *documentKind[T]) must(r *read, tenant, id string) (*T, error) {
	t, gone, err := k.get(r, tenant, id)
	if err == nil && (t == nil || gone) {
		err = k.unknown(id)
	}
	return t, err
}

func (k *documentKind[T]) unknown(id string) error { return &UnknownError{What: k.title, ID: id} }

// put stores a document with an entry of the log, and notes in it what its row has,
// the entry's seq too. was is how it is stored so far, nil when it never was.
func (k *documentKind[T]) put(w *write, t, was *T) error {
	return k.enter(w, t, was, k.name+entrySet, false)
}

// drop adds a log entry that a document is gone, and stores the part of the
// document that is left.
func (k *documentKind[T]) drop(w *write, t, was *T) error {
	return k.enter(w, t, was, k.name+entryDropped, true)
}

func (k *documentKind[T]) enter(w *write, t, was *T, entry string, gone bool) error {
	d, err := k.row(t)
	if err != nil {
		return err
	}
	if d.gone = gone; gone {
		d.due = 0
	}
	if d.seq, err = w.log(d.tenant, entry, d.id, json.RawMessage(d.body)); err != nil {
		return err
	}
	if k.links != nil {
		if err := k.link(w, &d, t, was); err != nil {
			return err
		}
	}
	k.unpack(&d, t)
	return w.store(&d)
}

// link stores what the document is found by, if that is new.
func (k *documentKind[T]) link(w *write, d *document, t, was *T) error {
	var had []string
	if was != nil {
		had = k.links(was)
	}
	has := k.links(t)
	if slices.Equal(had, has) {
		return nil
	}
	if len(had) > 0 {
		if err := w.exec(`DELETE FROM {document_link} WHERE tenant = ? AND kind = ? AND id = ?`, d.tenant, d.kind, d.id); err != nil {
			return err
		}
	}
	for _, target := range has {
		w.insert(`{document_link} (tenant, kind, target, id)`, d.tenant, d.kind, target, d.id)
	}
	return nil
}

// keep stores what is not in the log of a document, which is there.
func (k *documentKind[T]) keep(w *write, t *T) error {
	d, err := k.row(t)
	if err != nil {
		return err
	}
	return w.store(&d)
}

// done notes that a document was processed for the time at which it was due, and
// when it is due next. If somebody else has done so, or it was changed, it is
// ErrStale.
func (k *documentKind[T]) done(w *write, t *T, next int64) error {
	d := k.pack(t)
	n, err := w.affect(`UPDATE {document} SET due = ? WHERE tenant = ? AND kind = ? AND id = ? AND seq = ? AND due = ?`,
		next, d.tenant, k.name, d.id, d.seq, d.due)
	if err == nil && n == 0 {
		err = ErrStale
	}
	return err
}

const (
	insertDocument = `{document} (` + documentColumns + `)`
	updateDocument = ` {on tenant, kind, id} body = {new body}, progress = {new progress}, parent = {new parent}, number = {new number},
		state = {new state}, due = {new due}, gone = {new gone}, seq = {new seq}`
	// maxStoring bounds the bodies that one statement stores, in bytes.
	maxStoring = 1 << 20
)

// storing is the documents that are stored with the next flush.
type storing struct {
	ids   map[[3]string]bool // one statement stores no row twice
	bytes int
}

// store stores a row, in place of the one that is there.
func (w *write) store(d *document) error {
	id := [3]string{d.tenant, d.kind, d.id}
	if w.storing.ids[id] || w.storing.bytes > maxStoring {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if w.storing.ids == nil {
		w.storing.ids = map[[3]string]bool{}
	}
	w.storing.ids[id] = true
	w.storing.bytes += len(d.body) + len(d.progress)
	w.upsert(insertDocument, updateDocument,
		d.tenant, d.kind, d.id, string(d.body), string(d.progress), d.parent, d.number, d.state, d.due, d.gone, d.seq)
	return nil
}
