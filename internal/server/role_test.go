package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// role makes a key with a role and scopes, and calls it by its name.
func (h *house) role(t *testing.T, name string, role catalog.Role, scopes catalog.Scopes) {
	t.Helper()
	_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: name, Scopes: scopes, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	h.keys[name] = printed
}

// mayRole reports whether a role may call an operation that the definition gives to some. A
// display has what is on a wall, a kiosk what customers order with.
func mayRole(role catalog.Role, name string, of []holdfastv1.Role) bool {
	has := func(roles ...holdfastv1.Role) bool {
		return slices.ContainsFunc(roles, func(r holdfastv1.Role) bool { return slices.Contains(of, r) })
	}
	const viewer, agent, clerk, manager = holdfastv1.Role_ROLE_VIEWER, holdfastv1.Role_ROLE_AGENT, holdfastv1.Role_ROLE_CLERK, holdfastv1.Role_ROLE_MANAGER
	switch role {
	case catalog.RoleDisplay:
		return slices.Contains(strings.Fields("GetSession PairTill WatchItems ListFigures ListItems ListLocationStock ListCases ListAlerts"), name)
	case catalog.RoleKiosk:
		return slices.Contains(strings.Fields("GetSession PairTill WatchItems ListItems ListDetails CheckAvailability BatchCheck Reserve Commit Release"), name)
	case catalog.RoleViewer:
		return has(viewer)
	case catalog.RoleAgent:
		return has(viewer, agent)
	case catalog.RoleClerk:
		return has(viewer, clerk)
	case catalog.RoleManager:
		return has(viewer, agent, clerk, manager)
	}
	return true
}

// A call that viewers may make changes nothing.
func TestViewersOnlyRead(t *testing.T) {
	t.Parallel()
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		rule := transcode.Method(md)
		reads := slices.Contains([]holdfastv1.Scope{holdfastv1.Scope_SCOPE_PUBLIC, holdfastv1.Scope_SCOPE_READ, holdfastv1.Scope_SCOPE_CODE}, rule.GetScope())
		if slices.Contains(rule.GetRoles(), holdfastv1.Role_ROLE_VIEWER) && (!reads || rule.GetWrite()) {
			t.Errorf("%s is a viewer's, and more than a read", md.Name())
		}
	})
}

// Every operation answers every role as the table says, whatever the request is.
func TestWhatEveryRoleMayDo(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithBeat(time.Millisecond)) // a watch says something soon
	tried := 0
	for _, role := range catalog.Roles {
		h.role(t, string(role), role, catalog.ScopeAdmin)
		h.role(t, "reading-"+string(role), role, catalog.ScopeRead)
		everyMethod(t, func(md protoreflect.MethodDescriptor) {
			tried++
			name, scope := string(md.Name()), transcode.Method(md).GetScope()
			want := mayRole(role, name, transcode.Method(md).GetRoles()) && scope != holdfastv1.Scope_SCOPE_TILL
			err := h.callAs(t, string(role), md)
			if denied := status.Code(err) == codes.PermissionDenied; denied == want {
				t.Errorf("%s as %s: %v, want it allowed: %v", name, role, err, want)
			}
			if err != nil && !want && scope != holdfastv1.Scope_SCOPE_TILL && !strings.Contains(err.Error(), "this needs the role ") {
				t.Errorf("%s as %s: %v", name, role, err)
			}
			looks := scope == holdfastv1.Scope_SCOPE_PUBLIC || scope == holdfastv1.Scope_SCOPE_READ || scope == holdfastv1.Scope_SCOPE_CODE
			if denied := status.Code(h.callAs(t, "reading-"+string(role), md)) == codes.PermissionDenied; denied == (want && looks) {
				t.Errorf("%s as %s that may only read: denied %v", name, role, denied)
			}
		})
		for _, f := range []struct{ name, verb, path string }{
			{"ImportFile", "POST", "/v1/imports"}, {"ListImports", "GET", "/v1/imports"}, {"GetImport", "GET", "/v1/imports/x"}, {"GetImportResult", "GET", "/v1/imports/x/result"}, {"ExportFile", "GET", "/v1/exports?what=nothing"},
		} {
			if got := h.call(t, string(role), f.verb, f.path, "").status; (got == 403) == mayRole(role, f.name, []holdfastv1.Role{holdfastv1.Role_ROLE_MANAGER}) {
				t.Errorf("%s as %s: %d", f.name, role, got)
			}
		}
	}
	if tried < 500 {
		t.Errorf("%d tried: the test looks in the wrong place", tried)
	}
}

