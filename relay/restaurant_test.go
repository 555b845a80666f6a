package relay

import (
	"context"
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

// The outcome of a refusal by the format and the policy of the source: one line for each of them. A
// format or a policy that is added without a decision fails here.
func TestRefusalsOfEachFormatAndPolicy(t *testing.T) {
	t.Parallel()
	type outcome struct{ refused, parked bool }
	want := map[string]outcome{
		// Somebody waits for the answer of a command.
		"commands refuse": {refused: true}, "commands oversell": {refused: true},
		// The guest has paid.
		"restaurant refuse": {refused: true, parked: true}, "restaurant oversell": {},
	}
	bodies := map[string]string{
		FormatCommands:   `{"message_id":"m","commands":[{"reserve":{"order_id":"o","product_id":"soup","quantity":2}}]}`,
		FormatRestaurant: `{"message_id":"m","order_id":"o","items":[{"product_id":"soup","quantity":2}]}`,
	}
	for _, format := range valuesOf("format") {
		for _, policy := range valuesOf("shortage") {
			decided, is := want[format+" "+policy]
			if !is {
				t.Errorf("format %s with policy %s: say what becomes of a refusal", format, policy)
				continue
			}
			l := read(format, &Incoming{ID: "t", Body: []byte(bodies[format])})
			l.shortage = policy
			books := &scripted{refuse: map[string]client.Code{"/reserve": client.CodeInsufficientStock, "/deduct": client.CodeNotFound, "/1": client.CodeInsufficientStock}}
			carryOut(t, l, books)
			if got := (outcome{l.refused(), l.whyParked() != ""}); got != decided {
				t.Errorf("format %s with policy %s: %+v, want %+v", format, policy, got, decided)
			}
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
