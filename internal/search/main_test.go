package search

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	// Each check makes an index on three databases; the flag asks for more.
	if err := flag.Set("rapid.checks", "40"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
