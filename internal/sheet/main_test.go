package sheet

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	// Each check writes and reads seven kinds of files; the flag asks for more.
	if err := flag.Set("rapid.checks", "15"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
