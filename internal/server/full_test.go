package server_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
)

// On a full disk writes are refused with the cause and the server is not ready. Reads continue.
// It is ready again with the next write that is stored, or after a while without writes.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	h := start(t)
	restock := step{path: "/inventory/restock", body: `{"product_id":"p","quantity":5}`}
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":10}`})
	fill := func() {
		t.Helper()
		h.faults.On("Append", 1, faulty.Fault{Err: engine.ErrFull})
		refused := restock
		refused.name, refused.status, refused.code, refused.want = "no room", 503, "UNAVAILABLE", []string{
			`detail "no room left on the device of the database; nothing has happened, the same request can be sent again when there is room"`,
		}
		h.play(t, refused)
		if err := h.books.Ready(t.Context()); !errors.Is(err, engine.ErrFull) {
			t.Errorf("the books are ready: %v", err)
		}
	}
	fill()
	h.play(t, step{name: "reads continue", path: "/inventory/product/p", want: []string{`locations.0.available_stock 10`}})
	restock.want = []string{`available_stock 15`}
	h.play(t, restock)
	if err := h.books.Ready(t.Context()); err != nil {
		t.Errorf("a write was stored, and the books are not ready: %v", err)
	}
	fill()
	h.clock.forward(30 * time.Second)
	if err := h.books.Ready(t.Context()); err != nil {
		t.Errorf("nobody writes, and the books are still not ready: %v", err)
	}
}
