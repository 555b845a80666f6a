package client_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

// within bounds a call that must not get an answer.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

type answerer = func(context.Context, int, *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error)

// Whatever goes wrong with the first attempt, the second has the same key, and the caller gets its
// answer.
func TestALostAnswerIsAskedForAgainUnderTheSameKey(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(*hostile) answerer{
		"the connection is reset in the middle": func(h *hostile) answerer {
			return func(ctx context.Context, _ int, _ *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				h.hangUp()
				<-ctx.Done()
				return nil, ctx.Err()
			}
		},
		"there is no answer": func(*hostile) answerer {
			return func(ctx context.Context, _ int, _ *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		},
		"the server is busy": func(*hostile) answerer {
			return func(context.Context, int, *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				return nil, problem(codes.Unavailable, "UNAVAILABLE", durationpb.New(10*time.Millisecond))
			}
		},
		"the server has an error": func(*hostile) answerer {
			return func(context.Context, int, *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				return nil, problem(codes.Internal, "INTERNAL", nil)
			}
		},
		"a proxy makes no sense": func(*hostile) answerer {
			return func(context.Context, int, *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				return nil, status.Error(codes.Unknown, "502")
			}
		},
		"the command alone is told to come again": func(*hostile) answerer {
			return func(_ context.Context, _ int, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				return no(r, "IN_PROGRESS"), nil
			}
		},
		"the command alone is refused for now": func(*hostile) answerer {
			return func(_ context.Context, _ int, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				return no(r, "RATE_LIMITED"), nil
			}
		},
		"there are too few results": func(*hostile) answerer {
			return func(context.Context, int, *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				return &holdfastv1.ExecuteBatchResponse{}, nil
			}
		},
		"the result is empty": func(*hostile) answerer {
			return func(context.Context, int, *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				return &holdfastv1.ExecuteBatchResponse{Results: []*holdfastv1.CommandResult{{}}}, nil
			}
		},
	} {
		for _, gathered := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h := newHostile(t, func(h *hostile) {
					fails := first(h)
					h.batch = func(ctx context.Context, n int, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
						if n == 1 {
							return fails(ctx, n, r)
						}
						return yes(r), nil
					}
				})
				opts := []client.Option{client.WithFirstLimit(50 * time.Millisecond)}
				if !gathered {
					opts = append(opts, client.WithoutGathering())
				}
				c := open(t, h.address, opts...)
				item, err := c.Restock(t.Context(), client.Restock{ProductID: "p", Quantity: 1})
				if err != nil || item.ProductID != "p" {
					t.Fatalf("%+v %v", item, err)
				}
				var keys []string
				for _, r := range h.seen() {
					keys = append(keys, r.Commands[0].IdempotencyKey)
				}
				slices.Sort(keys)
				if len(keys) < 2 || keys[0] == "" || keys[0] != keys[len(keys)-1] {
					t.Errorf("the attempts had the keys %q, want one key each time", keys)
				}
			})
		}
	}
}

// The writes that get a key when the caller gave none.
func TestWritesThatNothingElseProtectsGetAKey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		command client.Command
		opts    []client.Option
		keyed   bool
	}{
		{name: "an order's reserve is protected by its id", command: client.Reserve{OrderID: "o", ProductID: "p", Quantity: 1}},
		{name: "unless everything is to have one", command: client.Reserve{OrderID: "o"}, opts: []client.Option{client.WithKeys()}, keyed: true},
		{name: "a partial reserve may take more the next time", command: client.Reserve{OrderID: "o", Partial: true}, keyed: true},
		{name: "the release of the rest changes nothing when repeated", command: client.Release{OrderID: "o"}},
		{name: "the release of a part does", command: client.Release{OrderID: "o", ProductID: "p", Quantity: 1}, keyed: true},
		{name: "the release of a part in the unit does", command: client.Release{OrderID: "o", ProductID: "p", Decimal: "0.5"}, keyed: true},
		{name: "the deduct of the rest changes nothing when repeated", command: client.Deduct{OrderID: "o"}},
		{name: "the deduct of a part does", command: client.Deduct{OrderID: "o", ProductID: "p", Quantity: 1}, keyed: true},
		{name: "a restock adds each time", command: client.Restock{ProductID: "p", Quantity: 1}, keyed: true},
		{name: "an adjust adds each time", command: client.Adjust{ProductID: "p", Delta: 1}, keyed: true},
		{name: "a create would be refused the second time", command: client.Create{ProductID: "p"}, keyed: true},
		{name: "a threshold would undo somebody's later one", command: client.SetThreshold{ProductID: "p"}, keyed: true},
		{name: "a sale switch would undo somebody's later one", command: client.SetSaleStatus{ProductID: "p"}, keyed: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHostile(t, nil)
			if _, err := open(t, h.address, test.opts...).Batch(t.Context(), test.command); err != nil {
				t.Fatal(err)
			}
			if key := h.seen()[0].Commands[0].IdempotencyKey; (key != "") != test.keyed {
				t.Errorf("the key is %q, want one: %v", key, test.keyed)
			}
		})
	}
}

