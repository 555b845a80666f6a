package relay

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

// valuesOf are the values that the API lets a field of a source have.
func valuesOf(field protoreflect.Name) []string {
	return api.Values((&holdfastv1.Source{}).ProtoReflect().Descriptor().Fields().ByName(field))
}

// scripted are books that answer each command by its key, and are asked for one order.
type scripted struct {
	Commands
	refuse map[string]client.Code // by the end of the key
	held   []client.Reservation   // nil: the order is not known
	asked  []string
}

func (b *scripted) Execute(_ context.Context, commands []client.Command) (results []client.Result, err error) {
	for _, c := range commands {
		raw := c.(client.RawCommand)
		key := strings.TrimPrefix(raw.Key(), "m")
		b.asked = append(b.asked, key)
		var r client.Result
		if code := b.refuse[key]; code != "" {
			r.Err = &client.Error{Code: code}
		}
		results = append(results, r)
	}
	return results, nil
}

func (b *scripted) Order(context.Context, string) (*client.Order, error) {
	b.asked = append(b.asked, "?")
	if b.held == nil {
		return nil, client.ErrNotFound
	}
	return &client.Order{Reservations: b.held}, nil
}

// The commands of a message of a restaurant, by what the books refuse and by the policy of its source.
func TestStepsOfAPaidOrder(t *testing.T) {
	t.Parallel()
	const short, state, missing = client.CodeInsufficientStock, client.CodeInvalidState, client.CodeNotFound
	for _, one := range []struct {
		name     string
		shortage string
		refuse   map[string]client.Code
		held     []client.Reservation
		asked    string
		refused  bool
	}{
		{name: "all is there", asked: "/reserve /deduct /deduct/2"},
		{
			name: "the order holds other quantities, enough of them", refuse: map[string]client.Code{"/reserve": client.CodeAlreadyExists},
			asked: "/reserve /deduct /deduct/2",
		},
		{
			name: "it holds too little of one", refuse: map[string]client.Code{"/reserve": client.CodeAlreadyExists, "/deduct/2": state},
			asked: "/reserve /deduct /deduct/2 /change /deduct-more/2",
		},
		{
			name: "it holds too little, and there is no more", refuse: map[string]client.Code{"/reserve": client.CodeAlreadyExists, "/deduct/2": state, "/change": short, "/deduct-more/2": state},
			asked: "/reserve /deduct /deduct/2 /change /deduct-more/2", refused: true,
		},
		{
			name: "a new order, and there is too little", refuse: map[string]client.Code{"/reserve": short, "/deduct": missing, "/deduct/2": missing},
			asked: "/reserve /deduct /deduct/2", refused: true,
		},
		{
			name: "an earlier version has booked it", refuse: map[string]client.Code{"/deduct": client.CodeIdempotencyConflict, "/deduct/2": client.CodeIdempotencyConflict},
			asked: "/reserve /deduct /deduct/2",
		},
		{
			name: "owed: a new order", shortage: client.ShortageOversell, refuse: map[string]client.Code{"/reserve": short, "/deduct": missing, "/deduct/2": missing},
			asked: "/reserve /deduct /deduct/2 ? /owe/1 /owe/2",
		},
		{
			name: "owed: what is held leaves too", shortage: client.ShortageOversell,
			refuse: map[string]client.Code{"/reserve": client.CodeAlreadyExists, "/deduct": state, "/change": short, "/deduct-more": state},
			held:   []client.Reservation{{ProductID: "soup", LocationID: "berlin", Quantity: 1}, {ProductID: "soup", LocationID: "rome", Quantity: 9}},
			asked:  "/reserve /deduct /deduct/2 /change /deduct-more ? /owe/1 /deduct-held/1",
		},
		{
			name: "owed before: the key of the sale says so", shortage: client.ShortageOversell,
			refuse: map[string]client.Code{"/reserve": short, "/deduct": missing, "/deduct/2": missing, "/owe/1": client.CodeIdempotencyConflict},
			asked:  "/reserve /deduct /deduct/2 ? /owe/1 /owe/2",
		},
		{
			name: "a product that nobody knows cannot be owed", shortage: client.ShortageOversell,
			refuse: map[string]client.Code{"/reserve": missing, "/deduct": missing, "/deduct/2": missing, "/change": missing, "/deduct-more": missing, "/deduct-more/2": missing, "/owe/1": missing},
			asked:  "/reserve /deduct /deduct/2 /change /deduct-more /deduct-more/2 ? /owe/1 /owe/2", refused: true,
		},
	} {
		l := read(FormatRestaurant, &Incoming{ID: "t", Body: []byte(`{"message_id":"m","order_id":"o","store_id":"berlin","items":[{"product_id":"soup","quantity":2},{"product_id":"tea","quantity":3}]}`)})
		l.shortage = one.shortage
		books := &scripted{refuse: one.refuse, held: one.held}
		carryOut(t, l, books)
		if got := strings.Join(books.asked, " "); got != one.asked || l.refused() != one.refused {
			t.Errorf("%s: asked %s, refused %t; want %s, %t", one.name, got, l.refused(), one.asked, one.refused)
		}
	}
}

