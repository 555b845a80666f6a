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
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// source is a package of the module with its types, without what is generated
// and without tests.
type source struct {
	folder string // relative to the module
	files  []*ast.File
	types  *types.Package
	uses   map[*ast.Ident]types.Object
}

var fset = token.NewFileSet()

// sources reads the packages once for all tests.
var sources = sync.OnceValues(readSources)

func everyPackage(t *testing.T) []*source {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatalf("read the packages: %v", err)
	}
	return all
}

func readSources() ([]*source, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}\t{{.Dir}}\t{{join .GoFiles \" \"}}", "./...")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	exports := map[string]string{} // the compiled form of each package
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		file, ok := exports[path]
		if !ok {
			return nil, fmt.Errorf("no package %s", path)
		}
		return os.Open(file)
	})}
	var all []*source
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		listed := strings.Split(lines.Text(), "\t")
		imported, dir, files := listed[0], listed[2], strings.Fields(listed[3])
		if listed[1] != "" {
			exports[imported] = listed[1]
		}
		folder, ours := strings.CutPrefix(imported+"/", module+"/")
		if !ours || len(files) == 0 {
			continue
		}
		s := &source{folder: path.Clean(folder), uses: map[*ast.Ident]types.Object{}}
		for _, name := range files {
			file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			s.files = append(s.files, file)
		}
		if ast.IsGenerated(s.files[0]) {
			continue
		}
		s.types, err = config.Check(imported, fset, s.files, &types.Info{Uses: s.uses})
		if err != nil {
			return nil, fmt.Errorf("check the types of %s: %w", folder, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// fileOf is the file of a position.
func fileOf(at token.Pos) string { return fset.Position(at).Filename }

func parse(t *testing.T, file string, text []byte) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
