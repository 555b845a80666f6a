package server_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"holdfast.dev/holdfast/api"
	nodev1 "holdfast.dev/holdfast/api/holdfast/node/v1"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
)

// stay waits until no file is on its way: to read the rest is what makes it move.
func (h *house) stay(t *testing.T) {
	t.Helper()
	h.await(t, "files on their way", func() bool { return h.front.Stays() == 0 })
}

// await waits until something is so.
func (h *house) await(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// narrowing makes keys smaller than the catalog has them.
type narrowing struct {
	server.Keys

	mu    sync.Mutex
	by    map[string]func(*catalog.Credential) // by id
	rings chan struct{}
}

func (n *narrowing) Authenticate(ctx context.Context, bearer string) (catalog.Credential, error) {
	who, err := n.Keys.Authenticate(ctx, bearer)
	n.mu.Lock()
	defer n.mu.Unlock()
	if by := n.by[who.KeyID]; by != nil {
		by(&who)
	}
	return who, err
}

func (n *narrowing) AccessChanged() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	kept, either, narrowed := n.Keys.AccessChanged(), make(chan struct{}), n.rings
	go func() {
		defer close(either)
		select {
		case <-kept:
		case <-narrowed:
		}
	}()
	return either
}

func (n *narrowing) narrow(id string, by func(*catalog.Credential)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.by[id] = by
	close(n.rings)
	n.rings = make(chan struct{})
}

// TestEveryStreamEndsWithItsCaller opens every kind of stream, and ends or narrows what let its caller in: here, or in
// another process on the same database. The server has no beat and gets no call, so that only the end itself can tell.
func TestEveryStreamEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	var narrow *narrowing
	h := startFor(t, func(k server.Keys) server.Keys {
		narrow = &narrowing{Keys: k, by: map[string]func(*catalog.Credential){}, rings: make(chan struct{})}
		return narrow
	}, itemlist.DefaultMost, 1, server.WithBeat(time.Hour))
	const tenant = "other"
	h.fill(t, "other")
	other, err := catalog.Open(t.Context(), h.kept, catalog.WithClock(h.clock.Now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })

	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	revoke := func(c *catalog.Catalog) func(*testing.T, *guest, catalog.Key) {
		return func(t *testing.T, _ *guest, k catalog.Key) {
			_, err := c.RevokeKey(t.Context(), tenant, k.ID)
			must(t, err)
		}
	}
	rotate := func(c *catalog.Catalog) func(*testing.T, *guest, catalog.Key) {
		return func(t *testing.T, _ *guest, k catalog.Key) {
			_, _, err := c.RotateKey(t.Context(), tenant, k.Name)
			must(t, err)
		}
	}
	narrowed := func(by func(*catalog.Credential)) func(*testing.T, *guest, catalog.Key) {
		return func(_ *testing.T, _ *guest, k catalog.Key) { narrow.narrow(k.ID, by) }
	}
	for i, way := range []struct {
		name    string
		session bool
		change  func(*testing.T, *guest, catalog.Key)
		code    string
	}{
		{"the key is revoked", false, revoke(h.catalog), "UNAUTHENTICATED"},
		{"the key is revoked by another process", false, revoke(other), "UNAUTHENTICATED"},
		{"the key is rotated, and the old one revoked, by another process", false, func(t *testing.T, g *guest, k catalog.Key) {
			rotate(other)(t, g, k)
			revoke(other)(t, g, k)
		}, "UNAUTHENTICATED"},
		{"the key has fewer scopes", false, narrowed(func(c *catalog.Credential) { c.Scopes = catalog.ScopeInternal }), "PERMISSION_DENIED"},
		{"the key has no scope of the call", false, narrowed(func(c *catalog.Credential) { c.Scopes = catalog.ScopeTill }), "PERMISSION_DENIED"},
		{"the key has a role", false, narrowed(func(c *catalog.Credential) { c.Role = catalog.RoleManager }), "PERMISSION_DENIED"},
		{"the key is bound to a location", false, narrowed(func(c *catalog.Credential) { c.Bounds = &stock.Bounds{Locations: []string{"berlin"}} }), "PERMISSION_DENIED"},
		{"the key is bound to a channel", false, narrowed(func(c *catalog.Credential) { c.Bounds = &stock.Bounds{Channels: []string{"web"}} }), "PERMISSION_DENIED"},
		{"the key is a till's", false, narrowed(func(c *catalog.Credential) { c.Till = "t-1" }), "PERMISSION_DENIED"},
		{"the session has signed out", true, func(t *testing.T, g *guest, _ catalog.Key) {
			g.person.expect(t, "sign out", g.person.does(t, "DELETE", "/console/session", ""), 204, "")
		}, "UNAUTHENTICATED"},
		{"the session is ended by another process", true, func(t *testing.T, g *guest, _ catalog.Key) {
			must(t, other.Sessions.EndSession(t.Context(), g.person.cookie.Value))
		}, "UNAUTHENTICATED"},
		{"the session is ended by an admin", true, func(t *testing.T, _ *guest, k catalog.Key) {
			all, err := h.catalog.Sessions.Sessions(t.Context(), tenant)
			must(t, err)
			for _, s := range all {
				if s.KeyID == k.ID {
					_, err := h.catalog.Sessions.EndSessionOf(t.Context(), tenant, s.ID)
					must(t, err)
				}
			}
		}, "UNAUTHENTICATED"},
		{"the key of the session is revoked by another process", true, revoke(other), "UNAUTHENTICATED"},
		{"the key of the session is rotated", true, rotate(h.catalog), "UNAUTHENTICATED"},
		{"the session was not used for half an hour", true, func(*testing.T, *guest, catalog.Key) { h.clock.forward(31 * time.Minute) }, "UNAUTHENTICATED"},
		{"the tenant is deleted by another process", false, func(t *testing.T, _ *guest, _ catalog.Key) { // the last
			_, err := other.DeleteTenant(t.Context(), tenant, "test")
			must(t, err)
		}, "UNAUTHENTICATED"},
	} {
		t.Run(way.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			t.Cleanup(cancel)
			name := fmt.Sprint("guest-", i)
			k, bearer, err := h.catalog.CreateKey(ctx, catalog.KeySpec{Tenant: tenant, Name: name, Scopes: catalog.ScopeAdmin})
			must(t, err)
			g := &guest{h: h, bearer: bearer}
			if h.keys[name] = bearer; way.session {
				g.person = h.signIn(t, name)
			}
			ends := map[string]func() string{}
			for kind, is := range streamKinds {
				if is.open != nil && (g.person == nil || !strings.HasSuffix(kind, "gRPC")) {
					ends[kind] = is.open(ctx, t, g)
				}
			}
			h.await(t, "all streams are there", func() bool { return h.front.Stays() == len(ends) })
			way.change(t, g, k)
			for kind, end := range ends {
				want := way.code
				if kind == "ExportFile" || kind == "GetImportResult" {
					want = "cut off"
				}
				if got := end(); got != want {
					t.Errorf("%s ended with %s, want %s", kind, got, want)
				}
			}
			h.await(t, "no stream is there", func() bool { return h.front.Stays() == 0 && h.front.Watchers() == 0 })
		})
	}
	h.tell(t, []step{{name: "nothing of the cut off files was booked", as: "admin", path: "/inventory/product/smuggled", status: 404}})
}

