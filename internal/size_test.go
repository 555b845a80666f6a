package internal

import (
	"bytes"
	"go/ast"
	"go/types"
	"os"
	"path"
	"testing"
)

// Bounds of what a reader must hold in mind at once. A type beyond them is
// several types, a file or a function beyond them several ideas.
const mostLines = 400 // of a file

var (
	ownMethods = limit{of: "methods of its own", most: 40, ask: "which parts of it could be understood alone?"}
	allMethods = limit{of: "methods", most: 60, ask: "those of embedded types count: which of them could be reached through a field?"}
	methodsIn  = limit{of: "files of methods", most: 12, ask: "those of embedded types count: which of them could be reached through a field?"}
	longest    = limit{of: "lines", most: 70, ask: "which part of it has a name?"}
	branches   = limit{of: "branches", most: 25, ask: "which of its questions could be a table, or a function?"}
)

func TestFilesAreSmall(t *testing.T) {
	t.Parallel()
	everySource(t, func(t *testing.T, file string) {
		text, err := os.ReadFile(path.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(text, []byte("\n")); lines > mostLines && !generated(text) {
			t.Errorf("%s has %d lines, at most %d are read at once: which idea of it is a file of its own?", file, lines, mostLines)
		}
	})
}

// generated reports whether a tool wrote the file.
func generated(text []byte) bool { return bytes.HasPrefix(text, []byte("// Code generated")) }

// Methods of embedded types are methods of the type that embeds them.
func TestTypesAreSmall(t *testing.T) {
	t.Parallel()
	own, all, in := map[string]int{}, map[string]int{}, map[string]int{}
	for _, s := range everyPackage(t) {
		for _, name := range s.types.Scope().Names() {
			defined, ok := s.types.Scope().Lookup(name).(*types.TypeName)
			if !ok || defined.IsAlias() {
				continue
			}
			of := s.folder + "." + name
			files := map[string]bool{}
			for method := range methodsOf(defined.Type()).Methods() {
				files[fileOf(method.Obj().Pos())] = true
				all[of]++
				if len(method.Index()) == 1 {
					own[of]++
				}
			}
			in[of] = len(files)
		}
	}
	ownMethods.hold(t, own)
	allMethods.hold(t, all)
	methodsIn.hold(t, in)
}

// methodsOf are the methods that a variable of the type has.
func methodsOf(of types.Type) *types.MethodSet {
	if !types.IsInterface(of) {
		of = types.NewPointer(of)
	}
	return types.NewMethodSet(of)
}

func TestFunctionsAreShort(t *testing.T) {
	t.Parallel()
	lines, forks := map[string]int{}, map[string]int{}
	for _, s := range everyPackage(t) {
		for _, file := range s.files {
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || f.Body == nil {
					continue
				}
				name := s.folder + "." + f.Name.Name
				if f.Recv != nil {
					name = s.folder + "." + receiver(f) + "." + f.Name.Name
				}
				lines[name] = 1 + fset.Position(f.End()).Line - fset.Position(f.Pos()).Line
				forks[name] = branchesOf(f)
			}
		}
	}
	longest.hold(t, lines)
	branches.hold(t, forks)
}

// branchesOf counts the ways that a function can take besides the straight one.
func branchesOf(f *ast.FuncDecl) (count int) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			count++
		case *ast.CaseClause:
			count += min(1, len(n.List)) // the default is the straight way
		case *ast.CommClause:
			if n.Comm != nil {
				count++
			}
		}
		return true
	})
	return count
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
			return types.ExprString(x)
		}
	}
}
