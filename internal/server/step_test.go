package server_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// step is one call of a story and what has to come back.
type step struct {
	name string // a sentence
	as   string // admin unless it says otherwise; nobody: without a key
	verb string // POST unless it says otherwise, GET without a body
	path string
	body string
	head []string
	// status is 200 unless it says otherwise, code the code of the problem.
	status int
	code   string
	// want lists "path JSON", such as `available 5`; "length" counts a list.
	want []string
	// says are headers of the answer: name, value; "" is absent, "*" anything.
	says []string
	// wait turns the clock forward before the call.
	wait time.Duration
}

// tell plays a story: its steps in order on one house.
func (h *house) tell(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		if !t.Run(s.name, func(t *testing.T) { h.play(t, s) }) {
			return // what follows builds on it
		}
	}
}

func (h *house) play(t *testing.T, s step) {
	t.Helper()
	h.clock.forward(s.wait)
	who, verb := s.as, s.verb
	switch who {
	case "":
		who = "admin"
	case "nobody":
		who = ""
	}
	if verb == "" {
		verb = "POST"
		if s.body == "" {
			verb = "GET"
		}
	}
	a := h.call(t, who, verb, s.path, s.body, s.head...)
	a.check(t, verb+" "+s.path, s)
}

func (a answer) check(t *testing.T, what string, s step) {
	t.Helper()
	status := s.status
	if status == 0 {
		status = http.StatusOK
	}
	if a.status != status {
		t.Fatalf("%s: status %d, want %d\nsent %s\ngot  %s", what, a.status, status, clip(s.body), clip(string(a.raw)))
	}
	kind := "application/json"
	if status >= 400 {
		kind = "application/problem+json"
	}
	if got := a.head.Get("Content-Type"); got != kind {
		t.Errorf("%s: Content-Type %q, want %q", what, got, kind)
	}
	if a.head.Get("X-Request-Id") == "" {
		t.Errorf("%s: the answer has no X-Request-Id", what)
	}
	if s.code != "" && a.at("code") != strconv.Quote(s.code) {
		t.Errorf("%s: code %s, want %s\ngot %s", what, a.at("code"), s.code, clip(string(a.raw)))
	}
	for _, w := range s.want {
		path, value, _ := strings.Cut(w, " ")
		if got := a.at(path); got != value {
			t.Errorf("%s: %s is %s, want %s\ngot %s", what, path, got, value, clip(string(a.raw)))
		}
	}
	for i := 0; i < len(s.says); i += 2 {
		got := a.head.Get(s.says[i])
		if s.says[i+1] == "*" && got != "" {
			continue
		}
		if got != s.says[i+1] {
			t.Errorf("%s: header %s is %q, want %q", what, s.says[i], got, s.says[i+1])
		}
	}
}
