package stock

import (
	"bytes"
	"testing"
)

// The bytes that are accepted must be exactly those that are written: one meaning, one
// spelling.

var fuzzWords = []string{
	"default", "tea-green-50", "cup-blue", "app", "kg", "quota/app", "held", "escrow/till-3/pool/shared",
	"\x05batch\x02B7\x05grade\x01A", "lot/\x05batch\x02B7\x05grade\x01A", "\x0aexpires_at\x0a2026-12-01",
}

func FuzzEvent(f *testing.F) {
	for _, e := range goldenEvents() {
		d := dictionaryOf(fuzzWords)
		f.Add(d.appendEntry(nil, e, 1, &sampleHead))
	}
	f.Fuzz(func(t *testing.T, entry []byte) {
		s := entrySource{byteReader: byteReader{p: entry}, words: fuzzWords}
		e, note := s.entry("acme", &sampleHead)
		if s.bad {
			return
		}
		if err := e.encodable(); err != nil {
			t.Fatalf("%x was read as an event that cannot be written: %v", entry, err)
		}
		d := dictionaryOf(fuzzWords)
		if again := d.appendEntry(nil, e, note, &sampleHead); !bytes.Equal(again, entry) {
			t.Fatalf("read %x\nwrote %x\n%+v", entry, again, e)
		}
	})
}

// dictionaryOf gives a dictionary that has the words already.
func dictionaryOf(words []string) *dictionary {
	d := &dictionary{}
	d.reset()
	for _, w := range words {
		d.ref(w)
	}
	return d
}

func FuzzItem(f *testing.F) {
	key := sampleCup
	seal := func(content []byte) []byte {
		row := bytes.Clone(content)
		return appendSum(appendItemKey(row, key), 0, len(row))
	}
	row := AppendItem(nil, sampleItem())
	f.Add(row[:len(row)-sumSize])
	row = AppendItem(nil, sampleLotted())
	f.Add(row[:len(row)-sumSize])
	f.Fuzz(func(t *testing.T, content []byte) {
		row := seal(content)
		it, err := DecodeItem(key, row)
		if err != nil {
			return
		}
		if again := AppendItem(nil, it); !bytes.Equal(again, row) {
			t.Fatalf("read %x\nwrote %x\n%+v", row, again, it)
		}
	})
}

func FuzzHold(f *testing.F) {
	key := sampleHold().Key
	row := AppendHold(nil, sampleHold())
	f.Add(row[:len(row)-sumSize])
	var reader HoldReader
	f.Fuzz(func(t *testing.T, content []byte) {
		room := bytes.Clone(content)
		row := appendSum(appendHoldKey(room, key), 0, len(room))
		quick := reader.OpenLines(key, row, func(*Line) {})
		h, err := DecodeHold(key, row)
		if err != nil {
			return
		}
		if quick != nil {
			t.Fatalf("%x decodes, but its open lines do not: %v", row, quick)
		}
		if again := AppendHold(nil, h); !bytes.Equal(again, row) {
			t.Fatalf("read %x\nwrote %x\n%+v", row, again, h)
		}
	})
}

func FuzzHandover(f *testing.F) {
	step := sampleHandover()
	row := AppendHandover(nil, &step)
	f.Add(row[:len(row)-sumSize])
	f.Fuzz(func(t *testing.T, content []byte) {
		row := appendSum(bytes.Clone(content), 0, len(content))
		h, err := DecodeHandover(row)
		if err != nil {
			return
		}
		if again := AppendHandover(nil, h); !bytes.Equal(again, row) {
			t.Fatalf("read %x\nwrote %x\n%+v", row, again, h)
		}
	})
}
