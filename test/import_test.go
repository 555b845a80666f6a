package test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// importRows is how many rows the file of these tests has: enough to be killed
// in the middle, a million under SOAK.
func importRows() int {
	if rounds(1) > 1 {
		return 1_000_000
	}
	return 30_000
}

// levelsFile writes a file of levels: ten locations for each product, and a
// bad row now and then.
func levelsFile(t *testing.T, rows int) (path string, bad int) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("product_id,location_id,on_hand,low_stock_threshold\n")
	for i := range rows {
		onHand := fmt.Sprint(i * 7 % 500)
		if i%10_000 == 9_999 {
			onHand, bad = "many", bad+1
		}
		threshold := ""
		if i%3 == 0 {
			threshold = "5"
		}
		fmt.Fprintf(&b, "sku-%07d,store-%d,%s,%s\n", i/10, i%10, onHand, threshold)
	}
	path = filepath.Join(t.TempDir(), "levels.csv")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, bad
}

// command starts the program with arguments for the server.
func (s *server) command(ctx context.Context, out io.Writer, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, append(args, "--url", "http://"+s.http, "--key", adminKey)...)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd
}

// books exports the levels and returns the row of each item, without the time of its last change.
func (s *server) books() map[string]string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "levels.csv")
	var out bytes.Buffer
	if err := s.command(s.t.Context(), &out, "export", "levels", "-o", path).Run(); err != nil {
		s.t.Fatalf("export: %v\n%s", err, &out)
	}
	file, err := os.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]string{}
	for _, r := range rows[1:] {
		all[r[0]+" at "+r[1]] = strings.Join(r[2:len(r)-1], ",")
	}
	return all
}

// peak is the most memory that the server had, in MB.
func (s *server) peak() string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return "unknown"
	}
	if found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status); found != nil {
		var kb int
		fmt.Sscan(string(found[1]), &kb)
		return fmt.Sprint(kb/1024, " MB")
	}
	return "unknown"
}

// progress waits until the one import of the server has done at least some
// rows, and says whether it is still under way.
func (s *server) progress(c *caller, id string, done int) bool {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Minute)
	defer cancel()
	for {
		r, err := c.call(ctx, "GET", s.url("/v1/imports/"+id), "", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		var n int
		state := regexp.MustCompile(`"state":"(\w+)"`).FindSubmatch(r.body)
		if found := regexp.MustCompile(`"done":(\d+)`).FindSubmatch(r.body); found != nil {
			fmt.Sscan(string(found[1]), &n)
		}
		if r.status != http.StatusOK || state == nil {
			s.t.Fatalf("the import: %d %s", r.status, r.body)
		}
		if running := string(state[1]) == "running" || string(state[1]) == "queued"; !running || n >= done {
			return running
		}
		<-time.After(2 * time.Millisecond)
	}
}

