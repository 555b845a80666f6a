package archive

import (
	"os"

	"holdfast.dev/holdfast/internal/engine"
)

// WithKeep makes MinKeep smaller.
func WithKeep(n engine.Seq) Option { return func(f *Folder) { f.keep = n } }

// WithoutSync leaves out waiting for the disk.
func WithoutSync() Option { return func(f *Folder) { f.sync = func(*os.File) error { return nil } } }

// WithSteps calls fn at each step of a change.
func WithSteps(fn func(step string)) Option { return func(f *Folder) { f.passed = fn } }

// CachedBytes is how much of the room for decoded row groups is taken.
func (f *Folder) CachedBytes() int { return cacheBytes - f.blocks.room }

// Entry is a row of an entries file.
type Entry = entryRow

// SameRecord compares two records bit for bit.
func SameRecord(a, b *engine.Record) bool { return sameRecord(a, b) }

// Forget forgets the decoded row groups.
func Forget(f *Folder) error { f.blocks.forget(); return nil }

// Fill remembers row groups of so many bytes.
func Fill(f *Folder, groups, bytes int) {
	for i := range groups {
		f.blocks.keep(&decodedGroup{file: "f", first: engine.Seq(i + 1), recs: []engine.Record{{Body: make([]byte, bytes)}}})
	}
}
