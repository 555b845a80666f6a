// Package internal holds no code, only the tests about how the rooms below it
// may depend on each other and on the world.
package internal

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "holdfast.dev/holdfast"

// rooms is the import table: what a room may import besides itself, the
// standard library and the modules of go.mod. Rooms under internal/ go by
// their bare name; a part of a room with a line of its own, such as
// ledger/audit, is a room of its own. A new room or a new arrow is a decision
// (docs/adr), so a room that is not listed fails.
var rooms = map[string][]string{
	"stock":     {},
	"planning":  {"stock"},
	"dburl":     {}, // reads DSNs, docs/adr/0027
	"primary":   {}, // the way to a PostgreSQL server, docs/adr/0027
	"failstop":  {}, // nothing is synced after a failed sync, docs/adr/0058
	"engine":    {"stock", "dburl", "primary", "failstop"},
	"ledger":    {"stock", "engine", "ledger/slot", "ledger/move"},
	"catalog":   {"stock", "dburl", "primary", "failstop"},
	"feed":      {"stock", "engine", "catalog"},
	"view":      {"stock", "planning", "engine", "feed", "catalog"},
	"duty":      {"catalog"},
	"fulfil":    {"stock", "planning", "ledger", "catalog", "view"},
	"intake":    {"stock", "planning", "ledger", "catalog", "fulfil"},         // docs/adr/0031
	"recall":    {"stock", "engine", "ledger", "intake", "catalog", "duty"},   // docs/adr/0088
	"quota":     {"stock", "planning", "ledger", "intake", "catalog", "duty"}, // docs/adr/0092
	"transfer":  {"stock", "planning", "ledger", "intake", "catalog", "view", "duty"},
	"cases":     {"stock", "ledger", "intake", "catalog", "feed", "duty"},                                        // docs/adr/0034
	"soldout":   {"stock", "engine", "ledger", "intake", "catalog", "feed", "view", "duty"},                      // docs/adr/0041
	"search":    {"stock", "engine", "ledger", "catalog", "feed", "view", "duty"},                                // docs/adr/0047
	"itemlist":  {"stock", "engine", "ledger", "catalog", "feed", "view", "search"},                              // docs/adr/0050
	"figures":   {"stock", "engine", "catalog", "feed"},                                                          // docs/adr/0052
	"alert":     {"alert/notice", "stock", "engine", "ledger", "catalog", "view", "duty", "itemlist", "figures"}, // docs/adr/0053
	"counting":  {"stock", "planning", "ledger", "catalog", "view"},
	"sheet":     {"stock", "ledger", "intake", "catalog", "view"},
	"outpost":   {"stock", "engine", "ledger", "feed", "catalog", "view", "dburl", "primary", "/client"}, // docs/adr/0057, 0062
	"connector": {"stock", "ledger", "feed", "catalog", "view"},
	"signon":    {"catalog"}, // docs/adr/0051
	"server": {
		"server/kit", "server/outside", "server/docs", "server/console", "server/transcode", "signon", "stock", "planning", "engine", "ledger", "catalog", "quota", "recall", "fulfil", "intake", "transfer", "cases", "search", "itemlist", "figures", "alert", "alert/notice", "counting", "outpost", "feed", "view",
		"sheet", "connector", "nearest", "/api", "/",
	},
	"sim": {
		"stock", "planning", "engine", "ledger", "ledger/slot", "ledger/move", "ledger/audit", "catalog", "duty", "quota", "recall", "fulfil", "intake", "transfer", "cases", "soldout", "counting", "outpost",
		"feed", "view", "sheet", "connector", "server", "server/kit", "/api", "/client",
	},
	"nearest":  {"/"},               // the name that was meant, of cmd and server
	"progress": {},                  // how far a long command is, of cmd and proof
	"demo":     {"/api", "/client"}, // a program against the public API, as everybody's
	// Measurements may import the whole product; the product imports none of them.
	"/proof": {
		"stock", "planning", "dburl", "primary", "engine", "ledger", "ledger/slot", "ledger/move", "ledger/audit", "catalog", "duty", "feed", "view", "quota", "fulfil", "intake", "transfer", "cases", "soldout",
		"counting", "sheet", "outpost", "connector", "server", "server/node", "sim", "progress", "nearest", "dbtest", "/", "/api", "/client", "/console", "/docs",
	},
	"dbtest":   {}, // for tests of every room, docs/adr/0009
	"/":        {}, // the documents, docs/adr/0007
	"/api":     {},
	"/client":  {"/api"},
	"/relay":   {"/api", "/client"}, // a program against the public API, docs/adr/0044
	"/console": {},
	"/store":   {}, // the pages of a till
	"/docs":    {},
	"/test":    {"/client", "/api"},
	// Callers, to be read: they know what anybody knows.
	"/examples": {"/client"},

	// Parts of rooms, apart from the rest of their room: docs/adr/0033.
	"ledger/slot":      {"stock", "engine"},
	"ledger/move":      {"stock", "engine", "ledger/slot"},
	"ledger/audit":     {"stock", "engine"},
	"server/node":      {"stock", "ledger", "ledger/slot", "catalog", "/api"},
	"server/docs":      {"nearest", "/", "/api"},
	"server/console":   {},
	"server/transcode": {"nearest", "/api"},
	"server/kit": {
		"stock", "planning", "engine", "ledger", "catalog", "feed", "view", "recall", "fulfil", "intake", "transfer", "cases", "outpost",
		"nearest", "server/docs", "server/transcode", "/api",
	},
	"server/outside": {"server/kit", "catalog", "/api"}, // what sinks, sources and relays share
	"alert/notice":   {"/relay"},                        // it dials and signs as sinks do, docs/adr/0054
}

