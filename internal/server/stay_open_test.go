package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"holdfast.dev/holdfast/api/contracttest"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// guest is a caller with streams: with a key, or with a session.
type guest struct {
	h      *house
	bearer string
	person *person
}

func (g *guest) request(ctx context.Context, t *testing.T, verb, path string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, verb, g.h.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if g.person == nil {
		r.Header.Set("Authorization", "Bearer "+g.bearer)
		return r
	}
	r.AddCookie(g.person.cookie)
	r.Header.Set("X-Holdfast-CSRF", g.person.csrf)
	return r
}

func (g *guest) metadata(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+g.bearer)
}

// open opens a stream. The function that it returns waits for the end of the stream, and returns its code.
type open func(ctx context.Context, t *testing.T, g *guest) (end func() string)

// streamKinds are the streams of the API, with how each of them is opened; "" and a reason where a kind has no caller that
// could be looked at again.
var streamKinds = map[string]struct {
	open open
	why  string
}{
	"WatchStock over gRPC": {open: func(ctx context.Context, t *testing.T, g *guest) func() string {
		s, err := g.h.grpc.WatchStock(g.metadata(ctx), &holdfastv1.WatchStockRequest{})
		return drained(t, s, err)
	}},
	"WatchItems over gRPC": {open: func(ctx context.Context, t *testing.T, g *guest) func() string {
		s, err := holdfastv1.NewItemServiceClient(g.h.conn).WatchItems(g.metadata(ctx), &holdfastv1.WatchItemsRequest{})
		return drained(t, s, err)
	}},
	"WatchStock over REST": {open: func(ctx context.Context, t *testing.T, g *guest) func() string {
		return ended(t, g, g.request(ctx, t, "GET", "/v1/events", nil))
	}},
	"WatchItems over REST": {open: func(ctx context.Context, t *testing.T, g *guest) func() string {
		return ended(t, g, g.request(ctx, t, "POST", "/v1/live", strings.NewReader("{}")))
	}},
	"ExecuteStream over gRPC": {open: executing},
	"ImportFile":              {open: sendingFile},
	"ExportFile": {open: func(ctx context.Context, t *testing.T, g *guest) func() string {
		return readingFile(t, g, g.request(ctx, t, "GET", "/v1/exports?kind=journal", nil))
	}},
	"GetImportResult": {open: func(ctx context.Context, t *testing.T, g *guest) func() string {
		return readingFile(t, g, g.request(ctx, t, "GET", "/v1/imports/"+g.h.keys["import"]+"/result", nil))
	}},
	"GetImport":               {why: "goes through the door of ImportFile, and lasts 30 s at most"},
	"ListImports":             {why: "is answered at once"},
	"Forward over gRPC":       {why: "has no key: each message is signed, or the certificate is checked again (internal/server/node)"},
	"the relay":               {why: "has WatchStock, and calls"},
	"the line of a till":      {why: "has WatchStock with the key of the till, and calls"},
	"the pages of a store":    {why: "have WatchItems and WatchStock with the session of the device"},
	"a screen of the console": {why: "has WatchItems with the session of the screen"},
}

