package stock

import (
	"bytes"
	"errors"
	"testing"
)

func TestAnotherVersionIsNamed(t *testing.T) {
	t.Parallel()
	record, _, _, _ := sampleRecord(t)
	item, hold, step := sampleItem(), sampleHold(), sampleHandover()
	var reader HoldReader
	keyed := func(key []byte, body []byte) []byte {
		return appendSum(append(bytes.Clone(body), key...), 0, len(body))
	}
	for _, c := range []struct {
		name   string
		packed []byte
		key    []byte
		read   func([]byte) error
		what   string
	}{
		{"record", record, nil, func(b []byte) error { _, err := ParseRecord(b); return err }, "parse record: record"},
		{"item", AppendItem(nil, item), appendItemKey(nil, item.Key), func(b []byte) error { _, err := DecodeItem(item.Key, b); return err }, "decode item: row of an item"},
		{"hold", AppendHold(nil, hold), appendHoldKey(nil, hold.Key), func(b []byte) error { _, err := DecodeHold(hold.Key, b); return err }, "decode hold: row of a hold"},
		{"open lines", AppendHold(nil, hold), appendHoldKey(nil, hold.Key), func(b []byte) error { return reader.OpenLines(hold.Key, b, func(*Line) {}) }, "read hold: row of a hold"},
		{"bucket", AppendHandover(nil, &step), nil, func(b []byte) error { _, err := DecodeHandover(b); return err }, "decode handover: row of a bucket"},
	} {
		body := c.packed[:len(c.packed)-sumSize]
		for _, version := range []struct {
			byte  byte
			newer bool
			says  string
		}{
			{1, false, " of version 1, this program knows 2: it is from before 0.1, begin with an empty database"},
			{3, true, " of version 3, this program knows 2: run the newer holdfast that wrote it"},
		} {
			body[0] = version.byte
			err := c.read(keyed(c.key, body))
			var named *VersionError
			if !errors.As(err, &named) || named.Found != version.byte || err.Error() != c.what+version.says {
				t.Errorf("%s: %v, wanted %s", c.name, err, c.what+version.says)
			}
			if !errors.Is(err, ErrMalformed) || errors.Is(err, ErrNewer) != version.newer {
				t.Errorf("%s of version %d is malformed: %t, newer: %t", c.name, version.byte, errors.Is(err, ErrMalformed), errors.Is(err, ErrNewer))
			}
		}
		if err := c.read(keyed(c.key, nil)); !errors.Is(err, ErrMalformed) || errors.Is(err, ErrNewer) {
			t.Errorf("%s: without a version: %v", c.name, err)
		}
	}
}

// Each value that has a bitmap, in an entry or in a row, with the lowest unknown bit.
func TestAPartNobodyKnowsIsOfANewerVersion(t *testing.T) {
	t.Parallel()
	words := []string{"default", "tea", "\x05batch\x02B7"}
	own := func(op Op, bits uint64, parts ...byte) []byte {
		return append(append(appendUint(nil, bits), byte(op)), parts...)
	}
	next := func(known uint64, parts ...byte) []byte { return append(appendUint(nil, known+1), parts...) }
	item := func(bits uint64, parts []byte) []byte { return strictEntry(entryItems, strictItem(bits, parts...)) }
	for name, entry := range map[string][]byte{
		"entry":     own(OpPlace, entryKnown+1),
		"item":      strictEntry(entryItems, strictItem(itemKnown+1)),
		"channel":   item(itemChannels, append([]byte{1}, next(channelKnown, 1, 0)...)),
		"rule":      item(itemRules, append([]byte{1}, next(ruleKnown, 0)...)),
		"promises":  item(itemPromises, next(promisesKnown)),
		"sale":      item(itemPromises, append([]byte{byte(promisesPresale)}, next(saleKnown, 2, 0, 0)...)),
		"lot":       item(itemLots, append([]byte{1}, next(lotKnown|lotSince, 3, 2)...)),
		"rest":      item(itemRest, next(restKnown)),
		"line":      strictEntry(entryLines, strictLine(lineKnown+1)),
		"row line":  strictEntry(entryLines, strictLine(linePlain|lineItem|lineLot, 1, 2, 0, 5)),
		"leg":       strictEntry(entryLines, strictLine(linePlain|lineItem|lineLeg, append([]byte{1, 2, 0, 5}, next(legKnown, make([]byte, 32)...)...)...)),
		"call":      strictEntry(entryLines|entryCall, strictLine(linePlain|lineItem, 1, 2, 0, 5), next(callKnown)),
		"refusal":   strictEntry(entryRefusal, next(refusalKnown, 4)),
		"shortage":  strictEntry(entryShort, []byte{1}, next(shortKnown, 1, 2, 4, 2)),
		"step":      own(OpHandover, entryStep, next(stepKnown, append([]byte{5, 0, 2, 3}, make([]byte, 16)...)...)...),
		"spread":    own(OpSpread, entrySpread, next(placementKnown, 1, 'a', 0, 0, 0)...),
		"placement": own(OpHandover, entryStep, append(append([]byte{byte(stepPlacements), 5, 0, 2, 3}, make([]byte, 16)...), append([]byte{5}, next(placementKnown, 0, 0, 0, 0)...)...)...),
	} {
		s := entrySource{byteReader: byteReader{p: entry}, words: words}
		s.entry("acme", &sampleHead)
		if name == "placement" {
			// A bucket's placements are one value: they are as this program makes them, or malformed.
			if !s.bad {
				t.Errorf("%s: %x was read", name, entry)
			}
			continue
		}
		if !s.bad || !errors.Is(s.fault(), ErrNewer) {
			t.Errorf("%s: %x was read: %t, and the reason is %v", name, entry, !s.bad, s.fault())
		}
	}
	key := sampleHold().Key
	var reader HoldReader
	for name, row := range map[string][]byte{
		"hold":    append([]byte{rowVersion}, next(holdKnown, 0)...),
		"line":    append([]byte{rowVersion, byte(holdPlainCall), 1}, next(lineKnown, 0, 1, 'p', 4, 2)...),
		"changed": {rowVersion, byte(holdPlainCall), 1, byte(linePlain | lineChanged), 0, 1, 'p', 4, 2},
	} {
		row = appendSum(appendHoldKey(row, key), 0, len(row))
		if _, err := DecodeHold(key, row); !errors.Is(err, ErrNewer) {
			t.Errorf("%s in a row: %v", name, err)
		}
		if err := reader.OpenLines(key, row, func(*Line) {}); !errors.Is(err, ErrNewer) {
			t.Errorf("%s in a row that is read for its open lines: %v", name, err)
		}
	}
	row := append(appendUint([]byte{rowVersion}, itemKnown+1), 5, 9, 0, 0)
	if _, err := DecodeItem(sampleTea, appendSum(appendItemKey(row, sampleTea), 0, len(row))); !errors.Is(err, ErrNewer) {
		t.Errorf("item in a row: %v", err)
	}
	record := recordOf(1, append(appendString(make([]byte, saltSize), "acme"), append([]byte{0, 0, 4}, own(OpPlace, entryKnown+1)...)...))
	r, err := ParseRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"check": r.Check(), "events": r.Events(func(int, *Event) error { return nil }), "touched": r.Touched(func(ItemKey) {}),
	} {
		if !errors.Is(err, ErrNewer) {
			t.Errorf("%s of a record: %v", name, err)
		}
	}
}