// callAs calls a method with an empty request and more metadata. A stream is ended at once.
func (h *house) callAs(t *testing.T, who string, md protoreflect.MethodDescriptor, more ...string) error {
	t.Helper()
	path := "/" + string(md.Parent().FullName()) + "/" + string(md.Name())
	in, out := dynamicpb.NewMessage(md.Input()), dynamicpb.NewMessage(md.Output())
	if !md.IsStreamingServer() {
		return h.conn.Invoke(h.with(t, who, more...), path, in, out)
	}
	ctx, cancel := context.WithCancel(h.with(t, who, more...))
	defer cancel()
	s, err := h.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: md.IsStreamingClient()}, path)
	if err != nil {
		return err
	}
	if !md.IsStreamingClient() {
		if err := s.SendMsg(in); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return s.RecvMsg(out)
	}
	if err := s.CloseSend(); err != nil {
		return err
	}
	if err := s.RecvMsg(out); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// A batch is no way around.
func TestEachCommandOfABatchNeedsItsRole(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: stockOfMug})
	h.role(t, "agent", catalog.RoleAgent, catalog.ScopeAdmin)
	h.role(t, "clerk", catalog.RoleClerk, catalog.ScopeAdmin)
	commands := []struct{ verb, body, least string }{
		{"reserve", `{"order_id":"o-%s","product_id":"mug","quantity":1}`, "agent"},
		{"restock", `{"product_id":"mug","quantity":1,"reference":"%s"}`, "clerk"},
		{"adjust", `{"product_id":"mug","delta":1,"reason":"%s"}`, "manager"},
	}
	for _, who := range []string{"agent", "clerk", "admin"} {
		var list []string
		for _, c := range commands {
			list = append(list, `{"`+c.verb+`":`+fmt.Sprintf(c.body, who)+`}`)
		}
		a := h.call(t, who, "POST", "/v1/commands:batch", `{"commands":[`+strings.Join(list, ",")+`]}`)
		for i, c := range commands {
			at := fmt.Sprintf("results.%d.", i)
			if may := who == "admin" || who == c.least; (a.at(at+"ok") == "true") != may || !may && a.at(at+"error.detail") != `"this needs the role `+c.least+`; the key has `+who+`"` {
				t.Errorf("%s as %s: %s", c.verb, who, a.raw)
			}
		}
	}
}

// A session may do what the scopes of its key and its role allow.
func TestTheRoleOfASession(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: stockOfMug})
	h.role(t, "clerk", catalog.RoleClerk, catalog.ScopeAdmin)
	h.role(t, "relaying", "", catalog.ScopeRelay|catalog.ScopeRead)
	const adjust, restock = `{"product_id":"mug","delta":1,"reason":"x"}`, `{"product_id":"mug","quantity":1}`
	for _, c := range []struct {
		who, verb, path, body string
		status                int
		detail                string
	}{
		{"clerk", "POST", "/v1/inventory/restock", restock, 200, ""},
		{"clerk", "POST", "/v1/inventory/adjust", adjust, 403, "this needs the role manager; the session has clerk"},
		{"clerk", "GET", "/v1/keys", "", 403, "this needs the role admin; the session has clerk"},
		{"read", "POST", "/v1/inventory/reserve", `{"order_id":"o","product_id":"mug","quantity":1}`, 403, "this needs the role agent; the session has viewer"},
		{"internal", "POST", "/v1/inventory/reserve", `{"order_id":"o","product_id":"mug","quantity":1}`, 200, ""},
		{"internal", "POST", "/v1/inventory/adjust", adjust, 403, "the key needs the scope admin, it has internal"},
		{"admin", "POST", "/v1/inventory/adjust", adjust, 200, ""},
		{"relaying", "GET", "/v1/inventory", "", 200, ""},
		{"relaying", "POST", "/v1/relay/claims", `{}`, 403, "this needs the role admin; the session has viewer"},
	} {
		p := h.signIn(t, c.who)
		a := p.does(t, c.verb, c.path, c.body)
		if a.status != c.status || c.detail != "" && a.at("detail") != `"`+c.detail+`"` {
			t.Errorf("%s %s as %s: %d %s", c.verb, c.path, c.who, a.status, a.raw)
		}
	}
}

