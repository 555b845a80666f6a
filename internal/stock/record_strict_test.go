package stock

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
)

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
	sound := block("\x00\x00\x02\x00\x07")
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
		{"an entry longer than its block", recordOf(1, block("\x00\x00\x03\x00\x07"))},
		{"an entry whose length wraps around", recordOf(2, block("\x00\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x07"))},
		{"bytes of no entry", recordOf(1, block("\x00\x00\x01\x00\x07"))},
		{"more words than there is room for", recordOf(1, block("\x7f\x00\x02\x00\x07"))},
		{"more notes than there is room for", recordOf(1, block("\x00\x01\x02\x00\x07"))},
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
	raw := append(appendString(make([]byte, saltSize), "acme"), "\x00\x00\x02\x02\x00\x07\x00\x00"...)
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
