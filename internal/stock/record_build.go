package stock

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// recordVersion is the first byte of a record. Programs from before 0.1 wrote version 1.
const recordVersion = 2

// RecordBuilder packs the events of one group into a record. It keeps its
// memory from one record to the next; it is not safe for concurrent use.
type RecordBuilder struct {
	head    RecordHeader
	blocks  []*entryBlock // the first used ones belong to this record
	used    int
	last    *entryBlock
	tenants map[string]int
	starts  []int // the index of each block's first entry, after Finish
	count   int
	scratch []byte
}

// NewRecordBuilder returns a builder. Reset must be called before Add.
func NewRecordBuilder() *RecordBuilder {
	return &RecordBuilder{tenants: make(map[string]int)}
}

// Reset throws away what the builder holds and begins a record.
func (b *RecordBuilder) Reset(h RecordHeader) {
	b.head, b.used, b.count, b.last = h, 0, 0, nil
	clear(b.tenants)
}

// Add packs the event as it is now. An error says that the event breaks the
// form that all events have; then nothing was added.
func (b *RecordBuilder) Add(e *Event) (EntryRef, error) {
	if err := e.encodable(); err != nil {
		return EntryRef{}, fmt.Errorf("pack event: %w", err)
	}
	if b.last == nil || b.last.tenant != e.Tenant {
		b.last = b.block(e.Tenant)
	}
	b.last.add(e, &b.head)
	b.count++
	return EntryRef{Block: b.last.number, Entry: b.last.count - 1}, nil
}

func (b *RecordBuilder) block(tenant string) *entryBlock {
	if i, ok := b.tenants[tenant]; ok {
		return b.blocks[i]
	}
	if b.used == len(b.blocks) {
		b.blocks = append(b.blocks, &entryBlock{number: b.used})
	}
	blk := b.blocks[b.used]
	blk.reset(tenant)
	b.tenants[tenant] = b.used
	b.used++
	return blk
}

// Len returns how many events were added.
func (b *RecordBuilder) Len() int { return b.count }

// Size returns about how many bytes body and text of the record take so far.
func (b *RecordBuilder) Size() int {
	n := 128
	for _, blk := range b.blocks[:b.used] {
		n += blk.size() + blk.noteBytes + 48
	}
	return n
}

// Index returns the index of the entry in the finished record. Blocks are in the order in
// which their tenants were first met, so it is known only after Finish.
func (b *RecordBuilder) Index(r EntryRef) int { return b.starts[r.Block] + r.Entry }

// Finish returns the record, its hash and its side text, nil when no event had a note. They
// belong to the caller. Salt must be unpredictable and used once: it keeps redacted and
// dropped content from being guessed.
func (b *RecordBuilder) Finish(salt [saltSize]byte) (body []byte, hash [32]byte, text []byte) {
	blocks := b.blocks[:b.used]
	text, sums := b.text(salt)

	size := uintSize(uint64(len(blocks))) + 1 + 4*binary.MaxVarintLen64 + saltSize + sha256.Size + sumSize
	for _, blk := range blocks {
		size += 2*binary.MaxVarintLen64 + sha256.Size + blk.size()
	}
	body = appendRecordHead(make([]byte, 0, size), &b.head, len(blocks))
	b.starts = b.starts[:0]
	holes := len(body)
	start := 0
	for _, blk := range blocks {
		b.starts = append(b.starts, start)
		start += blk.count
		body = appendUint(body, uint64(blk.count))
		body = append(body, make([]byte, sha256.Size)...)
	}
	hashed := len(body)
	for _, blk := range blocks {
		body = appendUint(body, uint64(blk.size()))
	}
	for i, blk := range blocks {
		at := len(body)
		body = blk.append(body, deriveSalt(salt, saltOfBlock, i, 0), sums[i])
		sum := sha256.Sum256(body[at:])
		holes += uintSize(uint64(blk.count))
		holes += copy(body[holes:], sum[:])
	}
	hash = sha256.Sum256(body[:hashed])
	return appendRecordSum(body), hash, text
}

// appendRecordHead writes the record up to its block table.
func appendRecordHead(dst []byte, h *RecordHeader, blocks int) []byte {
	dst = append(dst, recordVersion)
	dst = appendUint(dst, h.Seq)
	dst = appendInt(dst, int64(h.At))
	dst = append(dst, h.Writer[:]...)
	dst = appendUint(dst, h.Nonce)
	dst = append(dst, h.Prev[:]...)
	return appendUint(dst, uint64(blocks))
}

func appendRecordSum(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, castagnoli))
}
