package mysql_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

// Opened for reading only, a database is left as it is, even one that could be
// written: a replica's address may lead to something else.
func TestADatabaseOpenedForReadingIsNotWritten(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	e, err := mysql.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	enginetest.Fill(t, e, 5)
	db, err := mysql.Dial(t.Context(), dsn, mysql.ReadOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Slot(t.Context(), 1); !errors.Is(err, engine.ErrSchema) {
		t.Errorf("a set that is not there: %v", err)
	}
	if have, _, err := mysql.Schema(t.Context(), with(t, dsn, "set", "1")); err != nil || have != 0 {
		t.Errorf("it was made, with schema %d, %v", have, err)
	}
	r, err := db.Slot(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if at, err := enginetest.Check(t.Context(), r); err != nil || at != 5 {
		t.Errorf("read %d, %v", at, err)
	}
	for what, err := range map[string]error{
		"a record":     r.Append(t.Context(), 5, enginetest.Nth(6)),
		"the journal":  r.AddJournal(t.Context(), 0, 5, nil),
		"a cursor":     r.SetCursor(t.Context(), "c", 0, 1),
		"a lock on it": func() error { _, err := r.Lock(t.Context()); return err }(),
	} {
		if err == nil || errors.Is(err, engine.ErrMoved) || errors.Is(err, engine.ErrUnknown) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if at, err := enginetest.Check(t.Context(), e); err != nil || at != 5 {
		t.Errorf("then there are %d, %v", at, err)
	}
}