// A refusal, of the command or of the call, is the answer: the client does not ask twice.
func TestARefusalIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]error{
		"INVALID_ARGUMENT": client.ErrInvalidArgument, "UNAUTHENTICATED": client.ErrUnauthenticated, "PERMISSION_DENIED": client.ErrPermissionDenied,
		"NOT_FOUND": client.ErrNotFound, "ALREADY_EXISTS": client.ErrAlreadyExists, "INSUFFICIENT_STOCK": client.ErrInsufficientStock,
		"VERSION_CONFLICT": client.ErrVersionConflict, "RESERVATION_EXPIRED": client.ErrReservationExpired, "INVALID_STATE": client.ErrInvalidState,
		"IDEMPOTENCY_CONFLICT": client.ErrIdempotencyConflict, "PAYLOAD_TOO_LARGE": client.ErrPayloadTooLarge,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			h := newHostile(t, func(h *hostile) {
				h.batch = func(_ context.Context, n int, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
					if n == 2 {
						return nil, problem(codes.FailedPrecondition, code, nil)
					}
					return no(r, code), nil
				}
			})
			c := open(t, h.address)
			for _, refused := range []string{"the command", "the call"} {
				_, err := c.Restock(t.Context(), client.Restock{ProductID: "p", Quantity: 1, Key: "k"})
				var e *client.Error
				if !errors.Is(err, want) || !errors.As(err, &e) || e.Detail != "because" || e.RequestID == "" || e.Unknown || e.Op != "restock" || e.Key != "k" {
					t.Errorf("%s was refused: %#v", refused, err)
				}
			}
			if n := len(h.seen()); n != 2 {
				t.Errorf("%d attempts for two calls", n)
			}
		})
	}
}

// A refusal by a proxy without a Holdfast code is final too.
func TestARefusalOfTheTransportIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for code, want := range map[codes.Code]error{
		codes.Unauthenticated: client.ErrUnauthenticated, codes.PermissionDenied: client.ErrPermissionDenied,
		codes.ResourceExhausted: client.ErrPayloadTooLarge, codes.InvalidArgument: client.ErrInvalidArgument,
	} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			h := newHostile(t, func(h *hostile) {
				h.check = func(context.Context, int) (*holdfastv1.Availability, error) {
					return nil, status.Error(code, "go away")
				}
			})
			if _, err := open(t, h.address).Check(t.Context(), client.Check{ProductID: "p"}); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
			if h.asked() != 1 {
				t.Errorf("%d attempts", h.asked())
			}
		})
	}
}

