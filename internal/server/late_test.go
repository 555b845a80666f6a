package server_test

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/server"
)

func TestAKeyThatIsStillBeingCarriedOut(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithDeadline(5*time.Second))
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":10}`})
	arrived, may := make(chan struct{}), make(chan struct{})
	h.faults.On("Append", 1, faulty.Fault{Arrived: arrived, Go: may})
	h.faults.On("Append", 2, faulty.Fault{Go: may}) // lets the append continue when the first caller's time is up
	restock := step{path: "/inventory/restock", body: `{"product_id":"p","quantity":5}`, head: []string{"Idempotency-Key", "k"}}

	first := make(chan answer)
	go func() { first <- h.call(t, "admin", "POST", restock.path, restock.body, restock.head...) }()
	<-arrived
	second := restock
	second.status, second.code = 409, "IN_PROGRESS"
	h.play(t, second)
	unknown := restock
	unknown.status, unknown.code = 503, "UNAVAILABLE"
	(<-first).check(t, "the first, out of time while it is stored", unknown)

	close(may)
	third := restock
	third.want, third.says = []string{`available_stock 15`, `version 2`}, []string{"Idempotency-Replayed", "true"}
	h.play(t, third)
}

func TestAListThatCannotCatchUpSaysSo(t *testing.T) {
	t.Parallel()
	h := start(t)
	may := make(chan struct{})
	defer close(may)
	h.faults.On("AddJournal", 1, faulty.Fault{Go: may})
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "the log is behind and says so", path: "/inventory/logs/p", want: []string{`items.length 0`}, says: []string{"Holdfast-Stale", "1"}},
		{name: "what does not come from a view is not", path: "/inventory/product/p", want: []string{`available_stock 10`}, says: []string{"Holdfast-Stale", ""}},
	})
}
