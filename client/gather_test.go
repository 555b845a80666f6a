package client_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

// gated is a hostile server whose batches wait until the gate is opened, and a client that
// waits as long; came gets the size of each batch that arrives.
func gated(t *testing.T) (h *hostile, c *client.Client, came chan int, gate chan struct{}) {
	t.Helper()
	came, gate = make(chan int, 1000), make(chan struct{})
	h = newHostile(t, func(h *hostile) {
		h.batch = func(ctx context.Context, n int, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
			came <- len(r.Commands)
			select {
			case <-gate:
			case <-ctx.Done():
			}
			return yes(r), nil
		}
	})
	return h, open(t, h.address, client.WithFirstLimit(time.Hour), client.WithTimeout(time.Hour)), came, gate
}

func restock(n int) client.Restock {
	return client.Restock{ProductID: "p" + strconv.Itoa(n), Quantity: 1}
}

// occupy sends one write after another until all senders are busy.
func occupy(t *testing.T, c *client.Client, came chan int, all *sync.WaitGroup) {
	t.Helper()
	for n := range client.MaxSenders {
		all.Go(func() {
			if _, err := c.Restock(t.Context(), restock(n)); err != nil {
				t.Error(err)
			}
		})
		<-came
	}
}

// waitFor checks until the condition holds. It depends on goroutines that a test cannot wait
// for.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); !so(); <-tick.C {
		if time.Since(begun) > 10*time.Minute {
			t.Fatal("it does not come: " + what)
		}
	}
}

// A write that finds a free sender is sent alone and at once. Writes that arrive while all
// senders are busy are sent together, within the bounds of a group.
func TestWritesGatherOnlyWhileOthersAreUnderWay(t *testing.T) {
	t.Parallel()
	const crowd = 2500
	h, c, came, gate := gated(t)
	var all sync.WaitGroup
	occupy(t, c, came, &all)
	for n := range crowd {
		all.Go(func() {
			item, err := c.Restock(t.Context(), restock(n))
			if err != nil || item.ProductID != "p"+strconv.Itoa(n) {
				t.Errorf("%d: %+v %v", n, item, err)
			}
		})
	}
	waitFor(t, "the crowd stands in line", func() bool { return client.Waiting(c) == crowd })
	close(gate)
	all.Wait()
	seen := h.seen()
	for i, r := range seen {
		if n := len(r.Commands); n > client.MaxGroup || i < client.MaxSenders && n != 1 {
			t.Errorf("call %d has %d commands", i, n)
		}
	}
	if len(seen) > client.MaxSenders+10 {
		t.Errorf("%d calls for %d writes", len(seen), client.MaxSenders+crowd)
	}
}

// A group has at most 20,000 lines and some megabytes; a larger command goes
// alone.
func TestAGroupStaysWithinTheBoundsOfABatch(t *testing.T) {
	t.Parallel()
	h, c, came, gate := gated(t)
	var all sync.WaitGroup
	occupy(t, c, came, &all)
	items := make([]client.Item, 2000)
	for i := range items {
		items[i] = client.Item{ProductID: strconv.Itoa(i), Quantity: 1}
	}
	const wide, long = 12, 3
	for n := range wide {
		all.Go(func() {
			if _, err := c.Reserve(t.Context(), client.Reserve{OrderID: strconv.Itoa(n), Items: items}); err != nil {
				t.Error(err)
			}
		})
	}
	for n := range long {
		all.Go(func() {
			r := restock(n)
			r.Reason = strings.Repeat("x", 3<<19)
			if _, err := c.Restock(t.Context(), r); err != nil {
				t.Error(err)
			}
		})
	}
	waitFor(t, "all stand in line", func() bool { return client.Waiting(c) == wide+long })
	close(gate)
	all.Wait()
	for i, r := range h.seen() {
		lines := 0
		for _, command := range r.Commands {
			lines += max(1, len(command.GetReserve().GetItems()))
		}
		if lines > 20_000 || proto.Size(r) > 4<<20 && len(r.Commands) > 1 {
			t.Errorf("call %d: %d commands, %d lines, %d bytes", i, len(r.Commands), lines, proto.Size(r))
		}
	}
}