// fill gives a tenant files that are larger than what a connection takes.
func (h *house) fill(t *testing.T, who string) {
	t.Helper()
	h.create(t, who, "streamed")
	long := strings.Repeat("x", 250)
	one := `{"restock":{"product_id":"streamed","quantity":1,"reason":"` + long + `","reference":"` + long + `"}}`
	batch := `{"commands":[` + strings.Repeat(one+",", 999) + one + `]}`
	for range 10 {
		if a := h.call(t, who, "POST", "/v1/commands:batch", batch); a.status != 200 || a.at("results.999.ok") != "true" {
			t.Fatalf("%d %s", a.status, clip(string(a.raw)))
		}
	}
	rows := "product_id,on_hand\n" + strings.Repeat("streamed,"+long+long+"\n", 12_000)
	a := h.file(t, who, "/v1/imports?kind=levels&wait_seconds=30", rows)
	h.keys["import"] = strings.Trim(a.at("import_id"), `"`)
	h.await(t, "the import ends", func() bool {
		return h.call(t, who, "GET", "/v1/imports/"+h.keys["import"], "").at("state") == `"done"`
	})
}

// TestNothingIsTakenFromAStreamAfterItsEnd: what was answered is what was done.
func TestNothingIsTakenFromAStreamAfterItsEnd(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "streamed")
	k, bearer, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "leaver", Scopes: catalog.ScopeAdmin})
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{h: h, bearer: bearer}
	s, err := h.grpc.ExecuteStream(g.metadata(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	command := &holdfastv1.Command{Verb: &holdfastv1.Command_Restock{Restock: &holdfastv1.RestockRequest{ProductId: "streamed", Quantity: 1}}}
	var sent sync.WaitGroup
	sent.Go(func() { // many on their way when the key ends
		for s.Send(&holdfastv1.ExecuteStreamRequest{Commands: []*holdfastv1.Command{command}}) == nil {
		}
	})
	answers := 0
	for {
		if _, err = s.Recv(); err != nil {
			break
		}
		if answers++; answers == 50 {
			if _, err := h.catalog.RevokeKey(t.Context(), catalog.DefaultTenant, k.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	sent.Wait()
	if status.Code(err) != codes.Unauthenticated {
		t.Errorf("the stream ended with %v", err)
	}
	if got := h.call(t, "admin", "GET", "/v1/inventory/product/streamed", "").at("available_stock"); got != fmt.Sprint(10+answers) {
		t.Errorf("%d commands were answered, and the product has %s of 10", answers, got)
	}
}

// TestAStreamEndsAlthoughItsCallerReadsNothing: the server does not wait until its answers are taken.
func TestAStreamEndsAlthoughItsCallerReadsNothing(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "streamed")
	k, bearer, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "leaver", Scopes: catalog.ScopeAdmin})
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{h: h, bearer: bearer}
	s, err := h.grpc.ExecuteStream(g.metadata(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	command := &holdfastv1.Command{Verb: &holdfastv1.Command_Restock{Restock: &holdfastv1.RestockRequest{ProductId: "streamed", Quantity: 1}}}
	all := &holdfastv1.ExecuteStreamRequest{Commands: slices.Repeat([]*holdfastv1.Command{command}, 1000)} // answers of more than a window
	for range 3 {
		if err := s.Send(all); err != nil {
			t.Fatal(err)
		}
	}
	h.await(t, "the first commands are carried out", func() bool {
		return h.call(t, "admin", "GET", "/v1/inventory/product/streamed", "").at("available_stock") != "10"
	})
	if _, err := h.catalog.RevokeKey(t.Context(), catalog.DefaultTenant, k.ID); err != nil {
		t.Fatal(err)
	}
	h.await(t, "the stream has ended", func() bool { return h.front.Stays() == 0 })
	for err == nil {
		_, err = s.Recv()
	}
	if status.Code(err) != codes.Unauthenticated {
		t.Errorf("the stream ended with %v", err)
	}
}

// TestAStreamHasTheSettingsOfNow: what a tenant changes counts for the next command.
func TestAStreamHasTheSettingsOfNow(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "streamed")
	s, err := h.grpc.ExecuteStream(h.with(t, "admin"))
	if err != nil {
		t.Fatal(err)
	}
	adjust := func() *holdfastv1.CommandResult {
		t.Helper()
		delta := int64(1)
		command := &holdfastv1.Command{Verb: &holdfastv1.Command_Adjust{Adjust: &holdfastv1.AdjustRequest{ProductId: "streamed", Delta: &delta, Reason: "found"}}}
		if err := s.Send(&holdfastv1.ExecuteStreamRequest{Commands: []*holdfastv1.Command{command}}); err != nil {
			t.Fatal(err)
		}
		r, err := s.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return r.GetResults()[0]
	}
	if r := adjust(); !r.GetOk() {
		t.Fatalf("%v", r)
	}
	if _, err := h.catalog.ChangeSettings(t.Context(), catalog.DefaultTenant, func(s *catalog.Settings) { s.ReasonsRequired = true }); err != nil {
		t.Fatal(err)
	}
	if r := adjust(); r.GetError().GetCode() != "INVALID_ARGUMENT" {
		t.Errorf("without a reason code, which the tenant now requires: %v", r)
	}
}

// TestEveryStreamHasADecision: a stream of the definition, a call about files, and a source file that keeps a
// connection open, each has a row above.
func TestEveryStreamHasADecision(t *testing.T) {
	t.Parallel()
	var want []string
	services := api.Services()
	for i := range nodev1.File_holdfast_node_v1_node_proto.Services().Len() {
		services = append(slices.Clone(services), nodev1.File_holdfast_node_v1_node_proto.Services().Get(i))
	}
	for _, service := range services {
		for i := range service.Methods().Len() {
			md := service.Methods().Get(i)
			if !md.IsStreamingClient() && !md.IsStreamingServer() {
				continue
			}
			want = append(want, string(md.Name())+" over gRPC")
			if hasRoute(md) {
				want = append(want, string(md.Name())+" over REST")
			}
		}
	}
	want = append(want, start(t).front.FileCalls()...)
	for _, kind := range want {
		is, ok := streamKinds[kind]
		if !ok || is.open == nil && is.why == "" {
			t.Errorf("%s is a stream: how does it end with its caller? Give it a row in streamKinds", kind)
		}
	}
	for kind, is := range streamKinds {
		if !slices.Contains(want, kind) && is.open != nil {
			t.Errorf("%s is no stream of the API", kind)
		}
	}
	// A call that keeps a connection open takes it from net/http, or moves its deadlines.
	known := map[string]string{
		"files.go": "the calls about files", "watch_sse.go": "Server-Sent Events",
		"watch_pipe.go": "Server-Sent Events", "shared_port.go": "gRPC",
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(sources, folders...) {
		if strings.HasSuffix(path, "_test.go") || known[path] != "" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"NewResponseController", "http.Flusher", "http.Hijacker", "text/event-stream", "Upgrade"} {
			if strings.Contains(string(text), word) && !strings.Contains(string(text), `"`+word+`-`) {
				t.Errorf("%s has %s: is it a stream? Register its caller with stays, and name it in %v", path, word, slices.Sorted(maps.Keys(known)))
			}
		}
	}
}

func hasRoute(md protoreflect.MethodDescriptor) bool {
	return proto.HasExtension(md.Options(), annotations.E_Http)
}
