package stock

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
)

// strictEntry is the start of an entry without anything in it.
func strictEntry(flags byte, parts ...[]byte) []byte {
	return append([]byte{byte(OpPlace), flags}, bytes.Join(parts, nil)...)
}

func TestAnEntryHasOneSpelling(t *testing.T) {
	t.Parallel()
	words := []string{"default", "tea", "held", "app"}
	item := []byte{1, itemChanged, 1, 2, 5, 9, 0, 0, 0, 0, 0, 0} // one item: version 9, no postings, no balances
	line := []byte{1, byte(lineOfItem | lineNew | linePlain), 4} // one line of it: requested 2
	apart := []byte{1, byte(lineNew | linePlain), 1, 2, 0, 5, 4} // the same, spelt out
	far := []byte{1, byte(lineNew | linePlain), 1, 2, 0, 6, 4}   // of another bucket
	cases := []struct {
		name  string
		entry []byte
		good  bool
	}{
		{"nothing but an operation", strictEntry(0), true},
		{"no operation", []byte{0, 0}, false},
		{"cut off", []byte{7}, false},
		{"more behind the end", strictEntry(0, []byte{0}), false},
		{"an order", strictEntry(entryOrder, []byte{1, 'x'}), true},
		{"an empty order", strictEntry(entryOrder, []byte{0}), false},
		{"an order that is longer than the entry", strictEntry(entryOrder, []byte{9, 'x'}), false},
		{"a length of too many bytes", strictEntry(entryOrder, []byte{0x81, 0, 'x'}), false},
		{"a length that is no number", strictEntry(entryOrder, bytes.Repeat([]byte{0xff}, 11)), false},
		{"a channel", strictEntry(entryChannel, []byte{4}), true},
		{"an empty channel", strictEntry(entryChannel, []byte{0}), false},
		{"a word that is not there", strictEntry(entryChannel, []byte{5}), false},
		{"note 0", strictEntry(entryNote, []byte{0}), false},
		{"a note past every list", strictEntry(entryNote, []byte{0x80, 0x80, 0x80, 0x80, 0x08}), false},
		{"an item", strictEntry(entryItems, item), true},
		{"no items", strictEntry(entryItems, []byte{0}), false},
		{"more items than there is room for", strictEntry(entryItems, []byte{0xff, 0xff, 0xff, 0xff, 0x0f}, item[1:]), false},
		{"an item of no bucket", strictEntry(entryItems, []byte{1, 0, 1, 2, 0x80, 8, 9, 0, 0, 0, 0, 0, 0}), false},
		{"an item with an empty lot", strictEntry(entryItems, []byte{1, itemLot, 1, 2, 0, 5, 9, 0, 0, 0, 0, 0, 0}), false},
		{"an item with an empty unit", strictEntry(entryItems, []byte{1, itemUnit, 1, 2, 5, 0, 0, 9, 0, 0, 0, 0, 0, 0}), false},
		{"an item with threshold 0", strictEntry(entryItems, []byte{1, itemThreshold, 1, 2, 5, 0, 9, 0, 0, 0, 0, 0, 0}), false},
		{"an item that is off on no channel", strictEntry(entryItems, []byte{1, itemOff, 1, 2, 5, 0, 9, 0, 0, 0, 0, 0, 0}), false},
		{"a numbered account by name", strictEntry(entryItems, []byte{1, 0, 1, 2, 5, 9, 0, 0, 1, 13, 2, 0, 0, 0}), false},
		{"an account by number", strictEntry(entryItems, []byte{1, 0, 1, 2, 5, 9, 0, 0, 1, 2, 2, 0, 0, 0}), true},
		{"a line of an item", strictEntry(entryItems|entryLines, item, line), true},
		{"a line of an item spelt out", strictEntry(entryItems|entryLines, item, apart), false},
		{"a line of another bucket than the item", strictEntry(entryItems|entryLines, item, far), true},
		{"a line of an item that is not there", strictEntry(entryLines, line), false},
		{"a line by itself", strictEntry(entryLines, apart), true},
		{"no lines", strictEntry(entryLines, []byte{0}), false},
		{"a line with a flag nobody knows", strictEntry(entryLines, []byte{1, 0xe0, 4, 1, 2, 0, 5, 4}), false},
		{"a line on the event's channel spelt out", strictEntry(entryLines, []byte{1, byte(lineNew | linePlain | lineChannel), 1, 2, 0, 5, 0, 4}), false},
		{"a line of call 0 spelt out", strictEntry(entryLines, []byte{1, byte(lineNew|linePlain) | 0x80, 1, 1, 2, 0, 5, 0, 4}), false},
		{"a line of a hold changed by no record", strictEntry(entryLines, []byte{1, byte(lineNew|linePlain) | 0x80, 2, 1, 2, 0, 5, 0xe7, 0x24, 4}), false},
		{"a line of a hold changed by the record before", strictEntry(entryLines, []byte{1, byte(lineNew|linePlain) | 0x80, 2, 1, 2, 0, 5, 1, 4}), true},
		{"a plain line spelt out", strictEntry(entryLines, []byte{1, byte(lineNew), 1, 2, 0, 5, 4, 1, 1, 4}), false},
		{"a line that drew something else", strictEntry(entryLines, []byte{1, byte(lineNew), 1, 2, 0, 5, 4, 1, 1, 2}), true},
		{"an ended line of which nothing left", strictEntry(entryLines, []byte{1, byte(lineNew | linePlain | lineEnded), 1, 2, 0, 5, 4, 0, 0, 0, 0, 0}), false},
		{"a line with an end nobody knows", strictEntry(entryLines, []byte{1, byte(lineNew | linePlain | lineEnded), 1, 2, 0, 5, 4, 4, 0, 0, 0, 0}), false},
		{"a new line with times spelt out", strictEntry(entryLines, []byte{1, byte(linePlain), 1, 2, 0, 5, 4, 0, 0}), false},
		{"a call at home on a line", strictEntry(entryLines|entryCall, apart, []byte{1, 0}), true},
		{"a call whose home is a line spelt out", strictEntry(entryLines|entryCall, apart, []byte{0, 1, 2, 5, 0}), false},
		{"a call at home elsewhere", strictEntry(entryLines|entryCall, apart, []byte{0, 1, 2, 6, 0}), true},
		{"a call at home on a line that is not there", strictEntry(entryLines|entryCall, apart, []byte{2, 0}), false},
		{"a call at home on the second of two equal lines", strictEntry(entryLines|entryCall, []byte{2}, apart[1:], apart[1:], []byte{2, 0}), false},
		{"no shortages", strictEntry(entryShort, []byte{0}), false},
		{"a shortage", strictEntry(entryShort, []byte{1, 1, 2, 4, 2, 1}), true},
		{"a shortage that is neither on sale nor not", strictEntry(entryShort, []byte{1, 1, 2, 4, 2, 2}), false},
		{"a refusal", strictEntry(entryRefusal, []byte{4, 0, 0, 0, 0, 0}), true},
		{"a refusal without a code", strictEntry(entryRefusal, []byte{0, 0, 0, 0, 0, 0}), false},
	}
	for _, c := range cases {
		s := entrySource{source: source{p: c.entry}, words: words}
		e, note := s.entry("acme", &sampleHead)
		if s.bad == c.good {
			t.Errorf("%s: %x accepted: %v", c.name, c.entry, !s.bad)
		}
		if !c.good || s.bad {
			continue
		}
		if again := dictionaryOf(words).appendEntry(nil, e, note, &sampleHead); !bytes.Equal(again, c.entry) {
			t.Errorf("%s: %x is written as %x", c.name, c.entry, again)
		}
	}
}

