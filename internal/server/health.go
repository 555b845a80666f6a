package server

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Dependency is something without which a server refuses calls.
type Dependency struct {
	// Name is shown to anybody.
	Name string
	// Check returns why calls would be refused, nil when they would not.
	Check func(context.Context) error
}

// health answers whether the process is up and whether it accepts calls.
type health struct {
	needs    []Dependency
	stopping atomic.Bool
}

// errStopping says that the node finishes its calls and accepts no new ones.
var errStopping = errors.New("the node is stopping")

// notReadyError names the dependencies that do not answer.
type notReadyError struct {
	names []string
	cause error
}

func (e *notReadyError) Error() string {
	return "not ready: " + strings.Join(e.names, ", ") + ": " + e.cause.Error()
}

func (e *notReadyError) Unwrap() error { return e.cause }

// check returns why no calls should come, nil when they may.
func (h *health) check(ctx context.Context) error {
	if h.stopping.Load() {
		return errStopping
	}
	errs := make([]error, len(h.needs))
	var all sync.WaitGroup
	for i, d := range h.needs {
		all.Go(func() { errs[i] = d.Check(ctx) })
	}
	all.Wait()
	var away []string
	for i, err := range errs {
		if err != nil {
			away = append(away, h.needs[i].Name)
		}
	}
	if away == nil {
		return nil
	}
	return &notReadyError{away, errors.Join(errs...)}
}

// alive answers /healthz: the process is up.
func (h *health) alive(w http.ResponseWriter, r *http.Request) {
	if reading(w, r) {
		writeText(w, http.StatusOK, "ok")
	}
}

// readyPatience bounds how long /readyz waits for the store.
const readyPatience = 2 * time.Second

// readable answers /readyz: the head of a slot is readable, the catalog answers, the
// schema is current, and the newest records are valid.
func (h *health) readable(w http.ResponseWriter, r *http.Request) {
	if !reading(w, r) {
		return
	}
	said, ok := h.describe(r.Context())
	status := http.StatusOK
	if !ok {
		status = http.StatusServiceUnavailable
	}
	writeText(w, status, said)
}

const ready = "ready"

// describe says in words whether calls may come, and what is missing. Why is only in
// the log, because anybody may ask.
func (h *health) describe(ctx context.Context) (said string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	err := h.check(ctx)
	return describeReady(err), err == nil
}

// describeReady says in words what check has returned.
func describeReady(err error) string {
	away, named := errors.AsType[*notReadyError](err)
	switch {
	case err == nil:
		return ready
	case errors.Is(err, errStopping):
		return "stopping"
	case named:
		return "not ready: " + strings.Join(away.names, ", ")
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