// Members that nobody knows are counted and ignored in the message of a restaurant. In commands they are
// refused: a field that was misspelt would otherwise change what is booked. A format that is added
// without a decision fails here.
func TestMembersThatNobodyKnows(t *testing.T) {
	t.Parallel()
	all := map[string]struct {
		body    string
		unknown int
		parked  bool
	}{
		FormatCommands:   {body: `{"deduct":{"order_id":"o","waiter":"Ann"}}`, parked: true},
		FormatRestaurant: {body: `{"order_id":"o","waiter":{"name":"Ann"},"paid":true,"items":[{"product_id":"p","quantity":1,"note":"x"}]}`, unknown: 3},
	}
	for _, format := range valuesOf("format") {
		one, decided := all[format]
		if !decided {
			t.Errorf("format %s: say what it does with members that nobody knows", format)
			continue
		}
		l := read(format, &Incoming{ID: "t", Body: []byte(one.body)})
		if l.unknown != one.unknown || (l.cause != "") != one.parked {
			t.Errorf("%s: %d unknown, parked because %q", format, l.unknown, l.cause)
		}
	}
}

// refusals are the reasons for which the books do not book what a message says, as the commands of
// an order and of a list are refused.
var refusals = map[string]map[string]client.Code{
	"too little": {"/reserve": client.CodeInsufficientStock, "/deduct": client.CodeNotFound, "/1": client.CodeInsufficientStock},
	"too little beside what the order holds": {
		"/reserve": client.CodeAlreadyExists, "/deduct": client.CodeInvalidState, "/change": client.CodeInsufficientStock, "/deduct-more": client.CodeInvalidState, "/1": client.CodeAlreadyExists,
	},
	"sold out by hand": {"/reserve": client.CodeInsufficientStock, "/deduct": client.CodeNotFound, "/1": client.CodeInsufficientStock},
	"the order has expired": {
		"/reserve": client.CodeReservationExpired, "/deduct": client.CodeReservationExpired, "/change": client.CodeReservationExpired, "/deduct-more": client.CodeReservationExpired, "/1": client.CodeReservationExpired,
	},
	"the order was released": {
		"/reserve": client.CodeAlreadyExists, "/deduct": client.CodeInvalidState, "/change": client.CodeInvalidState, "/deduct-more": client.CodeInvalidState, "/1": client.CodeInvalidState,
	},
	"a till has the order": {
		"/reserve": client.CodeAlreadyExists, "/deduct": client.CodeKeptByHolder, "/change": client.CodeKeptByHolder, "/deduct-more": client.CodeKeptByHolder, "/1": client.CodeKeptByHolder,
	},
	"no such product": {
		"/reserve": client.CodeNotFound, "/deduct": client.CodeNotFound, "/change": client.CodeNotFound, "/deduct-more": client.CodeNotFound, "/owe/1": client.CodeNotFound, "/1": client.CodeNotFound,
	},
	"no such store": {
		"/reserve": client.CodeNotFound, "/deduct": client.CodeNotFound, "/change": client.CodeNotFound, "/deduct-more": client.CodeNotFound, "/owe/1": client.CodeNotFound, "/1": client.CodeNotFound,
	},
	"the product is retired": {
		"/reserve": client.CodeNotFound, "/deduct": client.CodeNotFound, "/change": client.CodeNotFound, "/deduct-more": client.CodeNotFound, "/1": client.CodeNotFound,
	},
	"malformed": nil,
}