func TestWhatAnEntrySaysOfLotsHasOneSpelling(t *testing.T) {
	t.Parallel()
	batch, dairy := sampleLots()
	words := []string{"default", "tea", string(batch), string(dairy), "no lot"}
	// One item of bucket 5 with parts, version 9, no postings, no balances.
	entry := func(parts ...byte) []byte {
		return strictEntry(entryItems, []byte{1, itemChanged, 1, 2, 0x85, 0x10, 9, 0, 0, 0, 0, 0, 0}, parts)
	}
	for _, c := range []struct {
		name  string
		entry []byte
		good  bool
	}{
		{"a policy", entry(besideLots, byte(DrawFIFO), 3, 0), true},
		{"a policy that says nothing", entry(besideLots, 0, 0, 0), false},
		{"a policy nobody knows", entry(besideLots, byte(drawUnused), 0, 0), false},
		{"the longest lead", entry(besideLots, 0, 0xc2, 0x1c, 0), true},
		{"a longer one", entry(besideLots, 0, 0xc3, 0x1c, 0), false},
		{"a lot", entry(besideLots, 0, 0, 1, 3, 0, 2), true},
		{"one that is held and recalled", entry(besideLots, 0, 0, 1, 4, lotHeld|lotRecalled, 2, 8), true},
		{"one that holds nothing", entry(besideLots, 0, 0, 1, 4, lotHeld, 2, 0), false},
		{"one that is gone", entry(besideLots, 0, 0, 1, 3, lotGone), true},
		{"one that is gone and recalled", entry(besideLots, 0, 0, 1, 3, lotGone|lotRecalled), false},
		{"one with a flag nobody knows", entry(besideLots, 0, 0, 1, 3, lotUnused, 2), false},
		{"what is no lot", entry(besideLots, 0, 0, 1, 5, 0, 2), false},
		{"an empty lot", entry(besideLots, 0, 0, 1, 0, 0, 2), false},
		{"a lot cut off", entry(besideLots, 0, 0, 1, 3), false},
		{"more lots than there is room for", entry(besideLots, 0, 0, 9, 3, 0, 2), false},
		{"units that have left", entry(besideConfirmed, 2, 3, 2, 4, 4), true},
		{"no units that have left", entry(besideConfirmed, 0), false},
		{"none of a lot", entry(besideConfirmed, 1, 3, 0), false},
		{"less than none", entry(besideConfirmed, 1, 3, 1), false},
		{"units of what is no lot", entry(besideConfirmed, 1, 5, 2), false},
		{"units of an empty lot", entry(besideConfirmed, 1, 0, 2), false},
		{"units cut off", entry(besideConfirmed, 1, 3), false},
		{"more units than there is room for", entry(besideConfirmed, 9, 3, 2), false},
		{"a part nobody knows", entry(besideUnused, 0, 0, 1, 3, 0, 2), false},
	} {
		s := entrySource{source: source{p: c.entry}, words: words}
		e, note := s.entry("acme", &sampleHead)
		if s.bad == c.good {
			t.Errorf("%s: %x accepted: %v", c.name, c.entry, !s.bad)
		}
		if !c.good || s.bad {
			continue
		}
		if again := dictionaryOf(words).appendEntry(nil, e, note, &sampleHead); !bytes.Equal(again, c.entry) {
			t.Errorf("%s: %x is written as %x", c.name, c.entry, again)
		}
	}
}

