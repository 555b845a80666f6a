package hot_test

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/sim/planted"
)

var update = flag.Bool("update", false, "write the file of noted seeds anew, with those by which TestPlanted finds its bugs")

const (
	// notedFile says of each planted bug which history has found it.
	notedFile = "../../sim/planted/testdata/redis.txt"
	// renew is the command that writes it anew.
	renew = `go test -overlay="$(go run ./internal/sim/planted/overlay)" ./internal/outpost/hot -run 'TestPlanted$' -update`
	// plantedSeeds is among how many histories a bug is found.
	plantedSeeds = 400
)

// Every bug that was planted is found by a random history, mostly by the one that is noted.
// They are looked for one after the other: the bug is one of the process.
func TestPlanted(t *testing.T) {
	if !plant("") {
		t.Skip("the planted bugs are not built in: scripts/test sim")
	}
	var hunts []planted.Hunt
	for _, bug := range planted.Names(planted.Redis) {
		hunts = append(hunts, planted.Hunt{Bug: bug, Most: plantedSeeds})
	}
	text, err := os.ReadFile(notedFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	noted, err := planted.ReadNotes(string(text))
	if err != nil {
		t.Fatalf("%s: %v", notedFile, err)
	}
	for _, h := range hunts {
		t.Run(h.Bug, func(t *testing.T) { hunt(t, h, noted) })
	}
	if !*update {
		return
	}
	noted.Keep(hunts)
	if err := os.WriteFile(notedFile, []byte(noted.Text()), 0o644); err != nil {
		t.Error(err)
	}
}

func hunt(t *testing.T, h planted.Hunt, noted *planted.Notes) {
	store, redis, books := rooms(t, dbtest.Postgres)
	plant(h.Bug)
	defer plant("")
	c := redis.Redis()
	if err := c.Do(t.Context(), c.B().Set().Key("planted").Value(h.Bug).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	first := noted.Of(h.Bug)
	if os.Getenv("SOAK") != "" {
		first = 0
	}
	for seed := range h.Seeds(first) {
		r := rand.New(rand.NewPCG(7, seed))
		f := newFront(t, redis, store, books, int(seed), r)
		f.strict = true
		for n := range 60 {
			f.step(r, n)
		}
		if wrong := f.judge(); wrong != nil {
			noted.Note(h.Bug, seed)
			t.Logf("found by seed %d: %.300s", seed, wrong[0])
			return
		}
		if seed == first {
			t.Logf("the noted seed %d finds nothing any more; renew it: %s", seed, renew)
		}
	}
	t.Errorf("not found in %d histories", h.Most)
}

// Each bug has a seed that has found it, and nothing else has.
func TestEachPlantedBugHasASeed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(notedFile)
	if err != nil {
		t.Fatal(err)
	}
	noted, err := planted.ReadNotes(string(text))
	if err != nil {
		t.Fatalf("%s: %v", notedFile, err)
	}
	var hunts []planted.Hunt
	for _, bug := range planted.Names(planted.Redis) {
		hunts = append(hunts, planted.Hunt{Bug: bug, Most: plantedSeeds})
	}
	for _, wrong := range noted.Check(hunts) {
		t.Errorf("%s; renew the file: %s", wrong, renew)
	}
}
