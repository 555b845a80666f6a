package test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The commands as scripts use them: exit codes, what is on standard output, and
// files that appear whole or not at all.
func TestImportAndExportCommands(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.csv", "product_id,on_hand,low_stock_threshold\nmug,10,2\n=cup,20,\n")
	bad := write("bad.csv", "product_id,on_hand\njug,5\npan,x\n")
	wrong := write("wrong.csv", "product_id,price\njug,5\n")
	result, levels, book := filepath.Join(dir, "result.csv"), filepath.Join(dir, "levels.csv"), filepath.Join(dir, "levels.xlsx")
	at := []string{"--url", "http://" + s.http, "--key", adminKey}
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stdout string // parts of them
		stderr string
	}{
		{"a dry run changes nothing", []string{"import", "levels", good, "--new", "allow", "--dry-run"}, 0, "dry run: levels: 2 rows, 2 applied, 0 unchanged, 0 refused; opened: products 2, locations 1, lots 0 (csv, utf-8;", ""},
		{"a good file", []string{"import", "levels", good, "--new", "allow"}, 0, "levels: 2 rows, 2 applied, 0 unchanged, 0 refused", ""},
		{"the same file again", []string{"import", "levels", good, "--new", "allow"}, 0, "levels: 2 rows, 2 applied", "imported at"},
		{"the same file under another name", []string{"import", "levels", good, "--name", "again", "--new", "refuse"}, 0, "2 rows, 0 applied, 2 unchanged", ""},
		{"a file with a bad row, all or nothing", []string{"import", "levels", bad, "--new", "allow", "--all-or-nothing", "--result", result}, 1, "0 applied, 0 unchanged, 1 refused", "1 of 2 rows are bad, so nothing was applied; the list is in " + result},
		{"a file that would open something new", []string{"import", "levels", bad, "--result", result}, 1, "0 applied, 0 unchanged, 2 refused", "not every row is good"},
		{"a file with a bad row", []string{"import", "levels", bad, "--new", "allow", "--result", result}, 1, "1 applied, 0 unchanged, 1 refused; opened: products 1, locations 0, lots 0", "not every row is good"},
		{"a file with a column that nobody knows", []string{"import", "levels", wrong}, 1, "refused", `"price" is no column of levels`},
		{"a file that is not there", []string{"import", "levels", filepath.Join(dir, "gone.csv")}, 2, "", "no such file"},
		{"a kind that is only exported", []string{"import", "journal", good}, 2, "", "cannot be imported"},
		{"a kind that nobody knows", []string{"export", "prices", "-o", levels}, 2, "", "cannot be exported"},
		{"an export", []string{"export", "levels", "-o", levels}, 0, "levels: 3 rows in " + levels, "3 rows"},
		{"an export as a workbook", []string{"export", "levels", "-o", book, "--format", "xlsx"}, 0, "3 rows in", ""},
		{"what was exported changes nothing", []string{"import", "levels", levels}, 0, "3 rows, 0 applied, 3 unchanged", ""},
		{"nor does the workbook", []string{"import", "levels", book}, 0, "3 rows, 0 applied, 3 unchanged, 0 refused (xlsx;", ""},
		{"an export to standard output", []string{"export", "thresholds", "-o", "-"}, 0, "'=cup,default,0,,\n", ""},
		{"an export that is refused", []string{"export", "levels", "-o", filepath.Join(dir, "none.csv"), "--format", "pdf"}, 1, "", "must be csv or xlsx"},
		{"a key that is none", []string{"export", "levels", "-o", filepath.Join(dir, "none.csv"), "--key", "x"}, 1, "", "UNAUTHENTICATED"},
	} {
		// One after another: some stand on those before.
		args := append(slices.Clone(c.args[:2]), at...) // a later flag wins
		o := runWith(t, nil, append(args, c.args[2:]...)...)
		if o.code != c.code || !strings.Contains(o.stdout, c.stdout) || !strings.Contains(o.stderr, c.stderr) {
			t.Errorf("%s: exit code %d, want %d\nstandard output: %s\nstandard error: %s", c.name, o.code, c.code, o.stdout, o.stderr)
		}
	}
	if b, err := os.ReadFile(result); err != nil || !strings.Contains(string(b), "3,on_hand,") {
		t.Errorf("the list of bad rows: %v %s", err, b)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*none*")); err != nil || len(left) > 0 {
		t.Errorf("exports that failed left %v", left)
	}
	s.stop()
	s.verify()
}
