package internal

import (
	"fmt"
	"go/types"
	"path/filepath"
	"slices"
	"testing"
)

// backward is the share of the uses of a name of another file that point back,
// against the order in which the files of a package stand. A reader can take
// such a package file by file.
var backward = limit{
	of: "percent backward", most: 10, keep: true, slack: 1,
	ask: "which files of it know each other, and why?",
}

// fewUses are found in a small package without reading far.
const fewUses = 3

func TestFilesStandInAnOrder(t *testing.T) {
	t.Parallel()
	shares := map[string]int{}
	for _, s := range everyPackage(t) {
		uses := s.usesOfFiles()
		order, back := uses.order()
		if back > fewUses {
			shares[s.folder] = (100*back + uses.total - 1) / uses.total
		}
		if shares[s.folder] > backward.most {
			t.Logf("%s: %d of %d uses point back, the worst are %v", s.folder, back, uses.total, uses.worst(order))
		}
	}
	backward.hold(t, shares)
}

// uses counts how often each file of a room uses names of each other file.
type uses struct {
	files []string
	count [][]int // [from][to]
	total int
}

func (s *source) usesOfFiles() *uses {
	u := &uses{}
	at := map[string]int{}
	for i, file := range s.files {
		u.files = append(u.files, fileOf(file.Pos()))
		u.count = append(u.count, make([]int, len(s.files)))
		at[u.files[i]] = i
	}
	for id, object := range s.uses {
		if object.Pkg() != s.types || !object.Pos().IsValid() || !named(object) {
			continue
		}
		if from, to := at[fileOf(id.Pos())], at[fileOf(object.Pos())]; from != to {
			u.count[from][to]++
			u.total++
		}
	}
	return u
}

// named reports whether a file gives the object to the room by name.
func named(object types.Object) bool {
	switch o := object.(type) {
	case *types.Var:
		return !o.IsField() && o.Parent() == o.Pkg().Scope()
	case *types.Func:
		return true
	case *types.TypeName, *types.Const:
		return o.Pkg() != nil && o.Parent() == o.Pkg().Scope()
	}
	return false
}

// order finds an order of the files with few uses that point back, and how many
// those are: files are moved to where they are best until none can be moved.
func (u *uses) order() (order []int, back int) {
	n := len(u.files)
	for i := range n {
		order = append(order, i)
	}
	balance := func(i int) (b int) {
		for j := range n {
			b += u.count[i][j] - u.count[j][i]
		}
		return b
	}
	slices.SortStableFunc(order, func(a, b int) int { return balance(b) - balance(a) })
	for moved := true; moved; {
		moved = false
		for i := range n {
			// The change in cost when the file moves to another place.
			file := order[i]
			best, gain := i, 0
			delta := 0
			for j := i - 1; j >= 0; j-- { // before order[j]
				delta += u.count[file][order[j]] - u.count[order[j]][file]
				if delta > gain {
					best, gain = j, delta
				}
			}
			delta = 0
			for j := i + 1; j < n; j++ { // behind order[j]
				delta += u.count[order[j]][file] - u.count[file][order[j]]
				if delta > gain {
					best, gain = j, delta
				}
			}
			if gain > 0 {
				order = slices.Delete(order, i, i+1)
				order = slices.Insert(order, best, file)
				moved = true
			}
		}
	}
	for i, file := range order {
		for _, before := range order[:i] {
			back += u.count[file][before]
		}
	}
	return order, back
}

// worst are the pairs of files with the most uses that point back.
func (u *uses) worst(order []int) []string {
	type pair struct {
		text  string
		count int
	}
	var all []pair
	for i, file := range order {
		for _, before := range order[:i] {
			if c := u.count[file][before]; c > 0 {
				all = append(all, pair{fmt.Sprintf("%s → %s (%d)", filepath.Base(u.files[file]), filepath.Base(u.files[before]), c), c})
			}
		}
	}
	slices.SortFunc(all, func(a, b pair) int { return b.count - a.count })
	var worst []string
	for _, p := range all[:min(len(all), 10)] {
		worst = append(worst, p.text)
	}
	return worst
}
