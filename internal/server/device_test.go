package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/server"
)

// codeAtStore asks for the code of a screen of a store, which is "" once it was confirmed.
func (s *screen) codeAtStore(t *testing.T) string {
	t.Helper()
	a := s.does(t, "POST", "/store/device")
	if a.status != 200 || (a.at("confirmed") == "true") != (a.at("code") == "absent") {
		t.Fatalf("a screen asks: %d %s", a.status, a.raw)
	}
	return strings.TrimPrefix(strings.Trim(a.at("code"), `"`), "absent")
}

func TestAScreenShowsAPageOfTheStoreOnceStaffHaveConfirmedIt(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithStore(pagesOfStore(), corner{}))
	s, thief := h.screen(), h.screen()
	code := s.codeAtStore(t)
	if c := s.cookies["holdfast_device"]; c == nil || !c.HttpOnly || c.Path != "/store/device" || c.MaxAge != 600 {
		t.Fatalf("the code %q is bound by %+v", code, c)
	}
	body := func(code string) string {
		return `{"code":"` + code + `","name":"kiosk-1","page":"kiosk","channel_id":"takeaway"}`
	}
	h.tell(t, []step{
		{name: "a code that no screen shows", path: "/v1/devices", body: body("BBBB-BBBB"), status: 400, want: []string{`violations.0.field "code"`}},
		{name: "no page", path: "/v1/devices", body: `{"code":"` + code + `","name":"x"}`, status: 400, want: []string{`violations.0.field "page"`}},
		{name: "no name", path: "/v1/devices", body: `{"code":"` + code + `","page":"menu"}`, status: 400, want: []string{`violations.0.field "name"`}},
		{name: "the kitchen of a channel", path: "/v1/devices", body: `{"code":"` + code + `","name":"x","page":"kitchen","channel_id":"web"}`, status: 400, want: []string{`violations.0.field "channel_id"`}},
		{name: "as a display", path: "/v1/displays", body: `{"code":"` + code + `","name":"wall"}`, status: 400},
		{name: "somebody without the scope", as: "internal", path: "/v1/devices", body: body(code), status: 403},
		{name: "staff confirm it", path: "/v1/devices", body: body(strings.ToLower(code)), head: []string{"Idempotency-Key", "k-1"}, want: []string{`name "kiosk-1"`, `page "kiosk"`, `channel_id "takeaway"`}},
		{name: "and ask again with the key", path: "/v1/devices", body: body(strings.ToLower(code)), head: []string{"Idempotency-Key", "k-1"}, want: []string{`name "kiosk-1"`}},
		{name: "the code was used", path: "/v1/devices", body: strings.Replace(body(code), "kiosk-1", "kiosk-2", 1), status: 400, want: []string{`violations.0.field "code"`}},
		{name: "it is listed", path: "/v1/devices", want: []string{`items.length 1`, `items.0.page "kiosk"`}},
	})
	if stolen := thief.codeAtStore(t); stolen == "" || thief.cookies["holdfast_session"] != nil {
		t.Error("another browser has got the session")
	}
	for range 2 { // an answer that was lost comes again
		if shown := s.codeAtStore(t); shown != "" {
			t.Fatalf("it shows %s still", shown)
		}
	}
	h.clock.forward(30 * 24 * time.Hour)
	if a := s.does(t, "GET", "/v1/session"); a.status != 200 || a.at("page") != `"kiosk"` || a.at("operator") != `"kiosk-1"` || a.at("channels.0") != `"takeaway"` {
		t.Errorf("the session: %d %s", a.status, a.raw)
	}
	for path, want := range map[string]int{"/v1/items?channel_id=takeaway": 200, "/v1/products/details": 200, "/v1/orders": 403, "/v1/devices": 403, "/v1/keys": 403} {
		if a := s.does(t, "GET", path); a.status != want {
			t.Errorf("a kiosk reads %s: %d %s", path, a.status, a.raw)
		}
	}
	id := strings.Trim(h.call(t, "admin", "GET", "/v1/devices", "").at("items.0.id"), `"`)
	h.tell(t, []step{
		{name: "another tenant cannot end it", as: "other", verb: "DELETE", path: "/v1/devices/" + id, status: 404},
		{name: "staff end it", verb: "DELETE", path: "/v1/devices/" + id, want: []string{`name "kiosk-1"`}},
		{name: "one that was ended is none", verb: "DELETE", path: "/v1/devices/" + id, status: 404},
		{name: "its key is revoked", path: "/v1/devices", want: []string{`items.length 0`}},
	})
	if a := s.does(t, "GET", "/v1/session"); a.status != 401 {
		t.Errorf("after it was ended: %d %s", a.status, a.raw)
	}
	if next := s.codeAtStore(t); next == "" || next == code {
		t.Errorf("after it was ended it shows %q", next)
	}
}

func TestCodesOfScreensAreNotGuessed(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithStore(pagesOfStore(), corner{}))
	code := h.screen().codeAtStore(t)
	h.clock.forward(10 * time.Minute)
	late := `{"code":"` + code + `","name":"x","page":"menu"}`
	for range 10 {
		h.play(t, step{path: "/v1/devices", body: late, status: 400, want: []string{`violations.0.field "code"`}})
	}
	h.play(t, step{name: "one too many", path: "/v1/devices", body: late, status: http.StatusTooManyRequests})
}

func TestAServerThatIsNoTillHasNoScreensOfAStore(t *testing.T) {
	t.Parallel()
	h := start(t)
	if a := h.screen().does(t, "POST", "/store/device"); a.status != 404 {
		t.Errorf("a screen asks: %d %s", a.status, a.raw)
	}
	h.tell(t, []step{
		{path: "/v1/devices", status: 409},
		{path: "/v1/devices", body: `{"code":"BBBB-BBBB","name":"x","page":"menu"}`, status: 409},
		{verb: "DELETE", path: "/v1/devices/x", status: 409},
	})
}
