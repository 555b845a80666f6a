package erase

import (
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Notes selects the notes to redact: those of the tenant's entries that match every
// field which is set here. An empty field matches all.
type Notes struct {
	Tenant string
	// Order and Customer are the order and the customer of an entry or of a line of
	// it.
	Order, Customer string
	// Text is in the reason, the reference or the operator of the entry.
	Text string
	// Product and Location are of an item or a line of the entry, both of the same
	// one.
	Product, Location string
	// The entry was booked at Since or later, and before Before; 0: at any time.
	Since, Before stock.Time
}

// Tally counts what of a log is redacted, or would be.
type Tally struct {
	// Read is how many records were read, Records how many of them change.
	Read, Records int
	// Notes counts the redacted notes. Entries counts the requested entries that
	// have one of them. Others counts entries that have one too, because they say
	// the same in the same record.
	Notes, Entries, Others int
	// Before counts the requested entries whose notes were redacted earlier.
	Before int
}

// Add adds another tally.
func (t *Tally) Add(o Tally) {
	t.Read += o.Read
	t.Records += o.Records
	t.Notes += o.Notes
	t.Entries += o.Entries
	t.Others += o.Others
	t.Before += o.Before
}

// From returns the record without the notes, and counts what is taken from it:
// Records is 0 when nothing is.
func (n *Notes) From(rec *engine.Record) (engine.Record, Tally, error) {
	now, tally := *rec, Tally{Read: 1}
	if len(rec.Text) == 0 || n.Before != 0 && rec.At >= n.Before || rec.At < n.Since {
		return now, tally, nil
	}
	r, err := stock.ParseRecord(rec.Body)
	if err == nil {
		err = r.Attach(rec.Text)
	}
	if err != nil {
		return now, tally, fmt.Errorf("record %d: %w", rec.Seq, err)
	}
	users := map[stock.NoteRef]int{} // entries by what they have
	var refs []stock.NoteRef         // those that go
	chosen := map[stock.NoteRef]bool{}
	err = r.Events(func(i int, e *stock.Event) error {
		if e.Tenant != n.Tenant {
			return nil
		}
		ref, has, err := r.NoteOf(i)
		switch {
		case err != nil || !has:
			return err
		case e.Note.Reason == "" && e.Note.Reference == "" && e.Note.Operator == "": // a note that is stored says something
			if n.Text == "" && n.means(e) {
				tally.Before++
			}
			return nil
		}
		users[ref]++
		if n.means(e) {
			tally.Entries++
			if !chosen[ref] {
				chosen[ref], refs = true, append(refs, ref)
			}
		}
		return nil
	})
	if err != nil {
		return now, tally, fmt.Errorf("record %d: %w", rec.Seq, err)
	}
	if len(refs) == 0 {
		return now, tally, nil
	}
	tally.Records, tally.Notes, tally.Others = 1, len(refs), -tally.Entries
	for _, ref := range refs {
		tally.Others += users[ref]
	}
	now.Text, err = stock.RedactText(rec.Text, refs...)
	return now, tally, err
}

// means reports whether the entry is one of the requested ones.
func (n *Notes) means(e *stock.Event) bool {
	if n.Order != "" && e.Order != n.Order {
		return false
	}
	if n.Text != "" && !strings.Contains(e.Note.Reason, n.Text) && !strings.Contains(e.Note.Reference, n.Text) && !strings.Contains(e.Note.Operator, n.Text) {
		return false
	}
	if n.Customer != "" && !n.isOfCustomer(e) {
		return false
	}
	return n.Product == "" && n.Location == "" || n.concerns(e)
}

func (n *Notes) isOfCustomer(e *stock.Event) bool {
	for i := range e.Lines {
		if e.Lines[i].Line.Customer == n.Customer {
			return true
		}
	}
	return false
}

func (n *Notes) concerns(e *stock.Event) bool {
	is := func(k stock.ItemKey) bool {
		return (n.Product == "" || k.Product == n.Product) && (n.Location == "" || k.Location == n.Location)
	}
	for i := range e.Items {
		if is(e.Items[i].Key) {
			return true
		}
	}
	for i := range e.Lines {
		if is(e.Lines[i].Line.Item) {
			return true
		}
	}
	return false
}
