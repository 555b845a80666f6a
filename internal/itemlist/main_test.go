package itemlist

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	// Each check makes a shop and reads it twice; the flag asks for more.
	if err := flag.Set("rapid.checks", "15"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