// ofChapters is what a chapter of the API may import. Chapters are the folders of
// server that are not in the table; they do not import each other (docs/adr/0095).
var ofChapters = []string{
	"stock", "planning", "engine", "ledger", "catalog", "feed", "view", "recall", "fulfil", "intake", "transfer", "cases", "search", "itemlist",
	"figures", "alert", "alert/notice", "outpost", "sheet", "signon", "nearest", "server/kit", "server/outside", "server/docs", "server/console", "/api",
}

func isChapter(room string) bool { return strings.HasPrefix(room, "server/") && rooms[room] == nil }

// wires may import everything: it is where the rooms are put together.
const wires = "/cmd"

// wired are the folders whose subfolders are one implementation each. Only the
// room itself, cmd, sim and proof name one; everybody else knows the interface.
var wired = []string{"internal/engine", "internal/feed/bus", "internal/connector"}

// mayImport returns what is wrong with file importing imported, or "".
func mayImport(file, imported string) string {
	folder, ours := strings.CutPrefix(imported+"/", module+"/")
	folder = strings.TrimSuffix(folder, "/")
	from, to := roomOf(path.Dir(file)), roomOf(folder)
	forTests := to == "dbtest" && strings.HasSuffix(path.Dir(file), "test") // enginetest and the like
	switch {
	case ours && to == "/proof" && from != to:
		return "only proof knows proof: the product is built without what measures it"
	case !ours || from == wires || forTests:
		return ""
	}
	allowed, known := rooms[from]
	if isChapter(from) {
		allowed, known = ofChapters, true
	}
	switch {
	case from == "server" && isChapter(to):
		return ""
	case !known:
		return fmt.Sprintf("the room %q is not in the import table", from)
	case to != from && !slices.Contains(allowed, to):
		return fmt.Sprintf("%q may import %q, not %q", from, allowed, to)
	case from == "sim" || from == "/proof":
		return ""
	}
	for _, seam := range wired {
		if strings.HasPrefix(folder, seam+"/") && !strings.HasPrefix(file, seam+"/") {
			return "only cmd, sim and proof choose an implementation"
		}
	}
	return ""
}