func TestKeysWithARole(t *testing.T) {
	t.Parallel()
	h := start(t)
	made := h.call(t, "admin", "POST", "/v1/keys", `{"name":"anna","scopes":["admin"],"role":"clerk"}`)
	if made.status != 200 || made.at("role") != `"clerk"` {
		t.Fatalf("made: %d %s", made.status, made.raw)
	}
	h.keys["anna"] = strings.Trim(made.at("key"), `"`)
	id := strings.Trim(made.at("id"), `"`)
	h.tell(t, []step{
		{name: "no role", path: "/v1/keys", body: `{"scopes":["read"],"role":"boss"}`, status: 400, want: []string{`violations.0.field "role"`}},
		{name: "it does what its role allows", as: "anna", path: "/v1/inventory"},
		{name: "and nothing else", as: "anna", path: "/v1/keys", status: 403, want: []string{`detail "this needs the role admin; the key has clerk"`}},
		{name: "it is not bound to locations", as: "anna", path: "/v1/catalog/changes"},
		{name: "rotated it keeps the role", path: "/v1/keys/" + id + "/rotate", body: `{}`, want: []string{`role "clerk"`}},
		{name: "revoked it shows it", verb: http.MethodDelete, path: "/v1/keys/" + id, want: []string{`role "clerk"`}},
	})
	if list := h.call(t, "admin", "GET", "/v1/keys", ""); strings.Count(string(list.raw), `"role":"clerk"`) != 2 || strings.Count(string(list.raw), `"role"`) != 2 || list.at("items.length") != "5" {
		t.Errorf("the list: %s", list.raw)
	}
}

// The answer to who-am-I lists exactly what the caller may do.
func TestWhoCalls(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bind(t, "bound", catalog.ScopeAdmin, stock.Bounds{Locations: []string{"here"}, Channels: []string{"web"}})
	_, both, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "both", Scopes: catalog.ScopeInternal, Role: catalog.RoleAgent, Bounds: &stock.Bounds{Channels: []string{"web"}}})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["both"] = both
	h.role(t, "wall", catalog.RoleDisplay, catalog.ScopeRead)
	h.role(t, "clerk", catalog.RoleClerk, catalog.ScopeAdmin)
	h.role(t, "relay", "", catalog.ScopeRelay)
	for _, c := range []struct{ who, operator, role, scopes, locations, channels string }{
		{"admin", "admin-key", "admin", `["admin"]`, "absent", "absent"},
		{"internal", "internal-key", "manager", `["internal"]`, "absent", "absent"},
		{"read", "read-key", "viewer", `["read"]`, "absent", "absent"},
		{"relay", "relay", "viewer", `["relay"]`, "absent", "absent"},
		{"clerk", "clerk", "clerk", `["admin"]`, "absent", "absent"},
		{"wall", "wall", "display", `["read"]`, "absent", "absent"},
		{"bound", "bound", "admin", `["admin"]`, `["here"]`, `["web"]`},
		{"both", "both", "agent", `["internal"]`, "absent", `["web"]`},
	} {
		a := h.call(t, c.who, "GET", "/v1/session", "")
		if a.status != 200 || a.at("tenant") != `"default"` || a.at("operator") != `"`+c.operator+`"` || a.at("role") != `"`+c.role+`"` ||
			a.at("scopes") != c.scopes || a.at("locations") != c.locations || a.at("channels") != c.channels {
			t.Errorf("%s is %d %s", c.who, a.status, a.raw)
		}
		var told struct{ Actions []string }
		if err := json.Unmarshal(a.raw, &told); err != nil || !slices.IsSorted(told.Actions) {
			t.Errorf("%s may %v, %v", c.who, told.Actions, err)
		}
		everyMethod(t, func(md protoreflect.MethodDescriptor) {
			may := slices.Contains(told.Actions, string(md.Name()))
			if md.IsStreamingServer() {
				return
			}
			err := h.callAs(t, c.who, md)
			// A bound key may be refused for what it does not name.
			if denied := status.Code(err) == codes.PermissionDenied; denied == may && !strings.Contains(fmt.Sprint(err), "must be named") && !strings.Contains(fmt.Sprint(err), "is not the key's") {
				t.Errorf("%s as %s: told %v, got %v", md.Name(), c.who, may, err)
			}
		})
		if c.who == "relay" {
			continue
		}
		p := h.signIn(t, c.who)
		s := p.does(t, "GET", "/v1/session", "")
		if s.at("role") != a.at("role") || s.at("actions") != a.at("actions") || s.at("operator") != a.at("operator") || s.at("channels") != a.at("channels") {
			t.Errorf("signed in as %s: %s, want %s", c.who, s.raw, a.raw)
		}
	}
	if a := h.call(t, "", "GET", "/v1/session", ""); a.status != 401 {
		t.Errorf("nobody is %d %s", a.status, a.raw)
	}
}