// drained reads a gRPC stream to its end. It has begun with its first message.
func drained[R any](t *testing.T, s interface{ Recv() (R, error) }, err error) func() string {
	t.Helper()
	if err == nil {
		_, err = s.Recv()
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() string {
		for {
			if _, err := s.Recv(); err != nil {
				return saidOf(t, err)
			}
		}
	}
}

// saidOf is the code of a stream that has ended, which must say what to do.
func saidOf(t *testing.T, err error) string {
	t.Helper()
	said := status.Convert(err)
	if !strings.Contains(said.Message(), "again") && !strings.Contains(said.Message(), "gone") {
		t.Errorf("it says no way out: %v", err)
	}
	switch said.Code() {
	case codes.Unauthenticated:
		return "UNAUTHENTICATED"
	case codes.PermissionDenied:
		return "PERMISSION_DENIED"
	default:
		return said.Code().String()
	}
}

// ended reads Server-Sent Events to the end.
func ended(t *testing.T, g *guest, r *http.Request) func() string {
	t.Helper()
	s := g.h.streamOf(t, r)
	if _, err := s.read(); err != nil {
		t.Fatal(err)
	}
	return func() string {
		for {
			m, err := s.read()
			if err != nil {
				return "no reason: " + err.Error()
			}
			if m.name != "end" {
				continue
			}
			var p struct{ Code, Detail string }
			if err := json.Unmarshal([]byte(m.data), &p); err != nil {
				t.Error(err)
			}
			if !strings.Contains(p.Detail, "again") {
				t.Errorf("it says no way out: %s", m.data)
			}
			return p.Code
		}
	}
}

// executing restocks one unit after the other. At the end, all units that are there were answered.
func executing(ctx context.Context, t *testing.T, g *guest) func() string {
	t.Helper()
	s, err := g.h.grpc.ExecuteStream(g.metadata(ctx))
	if err != nil {
		t.Fatal(err)
	}
	one := func() error {
		command := &holdfastv1.Command{Verb: &holdfastv1.Command_Restock{Restock: &holdfastv1.RestockRequest{ProductId: "streamed", Quantity: 1}}}
		if err := s.Send(&holdfastv1.ExecuteStreamRequest{Commands: []*holdfastv1.Command{command}}); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		r, err := s.Recv()
		if err == nil && !r.GetResults()[0].GetOk() {
			t.Errorf("%v", r)
		}
		return err
	}
	if err := one(); err != nil {
		t.Fatal(err)
	}
	return func() string { // it sends nothing: a stream without commands ends too
		_, err := s.Recv()
		return saidOf(t, err)
	}
}

// sendingFile sends the beginning of a file.
func sendingFile(ctx context.Context, t *testing.T, g *guest) func() string {
	t.Helper()
	from, to := io.Pipe()
	t.Cleanup(func() { to.Close() })
	r := g.request(ctx, t, "POST", "/v1/imports?kind=levels", from)
	r.Header.Set("Content-Type", "text/csv")
	type answered struct {
		code string
		err  error
	}
	done := make(chan answered, 1)
	go func() {
		res, err := (&http.Client{Transport: contracttest.Transport(t, &http.Transport{DisableKeepAlives: true})}).Do(r)
		if err != nil {
			done <- answered{err: err}
			return
		}
		defer res.Body.Close()
		var p struct{ Code, Detail string }
		err = json.NewDecoder(res.Body).Decode(&p)
		if !strings.Contains(p.Detail, "again") {
			err = errors.Join(err, fmt.Errorf("it says no way out: %+v", p))
		}
		done <- answered{p.Code, err}
	}()
	if _, err := io.WriteString(to, "product_id,on_hand\nsmuggled,10\n"); err != nil {
		t.Fatal(err)
	}
	return func() string {
		a := <-done
		if a.err != nil {
			t.Error(a.err)
		}
		return a.code
	}
}

// readingFile reads the beginning of a file that is larger than what the connection takes, and at the end the rest: it
// must be cut off.
func readingFile(t *testing.T, g *guest, r *http.Request) func() string {
	t.Helper()
	res, err := (&http.Client{Transport: contracttest.Transport(t, &http.Transport{DisableKeepAlives: true})}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if _, err := io.ReadFull(res.Body, make([]byte, 16)); err != nil || res.StatusCode != 200 || res.ContentLength < 5<<20 {
		t.Fatalf("a file of %d: %d %v", res.ContentLength, res.StatusCode, err)
	}
	return func() string {
		g.h.stay(t)
		if n, err := io.Copy(io.Discard, res.Body); err == nil {
			return fmt.Sprintf("all of %d bytes", n)
		}
		return "cut off"
	}
}
