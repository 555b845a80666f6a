package internal

import (
	"go/ast"
	"os"
	"regexp"
	"slices"
	"testing"
)

// mostSteps is how many functions there may be between a request and the engine.
const mostSteps = 14

// The guide names the functions between a request and the disk: they are where it
// says, and each calls the next one.
func TestTheGuideShowsTheWayOfAReserve(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/guide/inside.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| \\d+ \\| `(\\w+)\\.(\\w+)` \\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1)
	if n := len(rows); n == 0 || n > mostSteps {
		t.Fatalf("%d steps, want 1 to %d", n, mostSteps)
	}
	for n, row := range rows {
		next := "Append"
		if n+1 < len(rows) {
			next = rows[n+1][2]
		}
		body := bodyOf(t, row[3], row[1], row[2])
		switch {
		case body == nil:
			t.Errorf("%s has no function %s.%s", row[3], row[1], row[2])
		case !calls(body, next):
			t.Errorf("%s.%s does not call %s", row[1], row[2], next)
		}
	}
	for _, m := range regexp.MustCompile("`(group)\\.(\\w+)`").FindAllStringSubmatch(string(text), -1) {
		if bodyOf(t, "internal/ledger/slot/group.go", m[1], m[2]) == nil {
			t.Errorf("there is no %s.%s", m[1], m[2])
		}
	}
	judge := bodyOf(t, "internal/ledger/slot/group.go", "group", "judge")
	asked := 0
	for _, m := range regexp.MustCompile("(?m)^\\d\\. `(?:stock\\.)?(\\w+)`").FindAllStringSubmatch(string(text), -1) {
		if asked++; !calls(judge, m[1]) {
			t.Errorf("judge does not call %s", m[1])
		}
	}
	if asked < 5 {
		t.Errorf("the guide has %d steps of judge", asked)
	}
}

// bodyOf is the body of a method in a file, nil when there is none.
func bodyOf(t *testing.T, file, of, name string) *ast.BlockStmt {
	t.Helper()
	text, err := os.ReadFile("../" + file)
	if err != nil {
		t.Fatal(err)
	}
	decls := parse(t, file, text).Decls
	at := slices.IndexFunc(decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		return ok && f.Recv != nil && f.Name.Name == name && receiver(f) == of
	})
	if at < 0 {
		return nil
	}
	return decls[at].(*ast.FuncDecl).Body
}

// calls reports whether the body calls something of that name.
func calls(body ast.Node, name string) (found bool) {
	if body == nil {
		return false
	}
	ast.Inspect(body, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := c.Fun.(type) {
		case *ast.SelectorExpr:
			found = found || f.Sel.Name == name
		case *ast.Ident:
			found = found || f.Name == name
		}
		return true
	})
	return found
}
