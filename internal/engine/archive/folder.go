package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// ErrBusy says that another process is changing the archive of the slot.
var ErrBusy = errors.New("another run is working on this archive")

const (
	// readBytes bounds the bytes of records that Read returns at once, give
	// or take the last record.
	readBytes = 16 << 20
	// cacheBytes bounds the row groups that are remembered decoded.
	cacheBytes = 16 << 20
	// decoders is how many row groups are decoded at the same time.
	decoders = 4
)

// Folder is the archive of one slot. It is safe for concurrent use, and sees
// what other processes add to it.
type Folder struct {
	path   string // of the slot's folder
	slot   uint16
	decode chan struct{} // has room for each who may decode now
	blocks *blocks

	// Bounds of a part, and MinKeep; tests make them small.
	partBytes, partRecords int64
	keep                   engine.Seq
	sync                   disk
	// passed receives each step of a change, for tests: a process may die
	// there.
	passed func(step string)

	mu       sync.Mutex
	manifest *manifest
	seen     fs.FileInfo // of the manifest's file; nil: there was none
	// whole are the files that were compared with their checksums.
	whole map[File]fs.FileInfo
}

// disk makes what was written to a file durable. Tests that do not crash the
// machine do without.
type disk func(*os.File) error

// Option changes what Open makes.
type Option func(*Folder)

// WithPartBytes bounds the bytes of records in one file, before they are
// compressed. The default is 64 MiB.
func WithPartBytes(n int64) Option { return func(f *Folder) { f.partBytes = n } }

// WithPartRecords bounds the records in one file. The default is 1,000,000.
func WithPartRecords(n int64) Option { return func(f *Folder) { f.partRecords = n } }

