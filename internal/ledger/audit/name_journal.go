package audit

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// nameJournal compares the rows of the journal one by one in a second walk.
func (a *audit) nameJournal(ctx context.Context) error {
	parts := a.lines.partsToName()
	rows := map[engine.JournalRow]bool{}
	at, err := a.eng.ScanJournal(ctx, func(r *engine.JournalRow) error {
		if parts[a.hasher.journal(r).part] {
			rows[*r] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	named := false
	wrong := func(format string, args ...any) { named = true; a.violation(0, -1, format, args...) }
	if _, err := walkLog(ctx, a.eng, Anchor{}, at, func(r *walkedRecord) error {
		journalRows(r, a.opts.JournalKeys, func(row *engine.JournalRow) {
			if parts[a.hasher.journal(row).part] && !rows[*row] {
				wrong("journal: record %d is missing in the history of item %s", row.Seq, itemName(row.Item))
			}
			delete(rows, *row)
		})
		return nil
	}); err != nil {
		return err
	}
	for row := range rows {
		wrong("journal: the history of item %s names record %d, which is not about it", itemName(row.Item), row.Seq)
	}
	a.noteDiffering(a.lines, named)
	return nil
}
