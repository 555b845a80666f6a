package stock

import (
	"bytes"
	"testing"
)

// strictEntry is an entry with a bitmap and what follows the operation.
func strictEntry(bits uint64, parts ...[]byte) []byte {
	return append(append(appendUint(nil, bits), byte(OpPlace)), bytes.Join(parts, nil)...)
}

// strictItem is a list of one item, of bucket 5 with version 9, without postings
// and balances.
func strictItem(bits uint64, parts ...byte) []byte {
	return append(append(appendUint([]byte{1}, bits), 1, 2, 5, 9, 0, 0, 0), parts...)
}

// strictLine is a list of one line that requested 2.
func strictLine(bits uint64, parts ...byte) []byte {
	return append(append(appendUint([]byte{1}, bits), 4), parts...)
}

func TestAnEntryHasOneSpelling(t *testing.T) {
	t.Parallel()
	words := []string{"default", "tea", "held", "app"}
	item := strictItem(itemChanged)
	line := strictLine(linePlain)                       // of the item
	apart := strictLine(linePlain|lineItem, 1, 2, 0, 5) // the same, spelt out
	far := strictLine(linePlain|lineItem, 1, 2, 0, 6)   // of another bucket
	cases := []struct {
		name  string
		entry []byte
		good  bool
	}{
		{"nothing but an operation", strictEntry(0), true},
		{"no operation", []byte{0, 0}, false},
		{"cut off", []byte{0}, false},
		{"more behind the end", strictEntry(0, []byte{0}), false},
		{"a bitmap of too many bytes", []byte{0x80, 0, byte(OpPlace)}, false},
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
		{"an item of no bucket", strictEntry(entryItems, []byte{1, 0, 1, 2, 0x80, 8, 9, 0, 0, 0}), false},
		{"an item with an empty lot", strictEntry(entryItems, strictItem(itemLot, 0)), false},
		{"an item with an empty unit", strictEntry(entryItems, strictItem(itemUnit, 0, 0)), false},
		{"an item with threshold 0", strictEntry(entryItems, strictItem(itemThreshold, 0)), false},
		{"an item that is off on no channel", strictEntry(entryItems, strictItem(itemOff, 0)), false},
		{"an item never seen spelt out", strictEntry(entryItems, strictItem(itemSeen, 0xff, 0xf7, 0xb2, 0xe5, 0xbd, 0x68, 0)), false},
		{"an item with the figures that are guessed", strictEntry(entryItems, strictItem(itemFigures, 0, 0, 0)), false},
		{"an item with other figures", strictEntry(entryItems, strictItem(itemFigures, 0, 2, 0)), true},
		{"an item with figures of no channel", strictEntry(entryItems, strictItem(itemChannels, 0)), false},
		{"an item with a channel", strictEntry(entryItems, strictItem(itemChannels, 1, byte(channelHeld), 4, 0, 2)), true},
		{"a channel that holds nothing spelt out", strictEntry(entryItems, strictItem(itemChannels, 1, byte(channelHeld), 4, 0, 0)), false},
		{"a channel of weight 0 spelt out", strictEntry(entryItems, strictItem(itemChannels, 1, byte(channelWeight), 4, 0, 0)), false},
		{"a numbered account by name", strictEntry(entryItems, []byte{1, 0, 1, 2, 5, 9, 0, 0, 1, 13, 2}), false},
		{"an account by number", strictEntry(entryItems, []byte{1, 0, 1, 2, 5, 9, 0, 0, 1, 2, 2}), true},
		{"no rest", strictEntry(entryItems, strictItem(itemRest, 0)), false},
		{"a rest of no channels", strictEntry(entryItems, strictItem(itemRest, byte(restChannels), 0)), false},
		{"a rest", strictEntry(entryItems, strictItem(itemRest, byte(restBalances), 1, 1, 4)), true},
		{"a line of an item", strictEntry(entryItems|entryLines, item, line), true},
		{"a line of an item spelt out", strictEntry(entryItems|entryLines, item, apart), false},
		{"a line of another bucket than the item", strictEntry(entryItems|entryLines, item, far), true},
		{"a line of an item that is not there", strictEntry(entryLines, line), false},
		{"a line by itself", strictEntry(entryLines, apart), true},
		{"no lines", strictEntry(entryLines, []byte{0}), false},
		{"a line on the event's channel spelt out", strictEntry(entryLines, strictLine(linePlain|lineChannel|lineItem, 0, 1, 2, 0, 5)), false},
		{"a line of call 0 spelt out", strictEntry(entryLines, strictLine(linePlain|lineItem|lineCall, 1, 2, 0, 5, 0)), false},
		{"a line of a hold changed by no record", strictEntry(entryLines, strictLine(linePlain|linePrev|lineItem, 0xe7, 0x24, 1, 2, 0, 5)), false},
		{"a line of a hold changed by the record before", strictEntry(entryLines, strictLine(linePlain|linePrev|lineItem, 1, 1, 2, 0, 5)), true},
		{"a plain line spelt out", strictEntry(entryLines, strictLine(lineDrawn|lineItem, 1, 1, 4, 1, 2, 0, 5)), false},
		{"a plain line that drew something else", strictEntry(entryLines, strictLine(linePlain|lineDrawn|lineItem, 1, 1, 2, 1, 2, 0, 5)), false},
		{"a line that drew something else", strictEntry(entryLines, strictLine(lineDrawn|lineItem, 1, 1, 2, 1, 2, 0, 5)), true},
		{"a line that drew nothing", strictEntry(entryLines, strictLine(lineItem, 1, 2, 0, 5)), true},
		{"a line that drew nothing spelt out", strictEntry(entryLines, strictLine(lineDrawn|lineItem, 0, 1, 2, 0, 5)), false},
		{"an ended line of which nothing left", strictEntry(entryLines, strictLine(linePlain|lineEnded|lineItem, 0, 0, 0, 0, 0, 1, 2, 0, 5)), false},
		{"a line with an end nobody knows", strictEntry(entryLines, strictLine(linePlain|lineEnded|lineItem, 4, 0, 0, 0, 0, 1, 2, 0, 5)), false},
		{"a new line with times spelt out", strictEntry(entryLines, strictLine(linePlain|lineTimes|lineItem, 0, 0, 1, 2, 0, 5)), false},
		{"a line of no customer spelt out", strictEntry(entryLines, strictLine(linePlain|lineItem|lineCustomer, 1, 2, 0, 5, 0, 0)), false},
		{"a leg without its key", strictEntry(entryLines, strictLine(linePlain|lineItem|lineLeg, 1, 2, 0, 5, 0)), false},
		{"a leg", strictEntry(entryLines, strictLine(linePlain|lineItem|lineLeg, append([]byte{1, 2, 0, 5, byte(legCopy)}, make([]byte, 32)...)...)), true},
		{"a call at home on a line", strictEntry(entryLines|entryCall, apart, []byte{0}), true},
		{"a call at home on the first line spelt out", strictEntry(entryLines|entryCall, apart, []byte{byte(callLine), 1}), false},
		{"a call whose home is a line spelt out", strictEntry(entryLines|entryCall, apart, []byte{byte(callHome), 1, 2, 5}), false},
		{"a call at home elsewhere", strictEntry(entryLines|entryCall, apart, []byte{byte(callHome), 1, 2, 6}), true},
		{"a call at home on a line and elsewhere", strictEntry(entryLines|entryCall, apart, []byte{byte(callLine | callHome), 2, 1, 2, 6}), false},
		{"a call at home on a line that is not there", strictEntry(entryLines|entryCall, apart, []byte{byte(callLine), 2}), false},
		{"a call at home on the second of two equal lines", strictEntry(entryLines|entryCall, []byte{2}, apart[1:], apart[1:], []byte{byte(callLine), 2}), false},
		{"a call at home on no line", strictEntry(entryCall, []byte{0}), false},
		{"a call with legs of which there are none", strictEntry(entryLines|entryCall, apart, []byte{byte(callLegs), 0}), false},
		{"a call with a leg", strictEntry(entryLines|entryCall, apart, []byte{byte(callLegs), 1, 7}), true},
		{"no shortages", strictEntry(entryShort, []byte{0}), false},
		{"a shortage", strictEntry(entryShort, []byte{1, byte(shortNotOnSale), 1, 2, 4, 2}), true},
		{"a refusal", strictEntry(entryRefusal, []byte{0, 4}), true},
		{"a refusal without a code", strictEntry(entryRefusal, []byte{0, 0}), false},
		{"a refusal with no detail spelt out", strictEntry(entryRefusal, []byte{byte(refusalDetail), 4, 0}), false},
		{"a refusal of no version spelt out", strictEntry(entryRefusal, []byte{byte(refusalVersion), 4, 0}), false},
		{"a refusal with no shortages spelt out", strictEntry(entryRefusal, []byte{byte(refusalShort), 4, 0}), false},
		{"expired lines of a place", strictEntry(entryExpired, []byte{3}), false},
		{"an entry that comes from somewhere", strictEntry(entryOrigin, []byte{3, 9, 0}), false},
		{"an entry that leaves a bucket", strictEntry(entryLeaves, []byte{3}), false},
	}
	for _, c := range cases {
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
