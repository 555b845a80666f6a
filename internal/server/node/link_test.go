package node

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	nodev1 "holdfast.dev/holdfast/api/holdfast/node/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// slow carries groups out when it is let. It tells which have come, and which
// were given up by those who sent them.
type slow struct{ came, let, gone chan struct{} }

func newSlow() *slow {
	return &slow{came: make(chan struct{}, 16), let: make(chan struct{}, 16), gone: make(chan struct{}, 16)}
}

func (s *slow) Accept(ctx context.Context, f *ledger.Forwarded) []ledger.Result {
	s.came <- struct{}{}
	select {
	case <-s.let:
	case <-ctx.Done():
		s.gone <- struct{}{}
	}
	return make([]ledger.Result, len(f.Requests))
}

// home starts a node with those books and returns it as another sees it.
func home(t *testing.T, books Acceptor, log *slog.Logger) (from *Node, stop func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is there at once
	if err != nil {
		t.Fatal(err)
	}
	self := catalog.Node{ID: "home", Address: ln.Addr().String(), Started: time.Now().Truncate(time.Millisecond)}
	n, err := New(Config{Self: self, Registry: &table{}, Secret: secret, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan struct{})
	go func() {
		if err := n.Run(ctx, ln, books); err != nil {
			t.Error(err)
		}
		close(left)
	}()
	from, err = New(Config{Self: named("from")[0], Registry: &table{}, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	from.fleet.take([]catalog.Node{from.self, self})
	stop = func() {
		cancel()
		<-left
	}
	t.Cleanup(func() {
		stop()
		from.links.close() //nolint:errcheck // nothing is under way
	})
	return from, stop
}

func ask(ctx context.Context, from *Node) error {
	_, err := from.Forward(ctx, "home", &ledger.Forwarded{Requests: []ledger.Request{{Command: stock.Cleanup{Tenant: "t"}}}})
	return err
}

func (l *links) idle(t *testing.T, address string) int {
	t.Helper()
	l.mu.Lock()
	to := l.open[address]
	l.mu.Unlock()
	to.mu.Lock()
	defer to.mu.Unlock()
	return len(to.idle)
}

func TestOneGroupAfterTheOtherTakesOneStream(t *testing.T) {
	t.Parallel()
	books := newSlow()
	from, _ := home(t, books, nil)
	for range 10 {
		books.let <- struct{}{}
		if err := ask(t.Context(), from); err != nil {
			t.Fatal(err)
		}
	}
	address := from.fleet.find("home").Address
	if n := from.links.idle(t, address); n != 1 {
		t.Errorf("%d streams after one group at a time", n)
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := ask(t.Context(), from); err != nil {
				t.Error(err)
			}
		})
	}
	for range 10 {
		<-books.came // those from before
	}
	for range 3 {
		<-books.came // all are under way
	}
	for range 3 {
		books.let <- struct{}{}
	}
	all.Wait()
	if n := from.links.idle(t, address); n != 3 {
		t.Errorf("%d streams after three groups at a time", n)
	}
}

func TestAGroupThatIsNotAnsweredMayHaveBeenCarriedOut(t *testing.T) {
	t.Parallel()
	books := newSlow()
	from, _ := home(t, books, nil)
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		<-books.came
		leave()
	}()
	if err := ask(ctx, from); !errors.Is(err, context.Canceled) || errors.Is(err, ledger.ErrNotSent) {
		t.Errorf("the caller left while the home had it: %v", err)
	}
	<-books.gone
	books.let <- struct{}{}
	if err := ask(t.Context(), from); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// A node that stops answers what it has, carries out nothing that comes later,
// and waits for nobody who has nothing to ask.
func TestAStopCutsNoGroupOff(t *testing.T) {
	t.Parallel()
	books := newSlow()
	var log bytes.Buffer
	from, stop := home(t, books, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})))
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if err := ask(t.Context(), from); err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 {
		<-books.came
	}
	books.let <- struct{}{}
	books.let <- struct{}{}
	all.Wait()
	// Of two streams one is in use, the other is not.
	all.Go(func() {
		if err := ask(t.Context(), from); err != nil {
			t.Errorf("what was under way: %v", err)
		}
	})
	<-books.came
	all.Go(stop)
	for range 2 {
		books.let <- struct{}{} // also for one that is begun before the stop
	}
	all.Wait()
	// A message about the end of its streams could come from anybody.
	if err := ask(t.Context(), from); err == nil || errors.Is(err, ledger.ErrNotSent) {
		t.Errorf("on a stream that has ended: %v", err)
	}
	if err := ask(t.Context(), from); !errors.Is(err, ledger.ErrNotSent) {
		t.Errorf("after the stop: %v", err)
	}
	if len(books.came) > 0 {
		t.Errorf("%d groups were carried out after the stop", len(books.came))
	}
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

// A node that was killed is started anew at its address, as another process.
// Until the others learn of that, they send it what is meant for the one before.
func TestOnlyAStrangersGroupIsComplainedAbout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		secret []byte
		before time.Duration // when the process was started that is asked for, before the one that is asked
		logged bool
	}{
		{"one of the fleet means the process before", secret, time.Hour, false},
		{"a stranger", []byte("the secret of another fleet"), 0, true},
	} {
		books := newSlow()
		var log bytes.Buffer
		seen, stop := home(t, books, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})))
		to := *seen.fleet.find("home")
		to.Started = to.Started.Add(-c.before)
		from, err := New(Config{Self: named("another")[0], Registry: &table{}, Secret: c.secret})
		if err != nil {
			t.Fatal(err)
		}
		from.fleet.take([]catalog.Node{from.self, to})
		if err := ask(t.Context(), from); status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: %v", c.name, err)
		}
		from.links.close() //nolint:errcheck // nothing is under way
		stop()
		if logged := strings.Contains(log.String(), "not signed"); logged != c.logged || len(books.came) > 0 {
			t.Errorf("%s: the log says %q; %d groups were carried out", c.name, log.String(), len(books.came))
		}
	}
}

// stranger answers and refuses groups without knowing the secret.
type stranger struct {
	nodev1.UnimplementedNodeServiceServer
	refuses error
}

func (s *stranger) Forward(groups nodev1.NodeService_ForwardServer) error {
	for {
		if _, err := groups.Recv(); err != nil {
			return err
		}
		if s.refuses != nil {
			return s.refuses
		}
		if err := groups.Send(&nodev1.ForwardResponse{Results: []byte("done"), Mac: []byte("signed")}); err != nil {
			return err
		}
	}
}

func TestAStrangerIsNotBelieved(t *testing.T) {
	t.Parallel()
	for _, refuses := range []error{nil, errEnding} {
		ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is there at once
		if err != nil {
			t.Fatal(err)
		}
		g := grpc.NewServer()
		nodev1.RegisterNodeServiceServer(g, &stranger{refuses: refuses})
		go g.Serve(ln) //nolint:errcheck // it ends with the test
		from, err := New(Config{Self: named("from")[0], Registry: &table{}, Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		from.fleet.take([]catalog.Node{from.self, {ID: "home", Address: ln.Addr().String()}})
		err = ask(t.Context(), from)
		if err == nil || errors.Is(err, ledger.ErrNotSent) || refuses == nil && !errors.Is(err, errForged) {
			t.Errorf("who refuses with %v is believed: %v", refuses, err)
		}
		if n := from.links.idle(t, ln.Addr().String()); n != 0 {
			t.Errorf("%d of his streams are used again", n)
		}
		from.links.close() //nolint:errcheck // nothing is under way
		g.Stop()
	}
}
