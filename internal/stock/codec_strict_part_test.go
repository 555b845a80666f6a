package stock

import (
	"bytes"
	"testing"
)

func TestWhatAnEntrySaysOfLotsHasOneSpelling(t *testing.T) {
	t.Parallel()
	batch, dairy := sampleLots()
	words := []string{"default", "tea", string(batch), string(dairy), "no lot"}
	entry := func(bits uint64, parts ...byte) []byte {
		return strictEntry(entryItems, strictItem(itemChanged|bits, parts...))
	}
	for _, c := range []struct {
		name  string
		entry []byte
		good  bool
	}{
		{"a policy", entry(itemLotPolicy, byte(DrawFIFO), 3), true},
		{"a policy that says nothing", entry(itemLotPolicy, 0, 0), false},
		{"a policy nobody knows", entry(itemLotPolicy, byte(drawUnused), 0), false},
		{"the longest lead", entry(itemLotPolicy, 0, 0xc2, 0x1c), true},
		{"a longer one", entry(itemLotPolicy, 0, 0xc3, 0x1c), false},
		{"no recalls", entry(itemRecalls, 0), false},
		{"a recall", entry(itemRecalls, 1, byte(recallSince), 3, 2), true},
		{"one that is over", entry(itemRecalls, 1, 0, 3), true},
		{"one that is over and has exceptions", entry(itemRecalls, 1, byte(recallExcept), 3, 1, 3), false},
		{"one without an exception", entry(itemRecalls, 1, byte(recallSince|recallExcept), 3, 2, 0), false},
		{"one with an exception twice", entry(itemRecalls, 1, byte(recallSince|recallExcept), 3, 2, 2, 3, 3), false},
		{"a recall of what is no lot", entry(itemRecalls, 1, byte(recallSince), 5, 2), false},
		{"no lots", entry(itemLots, 0), false},
		{"a lot", entry(itemLots, 1, byte(lotSince), 3, 2), true},
		{"one that is held and recalled", entry(itemLots, 1, byte(lotSince|lotHeld|lotRecalled), 4, 2, 8), true},
		{"one that holds nothing", entry(itemLots, 1, byte(lotSince|lotHeld), 4, 2, 0), false},
		{"one that is gone", entry(itemLots, 1, 0, 3), true},
		{"one that is gone and recalled", entry(itemLots, 1, byte(lotRecalled), 3), false},
		{"one that is gone and held", entry(itemLots, 1, byte(lotHeld), 3, 2), false},
		{"what is no lot", entry(itemLots, 1, byte(lotSince), 5, 2), false},
		{"an empty lot", entry(itemLots, 1, byte(lotSince), 0, 2), false},
		{"a lot cut off", entry(itemLots, 1, byte(lotSince), 3), false},
		{"more lots than there is room for", entry(itemLots, 9, byte(lotSince), 3, 2), false},
		{"units that have left", entry(itemConfirmed, 2, 3, 2, 4, 4), true},
		{"no units that have left", entry(itemConfirmed, 0), false},
		{"none of a lot", entry(itemConfirmed, 1, 3, 0), false},
		{"less than none", entry(itemConfirmed, 1, 3, 1), false},
		{"units of what is no lot", entry(itemConfirmed, 1, 5, 2), false},
		{"units of an empty lot", entry(itemConfirmed, 1, 0, 2), false},
		{"units cut off", entry(itemConfirmed, 1, 3), false},
		{"more units than there is room for", entry(itemConfirmed, 9, 3, 2), false},
		{"channels that are sold out of which there are none", entry(itemSoldOut, 0), false},
		{"a promise that says nothing is over", entry(itemPromises, 0), true},
		{"nobody who waits spelt out", entry(itemPromises, byte(promisesWaits), 0), false},
		{"a sale that says nothing", entry(itemPromises, byte(promisesPresale), 0, 0, 0, 0), false},
		{"a closed sale", entry(itemPromises, byte(promisesPresale), byte(saleClosed), 0, 0, 0), true},
	} {
		s := entrySource{byteReader: byteReader{p: c.entry}, words: words}
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
	own := func(op Op, bits uint64, parts ...byte) []byte {
		return append(append(appendUint(nil, bits), byte(op)), parts...)
	}
	step := func(head ...byte) []byte { return append(own(OpHandover, entryStep, head...), make([]byte, 16)...) }
	sealed := func(seq byte) []byte {
		return append(append(step(byte(stepSealed), 5, byte(Here), 2, 3), seq), make([]byte, 32)...)
	}
	far := bytes.Repeat([]byte{0xff}, 4)
	cases := []struct {
		name  string
		entry []byte
		good  bool
	}{
		{"a step", step(0, 5, byte(Left), 2, 3), true},
		{"a step that another record sealed", sealed(9), true},
		{"a step that no record sealed, spelt out", sealed(0), false},
		{"a step of no bucket", step(0, 0x80, 8, byte(Here), 2, 3), false},
		{"a step to a stage nobody knows", step(0, 5, byte(stages), 2, 3), false},
		{"a step to a slot past every number", step(0, 5, byte(Coming), 2, 0x80, 0x80, 4), false},
		{"a step to the last slot", step(0, 5, byte(Coming), 2, 0xff, 0xff, 3), true},
		{"a step cut off", sealed(9)[:30], false},
		{"a step with more behind the end", append(step(0, 5, byte(Here), 2, 3), 0), false},
		{"a step with no placements spelt out", append(step(byte(stepPlacements), 5, byte(Here), 2, 3), 0), false},
		{"no step", own(OpHandover, 0), false},
		{"an arrival", own(OpArrive, entryOrigin, 3, 9, 0), true},
		{"an arrival from nowhere", own(OpArrive, 0), false},
		{"an arrival from a slot past every number", own(OpArrive, entryOrigin, 0x80, 0x80, 4, 9, 0), false},
		{"a recall", own(OpRecallKey, entryOrigin, 3, 9, 7), true},
		{"a recall of an entry past every index", append(own(OpRecallKey, entryOrigin, append([]byte{3, 9}, far...)...), 0x0f), false},
		{"a recall with more behind the end", own(OpRecallKey, entryOrigin, 3, 9, 7, 0), false},
		{"a part that comes from somewhere", own(OpPart, entryOrigin, 3, 9, 0), false},
		{"a part", own(OpPart, 0), true},
		{"a cleanup that found nothing", own(OpCleanup, 0), true},
		{"a cleanup that found nothing, spelt out", own(OpCleanup, entryExpired, 0), false},
	}
	for _, c := range cases {
		s := entrySource{byteReader: byteReader{p: c.entry}}
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
