package internal

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// Bounds of what a reader must hold in mind at once. A type beyond them is
// several types, a file beyond them several ideas.
const (
	mostMethods = 40
	mostFiles   = 12 // over which the methods of a type are spread
	mostLines   = 400
	mostLarge   = 5 // types and files that may be larger
)

// large are the types and files that are larger, and why.
var large = map[string]string{
	"internal/engine/mysql.Engine":    "it is one interface of engine, all of whose parts use the same tables",
	"internal/engine/postgres.Engine": "as that of mysql",
	"internal/engine/sqlite.Engine":   "as that of mysql",

	"internal/stock.Item": "each method is in the file of the rule that asks it",
}

func TestTypesAndFilesAreSmall(t *testing.T) {
	t.Parallel()
	type size struct {
		methods int
		files   map[string]bool
	}
	sizes := map[string]*size{}
	found := map[string]bool{}
	everySource(t, func(t *testing.T, file string) {
		text, err := os.ReadFile(path.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		if ast.IsGenerated(parse(t, file, text)) {
			return
		}
		if lines := bytes.Count(text, []byte("\n")); lines > mostLines {
			found[file] = true
			if _, known := large[file]; !known {
				t.Errorf("%s has %d lines, at most %d are read at once: which idea of it is a file of its own?", file, lines, mostLines)
			}
		}
		if strings.HasSuffix(file, "_test.go") {
			return // what tests act on may have many methods
		}
		for _, d := range parse(t, file, text).Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			name := path.Dir(file) + "." + receiver(f)
			if sizes[name] == nil {
				sizes[name] = &size{files: map[string]bool{}}
			}
			sizes[name].methods++
			sizes[name].files[file] = true
		}
	})
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		s := sizes[name]
		if s.methods <= mostMethods && len(s.files) <= mostFiles {
			continue
		}
		found[name] = true
		if _, known := large[name]; !known {
			t.Errorf("%s has %d methods in %d files, at most %d in %d: which parts of it could be understood alone?", name, s.methods, len(s.files), mostMethods, mostFiles)
		}
		t.Logf("%s: %d methods in %d files", name, s.methods, len(s.files))
	}
	if len(large) > mostLarge {
		t.Errorf("%d types and files are larger than others, at most %d may be", len(large), mostLarge)
	}
	for name, reason := range large {
		switch {
		case !found[name]:
			t.Errorf("%s is not larger than others any more: take it off the list", name)
		case reason == "":
			t.Errorf("%s is larger than others without a reason", name)
		}
	}
}

func parse(t *testing.T, file string, text []byte) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// receiver is the name of the type that has the method.
func receiver(f *ast.FuncDecl) string {
	at := f.Recv.List[0].Type
	for {
		switch x := at.(type) {
		case *ast.StarExpr:
			at = x.X
		case *ast.IndexExpr:
			at = x.X
		case *ast.IndexListExpr:
			at = x.X
		case *ast.Ident:
			return x.Name
		default:
			return strings.TrimSpace(fmt.Sprint(x))
		}
	}
}
