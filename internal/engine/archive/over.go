package archive

import (
	"context"
	"errors"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/engine"
)

// Over returns eng with its archive behind it: records that the engine reports as
// gone are read from the folder, and the read then continues with the engine's
// records. Everything else is left to the engine. A gap between both, or an
// archive of another log, is engine.ErrBroken.
func Over(eng engine.Engine, f *Folder) engine.Engine {
	return &over{Engine: eng, archive: f}
}

type over struct {
	engine.Engine
	archive *Folder
	// joined is the manifest whose end the engine was seen to continue.
	joined atomic.Pointer[manifest]
}

type recordReader interface {
	Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error)
}

func (o *over) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	return o.read(ctx, o.Engine, after, limit)
}

// read reads from in, and reads records that are gone there from the archive.
func (o *over) read(ctx context.Context, in recordReader, after engine.Seq, limit int) ([]engine.Record, error) {
	recs, err := in.Read(ctx, after, limit)
	if !errors.Is(err, engine.ErrGone) {
		return recs, err
	}
	gone := err
	if err := o.join(ctx, in); err != nil {
		return nil, err
	}
	// Records that the engine still has are read from it, even if they are also
	// in the archive: a text may have been redacted since it was copied.
	first, err := o.First(ctx)
	if err != nil {
		return nil, err
	}
	own := int(min(engine.Seq(limit), max(first, after+2)-1-after))
	old, err := o.archive.Read(ctx, after, own)
	if err != nil {
		return nil, err
	}
	if len(old) == 0 {
		return o.answerMissing(ctx, in, after, limit, gone)
	}
	if len(old) < limit && bytesOf(old) < readBytes {
		// A record that cannot be read now is an error of the next Read.
		if more, err := in.Read(ctx, old[len(old)-1].Seq, limit-len(old)); err == nil {
			old = append(old, more...)
		}
	}
	return old, nil
}

func bytesOf(recs []engine.Record) (n int) {
	for i := range recs {
		n += len(recs[i].Body) + len(recs[i].Text)
	}
	return n
}

// answerMissing answers when neither has the record behind after.
func (o *over) answerMissing(ctx context.Context, in recordReader, after engine.Seq, limit int, gone error) ([]engine.Record, error) {
	m, err := o.archive.current(false)
	if err != nil {
		return nil, err
	}
	if len(m.Parts) == 0 {
		return nil, gone
	}
	// The archive ends before this record, so the engine must have it.
	recs, err := in.Read(ctx, after, limit)
	if errors.Is(err, engine.ErrGone) {
		return nil, broken("record %d is neither in %s, which ends with record %d, nor in the database", after+1, o.archive.path, m.lastSeq())
	}
	return recs, err
}

// join checks once for each manifest that the engine continues the archive.
func (o *over) join(ctx context.Context, in recordReader) error {
	for range 2 {
		m, err := o.archive.current(false)
		if err != nil || len(m.Parts) == 0 || o.joined.Load() == m {
			return err
		}
		err = o.archive.continues(ctx, in, m)
		if errors.Is(err, engine.ErrGone) {
			// It may have been moved meanwhile: look again.
			if now, nerr := o.archive.current(true); nerr == nil && now.lastSeq() > m.lastSeq() {
				continue
			}
			return broken("record %d is neither in %s, which ends with record %d, nor in the database", m.lastSeq()+1, o.archive.path, m.lastSeq())
		}
		if err == nil {
			o.joined.Store(m)
		}
		return err
	}
	return nil
}

func (o *over) Lock(ctx context.Context) (engine.Writer, error) {
	w, err := o.Engine.Lock(ctx)
	if err != nil {
		return nil, err
	}
	return &writer{w, o}, nil
}

type writer struct {
	engine.Writer
	over *over
}

func (w *writer) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	return w.over.read(ctx, w.Writer, after, limit)
}
