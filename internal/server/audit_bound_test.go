package server

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/server/kit"
)

// A caller that tries ten thousand keys does not fill the disk: the lines are
// bounded and report how many are missing. A slow machine may write more lines,
// in proportion to the time that it took.
func TestAuditLinesAreBounded(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := newAuditor(slog.New(slog.NewJSONHandler(&log, nil)))
	e := &ending{address: func() string { return "192.0.2.1" }}
	c, p := &kit.Call{Method: &kit.Method{}}, &kit.Problem{Code: kit.CodeUnauthenticated}
	const tries = 10_000
	began := time.Now()
	for range tries {
		a.noteRefusal(t.Context(), e, c, p)
	}
	most := auditBurst + int(auditRate*time.Since(began).Seconds()) + 1
	lines, told := 0, 0
	for d := json.NewDecoder(&log); ; lines++ {
		var line struct {
			LeftOut int `json:"left_out"`
		}
		if err := d.Decode(&line); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		told += 1 + line.LeftOut
	}
	if lines < auditBurst || lines > most {
		t.Errorf("%d lines for %d tries, want %d to %d", lines, tries, auditBurst, most)
	}
	if told += int(a.left.Load()); told != tries {
		t.Errorf("the lines and what they say was left out are %d tries of %d", told, tries)
	}
}