func TestEveryImportIsInTheTable(t *testing.T) {
	t.Parallel()
	everyFile(t, func(t *testing.T, file string) {
		for _, imported := range importsOf(t, file) {
			if wrong := mayImport(file, imported); wrong != "" {
				t.Errorf("%s imports %s: %s", file, imported, wrong)
			}
		}
	})
}

func TestTheTableRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, imported string
		refused              bool
	}{
		{"an arrow that is in the table is fine", "internal/ledger/writer.go", module + "/internal/stock", false},
		{"a room may import its own parts", "internal/view/journal/page.go", module + "/internal/view", false},
		{"what is for tests may have databases", "internal/catalog/catalogtest/file.go", module + "/internal/dbtest", false},
		{"a room may not", "internal/catalog/place.go", module + "/internal/dbtest", true},
		{"the audit reads the log", "internal/ledger/audit/log.go", module + "/internal/engine", false},
		{"the audit knows nothing of those who write the log", "internal/ledger/audit/log.go", module + "/internal/ledger", true},
		{"nor of another part of their room", "internal/ledger/audit/log.go", module + "/internal/ledger/observed", true},
		{"a slot knows nothing of orders over several", "internal/ledger/slot/turn.go", module + "/internal/ledger", true},
		{"nor of buckets on their way", "internal/ledger/slot/turn.go", module + "/internal/ledger/move", true},
		{"who moves buckets writes through slots", "internal/ledger/move/carry.go", module + "/internal/ledger/slot", false},
		{"and knows nothing of what is above", "internal/ledger/move/carry.go", module + "/internal/ledger", true},
		{"callers know the ledger and not its slots", "internal/intake/submit.go", module + "/internal/ledger/slot", true},
		{"nodes speak about slots", "internal/server/node/client.go", module + "/internal/ledger/slot", false},
		{"the rest of the server does not", "internal/server/submit.go", module + "/internal/ledger/slot", true},
		{"nor those who write it of the audit", "internal/ledger/writer.go", module + "/internal/ledger/audit", true},
		{"a part without a line of its own is of its room", "internal/ledger/observed/ledger.go", module + "/internal/ledger", false},
		{"the simulation audits", "internal/sim/world/end.go", module + "/internal/ledger/audit", false},
		{"the server does not", "internal/server/ready.go", module + "/internal/ledger/audit", true},
		{"an arrow upwards is refused", "internal/stock/hold.go", module + "/internal/ledger", true},
		{"rooms at one height do not know each other", "internal/catalog/key.go", module + "/internal/ledger", true},
		{"a room nobody listed is refused", "internal/misc/misc.go", module + "/internal/stock", true},
		{"only server and sim speak the wire format", "internal/ledger/writer.go", module + "/api/holdfast/v1", true},
		{"the server knows the engine's interface", "internal/server/ready.go", module + "/internal/engine", false},
		{"the server does not know which engine it has", "internal/server/ready.go", module + "/internal/engine/sqlite", true},
		{"an engine may stand on another part of its room", "internal/engine/observed/engine.go", module + "/internal/engine/memory", false},
		{"the simulation stands on a real engine", "internal/sim/load.go", module + "/internal/engine/sqlite", false},
		{"cmd wires everything", "cmd/holdfast/serve.go", module + "/internal/engine/sqlite", false},
		{"cmd does not wire what measures it", "cmd/holdfast/bench.go", module + "/proof/compare", true},
		{"nor does any room know it", "internal/sim/bench/bench.go", module + "/proof/peer", true},
		{"what measures stands on a real engine", "proof/fleet/ground.go", module + "/internal/engine/postgres", false},
		{"what measures does not know cmd", "proof/compare/compare.go", module + "/cmd/holdfast", true},
		{"the client carries nothing of the server", "client/client.go", module + "/internal/stock", true},
		{"the documents at the top are for the server alone", "internal/view/page.go", module, true},
		{"a chapter uses the kit", "internal/server/quotas/quota.go", module + "/internal/server/kit", false},
		{"it knows no other chapter", "internal/server/quotas/quota.go", module + "/internal/server/orders", true},
		{"nor the server, which knows it", "internal/server/quotas/quota.go", module + "/internal/server", true},
		{"the kit knows no chapter", "internal/server/kit/call.go", module + "/internal/server/orders", true},
		{"the server shows the documents", "internal/server/docs.go", module, false},
		{"another module is not the table's business", "internal/ledger/writer.go", "golang.org/x/sync/errgroup", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if wrong := mayImport(test.file, test.imported); (wrong != "") != test.refused {
				t.Errorf("%s importing %s: got %q, want refused %v", test.file, test.imported, wrong, test.refused)
			}
		})
	}
}

