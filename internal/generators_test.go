package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unshared gives the names of the variables of a test file that keep a random
// generator for the whole package and are not wrapped in shared: drawing from
// one writes to it once, which tests that run side by side would do at once.
func unshared(file *ast.File) (names []string) {
	for _, decl := range file.Decls {
		vars, ok := decl.(*ast.GenDecl)
		if !ok || vars.Tok != token.VAR {
			continue
		}
		for _, spec := range vars.Specs {
			of, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, value := range of.Values {
				if call, ok := value.(*ast.CallExpr); ok && generates(call) && !isNamed(call.Fun, "shared") {
					names = append(names, of.Names[i].Name)
				}
			}
		}
	}
	return names
}

func generates(call *ast.CallExpr) (found bool) {
	ast.Inspect(call, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		found = found || ok && isNamed(e, "rapid")
		return !found
	})
	return found
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func TestGeneratorsOfAPackageAreShared(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(strings.TrimPrefix(filepath.ToSlash(name), "../")):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		for _, v := range unshared(file) {
			t.Errorf("%s: the generator %s is drawn from by many tests and not wrapped in shared", name, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAGeneratorThatIsNotSharedIsFound(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", `package x
		var a, b = shared(rapid.Bool()), listOf(rapid.Bool())
		var c = rapid.Just(1)
		func f() { d := rapid.Just(1); _ = d }`, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := unshared(file); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("got %q", got)
	}
}
