package test

import (
	"fmt"
	"os"
	"testing"
)

// A second process on a till's file is refused, and says which one serves it. The first one keeps serving, and the file is
// free as soon as its process is gone, however that ended.
func TestOneProcessServesTheFileOfATill(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	m := newTill(t, centre, "one", object{"percent": 60}, 60)
	sellAt(t, m.server, "o-1", 1)
	m.reported()
	refused := func() {
		t.Helper()
		o := runWith(t, nil, "till", "serve", "--db", m.db, "--http", freeAddress(t), "--grpc", freeAddress(t), "--ops", freeAddress(t))
		o.wantSentence(t, fmt.Sprintf("process %d", m.cmd.Process.Pid), "serves "+m.file(), "stop it", "need not be paired anew")
	}
	refused()
	if code := sellAt(t, m.server, "o-2", 1); code != "" {
		t.Errorf("the till that was there sells nothing: %s", code)
	}
	m.reported()
	m.kill()
	m.start()
	if code := sellAt(t, m.server, "o-3", 1); code != "" {
		t.Errorf("after a kill it sells nothing: %s", code)
	}
	refused()
	m.reported()
	var cases struct{ Items []object }
	clerk.must(t, "GET", centre.url("/v1/cases?till_id=one"), "", nil, &cases)
	if len(cases.Items) != 0 {
		t.Errorf("there are cases: %v", cases.Items)
	}
	m.stop()
	if _, err := os.Stat(m.file() + ".lock"); err != nil {
		t.Error(err)
	}
	m.start()
	agree(t, centre, m)
}