func TestAnEntryThatMovesABucketHasOneSpelling(t *testing.T) {
	t.Parallel()
	sums := make([]byte, 32+16)
	step := func(head ...byte) []byte { return append(append([]byte{byte(OpHandover), 0}, head...), sums...) }
	far := bytes.Repeat([]byte{0xff}, 4)
	cases := []struct {
		name  string
		entry []byte
		good  bool
	}{
		{"a step", step(5, byte(Here), 2, 3, 9), true},
		{"a step of no bucket", step(0x80, 8, byte(Here), 2, 3, 9), false},
		{"a step to a stage nobody knows", step(5, byte(stages), 2, 3, 9), false},
		{"a step to a slot past every number", step(5, byte(Coming), 2, 0x80, 0x80, 4, 9), false},
		{"a step to the last slot", step(5, byte(Coming), 2, 0xff, 0xff, 3, 9), true},
		{"a step cut off", step(5, byte(Here), 2, 3, 9)[:30], false},
		{"a step with more behind the end", append(step(5, byte(Here), 2, 3, 9), 0), false},
		{"an arrival", []byte{byte(OpArrive), 0, 3, 9, 0}, true},
		{"an arrival from nowhere", []byte{byte(OpArrive), 0}, false},
		{"an arrival from a slot past every number", []byte{byte(OpArrive), 0, 0x80, 0x80, 4, 9, 0}, false},
		{"a recall", []byte{byte(OpRecallKey), 0, 3, 9, 7}, true},
		{"a recall of an entry past every index", append(append([]byte{byte(OpRecallKey), 0, 3, 9}, far...), 0x0f), false},
		{"a recall with more behind the end", []byte{byte(OpRecallKey), 0, 3, 9, 7, 0}, false},
		{"a part that comes from somewhere", []byte{byte(OpPart), 0, 3, 9, 0}, false},
		{"a part", []byte{byte(OpPart), 0}, true},
	}
	for _, c := range cases {
		s := entrySource{source: source{p: c.entry}}
		e, _ := s.entry("acme", &sampleHead)
		if s.bad == c.good {
			t.Errorf("%s: %x accepted: %v", c.name, c.entry, !s.bad)
		}
		if !c.good || s.bad {
			continue
		}
		if again := dictionaryOf(nil).appendEntry(nil, e, 0, &sampleHead); !bytes.Equal(again, c.entry) {
			t.Errorf("%s: %x is written as %x", c.name, c.entry, again)
		}
	}
}

