package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Every kind of sinks passes the facts about relays and servers that stand still, and every
// kind of sources the suite that has them. A kind that is added without them fails here.
func TestEveryKindOfSinksAndSourcesPassesItsSuite(t *testing.T) {
	t.Parallel()
	leaves, inlets, err := (&leavesConfig{files: t.TempDir()}).leaves()
	if err != nil {
		t.Fatal(err)
	}
	// The functions that tests call with the name of a kind.
	called := map[string]map[string]bool{}
	note := func(function, kind string) {
		if called[function] == nil {
			called[function] = map[string]bool{}
		}
		called[function][kind] = true
	}
	err = filepath.WalkDir("../../relay", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is || len(call.Args) < 2 {
				return true
			}
			function, is := call.Fun.(*ast.SelectorExpr)
			if !is {
				return true
			}
			if of, is := function.X.(*ast.Ident); !is || of.Name != "relaytest" {
				return true
			}
			if kind, is := call.Args[1].(*ast.BasicLit); is {
				if name, err := strconv.Unquote(kind.Value); err == nil {
					note(function.Sel.Name, name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for kind := range leaves {
		if !called["Run"][kind] && !called["RunInTurn"][kind] && !called["RunStill"][kind] {
			t.Errorf("no test of sinks of kind %s calls relaytest.Run, RunInTurn or RunStill: nobody knows what they do when a relay stands still", kind)
		}
	}
	for kind := range inlets {
		if !called["RunSources"][kind] {
			t.Errorf("no test of sources of kind %s calls relaytest.RunSources: nobody knows what they do when a relay stands still", kind)
		}
	}
}
