// Package migration reads the numbered files that bring the tables of an engine
// to its schema. Each engine decides how it runs a step, and where it notes
// that the step was run.
package migration

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/engine"
)

// Step is one file, migrations/0001_name.sql.
type Step struct {
	Version int
	Name    string
	SQL     string
}

// Steps lists the files by version, dense from 1.
func Steps(files fs.FS) ([]Step, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var all []Step
	for i, name := range names {
		sql, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(strings.TrimPrefix(name, "migrations/"), ".sql")
		number, title, _ := strings.Cut(base, "_")
		v, err := strconv.Atoi(number)
		if err != nil || v != i+1 {
			return nil, fmt.Errorf("migration %s: want number %04d", name, i+1)
		}
		all = append(all, Step{v, title, string(sql)})
	}
	return all, nil
}

// Fits says whether a program that knows the versions up to known works with
// tables of version v. dsn is what it calls the database in its advice.
func Fits(v, known int, dsn string) error {
	switch {
	case v < known:
		return fmt.Errorf("%w: the tables have schema %d, this program works with %d; make a backup and run: holdfast migrate --db %s",
			engine.ErrSchema, v, known, dsn)
	case v > known:
		return fmt.Errorf("%w: the tables have schema %d and this program knows %d: run the newer holdfast that wrote them, or, if one from before 0.1 did, begin with an empty database",
			engine.ErrSchema, v, known)
	}
	return nil
}

// String is the name in messages: 0001_name.
func (s Step) String() string { return fmt.Sprintf("%04d_%s", s.Version, s.Name) }
