package archive

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"holdfast.dev/holdfast/internal/engine"
)

// Check reads all files and compares them with the manifest, and the chain of
// hashes from record to record.
func (f *Folder) Check(ctx context.Context) error {
	return f.retryOnNewManifest(ctx, func(m *manifest) error { return f.check(ctx, m) })
}

func (f *Folder) check(ctx context.Context, m *manifest) error {
	for i := range m.Parts {
		p := &m.Parts[i]
		if p.Entries != nil {
			if _, err := checkSum(ctx, filepath.Join(f.path, p.Entries.Name), p.Entries); err != nil {
				return f.fault(ctx, p.Entries, err)
			}
		}
		if _, err := checkSum(ctx, filepath.Join(f.path, p.Log.Name), &p.Log); err != nil {
			return f.fault(ctx, &p.Log, err)
		}
		if err := eachRecord(ctx, filepath.Join(f.path, p.Log.Name), p, func(*engine.Record) error { return nil }); err != nil {
			return f.fault(ctx, &p.Log, err)
		}
	}
	return nil
}

// eachRecord calls fn for each record of a part, and checks the chain from the
// record before it to its end. fn's error is returned as it is.
func eachRecord(ctx context.Context, path string, p *Part, fn func(*engine.Record) error) (err error) {
	r, err := openLog(path, &p.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	prev, seq := p.Prev, p.First
	for i := range r.groups() {
		recs, err := r.group(ctx, i, seq)
		if err != nil {
			return err
		}
		for i := range recs {
			before, err := examine(&recs[i])
			if err != nil {
				return err
			}
			if before != prev {
				return fmt.Errorf("record %d does not continue the chain", recs[i].Seq)
			}
			if err := fn(&recs[i]); err != nil {
				return err
			}
			prev = recs[i].Hash
			seq++
		}
	}
	if seq != p.Last+1 || prev != p.LastHash {
		return fmt.Errorf("it ends with record %d and not with the record %d that the manifest names", seq-1, p.Last)
	}
	return nil
}