// An import during which the server is killed three times, and whose command
// is killed and given again, leaves the books of one clean run: every row was
// booked once, the bad ones are listed, and the books are whole.
func TestAnImportKilledAndRepeatedIsOneCleanRun(t *testing.T) {
	t.Parallel()
	rows := importRows()
	path, bad := levelsFile(t, rows)
	// A name makes the import's id known before it answers.
	const name = "stock-take"

	clean := newServer(t)
	var out bytes.Buffer
	begun := time.Now()
	err := clean.command(t.Context(), &out, "import", "levels", path, "--new", "allow", "--name", name).Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("a file with bad rows ends with %v, want exit code 1\n%s", err, &out)
	}
	t.Logf("%d rows in %v, at most %s resident", rows, time.Since(begun).Round(time.Millisecond), clean.peak())
	summary := regexp.MustCompile(`(?m)^levels: \d+ rows.*$`).FindString(out.String())
	if !strings.Contains(summary, fmt.Sprintf("%d rows", rows)) || !strings.Contains(summary, fmt.Sprintf("%d refused", bad)) {
		t.Fatalf("the command says %s", &out)
	}
	id := regexp.MustCompile(`import ([0-9a-f]{32})`).FindStringSubmatch(summary)
	want := clean.books()

	s := newServer(t)
	c := newCaller(adminKey)
	random := rand.New(rand.NewPCG(3, uint64(rows)))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := s.command(ctx, io.Discard, "import", "levels", path, "--new", "allow", "--name", name)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	kills := 0
	for ; kills < 3; kills++ {
		at := rows/4*kills + random.IntN(rows/5)
		if kills == 0 {
			s.found(c, id[1])
		}
		if !s.progress(c, id[1], at) {
			break
		}
		s.kill()
		if kills == 1 { // the command dies too, while nobody answers
			cancel()
			first.Wait() //nolint:errcheck // it was killed
		}
		s.start()
	}
	if s.progress(c, id[1], rows*9/10) {
		s.stop() // which does not wait for the import to end
		s.start()
	}
	if kills < 3 {
		t.Errorf("only killed %d times: the import was too quick", kills)
	}
	out.Reset()
	result := filepath.Join(t.TempDir(), "bad.csv")
	err = s.command(t.Context(), &out, "import", "levels", path, "--new", "allow", "--name", name, "--result", result).Run()
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the repeat ends with %v, want exit code 1\n%s", err, &out)
	}
	// A product that was opened in the second before a kill is known afterwards, and is not counted.
	opened := regexp.MustCompile(`; opened: .* lots \d+`)
	summary = opened.ReplaceAllString(summary, "")
	if again := opened.ReplaceAllString(regexp.MustCompile(`(?m)^levels: \d+ rows.*$`).FindString(out.String()), ""); again != summary {
		t.Errorf("the repeat says\n%s\na clean run says\n%s", again, summary)
	}
	listed, err := os.ReadFile(result)
	if err != nil || bytes.Count(listed, []byte("\n")) != bad+1 || !bytes.Contains(listed, []byte("10001,on_hand,")) {
		t.Errorf("the list of bad rows: %v\n%.500s", err, listed)
	}
	differ := 0
	got := s.books()
	for item, figures := range want {
		if got[item] != figures {
			if differ++; differ < 10 {
				t.Errorf("%s is %q, a clean run makes it %q", item, got[item], figures)
			}
		}
	}
	if len(got) != len(want) || differ > 0 {
		t.Errorf("%d items, of which %d differ; a clean run makes %d", len(got), differ, len(want))
	}
	clean.stop()
	s.stop()
	s.verify()
}

// found waits until the server knows the import.
func (s *server) found(c *caller, id string) {
	s.t.Helper()
	for begun := time.Now(); ; {
		r, err := c.ask(s.t, "GET", s.url("/v1/imports/"+id), "", nil)
		if err == nil && r.status == http.StatusOK {
			return
		}
		if time.Since(begun) > hang {
			s.t.Fatalf("the import is not there: %+v %v", r, err)
		}
		<-time.After(2 * time.Millisecond)
	}
}

// An upload that is cut off, by the client or because the server dies, leaves
// nothing: no import, no row, no file.
func TestAnUploadCutOffLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, cut := range []struct {
		name string
		by   func(cancel func())
	}{
		{"by the client", func(cancel func()) { cancel() }},
		{"by the server's death", func(func()) { s.kill(); s.start() }},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		body, write := io.Pipe()
		req, err := http.NewRequestWithContext(ctx, "POST", s.url("/v1/imports?kind=levels"), body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+adminKey)
		ended := make(chan error, 1)
		go func() {
			res, err := http.DefaultClient.Do(req)
			if err == nil {
				err = fmt.Errorf("answered %d", res.StatusCode)
				res.Body.Close()
			}
			ended <- err
		}()
		if _, err := io.WriteString(write, "product_id,on_hand\n"+strings.Repeat("mug,1\n", 100_000)); err != nil {
			t.Fatalf("%s: %v", cut.name, err)
		}
		cut.by(cancel)
		write.CloseWithError(io.ErrClosedPipe) // which does not end the body well
		if err := <-ended; err == nil || strings.Contains(err.Error(), "answered 200") {
			t.Errorf("%s: the upload ends with %v", cut.name, err)
		}
		cancel()
		if n := len(s.books()); n != 0 {
			t.Errorf("%s: %d items are there", cut.name, n)
		}
	}
	files, err := filepath.Glob(s.file() + ".files/*.json")
	if err != nil || len(files) != 0 {
		t.Errorf("imports that are left: %v %v", files, err)
	}
	s.stop()
	s.verify()
}
