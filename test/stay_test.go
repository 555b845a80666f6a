package test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// TestStreamsEndOnAllNodes: a key ends by command, in a process of its own. The streams that it has on two servers of
// the same database end, although nothing else happens there.
func TestStreamsEndOnAllNodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var servers []*server
	for range 2 {
		s, address := offServer(t, filepath.Join(dir, "main.db")), freeAddress(t)
		s.under = []string{"env", "HOLDFAST_NODE=" + address, "HOLDFAST_NODE_ADDRESS=" + address, "HOLDFAST_NODE_SECRET=0123456789abcdef0123456789abcdef"}
		s.start()
		servers = append(servers, s)
	}
	newCaller(adminKey).create(t, servers[0], "p", 1)
	made := runWith(t, nil, "keys", "create", "--db", servers[0].db, "--tenant", "default", "--name", "leaver", "--scopes", "admin")
	key := strings.TrimSpace(made.stdout)
	id := strings.Split(key, "_")
	if made.code != 0 || len(id) != 3 {
		t.Fatalf("keys create: %d %s", made.code, made.stderr)
	}
	ends := map[string]func() string{}
	for i, s := range servers {
		name := []string{"the first", "the second"}[i]
		accepts(t, s, key, http.StatusOK)
		conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+key)
		stream, err := holdfastv1.NewInventoryServiceClient(conn).ExecuteStream(ctx)
		if err != nil {
			t.Fatal(err)
		}
		restock := &holdfastv1.Command{Verb: &holdfastv1.Command_Restock{Restock: &holdfastv1.RestockRequest{ProductId: "p", Quantity: 1}}}
		if err := stream.Send(&holdfastv1.ExecuteStreamRequest{Commands: []*holdfastv1.Command{restock}}); err != nil {
			t.Fatal(err)
		}
		if r, err := stream.Recv(); err != nil || !r.GetResults()[0].GetOk() {
			t.Fatalf("%v %v", r, err)
		}
		ends[name+"'s ExecuteStream"] = func() string {
			_, err := stream.Recv()
			if status.Code(err) == codes.Unauthenticated {
				return "UNAUTHENTICATED"
			}
			return status.Code(err).String()
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url("/v1/events"), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		events := bufio.NewReader(res.Body)
		if _, err := events.ReadString('\n'); err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode, err)
		}
		ends[name+"'s events"] = func() string {
			rest, err := io.ReadAll(events)
			if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				return err.Error()
			}
			if strings.Contains(string(rest), "event: end") && strings.Contains(string(rest), "UNAUTHENTICATED") {
				return "UNAUTHENTICATED"
			}
			return string(rest)
		}
	}
	if o := runWith(t, nil, "keys", "revoke", "--db", servers[0].db, "--tenant", "default", id[1]); o.code != 0 {
		t.Fatalf("keys revoke: %d %s", o.code, o.stderr)
	}
	for name, end := range ends {
		if got := end(); got != "UNAUTHENTICATED" {
			t.Errorf("%s ended with %s", name, got)
		}
	}
}
