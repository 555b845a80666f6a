package stock

import "fmt"

// GreetHolder is the hello of a holder. It finds copies of the holder's file: by the ticket
// when the other copy has sent a hello since the copy was made, by the hash when entries of
// the other copy are in the books.
type GreetHolder struct {
	Item   ItemKey // HolderItem
	Bucket Bucket
	Epoch  uint64
	// Have is the ticket that the holder has, 0 before its first hello; Next, not 0, the
	// one that it has from now on.
	Have, Next uint64
	// Era is the era of the books.
	Era uint64
	// Seq and Hash are of the last record that, as the holder knows, is in the books.
	Seq  uint64
	Hash [32]byte
}

// Op names the command.
func (c GreetHolder) Op() Op { return OpTill }

// Reach says what the command needs to be judged.
func (c GreetHolder) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// The first hello since the books were restored from a back-up (their era is another) is
// judged by the log alone: its ticket may have been lost in the restore.
func (c GreetHolder) decide(s State, now Time) (Event, error) {
	if r := checkHolder(c.Item, c.Epoch); r != nil {
		return Event{}, r
	}
	if c.Next == 0 {
		return Event{}, invalid("next", "the next ticket is missing")
	}
	it, r := openHolder(s, c.Item, c.Item.Product, c.Epoch)
	if r != nil {
		return Event{}, r
	}
	h := it.Holder
	switch {
	case c.Seq != h.Seq:
		return Event{}, &Refusal{
			Code: InvalidState, Field: HolderLook,
			Detail: fmt.Sprintf("record %d of the till's log is the last in the books, not %d", h.Seq, c.Seq),
		}
	case c.Hash != h.Hash:
		return Event{}, stale("record %d of its log is not the one in the books: it is a copy, or was restored", h.Seq)
	}
	e, d := beginEvent(OpTill, it, Note{})
	switch {
	case h.Ticket == c.Next && h.Era == c.Era:
		d.show()
		return e, nil
	case h.Ticket != c.Next && h.Ticket != c.Have && h.Era == c.Era:
		return Event{}, stale("its ticket is not the last one: another copy of the file was heard since")
	}
	next := *h
	next.Ticket, next.Era = c.Next, c.Era
	d.to.Holder = &next
	return orNothing(e, d.done(now, "next"))
}

func stale(format string, args ...any) *Refusal {
	return &Refusal{Code: InvalidState, Field: HolderStale, Detail: "the till's file is stale: " + fmt.Sprintf(format, args...)}
}

// AppendCanonical appends what makes two requests the same.
func (c GreetHolder) AppendCanonical(dst []byte) []byte {
	return c.appendRest(append(c.Item.appendCanonical(append(dst, byte(OpTill))), 3))
}

func (c GreetHolder) append(dst []byte) []byte {
	return c.appendRest(appendItemAt(dst, c.Item, c.Bucket))
}

func (c GreetHolder) appendRest(dst []byte) []byte {
	for _, v := range [...]uint64{c.Epoch, c.Have, c.Next, c.Era, c.Seq} {
		dst = appendUint(dst, v)
	}
	return append(dst, c.Hash[:]...)
}

func (c GreetHolder) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
