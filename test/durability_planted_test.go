package test

import (
	"bytes"
	"os"
	"testing"
)

// The bugs that the simulation has to find (internal/sim/planted) are
// in no binary but its own.
func TestTheProgramHasNoPlantedBugs(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("ledger/slot.(*committer).turn")) {
		t.Fatal("the binary does not name its functions: this test would find nothing")
	}
	for _, name := range []string{
		"ledger.WithPlanted", "slot.(*timeless)", "slot.(*committer).answerEarly", "slot.(*group).spoil", "hot.(*Road).giveBackEarly",
	} {
		if bytes.Contains(b, []byte(name)) {
			t.Errorf("the binary has %q", name)
		}
	}
}
