package archive

import (
	"container/list"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// decodedGroup is a row group that was decoded.
type decodedGroup struct {
	file  string
	first engine.Seq
	recs  []engine.Record
	bytes int
}

func (b *decodedGroup) lastSeq() engine.Seq { return b.first + engine.Seq(len(b.recs)) - 1 }

// recordCost is the memory, in bytes, that a record takes besides its own
// bytes.
const recordCost = 160

// blocks remembers row groups, least recently used out first. One block may be
// larger than all the room; then it is the only one.
type blocks struct {
	mu   sync.Mutex
	room int
	used *list.List // of *block, latest first
}

func newBlocks(room int) *blocks { return &blocks{room: room, used: list.New()} }

// find returns the block of the file that has the record, nil when it is not
// remembered. There are few blocks: looking at each is cheap.
func (b *blocks) find(file string, seq engine.Seq) *decodedGroup {
	b.mu.Lock()
	defer b.mu.Unlock()
	for el := b.used.Front(); el != nil; el = el.Next() {
		if k := el.Value.(*decodedGroup); k.file == file && k.first <= seq && seq <= k.lastSeq() {
			b.used.MoveToFront(el)
			return k
		}
	}
	return nil
}

func (b *blocks) keep(k *decodedGroup) {
	for i := range k.recs {
		k.bytes += len(k.recs[i].Body) + len(k.recs[i].Text) + recordCost
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used.PushFront(k)
	b.room -= k.bytes
	for b.room < 0 && b.used.Len() > 1 {
		b.room += b.used.Remove(b.used.Back()).(*decodedGroup).bytes
	}
}

// forget drops everything: files may have been rewritten.
func (b *blocks) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.used.Len() > 0 {
		b.room += b.used.Remove(b.used.Front()).(*decodedGroup).bytes
	}
}
