package internal

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mostBackward are the rooms whose files stand in an order: of the uses of a
// name of another file at most so many percent point back, against the order.
// A reader can take such a room file by file.
var mostBackward = map[string]float64{
	"internal/ledger":      15,
	"internal/ledger/slot": 15,
	"internal/ledger/move": 15,
	"internal/server":      15,
	"internal/stock":       15,
}

func TestFilesStandInAnOrder(t *testing.T) {
	t.Parallel()
	exports := exportsOf(t, "./internal/...")
	for room, most := range mostBackward {
		uses := usesOf(t, exports, room)
		if uses.total == 0 {
			t.Errorf("%s: no use of another file's name was found", room)
		}
		order, back := uses.order()
		share := 100 * float64(back) / float64(max(uses.total, 1))
		t.Logf("%s: %d of %d uses point back, %.1f %%", room, back, uses.total, share)
		if share > most {
			t.Errorf("%s: %.1f %% of the uses of another file's name point back, at most %.0f %% may; the worst are %v", room, share, most, uses.worst(order))
		}
	}
}

// uses counts how often each file of a room uses names of each other file.
type uses struct {
	files []string
	count [][]int // [from][to]
	total int
}

// exportsOf finds the compiled form of the packages and all that they import.
func exportsOf(t *testing.T, pattern string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", pattern)
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	all := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if path, file, ok := strings.Cut(lines.Text(), " "); ok && file != "" {
			all[path] = file
		}
	}
	return all
}

func usesOf(t *testing.T, exports map[string]string, room string) *uses {
	t.Helper()
	fset := token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join("..", room, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	u := &uses{}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "doc.go" {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		u.files, files = append(u.files, path), append(files, file)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	config := types.Config{
		Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
			file, ok := exports[path]
			if !ok {
				return nil, fmt.Errorf("no package %s", path)
			}
			return os.Open(file)
		}),
	}
	if _, err := config.Check(module+"/"+room, fset, files, info); err != nil {
		t.Fatalf("check the types of %s: %v", room, err)
	}
	at := map[string]int{}
	for i, path := range u.files {
		at[path] = i
		u.count = append(u.count, make([]int, len(u.files)))
	}
	for id, object := range info.Uses {
		if !object.Pos().IsValid() || !named(object) {
			continue
		}
		from, here := at[fset.Position(id.Pos()).Filename]
		to, there := at[fset.Position(object.Pos()).Filename]
		if here && there && from != to {
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
