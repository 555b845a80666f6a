package migration_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/migration"
)

func TestStepsAreDenseFromOne(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files []string
		want  string // the steps, or part of the error
		err   bool
	}{
		{name: "by version, whatever the order of the files", files: []string{"0002_bucket.sql", "0001_slot.sql"}, want: "[0001_slot 0002_bucket]"},
		{name: "other files are none", files: []string{"0001_slot.sql", "README.md"}, want: "[0001_slot]"},
		{name: "none at all", want: "[]"},
		{name: "a number is left out", files: []string{"0001_slot.sql", "0003_bucket.sql"}, want: "0003_bucket.sql: want number 0002", err: true},
		{name: "a number stands twice", files: []string{"0001_hold.sql", "0001_slot.sql"}, want: "0001_slot.sql: want number 0002", err: true},
		{name: "the first is 1", files: []string{"0000_slot.sql"}, want: "0000_slot.sql: want number 0001", err: true},
		{name: "a name without a number", files: []string{"slot.sql"}, want: "slot.sql: want number 0001", err: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{}
			for _, name := range test.files {
				files["migrations/"+name] = &fstest.MapFile{Data: []byte("CREATE " + name)}
			}
			steps, err := migration.Steps(files)
			if test.err {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("%v, want %q", err, test.want)
				}
				return
			}
			if got := fmt.Sprint(steps); err != nil || got != test.want {
				t.Fatalf("%s, %v; want %s", got, err, test.want)
			}
			for _, s := range steps {
				if s.SQL != "CREATE "+s.String()+".sql" {
					t.Errorf("%s has the text %q", s, s.SQL)
				}
			}
		})
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	if err := migration.Fits(1, 2, "DSN"); !errors.Is(err, engine.ErrSchema) || !strings.Contains(err.Error(), "holdfast migrate") {
		t.Errorf("an old schema: %v, want ErrSchema and what to do", err)
	}
	if err := migration.Fits(3, 2, "DSN"); !errors.Is(err, engine.ErrSchema) {
		t.Errorf("a newer schema: %v, want ErrSchema", err)
	}
	if err := migration.Fits(2, 2, "DSN"); err != nil {
		t.Errorf("the schema of this program: %v", err)
	}
}
