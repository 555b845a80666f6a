package file

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/relaytest"
)

// folder is a directory that can be taken away.
type folder struct{ dir string }

func newFolder(t *testing.T) relaytest.Receiver {
	f := &folder{dir: filepath.Join(t.TempDir(), "out")}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *folder) Kind() relay.Kind           { return Kind(f.dir) }
func (f *folder) Target() (string, []string) { return "events.ndjson", nil }

// Stop takes the directory away.
func (f *folder) Stop(t *testing.T) {
	t.Helper()
	if err := os.Rename(f.dir, f.dir+".away"); err != nil {
		t.Fatal(err)
	}
}

func (f *folder) Start(t *testing.T) {
	t.Helper()
	if err := os.Rename(f.dir+".away", f.dir); err != nil {
		t.Fatal(err)
	}
}

func (f *folder) Taken(t *testing.T) []relaytest.Taken {
	t.Helper()
	var all []relaytest.Taken
	files, err := filepath.Glob(filepath.Join(f.dir, "events.ndjson*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var e relaytest.Taken
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v: %s", name, err, line)
			}
			all = append(all, e)
		}
	}
	return all
}

func TestSuite(t *testing.T) {
	t.Parallel()
	relaytest.Run(t, "file", newFolder)
}

func messages(bodies ...string) []relay.Message {
	var all []relay.Message
	for _, b := range bodies {
		all = append(all, relay.Message{Body: []byte(b)})
	}
	return all
}

func TestALineThatACrashHasTornIsCutOff(t *testing.T) {
	t.Parallel()
	for before, want := range map[string]string{
		"":                                    "new\n",
		"torn":                                "new\n",
		"one\ntwo\nto":                        "one\ntwo\nnew\n",
		"one\n":                               "one\nnew\n",
		strings.Repeat("x", 70_000):           "new\n",
		"one\n" + strings.Repeat("x", 70_000): "one\nnew\n",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "out")
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Kind(dir).Open(t.Context(), relay.Target{URL: "out"})
		if err != nil {
			t.Fatal(err)
		}
		if errs := l.Deliver(t.Context(), messages("new")); errs != nil {
			t.Fatal(errs)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%.20q became %.40q, %v, want %q", before, got, err, want)
		}
	}
}

func TestALargeFileAndThatOfYesterdayGetAnotherName(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	l := &leaf{path: filepath.Join(dir, "out"), now: func() time.Time { return now }, most: 10}
	write := func(body string) {
		t.Helper()
		if errs := l.Deliver(context.Background(), messages(body)); errs != nil {
			t.Fatal(errs)
		}
		now = now.Add(time.Millisecond)
	}
	write("0123456789")
	write("small")
	now = now.Add(24 * time.Hour)
	write("tomorrow")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, %v, want 3", len(files), err)
	}
	var all []string
	for _, f := range append(files[1:], files[0]) {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	if want := []string{"0123456789\n", "small\n", "tomorrow\n"}; !slices.Equal(all, want) {
		t.Errorf("the files have %q, want %q", all, want)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFileIsInItsDirectory(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "..", "../out", "/etc/passwd", "a/b", ".hidden", "a\x00b", `a\b`} {
		if _, err := Kind(t.TempDir()).Open(t.Context(), relay.Target{URL: name}); err == nil {
			t.Errorf("%q was opened", name)
		}
	}
	if _, err := Kind("").Open(t.Context(), relay.Target{URL: "out"}); err == nil {
		t.Error("a file was opened without a directory for files")
	}
}
