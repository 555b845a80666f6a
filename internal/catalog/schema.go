package catalog

import "fmt"

// Schema says which version a database's catalog tables have and which this
// binary wants. Version 0 has no tables.
type Schema struct{ Found, Wanted int64 }

// Empty reports that there are no catalog tables.
func (s Schema) Empty() bool { return s.Found == 0 }

// Current reports that the tables are this binary's.
func (s Schema) Current() bool { return s.Found == s.Wanted }

// Old reports that Migrate has something to do; it does for an empty one too.
func (s Schema) Old() bool { return s.Found < s.Wanted }

// Newer reports that a newer binary migrated the database, or one from before 0.1,
// whose schemas were counted otherwise.
func (s Schema) Newer() bool { return s.Found > s.Wanted }

// Err is nil for a current schema, else a *SchemaError that says what to do
// about the database that dsn names (see Open).
func (s Schema) Err(dsn string) error {
	if s.Current() {
		return nil
	}
	return &SchemaError{Schema: s, DSN: dsn}
}

// SchemaError says that a database's catalog tables are not this binary's.
type SchemaError struct {
	Schema
	DSN string // without a password
}

func (e *SchemaError) Error() string {
	switch {
	case e.Empty():
		return fmt.Sprintf("the database has no catalog yet; run: holdfast migrate --db %s", nameDatabase(e.DSN))
	case e.Newer():
		return fmt.Sprintf("the catalog has schema %d, this binary knows up to %d; run the newer holdfast that migrated it, or, if one from before 0.1 did, begin with an empty database", e.Found, e.Wanted)
	}
	return fmt.Sprintf("the catalog has schema %d, this binary needs %d; stop the servers, make a copy, then run: holdfast migrate --db %s",
		e.Found, e.Wanted, nameDatabase(e.DSN))
}

// Is reports that the error is an ErrSchema.
func (e *SchemaError) Is(target error) bool { return target == ErrSchema }
