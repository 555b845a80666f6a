package server

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"
)

// health answers whether the process is up and whether it accepts calls.
type health struct {
	ready    func(context.Context) error
	stopping atomic.Bool
}

// errStopping says that the node finishes its calls and accepts no new ones.
var errStopping = errors.New("the node is stopping")

// check returns why no calls should come, nil when they may.
func (h *health) check(ctx context.Context) error {
	if h.stopping.Load() {
		return errStopping
	}
	if h.ready == nil {
		return nil
	}
	return h.ready(ctx)
}

// alive answers /healthz: the process is up.
func (h *health) alive(w http.ResponseWriter, r *http.Request) {
	if reading(w, r) {
		writeText(w, http.StatusOK, "ok")
	}
}

// readyPatience bounds how long /readyz waits for the store.
const readyPatience = 2 * time.Second

// readable answers /readyz: the head is readable, the schema current, and the
// newest records are valid.
func (h *health) readable(w http.ResponseWriter, r *http.Request) {
	if !reading(w, r) {
		return
	}
	said, status := h.describe(r.Context()), http.StatusOK
	if said != ready {
		status = http.StatusServiceUnavailable
	}
	writeText(w, status, said)
}

const ready = "ready"

// describe says in words whether calls may come. The reason is only in the log and the
// metrics, because anybody may ask.
func (h *health) describe(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	switch err := h.check(ctx); {
	case err == nil:
		return ready
	case errors.Is(err, errStopping):
		return "stopping"
	}
	return "not ready"
}

// reading refuses all methods but GET and HEAD.
func reading(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header()["Allow"] = []string{"GET, HEAD"}
	writeText(w, http.StatusMethodNotAllowed, "this path takes GET")
	return false
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header()["Content-Type"] = []string{"text/plain; charset=utf-8"}
	w.Header()["Cache-Control"] = []string{"no-store"}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}
