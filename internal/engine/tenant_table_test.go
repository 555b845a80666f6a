package engine_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// leaves says of each table of a slot what a deletion does with the rows of a tenant (Dropper, Rewriter).
var leaves = map[string]string{
	"bucket":   "nothing is a tenant's but placements of spread locations, for which a deletion is refused",
	"gone":     "dropped by tenant",
	"head":     "nothing is a tenant's",
	"hold":     "dropped by tenant",
	"item":     "dropped by tenant",
	"journal":  "dropped by the items",
	"key":      "dropped by the entries",
	"log":      "entries are rewritten",
	"progress": "nothing is a tenant's",
}

var (
	createTable  = regexp.MustCompile(`(?ms)^CREATE TABLE (?:IF NOT EXISTS )?(?:SLOT\.|\{\{prefix\}\})?(\w+) \((.*?)^\)`)
	tenantColumn = regexp.MustCompile(`(?m)^\s+tenant\s`)
)

// Each table of each database's schema is decided on here: a new one fails until it is.
func TestEachTableOfASlotSaysWhatADeletedTenantLeaves(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.FromSlash("*/migrations/*.sql"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tables := createTable.FindAllStringSubmatch(string(text), -1)
		if len(tables) < 8 {
			t.Errorf("%s: only %d tables were found", file, len(tables))
		}
		for _, table := range tables {
			what := leaves[table[1]]
			if what == "" {
				t.Errorf("%s: what does a deletion do with the rows of a tenant in table %s?", file, table[1])
			}
			if has := tenantColumn.MatchString(table[2]); has != (what == "dropped by tenant") {
				t.Errorf("%s: table %s has a tenant %t, and is %s", file, table[1], has, what)
			}
		}
	}
}