// A write whose caller leaves while it waits has not happened. One whose caller leaves on the way may
// have happened. The other writes of the group get their answers anyway.
func TestACallerWhoLeavesDisturbsNobody(t *testing.T) {
	t.Parallel()
	h, c, came, gate := gated(t)
	var all sync.WaitGroup
	occupy(t, c, came, &all)

	leaving, leave := context.WithCancel(t.Context())
	inLine := make(chan error, 1)
	go func() {
		_, err := c.Restock(leaving, client.Restock{ProductID: "left-the-line", Quantity: 1})
		inLine <- err
	}()
	waitFor(t, "one waits", func() bool { return client.Waiting(c) == 1 })
	all.Go(func() {
		if _, err := c.Restock(t.Context(), client.Restock{ProductID: "stays", Quantity: 1}); err != nil {
			t.Error(err)
		}
	})
	later, leaveLater := context.WithCancel(t.Context())
	onTheWay := make(chan error, 1)
	go func() {
		_, err := c.Restock(later, client.Restock{ProductID: "left-on-the-way", Quantity: 1})
		onTheWay <- err
	}()
	waitFor(t, "three wait", func() bool { return client.Waiting(c) == 3 })
	leave()
	var e *client.Error
	if err := <-inLine; !errors.Is(err, context.Canceled) || !errors.As(err, &e) || e.Unknown {
		t.Errorf("who left the line was told %v", err)
	}
	gate <- struct{}{} // one of the first is answered, its sender takes the rest
	if n := <-came; n != 2 {
		t.Errorf("the next group has %d commands, want the two that stayed", n)
	}
	leaveLater()
	if err := <-onTheWay; !errors.Is(err, context.Canceled) || !errors.As(err, &e) || !e.Unknown {
		t.Errorf("who left on the way was told %v", err)
	}
	close(gate)
	all.Wait()
	for _, r := range h.seen() {
		for _, command := range r.Commands {
			if command.GetRestock().GetProductId() == "left-the-line" {
				t.Error("a command was sent whose caller had left the line")
			}
		}
	}
}

// A group that all callers have left is cancelled, so that it does not occupy a
// sender.
func TestAGroupThatEverybodyLeftIsGivenUp(t *testing.T) {
	t.Parallel()
	came, gone := make(chan struct{}), make(chan struct{})
	h := newHostile(t, func(h *hostile) {
		h.batch = func(ctx context.Context, _ int, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
			close(came)
			<-ctx.Done()
			close(gone)
			return yes(r), nil
		}
	})
	c := open(t, h.address, client.WithFirstLimit(time.Hour))
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		<-came
		leave()
	}()
	if _, err := c.Restock(ctx, restock(1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-gone
}

// A command that cannot be encoded is refused alone; the group of other commands is not
// affected.
func TestACommandThatIsNoTextSpoilsNobodysGroup(t *testing.T) {
	t.Parallel()
	h := newHostile(t, nil)
	c := open(t, h.address)
	if _, err := c.Restock(t.Context(), client.Restock{ProductID: "a\xffb", Quantity: 1}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := c.Restock(t.Context(), client.Restock{ProductID: "p", Reason: strings.Repeat("x", 33<<20)}); !errors.Is(err, client.ErrPayloadTooLarge) {
		t.Error(err)
	}
	if n := len(h.seen()); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

// Close waits for the calls under way and refuses later ones.
func TestCloseWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	_, c, came, gate := gated(t)
	var all sync.WaitGroup
	occupy(t, c, came, &all)
	closed := make(chan error, 2)
	for range 2 {
		go func() { closed <- c.Close() }()
	}
	waitFor(t, "later calls are told", func() bool {
		_, err := c.Check(t.Context(), client.Check{ProductID: "p"})
		return errors.Is(err, client.ErrClosed)
	})
	if len(closed) > 0 {
		t.Error("Close did not wait")
	}
	close(gate)
	all.Wait()
	for range 2 {
		if err := <-closed; err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Restock(t.Context(), restock(1)); !errors.Is(err, client.ErrClosed) {
		t.Error(err)
	}
}
