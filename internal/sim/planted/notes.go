package planted

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Hunt is the search for a planted bug: where, and in how many seeds at most.
type Hunt struct {
	Bug, Engine string
	Most        uint64
}

// Seeds are all seeds to try: the noted one first, and then the seeds after it. Without a note (0)
// they begin with 1.
func (h Hunt) Seeds(noted uint64) func(yield func(uint64) bool) {
	first := max(noted, 1)
	return func(yield func(uint64) bool) {
		for i := range h.Most {
			if !yield((first-1+i)%h.Most + 1) {
				return
			}
		}
	}
}

// Notes are the noted seeds by the bugs' names. They are safe for concurrent use.
type Notes struct {
	mu    sync.Mutex
	seeds map[string]uint64
}

// Of returns the seed of the bug, 0 where none is noted.
func (n *Notes) Of(bug string) uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.seeds[bug]
}

// Note notes the seed of the bug.
func (n *Notes) Note(bug string, seed uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seeds[bug] = seed
}

// Text spells the notes as the file has them.
func (n *Notes) Text() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var b strings.Builder
	for _, bug := range slices.SortedFunc(maps.Keys(n.seeds), func(a, b string) int {
		return cmp.Or(cmp.Compare(n.seeds[a], n.seeds[b]), cmp.Compare(a, b))
	}) {
		fmt.Fprintln(&b, n.seeds[bug], bug)
	}
	return b.String()
}

// ReadNotes reads what Text spells.
func ReadNotes(text string) (*Notes, error) {
	n := &Notes{seeds: map[string]uint64{}}
	for line := range strings.Lines(text) {
		number, bug, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		seed, err := strconv.ParseUint(number, 10, 64)
		if err != nil || n.seeds[bug] != 0 {
			return nil, fmt.Errorf("line %q: want a seed and the name of a bug, once for each bug", line)
		}
		n.seeds[bug] = seed
	}
	return n, nil
}

// Check returns what is wrong with the notes of these bugs.
func (n *Notes) Check(all []Hunt) (wrong []string) {
	known := map[string]bool{}
	for _, h := range all {
		known[h.Bug] = true
		switch seed := n.Of(h.Bug); {
		case seed == 0:
			wrong = append(wrong, fmt.Sprintf("no seed is noted for the bug %q", h.Bug))
		case seed > h.Most:
			wrong = append(wrong, fmt.Sprintf("seed %d is noted for the bug %q, which is looked for in %d seeds", seed, h.Bug, h.Most))
		}
	}
	for _, bug := range slices.Sorted(maps.Keys(n.seeds)) {
		if !known[bug] {
			wrong = append(wrong, fmt.Sprintf("seed %d is noted for %q, which is no planted bug", n.seeds[bug], bug))
		}
	}
	return wrong
}

// Keep drops the seeds of names that are no bug.
func (n *Notes) Keep(all []Hunt) {
	n.mu.Lock()
	defer n.mu.Unlock()
	maps.DeleteFunc(n.seeds, func(bug string, _ uint64) bool {
		return !slices.ContainsFunc(all, func(h Hunt) bool { return h.Bug == bug })
	})
}
