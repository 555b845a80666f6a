package stock

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

func FuzzRecord(f *testing.F) {
	body, _, text, _ := sampleRecord(f)
	f.Add(body[:len(body)-sumSize])
	less, _, err := DropTenant(body, text, "acme")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(less[:len(less)-sumSize])
	f.Fuzz(func(t *testing.T, content []byte) {
		body := appendRecordSum(bytes.Clone(content))
		r, err := ParseRecord(body)
		if err != nil {
			return
		}
		for i := range min(r.Len(), 1000) {
			_, _ = r.Event(i)
		}
		for i := range r.blocks {
			// The fuzzer cannot guess a hash.
			r.blocks[i].hash = sha256.Sum256(r.blocks[i].raw)
		}
		if r.Check() != nil {
			return
		}
		if again := rebuild(t, r, body); !bytes.Equal(again, body) {
			t.Fatalf("read %x\nwrote %x", body, again)
		}
	})
}

// rebuild writes the record again from its events. Hashes and the content of notes cannot
// be made anew, so they are copied.
func rebuild(t *testing.T, r *Record, body []byte) []byte {
	out := appendRecordHead(nil, &r.head, len(r.blocks))
	for i := range r.blocks {
		out = appendUint(out, uint64(r.blocks[i].count))
		out = append(out, body[len(out):len(out)+sha256.Size]...)
	}
	var sizes, blocks []byte
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.dropped() {
			sizes = appendUint(sizes, 0)
			continue
		}
		var again entryBlock
		again.reset(b.tenant)
		for j := range b.count {
			e, note, err := b.decode(j, &r.head)
			if err != nil {
				t.Fatalf("entry %d of block %d was checked and does not decode: %v", j, i, err)
			}
			again.addNumbered(e, note, &r.head)
		}
		start := len(blocks)
		blocks = again.append(blocks, [saltSize]byte(b.raw), b.sums)
		sizes = appendUint(sizes, uint64(len(blocks)-start))
	}
	out = append(out, sizes...)
	return appendRecordSum(append(out, blocks...))
}

func FuzzText(f *testing.F) {
	body, _, text, _ := sampleRecord(f)
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = VerifyText(body, text)
		parts, err := parseText(text)
		if err != nil {
			return
		}
		if again := parts.append(nil); !bytes.Equal(again, text) {
			t.Fatalf("read %x\nwrote %x", text, again)
		}
	})
}