// Open opens the archive of a slot in the folder, which must exist. A slot of
// which nothing was archived yet has an empty archive. There is nothing to
// close: files are open only while they are read.
func Open(folder string, slot uint16, opts ...Option) (*Folder, error) {
	f := &Folder{
		path: filepath.Join(folder, fmt.Sprintf("slot-%d", slot)), slot: slot,
		decode: make(chan struct{}, decoders), blocks: newBlocks(cacheBytes),
		partBytes: 64 << 20, partRecords: 1_000_000, keep: MinKeep, sync: (*os.File).Sync, passed: func(string) {},
		whole: map[File]fs.FileInfo{},
	}
	for _, set := range opts {
		set(f)
	}
	switch info, err := os.Stat(folder); {
	case err != nil:
		return nil, fmt.Errorf("open archive: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("open archive: %s is no folder", folder)
	}
	if _, err := f.current(false); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	return f, nil
}

// Path is the folder with the slot's files.
func (f *Folder) Path() string { return f.path }

// Parts returns the parts of the archive, ascending and dense.
func (f *Folder) Parts() ([]Part, error) {
	m, err := f.current(false)
	if err != nil {
		return nil, err
	}
	return slices.Clone(m.Parts), nil
}

// current returns the manifest as it is now. If the manifest has changed, the
// decoded records are forgotten: a text may have been redacted. again reads it
// even if its file looks the same.
func (f *Folder) current(again bool) (*manifest, error) {
	info, err := os.Stat(filepath.Join(f.path, manifestName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.manifest != nil && !again && sameFile(f.seen, info) {
		return f.manifest, nil
	}
	m, info, err := readManifest(f.path, f.slot)
	if err != nil {
		return nil, err
	}
	if f.seen != nil && info == nil {
		return nil, broken("%s is gone; restore it from a copy of the archive", filepath.Join(f.path, manifestName))
	}
	f.manifest, f.seen = m, info
	f.blocks.forget()
	return m, nil
}

// begun reports whether there was a manifest at the last look.
func (f *Folder) begun() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen != nil
}

// sameFile reports whether two looks saw the same file unchanged.
func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// Read returns up to limit records behind after, ascending and dense, as
// engine.Engine does: none when the archive ends there, engine.ErrGone when it
// begins later. engine.ErrBroken says that a file is damaged or missing.
func (f *Folder) Read(ctx context.Context, after engine.Seq, limit int) (recs []engine.Record, err error) {
	err = f.retryOnNewManifest(ctx, func(m *manifest) error {
		recs, err = f.read(ctx, m, after, limit)
		return err
	})
	return recs, err
}

// retryOnNewManifest runs fn with the manifest, and again when it fails and there is another
// manifest by then: files may have been rewritten meanwhile.
func (f *Folder) retryOnNewManifest(ctx context.Context, fn func(*manifest) error) error {
	m, err := f.current(false)
	for err == nil {
		err = fn(m)
		if err == nil || ctx.Err() != nil || errors.Is(err, engine.ErrGone) {
			return err
		}
		again, merr := f.current(true)
		if merr != nil || again.Sum == m.Sum {
			return err
		}
		m, err = again, nil
	}
	return err
}

func (f *Folder) read(ctx context.Context, m *manifest, after engine.Seq, limit int) ([]engine.Record, error) {
	if len(m.Parts) > 0 && after+1 < m.Parts[0].First {
		return nil, fmt.Errorf("the archive begins with record %d: %w", m.Parts[0].First, engine.ErrGone)
	}
	var recs []engine.Record
	size := 0
	for len(recs) < limit && size < readBytes {
		i := m.find(after + 1)
		if i < 0 {
			break
		}
		b, err := f.block(ctx, &m.Parts[i], after+1)
		if err != nil {
			return nil, err
		}
		for _, r := range b.recs[after+1-b.first:] {
			if len(recs) == limit || size >= readBytes {
				break
			}
			r.Body, r.Text = slices.Clone(r.Body), slices.Clone(r.Text)
			recs = append(recs, r)
			size += len(r.Body) + len(r.Text)
			after = r.Seq
		}
	}
	return recs, nil
}

// block returns the row group that has the record.
func (f *Folder) block(ctx context.Context, p *Part, seq engine.Seq) (*decodedGroup, error) {
	if b := f.blocks.find(p.Log.Name, seq); b != nil {
		return b, nil
	}
	select {
	case f.decode <- struct{}{}:
		defer func() { <-f.decode }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if b := f.blocks.find(p.Log.Name, seq); b != nil {
		return b, nil // an earlier caller wanted the same
	}
	b, err := f.load(ctx, p, seq)
	if err != nil {
		return nil, f.fault(ctx, &p.Log, err)
	}
	f.blocks.keep(b)
	return b, nil
}

// load decodes the row group that has the record.
func (f *Folder) load(ctx context.Context, p *Part, seq engine.Seq) (b *decodedGroup, err error) {
	if err := f.verifyFile(ctx, &p.Log); err != nil {
		return nil, err
	}
	r, err := openLog(filepath.Join(f.path, p.Log.Name), &p.Log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	group, row := r.groupOf(int64(seq - p.First))
	if group < 0 {
		return nil, fmt.Errorf("it has no row for record %d", seq)
	}
	b = &decodedGroup{file: p.Log.Name, first: p.First + engine.Seq(row)}
	b.recs, err = r.group(ctx, group, b.first)
	if err == nil && seq > b.lastSeq() {
		err = fmt.Errorf("it has no row for record %d", seq)
	}
	return b, err
}

// verifyFile compares a file with its checksum when it is first used, and again
// when it has changed since.
func (f *Folder) verifyFile(ctx context.Context, file *File) error {
	path := filepath.Join(f.path, file.Name)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f.mu.Lock()
	known := f.whole[*file]
	f.mu.Unlock()
	if known != nil && sameFile(known, info) {
		return nil
	}
	if info, err = checkSum(ctx, path, file); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.whole[*file] = info
	return nil
}

// fault says what is wrong with a file.
func (f *Folder) fault(ctx context.Context, file *File, err error) error {
	path := filepath.Join(f.path, file.Name)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return broken("%s is missing; restore it from a copy of the archive", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("archive: %w", err)
	}
	return broken("%s is damaged: %v; restore it from a copy of the archive", path, err)
}
