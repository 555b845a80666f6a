package archive_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/archive"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// readEntries reads all entries files.
func readEntries(t testing.TB, dir string) (rows []archive.Entry) {
	t.Helper()
	for _, p := range parts(t, dir) {
		some, err := parquet.ReadFile[archive.Entry](filepath.Join(dir, "slot-3", p.Entries.Name))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, some...)
	}
	return rows
}

func redact(r *engine.Record) (err error) {
	if r.Text != nil {
		r.Text, err = stock.RedactText(r.Text, stock.NoteRef{})
	}
	return err
}

func TestATextIsRedactedInTheArchive(t *testing.T) {
	t.Parallel()
	h, dir := moved(t, 24)
	reading := openFolder(t, dir) // a server, with the record in its memory
	if recs, err := reading.Read(t.Context(), 8, 1); err != nil || !bytes.Contains(recs[0].Text, []byte("Smith 9 ")) {
		t.Fatalf("%q, %v", recs[0].Text, err)
	}
	before := files(t, dir)
	if err := openFolder(t, dir).Rewrite(t.Context(), 9, 9, redact); err != nil {
		t.Fatal(err)
	}
	if err := redact(&h.recs[8]); err != nil {
		t.Fatal(err)
	}
	recs, err := reading.Read(t.Context(), 8, 1)
	if err != nil || h.same(8, 1, recs) != nil || bytes.Contains(recs[0].Text, []byte("Smith")) {
		t.Errorf("the server reads %q, %v", recs[0].Text, err)
	}
	h.check(dir)
	if err := reading.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if after := files(t, dir); len(after) != len(before) {
		t.Errorf("%v, before %v", after, before)
	}
	all := 0
	for _, r := range readEntries(t, dir) {
		if r.Seq == 9 && r.Tenant == itemOf(9).Tenant && r.Reason != "" {
			t.Errorf("an entry still says %q", r.Reason)
		}
		if strings.Contains(r.Reason, "Smith") {
			all++
		}
	}
	if all == 0 {
		t.Error("all the other notes are gone too")
	}
}

// A process that dies in between leaves the file that was replaced, with its texts.
func TestWhatARewriteHasLeftIsRemovedByTheNext(t *testing.T) {
	t.Parallel()
	h, dir := moved(t, 24)
	old := filepath.Join(dir, "slot-3", parts(t, dir)[0].Log.Name)
	text, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	if err := openFolder(t, dir).Rewrite(t.Context(), 1, 3, redact); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := openFolder(t, dir).Rewrite(t.Context(), 0, 0, redact); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file that was replaced is still there: %v", err)
	}
	for i := range 3 {
		if err := redact(&h.recs[i]); err != nil {
			t.Fatal(err)
		}
	}
	h.check(dir)
}

func TestATenantIsDroppedFromTheArchive(t *testing.T) {
	t.Parallel()
	h, dir := moved(t, 24)
	drop := func(r *engine.Record) (err error) {
		r.Body, r.Text, err = stock.DropTenant(r.Body, r.Text, "zen")
		return err
	}
	if err := openFolder(t, dir).Rewrite(t.Context(), 0, 1<<40, drop); err != nil {
		t.Fatal(err)
	}
	for i := range 24 {
		if err := drop(&h.recs[i]); err != nil {
			t.Fatal(err)
		}
	}
	h.check(dir)
	for _, r := range readEntries(t, dir) {
		if r.Tenant != "acme" {
			t.Errorf("%+v", r)
		}
	}
}

func TestARewriteThatChangesHistoryIsRefused(t *testing.T) {
	t.Parallel()
	h, dir := moved(t, 16)
	for name, change := range map[string]func(*engine.Record) error{
		"another time": func(r *engine.Record) error { r.At++; return nil },
		"another body": func(r *engine.Record) error { r.Body = h.recs[3].Body; return nil },
		"another text": func(r *engine.Record) error {
			r.Text = bytes.Replace(r.Text, []byte("Smith"), []byte("Jones"), 1)
			return nil
		},
		"a damaged body": func(r *engine.Record) error { r.Body = append(bytes.Clone(r.Body), 1); return nil },
		"no agreement":   func(*engine.Record) error { return errors.New("no") },
	} {
		if err := openFolder(t, dir).Rewrite(t.Context(), 9, 9, change); err == nil {
			t.Errorf("%s: it was done", name)
		}
	}
	h.check(dir)
}

func TestARewriteThatIsKilledIsTidiedUp(t *testing.T) {
	t.Parallel()
	for at := range 6 {
		h, dir := moved(t, 14)
		f := openFolder(t, dir, archive.WithSteps(dieAt(at+1)))
		func() {
			defer func() {
				if p := recover(); p != nil && p != (killed{}) {
					panic(p)
				}
			}()
			if err := f.Rewrite(t.Context(), 9, 9, redact); err != nil {
				t.Fatal(err)
			}
		}()
		if err := openFolder(t, dir).Rewrite(t.Context(), 9, 9, redact); err != nil {
			t.Fatal(err)
		}
		run(t, h, dir, archive.Plan{UpTo: 14, Entries: true})
		if err := redact(&h.recs[8]); err != nil {
			t.Fatal(err)
		}
		h.check(dir)
		if got := files(t, dir); len(got) != 4 { // two parts
			t.Errorf("killed at step %d: %v", at+1, got)
		}
	}
}

func dieAt(at int) func(string) {
	n := 0
	return func(string) {
		if n++; n == at {
			panic(killed{})
		}
	}
}

// forgetful is an engine whose first notes were redacted.
type forgetful struct {
	*memory.Engine
	on bool
}

func (e *forgetful) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	recs, err := e.Engine.Read(ctx, after, limit)
	for i := range recs {
		if e.on && err == nil {
			err = redact(&recs[i])
		}
	}
	return recs, err
}

func TestWhatIsRedactedBetweenCopyAndDropIsNotKeptInTheArchive(t *testing.T) {
	t.Parallel()
	h, dir := grown(t, 40), t.TempDir()
	e := &forgetful{Engine: h.eng.(*memory.Engine)}
	h.eng = e
	plan := archive.Plan{UpTo: 20, Entries: true}
	steps := runKilled(t, h, dir, plan, 7) // the manifest names the first part
	if steps[len(steps)-1] != "listed" {
		t.Fatalf("killed at %v", steps)
	}
	e.on = true
	run(t, h, dir, plan)
	for i := range h.recs {
		if err := redact(&h.recs[i]); err != nil {
			t.Fatal(err)
		}
	}
	h.check(dir)
}