// impure are the parts of the standard library that would let the rules see
// the world, and calls that would let them see the clock.
var impure = struct{ packages, calls []string }{
	packages: []string{"os", "net", "database", "math/rand", "crypto/rand", "log", "sync", "syscall", "runtime", "io/ioutil"},
	calls:    []string{"time.Now(", "time.Since(", "time.Until(", "time.After(", "time.NewTimer(", "time.NewTicker(", "\tgo "},
}

// The rules and the plans take the time as an argument and give the same
// answer to the same arguments, so they touch nothing that could make a
// difference.
func TestStockAndPlanningArePure(t *testing.T) {
	t.Parallel()
	everyFile(t, func(t *testing.T, file string) {
		if room := roomOf(path.Dir(file)); room != "stock" && room != "planning" {
			return
		}
		for _, imported := range importsOf(t, file) {
			first, _, _ := strings.Cut(imported, "/")
			if strings.Contains(first, ".") && !strings.HasPrefix(imported, module+"/") {
				t.Errorf("%s imports %s: the rules use the standard library only", file, imported)
			}
			for _, p := range impure.packages {
				if imported == p || strings.HasPrefix(imported, p+"/") {
					t.Errorf("%s imports %s: the rules have no I/O, no chance and no goroutines", file, imported)
				}
			}
		}
		text, err := os.ReadFile(filepath.FromSlash("../" + file))
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range impure.calls {
			if strings.Contains(string(text), call) {
				t.Errorf("%s has %q: the time is an argument of the rules, and they start nothing", file, strings.TrimSpace(call))
			}
		}
	})
}

// roomOf names the room a folder (relative to the module) belongs to: "stock"
// for internal/stock/..., "ledger/audit" for a part that is in the table, "/cmd"
// for cmd/..., "/" for the module's own package.
func roomOf(folder string) string {
	if folder == "." {
		folder = ""
	}
	parts := strings.Split(folder, "/")
	if parts[0] == "internal" && len(parts) > 1 {
		if len(parts) > 2 {
			if part := parts[1] + "/" + parts[2]; rooms[part] != nil || isChapter(part) {
				return part
			}
		}
		return parts[1]
	}
	return "/" + parts[0]
}

// importsOf returns the import paths of a Go file of the module.
func importsOf(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash("../"+file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var imports []string
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		imports = append(imports, imported)
	}
	return imports
}

// everyFile calls check for each Go file of the module that ends up in a
// binary. Tests are left out: they may stand a room on any other.
func everyFile(t *testing.T, check func(t *testing.T, file string)) {
	t.Helper()
	everySource(t, func(t *testing.T, file string) {
		if !strings.HasSuffix(file, "_test.go") {
			check(t, file)
		}
	})
}

// everySource calls check for each Go file of the module, those of tests too.
func everySource(t *testing.T, check func(t *testing.T, file string)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		file := strings.TrimPrefix(filepath.ToSlash(name), "../")
		switch {
		case entry.IsDir() && skipped(file):
			return filepath.SkipDir
		case entry.IsDir(), !strings.HasSuffix(file, ".go"):
			return nil
		}
		seen++
		check(t, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatal("no Go file found: the test looks in the wrong place")
	}
}

func skipped(folder string) bool {
	base := path.Base(folder)
	return folder != ".." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" || base == "tools" || base == "bin" || base == "var")
}
