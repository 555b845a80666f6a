package archive

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// Fits says why the archive does not belong to the slot: it is empty although
// the slot's first records are gone, some records are in neither, or the slot's
// records do not continue the chain of the archive. A process that starts with
// an archive calls it, so that a mistyped or unmounted folder is found at the
// start and not later.
func (f *Folder) Fits(ctx context.Context, eng engine.Engine) error {
	m, err := f.current(false)
	if err != nil {
		return err
	}
	first, err := eng.First(ctx)
	if err != nil {
		return err
	}
	return f.fits(ctx, eng, m, first)
}

func (f *Folder) fits(ctx context.Context, eng engine.Engine, m *manifest, first engine.Seq) error {
	last := m.lastSeq()
	switch {
	case last == 0 && first > 1:
		return fmt.Errorf("there is no archive in %s, though the database begins with record %d: name the folder that has those before", f.path, first)
	case last == 0:
		return nil
	case first > last+1:
		return broken("records %d to %d are neither in %s nor in the database: is there another archive?", last+1, first-1, f.path)
	}
	return f.continues(ctx, eng, m)
}

// continues checks that the database's record behind the archive follows on
// its last one.
func (f *Folder) continues(ctx context.Context, eng recordReader, m *manifest) error {
	recs, err := eng.Read(ctx, m.lastSeq(), 1)
	if err != nil {
		return err
	}
	if len(recs) == 0 {
		// The newest records are never archived.
		return broken("the archive in %s ends with record %d, the database before that: it is older than the archive, or another", f.path, m.lastSeq())
	}
	prev, err := examine(&recs[0])
	if err != nil {
		return fmt.Errorf("record %d: %w", recs[0].Seq, errors.Join(err, engine.ErrBroken))
	}
	if prev != m.Parts[len(m.Parts)-1].LastHash {
		return broken("record %d of the database does not continue the chain of record %d in %s: is it the archive of another database?",
			recs[0].Seq, m.lastSeq(), f.path)
	}
	return nil
}
