package main

import (
	"strings"
	"testing"
	"time"
)

func TestReplicasAreNamedRight(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, says string
		c          booksConfig
	}{
		{"a replica of the main database", "", booksConfig{db: "postgres://db/stock", replicas: map[string]string{"main": "postgresql://standby/stock"}}},
		{"two of one", "", booksConfig{
			db: "sqlite:a.db", databases: map[string]string{"one": "mysql://db/stock"},
			replicas: map[string]string{"one": "mysql://r1/stock", "one#2": "mysql://r2/stock"},
		}},
		{"of nobody knows what", "no database called \"two\"", booksConfig{db: "postgres://db/stock", replicas: map[string]string{"two": "postgres://r/stock"}}},
		{"of another kind", "as the one it follows", booksConfig{db: "postgres://db/stock", replicas: map[string]string{"main": "mysql://r/stock"}}},
		{"of a file", "a file has none", booksConfig{db: "sqlite:a.db", replicas: map[string]string{"main": "sqlite:b.db"}}},
		{"too far behind for the contract", "--replica-lag", booksConfig{db: "sqlite:a.db", replicaLag: time.Minute}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.c.sets = 1
			err := test.c.check()
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, want %q", err, test.says)
			}
		})
	}
}

// The file names replicas as it names databases, and shows no password.
func TestReplicasInTheFile(t *testing.T) {
	t.Parallel()
	path := writeConfig(t, "databases:\n  one: postgres://u:pa55@db/stock\nreplicas:\n  one: postgres://u:pa55@r1/stock\n  one#2: postgres://u:pa55@r2/stock?sslmode=disable\n")
	code, printed := runs(t, "config", "print", "serve", "--", "--config", path)
	if code != 0 || strings.Contains(printed, "pa55") {
		t.Fatalf("%d, %s", code, printed)
	}
	for _, want := range []string{"one=postgres://u:xxxxx@r1/stock", "one#2=postgres://u:xxxxx@r2/stock?sslmode=disable"} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is missing in\n%s", want, printed)
		}
	}
}
