package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/server"
)

// screen is a browser that wants to show the wall.
type screen struct {
	h       *house
	cookies map[string]*http.Cookie
}

func (h *house) screen() *screen { return &screen{h, map[string]*http.Cookie{}} }

func (s *screen) does(t *testing.T, verb, path string, head ...string) answer {
	t.Helper()
	var shown []string
	for _, c := range s.cookies {
		if c.MaxAge >= 0 && strings.HasPrefix(path, c.Path) {
			shown = append(shown, c.Name+"="+c.Value)
		}
	}
	a := s.h.call(t, "", verb, path, "", append(head, "Cookie", strings.Join(shown, "; "))...)
	for _, c := range (&http.Response{Header: a.head}).Cookies() {
		s.cookies[c.Name] = c
	}
	return a
}

// pairs asks for the code, which is "" once it was confirmed.
func (s *screen) pairs(t *testing.T) string {
	t.Helper()
	a := s.does(t, "POST", "/console/display")
	if a.status != 200 || (a.at("confirmed") == "true") != (a.at("code") == "absent") {
		t.Fatalf("a screen asks: %d %s", a.status, a.raw)
	}
	return strings.TrimPrefix(strings.Trim(a.at("code"), `"`), "absent")
}

func TestAScreenShowsTheWallOnceAnAdminHasConfirmedIt(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: stockOfMug})
	s, thief := h.screen(), h.screen()
	code := s.pairs(t)
	if c := s.cookies["holdfast_display"]; c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/console/display" || c.MaxAge != 600 || len(code) != 9 || code[4] != '-' {
		t.Fatalf("the code %q is bound by %+v", code, c)
	}
	if again := s.pairs(t); again != code {
		t.Errorf("asked again it shows %s, not %s", again, code)
	}
	if a := s.does(t, "GET", "/v1/figures"); a.status != 401 {
		t.Errorf("before it was confirmed: %d %s", a.status, a.raw)
	}
	h.clock.forward(9 * time.Minute)
	confirm := func(code string) string { return `{"code":"` + code + `","name":"Lobby"}` }
	h.tell(t, []step{
		{name: "a code that no screen shows", path: "/v1/displays", body: confirm("BBBB-BBBB"), status: 400, want: []string{`violations.0.field "code"`}},
		{name: "no name", path: "/v1/displays", body: `{"code":"` + code + `"}`, status: 400, want: []string{`violations.0.field "name"`}},
		{name: "no code", path: "/v1/displays", body: `{"name":"Lobby"}`, status: 400, want: []string{`violations.0.field "code"`}},
		{name: "somebody who is no admin", as: "internal", path: "/v1/displays", body: confirm(code), status: 403},
		{name: "an admin confirms it", path: "/v1/displays", body: confirm(strings.ToLower(code)), head: []string{"Idempotency-Key", "k-1"}, want: []string{`name "Lobby"`}},
		{name: "and asks again with the key", path: "/v1/displays", body: confirm(strings.ToLower(code)), head: []string{"Idempotency-Key", "k-1"}, want: []string{`name "Lobby"`}},
		{name: "the code was used", path: "/v1/displays", body: confirm(code), status: 400, want: []string{`violations.0.field "code"`}},
		{name: "it is listed", path: "/v1/displays", want: []string{`items.length 1`, `items.0.name "Lobby"`}},
		{name: "for admins", as: "read", path: "/v1/displays", status: 403},
		{name: "of the tenant", as: "other", path: "/v1/displays", want: []string{`items.length 0`}},
		{name: "and not as somebody who has signed in", path: "/v1/sessions", want: []string{`items.length 0`}},
	})
	if stolen := thief.pairs(t); stolen == "" || thief.cookies["holdfast_session"] != nil {
		t.Error("another browser has got the session")
	}
	for range 2 { // an answer that was lost comes again
		if shown := s.pairs(t); shown != "" {
			t.Fatalf("it shows %s still", shown)
		}
	}
	if c := s.cookies["holdfast_session"]; c == nil || !c.HttpOnly || c.Path != "/" || c.MaxAge != 400*24*3600 {
		t.Errorf("the session is kept by %+v", c)
	}
	h.clock.forward(30 * 24 * time.Hour)
	for path, want := range map[string]int{
		"/console/session": 200, "/v1/session": 200, "/v1/figures": 200, "/v1/items": 200, "/v1/locations:stock": 200, "/v1/cases": 200,
		"/v1/orders": 403, "/v1/inventory": 403, "/v1/logs": 403, "/v1/displays": 403, "/v1/keys": 403, "/v1/sessions": 403,
	} {
		if a := s.does(t, "GET", path); a.status != want {
			t.Errorf("a display reads %s: %d %s", path, a.status, a.raw)
		}
	}
	shown := s.does(t, "GET", "/console/session")
	if shown.at("idle_seconds") != "34560000" || shown.head.Get("Set-Cookie") == "" {
		t.Errorf("the session: %s %v", shown.raw, shown.head)
	}
	csrf := strings.Trim(shown.at("csrf"), `"`)
	if a := h.call(t, "", "POST", "/v1/inventory/reserve", `{"order_id":"o","product_id":"mug","quantity":1}`,
		"Cookie", "holdfast_session="+s.cookies["holdfast_session"].Value, "X-Holdfast-CSRF", csrf); a.status != 403 {
		t.Errorf("a display reserves: %d %s", a.status, a.raw)
	}
	id := strings.Trim(h.call(t, "admin", "GET", "/v1/displays", "").at("items.0.id"), `"`)
	h.tell(t, []step{
		{name: "another tenant cannot end it", as: "other", verb: "DELETE", path: "/v1/displays/" + id, status: 404},
		{name: "nor can it be ended as a session", verb: "DELETE", path: "/v1/sessions/" + id, status: 404},
		{name: "an admin ends it", verb: "DELETE", path: "/v1/displays/" + id, want: []string{`name "Lobby"`}},
		{name: "one that was ended is none", verb: "DELETE", path: "/v1/displays/" + id, status: 404},
	})
	if a := s.does(t, "GET", "/v1/figures"); a.status != 401 {
		t.Errorf("after it was ended: %d %s", a.status, a.raw)
	}
	if next := s.pairs(t); next == "" || next == code {
		t.Errorf("after it was ended it shows %q", next)
	}
}

func TestTheCodeOfAScreenEnds(t *testing.T) {
	t.Parallel()
	h := start(t)
	s := h.screen()
	code := s.pairs(t)
	h.clock.forward(10 * time.Minute)
	h.play(t, step{path: "/v1/displays", body: `{"code":"` + code + `","name":"Lobby"}`, status: 400, want: []string{`violations.0.field "code"`}})
	if next := s.pairs(t); next == "" || next == code {
		t.Errorf("after ten minutes it shows %q", next)
	}
}

func TestScreensAreLimited(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithPublicRate(0.001))
	s := h.screen()
	s.pairs(t)
	for name, c := range map[string]struct {
		head   []string
		status int
	}{
		"too often":         {nil, 429},
		"a page of another": {[]string{"Origin", "https://evil.example"}, 403},
	} {
		if a := s.does(t, "POST", "/console/display", c.head...); a.status != c.status {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if a := s.does(t, "GET", "/console/display"); a.status != 405 || a.head.Get("Allow") != "POST" {
		t.Errorf("another verb: %d %v", a.status, a.head)
	}
}