func TestARowHasOneSpelling(t *testing.T) {
	t.Parallel()
	item := func(content ...byte) error {
		n := len(content)
		_, err := DecodeItem(sampleTea, appendSum(appendItemKey(content, sampleTea), 0, n))
		return err
	}
	var reader HoldReader
	hold := func(content ...byte) error {
		key, n := sampleHold().Key, len(content)
		row := appendSum(appendHoldKey(content, key), 0, n)
		_, err := DecodeHold(key, row)
		if reader.OpenLines(key, row, func(*Line) {}) != nil && err == nil {
			t.Errorf("%x: only the quick reader refuses it", content)
		}
		return err
	}
	step := func(content ...byte) error {
		row := append(content, make([]byte, 32+16)...)
		_, err := DecodeHandover(appendSum(row, 0, len(row)))
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		good bool
	}{
		{"a step", step(1, 5, byte(Left), 2, 3, 0), true},
		{"a step of another version", step(2, 5, byte(Left), 2, 3, 0), false},
		{"a step of no bucket", step(1, 0x80, 8, byte(Left), 2, 3, 0), false},
		{"a step to a stage nobody knows", step(1, 5, byte(stages), 2, 3, 0), false},
		{"a step to a slot past every number", step(1, 5, byte(Left), 2, 0x80, 0x80, 4, 0), false},
		{"a step with more behind the end", step(1, 5, byte(Left), 2, 3, 0, 0), false},
		{"a step of too many bytes", step(1, 0x85, 0, byte(Left), 2, 3, 0), false},
		{"an empty item", item(1, 0, 5, 9, 0, 0), true},
		{"an item of another version", item(2, 0, 5, 9, 0, 0), false},
		{"an item with a flag of entries", item(1, itemLot, 5, 9, 0, 0), false},
		{"an item of no bucket", item(1, 0, 0x80, 8, 9, 0, 0), false},
		{"an item with an empty unit", item(1, itemUnit, 5, 9, 0, 0, 0, 0), false},
		{"an item with threshold 0", item(1, itemThreshold, 5, 9, 0, 0, 0), false},
		{"an item that is off on no channel", item(1, itemOff, 5, 9, 0, 0, 0), false},
		{"an item with more behind the end", item(1, 0, 5, 9, 0, 0, 0), false},
		{"an item with a numbered account by name", item(1, 0, 5, 9, 0, 1, 14, 'h', 'e', 'l', 'd', 0), false},
		{"an item with more balances than there is room for", item(1, 0, 5, 9, 0, 99, 1, 0), false},
		{"an item with an account by number", item(1, 0, 5, 9, 0, 1, 2, 0), true},
		{"an empty hold", hold(1, 0, 0), true},
		{"a hold of another version", hold(2, 0, 0), false},
		{"a line of call 0", hold(1, 1, rowLinePlain, 0, 1, 'p', 4, 2, 1, 2), true},
		{"a line of a call that is not there", hold(1, 1, rowLinePlain, 0, 1, 'p', 4, 2, 0), false},
		{"a leg without its key", hold(1, 1, rowLineLeg|rowLinePlain, 0, 1, 'p', 4, 2, 1, 2), false},
		{"a line with an empty lot", hold(1, 1, rowLineLot|rowLinePlain, 0, 1, 'p', 0, 4, 2, 1, 2), false},
		{"a line with an empty channel", hold(1, 1, rowLineChannel|rowLinePlain, 0, 1, 'p', 0, 4, 2, 1, 2), false},
		{"a line of call 0 spelt out", hold(1, 1, rowLineCall|rowLinePlain, 0, 1, 'p', 0, 4, 2, 1, 2), false},
		{"a plain line spelt out", hold(1, 1, 0, 0, 1, 'p', 4, 1, 1, 4, 2, 1, 2), false},
		{"an ended line of which nothing left", hold(1, 1, rowLineEnded|rowLinePlain, 0, 1, 'p', 4, 0, 0, 0, 0, 0, 2, 1, 2), false},
		{"a deadline of 0 spelt out", hold(1, 1, rowLineDeadline|rowLinePlain, 0, 1, 'p', 4, 2, 1, 1, 2), false},
		{"a line updated when it was made", hold(1, 1, rowLineUpdated|rowLinePlain, 0, 1, 'p', 4, 2, 0, 1, 2), false},
		{"a call whose home is a line that is not there", hold(1, 0, 1, 2), false},
		{"a call whose home is a line spelt out", hold(1, 1, rowLinePlain, 0, 1, 'p', 4, 2, 1, 0, 0, 1, 'p', 0xfe, 6), false},
		{"a call with legs of which there are none", hold(1, 1, rowLinePlain, 0, 1, 'p', 4, 2, 1, 3, 0), false},
		{"a call with a leg", hold(1, 1, rowLinePlain, 0, 1, 'p', 4, 2, 1, 3, 1, 7), true},
		{"a call with a leg in no bucket", hold(1, 1, rowLinePlain, 0, 1, 'p', 4, 2, 1, 3, 1, 0x80, 8), false},
	} {
		if c.good && c.err != nil || !c.good && !errors.Is(c.err, ErrMalformed) {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
}

func TestABlockIsExactlyAsItsEntriesMakeIt(t *testing.T) {
	t.Parallel()
	channel := func(words ...byte) (entries [][]byte) {
		for _, w := range words {
			entries = append(entries, strictEntry(entryChannel, []byte{w}))
		}
		return entries
	}
	note := func(n byte) []byte { return strictEntry(entryNote, []byte{n}) }
	for _, c := range []struct {
		name    string
		words   []string
		notes   int
		entries [][]byte
		parses  bool
		checks  bool
	}{
		{"each word in the order of its use", []string{"a", "b"}, 0, channel(1, 2, 1), true, true},
		{"a word that nobody uses", []string{"a", "b"}, 0, channel(1, 1), true, false},
		{"words in another order", []string{"a", "b"}, 0, channel(2, 1), true, false},
		{"a word twice", []string{"a", "a"}, 0, channel(1, 2), true, false},
		{"an empty word", []string{""}, 0, channel(1), false, false},
		{"notes in the order of their use", nil, 2, [][]byte{note(1), note(2), note(1)}, true, true},
		{"a note that nobody uses", nil, 2, [][]byte{note(1)}, true, false},
		{"notes in another order", nil, 2, [][]byte{note(2), note(1)}, true, false},
		{"a note that is not there", nil, 1, [][]byte{note(1), note(2)}, true, false},
		{"an entry that does not decode", nil, 0, [][]byte{{0, 0}}, true, false},
		{"no entries", nil, 0, nil, false, false},
	} {
		raw := appendString(make([]byte, saltSize), "acme")
		raw = appendUint(raw, uint64(len(c.words)))
		for _, w := range c.words {
			raw = appendString(raw, w)
		}
		raw = append(appendUint(raw, uint64(c.notes)), make([]byte, c.notes*noteSumSize)...)
		for _, e := range c.entries {
			raw = appendUint(raw, uint64(len(e)))
		}
		raw = append(raw, bytes.Join(c.entries, nil)...)
		r, err := ParseRecord(recordOf(len(c.entries), raw))
		if (err == nil) != c.parses {
			t.Errorf("%s: parsed with %v", c.name, err)
		}
		if err != nil {
			continue
		}
		if err := r.Check(); (err == nil) != c.checks || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: checked with %v", c.name, err)
		}
	}
}

// recordOf is a record of blocks that all have so many entries.
func recordOf(entries int, blocks ...[]byte) []byte {
	body := appendRecordHead(nil, &sampleHead, len(blocks))
	for _, raw := range blocks {
		sum := sha256.Sum256(raw)
		body = append(appendUint(body, uint64(entries)), sum[:]...)
	}
	for _, raw := range blocks {
		body = appendUint(body, uint64(len(raw)))
	}
	return appendRecordSum(append(body, bytes.Join(blocks, nil)...))
}

func TestRecordsThatDoNotHangTogetherAreRefused(t *testing.T) {
	t.Parallel()
	block := func(tail string) []byte {
		return append(appendString(make([]byte, saltSize), "acme"), tail...)
	}
	sound := block("\x00\x00\x02\x07\x00")
	if _, err := ParseRecord(recordOf(1, sound)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		body []byte
	}{
		{"nothing", nil},
		{"a sum over nothing", appendRecordSum(nil)},
		{"a version and nothing else", appendRecordSum([]byte{recordVersion})},
		{"more behind the last block", appendRecordSum(append(recordOf(1, sound)[:len(recordOf(1, sound))-sumSize], 0))},
		{"two blocks of one tenant", recordOf(1, sound, sound)},
		{"more entries than an index can have", recordOf(1<<31-1, nil, nil)},
		{"more entries than the block has room for", recordOf(1000, sound)},
		{"an entry longer than its block", recordOf(1, block("\x00\x00\x03\x07\x00"))},
		{"an entry whose length wraps around", recordOf(2, block("\x00\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x07\x00"))},
		{"bytes of no entry", recordOf(1, block("\x00\x00\x01\x07\x00"))},
		{"more words than there is room for", recordOf(1, block("\x7f\x00\x02\x07\x00"))},
		{"more notes than there is room for", recordOf(1, block("\x00\x01\x02\x07\x00"))},
		{"a block that is only a salt", recordOf(1, make([]byte, saltSize))},
	} {
		if _, err := ParseRecord(c.body); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAnErrorEndsTheReadingOfEntries(t *testing.T) {
	t.Parallel()
	body, _, text, _ := sampleRecord(t)
	stop, calls := errors.New("stop"), 0
	err := parsed(t, body, text).Events(func(int, *Event) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%v after %d entries", err, calls)
	}
	raw := append(appendString(make([]byte, saltSize), "acme"), "\x00\x00\x02\x02\x07\x00\x00\x00"...)
	r, err := ParseRecord(recordOf(2, raw))
	if err != nil {
		t.Fatal(err)
	}
	calls = 0
	err = r.Events(func(int, *Event) error { calls++; return nil })
	if !errors.Is(err, ErrMalformed) || calls != 1 || !strings.Contains(err.Error(), "record 4711, entry 1") {
		t.Errorf("%v after %d entries", err, calls)
	}
}