// When time is over, the error reports what is known: nothing was sent, or the write may have happened
// and a repeat with this key finds out.
func TestTheErrorOfACallThatRanOutOfTimeSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	t.Run("nobody listens: nothing was sent", func(t *testing.T) {
		t.Parallel()
		ear, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ear.Close()
		c := open(t, ear.Addr().String())
		_, err = c.Reserve(within(t, 3*time.Second), client.Reserve{OrderID: "o", ProductID: "p", Quantity: 1})
		var e *client.Error
		if !errors.Is(err, client.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || e.Unknown {
			t.Errorf("%#v", err)
		}
		if !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("the error does not say why: %v", err)
		}
		if _, err := c.Check(within(t, 50*time.Millisecond), client.Check{ProductID: "p"}); !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("the error of a read does not say why: %v", err)
		}
	})
	t.Run("nobody answers: the key tells", func(t *testing.T) {
		t.Parallel()
		ctx, leave := context.WithCancel(t.Context())
		h := newHostile(t, func(h *hostile) {
			h.batch = func(ctx context.Context, _ int, _ *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
				leave()
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		_, err := open(t, h.address).Restock(ctx, client.Restock{ProductID: "p", Quantity: 1})
		var e *client.Error
		if !errors.Is(err, context.Canceled) || !errors.As(err, &e) || !e.Unknown || e.Key == "" || e.Key != h.seen()[0].Commands[0].IdempotencyKey {
			t.Errorf("%#v", err)
		}
	})
	t.Run("the server asks for a pause that ends too late: the caller has its error at once", func(t *testing.T) {
		t.Parallel()
		h := newHostile(t, func(h *hostile) {
			h.check = func(context.Context, int) (*holdfastv1.Availability, error) {
				return nil, problem(codes.ResourceExhausted, "RATE_LIMITED", durationpb.New(50*time.Second))
			}
		})
		ctx := within(t, 30*time.Second)
		_, err := open(t, h.address).Check(ctx, client.Check{ProductID: "p"})
		if !errors.Is(err, client.ErrRateLimited) || !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			t.Errorf("%v", err)
		}
	})
	t.Run("the caller went away before", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		h := newHostile(t, nil)
		if _, err := open(t, h.address).Restock(ctx, client.Restock{}); !errors.Is(err, context.Canceled) || len(h.seen()) != 0 {
			t.Errorf("%v, %d attempts", err, len(h.seen()))
		}
	})
}

// A call without a deadline has the client's.
func TestACallWithoutADeadlineEnds(t *testing.T) {
	t.Parallel()
	h := newHostile(t, func(h *hostile) {
		h.check = func(ctx context.Context, _ int) (*holdfastv1.Availability, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
	})
	c := open(t, h.address, client.WithTimeout(100*time.Millisecond))
	if _, err := c.Check(context.Background(), client.Check{ProductID: "p"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// A batch continues after the last definite result: commands that build on one
// that must be sent again are sent again with it.
func TestABatchIsSentAgainFromTheFirstCommandWithoutAnOutcome(t *testing.T) {
	t.Parallel()
	h := newHostile(t, func(h *hostile) {
		h.batch = func(_ context.Context, n int, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
			answer := yes(r)
			if n == 1 {
				answer.Results[1] = no(r, "UNAVAILABLE").Results[1]
				answer.Results[2] = no(r, "NOT_FOUND").Results[2]
			}
			return answer, nil
		}
	})
	results, err := open(t, h.address).Batch(t.Context(),
		client.Restock{ProductID: "a", Quantity: 1}, client.Restock{ProductID: "b", Quantity: 1}, client.Restock{ProductID: "c", Quantity: 1})
	if err != nil || len(results) != 3 {
		t.Fatalf("%+v %v", results, err)
	}
	for i, want := range []string{"a", "b", "c"} {
		if results[i].Err != nil || results[i].Inventory.ProductID != want {
			t.Errorf("result %d: %+v", i, results[i])
		}
	}
	seen := h.seen()
	if len(seen) != 2 || len(seen[1].Commands) != 2 || seen[1].Commands[0].IdempotencyKey != seen[0].Commands[1].IdempotencyKey {
		t.Errorf("the attempts were %v", seen)
	}
}

// Against a server that answers nonsense, retries are a tenth of the calls plus the bounded
// extra.
func TestRetriesAreBoundedByTheBudget(t *testing.T) {
	t.Parallel()
	const callers, each = 200, 10
	h := newHostile(t, func(h *hostile) {
		h.check = func(context.Context, int) (*holdfastv1.Availability, error) {
			return nil, status.Error(codes.Unknown, "?")
		}
	})
	c := open(t, h.address)
	begun := time.Now()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
				c.Check(ctx, client.Check{ProductID: "p"}) //nolint:errcheck // it fails
				cancel()
			}
		})
	}
	all.Wait()
	trickle := int(time.Since(begun).Seconds()+1) * 10
	if most := client.MaxGroup + callers*each/10 + trickle; h.asked()-callers*each > most {
		t.Errorf("%d attempts for %d calls, want at most %d more", h.asked(), callers*each, most)
	}
}
