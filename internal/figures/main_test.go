package figures

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	// Each check is some hundred transactions on three databases; the flag asks for more.
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
