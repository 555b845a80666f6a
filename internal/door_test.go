package internal

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// writers are the rooms and files that make requests to the ledger. The commands of people and
// programs come through the door, which has fulfil choose for it; those of tills and Redis come
// next to it, by ledger.SubmitEscrow, which needs no requests. What sells before the ledger passes
// on those that it got. A new writer is a decision (docs/adr/0031).
var writers = map[string]string{
	"internal/intake":             "the door",
	"internal/fulfil":             "it carries out what the door cannot without a choice",
	"internal/outpost/hot/front":  "Redis sells before the ledger, and asks it under the caller's key",
	"internal/outpost/counter.go": "a till sells before its ledger",
	"internal/recall/recall.go":   "it asks for the outcome of a request, and submits none",
	"cmd/holdfast/repair.go":      "an operator repairs an item: the door has nothing to add",
}

// escrowWay is the way into the books next to the door, and who may take it.
const escrowWay, escrow = "SubmitEscrow", "internal/outpost"

func TestOneDoorLeadsToTheBooks(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	everyFile(t, func(t *testing.T, file string) {
		switch room := roomOf(path.Dir(file)); {
		case room == "ledger", strings.HasPrefix(room, "ledger/"), room == "sim", room == "/proof":
			return // the books themselves, and what drives them to measure and to break them
		}
		text, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		for name := range namesOfLedger(parse(t, file, text)) {
			switch writer := writerOf(file); {
			case name == escrowWay && !strings.HasPrefix(file, escrow+"/"):
				t.Errorf("%s uses ledger.%s: it is for what sells away from the books (%s); others ask the door, package intake", file, name, escrow)
			case name == "Request" && writer == "":
				t.Errorf("%s makes requests to the ledger: let the door do it, package intake, or ledger.%s for what sells away from the books", file, escrowWay)
			case name == "Request":
				found[writer] = true
			}
		}
	})
	for writer, reason := range writers {
		if !found[writer] {
			t.Errorf("%s makes no requests to the ledger any longer (%s): take it off the list", writer, reason)
		}
	}
}

// Rooms read the books. The interface through which a room writes is its Ledger, so that a reader of
// a signature sees which of the two it gets.
func TestBooksAreRead(t *testing.T) {
	t.Parallel()
	everyFile(t, func(t *testing.T, file string) {
		if !strings.HasPrefix(file, "internal/") {
			return
		}
		text, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parse(t, file, text), func(n ast.Node) bool {
			s, ok := n.(*ast.TypeSpec)
			if !ok || s.Name.Name != "Books" {
				return true
			}
			if i, ok := s.Type.(*ast.InterfaceType); ok {
				for _, m := range i.Methods.List {
					if len(m.Names) == 0 || m.Names[0].Name == "Submit" {
						t.Errorf("%s: the interface Books submits, or embeds what may: call it Ledger", file)
					}
				}
			}
			return false
		})
	})
}

func writerOf(file string) string {
	for writer := range writers {
		if file == writer || path.Dir(file) == writer {
			return writer
		}
	}
	return ""
}

// namesOfLedger are the names of package ledger that the file uses.
func namesOfLedger(f *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "ledger" {
				names[s.Sel.Name] = true
			}
		}
		return true
	})
	return names
}