// The outcome of each refusal by the format and the policy of the source: one line for each of them.
// A refusal without a line of its own has that of "". A format or a policy that is added without a
// decision fails here. Brokers are no part of it: each kind passes the facts of relaytest.
func TestRefusalsOfEachFormatAndPolicy(t *testing.T) {
	t.Parallel()
	type outcome struct {
		refused, parked bool
		unmet           string // what a case would be about
	}
	waits := outcome{refused: true} // somebody waits for the answer of a command
	bad := outcome{parked: true}    // nobody can carry it out
	paid := outcome{refused: true, parked: true, unmet: "o 2 of soup"}
	want := map[string]map[string]outcome{
		"commands refuse":   {"": waits, "malformed": bad},
		"commands oversell": {"": waits, "malformed": bad},
		"commands case":     {"": waits, "malformed": bad},
		// The guest has paid.
		"restaurant refuse": {"": paid, "malformed": bad},
		"restaurant case":   {"": paid, "malformed": bad},
		// It is booked and owed, unless there is no item that could owe it.
		"restaurant oversell": {"": {}, "malformed": bad, "no such product": paid, "no such store": paid},
	}
	bodies := map[string]string{
		FormatCommands:   `{"message_id":"m","commands":[{"reserve":{"order_id":"o","product_id":"soup","quantity":2}}]}`,
		FormatRestaurant: `{"message_id":"m","order_id":"o","items":[{"product_id":"soup","quantity":2}]}`,
	}
	for _, format := range valuesOf("format") {
		for _, policy := range valuesOf("shortage") {
			for name, refuse := range refusals {
				decided, is := want[format+" "+policy][name]
				if !is {
					decided, is = want[format+" "+policy][""]
				}
				if !is {
					t.Errorf("format %s with policy %s: say what becomes of a refusal", format, policy)
					break
				}
				body := bodies[format]
				if name == "malformed" {
					body = strings.Replace(body, `"quantity":2`, `"quantity":"two"`, 1)
				}
				l := read(format, &Incoming{ID: "t", Body: []byte(body)})
				l.shortage = policy
				carryOut(t, l, &scripted{refuse: refuse})
				got := outcome{refused: l.cause == "" && l.refused(), parked: l.whyParked() != ""}
				if u := l.park().Unmet; u != nil {
					got.unmet = fmt.Sprintf("%s %d of %s", l.park().OrderID, u.Lines[0].Quantity, u.Lines[0].ProductID)
				}
				if got != decided {
					t.Errorf("format %s with policy %s, %s: %+v, want %+v", format, policy, name, got, decided)
				}
			}
		}
	}
}

// A message of a restaurant that is parked gets a reply in either case: it is malformed, or what was
// paid is not there.
func TestRepliesToParkedOrders(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"message_id":"m","order_id":"o","items":[{"product_id":"soup","quantity":0}]}`: `{"message_id":"m","ok":false,"error":{"code":"INVALID_ARGUMENT","status":400,"detail":"items[0] needs a product_id and a quantity of 1 or more"}}`,
		// It is cut off.
		`{"message_id":"m","order_id":"`: `{"message_id":"m","ok":false,"error":{"code":"INVALID_ARGUMENT","status":400,"detail":"it is no message of an order: `,
	} {
		l := read(FormatRestaurant, &Incoming{ID: "t", Body: []byte(body)})
		if got := string(l.reply()); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
		if p := l.park(); strings.Contains(body, "soup") != (p.OrderID == "o") || p.Unmet != nil {
			t.Errorf("%s is parked as %+v", body, p)
		}
	}
}

// A parked order that is tried once more asks under keys of its own, for what is not booked yet.
func TestAParkedOrderIsTriedUnderNewKeys(t *testing.T) {
	t.Parallel()
	l := read(FormatRestaurant, &Incoming{ID: "t", Body: []byte(`{"message_id":"m","order_id":"o","items":[{"product_id":"soup","quantity":2},{"product_id":"tea","quantity":1}]}`)})
	l.tries = 2
	short := client.CodeInsufficientStock
	books := &scripted{refuse: map[string]client.Code{"/reserve": short, "/deduct": client.CodeNotFound, "/reserve~1": short, "/deduct~1": short}}
	carryOut(t, l, books)
	want := "/reserve /deduct /deduct/2 /reserve~1 /deduct~1 /reserve~2 /deduct~2"
	if got := strings.Join(books.asked, " "); got != want || l.refused() {
		t.Errorf("asked %s, refused %t; want %s", got, l.refused(), want)
	}
}

// carryOut carries out all steps of a message.
func carryOut(t *testing.T, l *letter, books *scripted) {
	t.Helper()
	for !l.done() {
		if err := l.proceed(t.Context(), books); err != nil {
			t.Fatal(err)
		}
		results, err := books.Execute(t.Context(), l.commands[len(l.results):])
		if err != nil {
			t.Fatal(err)
		}
		l.results = append(l.results, results...)
	}
}
