package engine

import (
	"bytes"
	"context"
	"fmt"
)

// Rewriter removes from records what must be forgotten.
type Rewriter interface {
	// Rewrite stores now's Body and Text in the place of was's, both records of
	// one seq that differ in nothing else. The caller decides what a record may
	// be changed to: the engine keeps bytes.
	//
	// ErrMoved: the record differs from was; nothing was stored, read it again.
	// ErrGone: the record was dropped. When Rewrite returns nil the change
	// survives a crash of the machine. After another error the change may be
	// stored or not; Rewrite may be called again. It does not affect Append,
	// rows, keys or the journal.
	Rewrite(ctx context.Context, was, now *Record) error
}

// SameContent reports whether two records have the same Body and Text.
func SameContent(a, b *Record) bool {
	return bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Text, b.Text)
}

// Rewritten is for a Rewrite that found nothing to change. It returns nil when
// the engine's record equals now, and otherwise ErrMoved or ErrGone.
func Rewritten(ctx context.Context, e Store, now *Record) error {
	if now.Seq == 0 {
		return fmt.Errorf("rewrite: there is no record 0")
	}
	recs, err := e.Read(ctx, now.Seq-1, 1)
	if err != nil {
		return err
	}
	if len(recs) == 1 && recs[0].Seq == now.Seq && SameContent(&recs[0], now) {
		return nil
	}
	return fmt.Errorf("rewrite record %d: %w", now.Seq, ErrMoved)
}
