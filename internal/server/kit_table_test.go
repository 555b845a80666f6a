package server_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// kitVerbs are verbs that do nothing with a kit that an order has: a kit has no stock of its own.
// K is the kit, O the order. They are refused with the code.
var kitVerbs = map[string]struct{ code, body string }{
	"create":          {"INVALID_STATE", `{"product_id":"K","available_stock":1}`},
	"restock":         {"INVALID_STATE", `{"product_id":"K","quantity":1}`},
	"adjust":          {"INVALID_STATE", `{"product_id":"K","set_to":1,"reason":"count"}`},
	"set_threshold":   {"INVALID_STATE", `{"product_id":"K","low_stock_threshold":1}`},
	"set_sale_status": {"INVALID_STATE", `{"product_id":"K","on_sale":false}`},
	"set_quotas":      {"INVALID_STATE", `{"product_id":"K","channels":[{"channel_id":"web","weight":1}]}`},
	"move":            {"INVALID_STATE", `{"product_id":"K","from":"pool/shared","to":"damaged","quantity":1,"reason":"fell"}`},
	"return":          {"INVALID_STATE", `{"product_id":"K","order_id":"O","quantity":1}`},
	"relocate":        {"INVALID_STATE", `{"order_id":"O","product_id":"K","to_location_id":"b"}`},
	"observe":         {"INVALID_STATE", `{"product_id":"K","seen":1}`},
	"sold_elsewhere":  {"INVALID_STATE", `{"order_id":"T","product_id":"K","quantity":1,"at":"NOW"}`},
	"allot":           {"", `{"product_id":"K"}`}, // there is nothing to allot
	"reset_sold":      {"NOT_FOUND", `{"product_id":"K","channels":["web"],"reason":"again"}`},
	"reserve":         {"ALREADY_EXISTS", `{"order_id":"O","product_id":"K","quantity":3}`}, // the order has it otherwise
}

// kitState is what the lines of an order hold of the components of a kit of 2 c and 1 d.
type kitState struct {
	c, d stock.Line
	now  stock.Time
}

func (s kitState) String() string {
	of := func(l stock.Line) string {
		return fmt.Sprintf("%d held, %d left, %d released, until %d", l.Quantity(), l.Confirmed, l.Released, l.Deadline)
	}
	return "c: " + of(s.c) + "; d: " + of(s.d)
}

// whole are the kits that both components have, even whether that is all that they have.
func whole(c, d stock.Qty) (n stock.Qty, even bool) { return min(c/2, d), c == 2*d }

// kitRule says why an answer about so many kits, 0 for all, is wrong; "" when it is right.
type kitRule func(n stock.Qty, ok bool, was, is kitState) string

// kitRules are the verbs that know a kit by its product. Each either moves what it was asked to
// move, or says that there is nothing to move because it has been moved, or is refused.
var kitRules = map[string]kitRule{
	"deduct": func(n stock.Qty, ok bool, was, is kitState) string {
		held, even := whole(was.c.Quantity(), was.d.Quantity())
		none := was.c.Quantity()+was.d.Quantity() == 0
		left := was.c.Confirmed + was.d.Confirmed
		switch moved := is.d.Confirmed - was.d.Confirmed; {
		case n == 0 && held > 0 && even && (!ok || is.c.Quantity()+is.d.Quantity() > 0), n > 0 && n <= held && (!ok || moved != n):
			return "what is held has not left"
		case ok && (is.c.Confirmed-was.c.Confirmed != 2*moved):
			return "a kit has left in part"
		case ok && moved == 0 && (!none || left == 0):
			return "it says yes and nothing has left"
		}
		return ""
	},
	"release": func(n stock.Qty, ok bool, was, is kitState) string {
		held, _ := whole(was.c.Quantity(), was.d.Quantity())
		none := was.c.Quantity()+was.d.Quantity() == 0
		switch moved := was.d.Quantity() - is.d.Quantity(); {
		case n == 0 && !none && (!ok || is.c.Quantity()+is.d.Quantity() > 0), n > 0 && n <= held && (!ok || moved != n || was.c.Quantity()-is.c.Quantity() != 2*n):
			return "what is held was not given back"
		case ok && none && was.c.Released+was.d.Released == 0:
			return "it says yes and nothing was given back"
		case ok && n > held && !none:
			return "it gave back more than was held"
		}
		return ""
	},
	"withdraw": func(n stock.Qty, ok bool, was, is kitState) string {
		left, _ := whole(was.c.Confirmed, was.d.Confirmed)
		some := was.c.Confirmed+was.d.Confirmed > 0
		switch back := was.d.Confirmed - is.d.Confirmed; {
		case n == 0 && some && (!ok || is.c.Confirmed+is.d.Confirmed > 0), n > 0 && n <= left && (!ok || back != n || was.c.Confirmed-is.c.Confirmed != 2*n):
			return "what has left did not come back"
		case ok && !some && (n > 0 || was.c.Quantity()+was.d.Quantity() == 0):
			return "it says yes and nothing came back"
		case ok && n > left && some:
			return "it took back more than had left"
		}
		return ""
	},
	"commit": func(_ stock.Qty, ok bool, was, is kitState) string {
		none := was.c.Quantity()+was.d.Quantity() == 0
		switch until := is.c.Quantity() > 0 && is.c.Deadline > 0 || is.d.Quantity() > 0 && is.d.Deadline > 0; {
		case !none && (!ok || until):
			return "what is held has a deadline"
		case ok && none && was.c.Confirmed+was.d.Confirmed == 0:
			return "it says yes and there is nothing"
		}
		return ""
	},
	"extend": func(_ stock.Qty, ok bool, was, is kitState) string {
		paid := was.c.Quantity() > 0 && was.c.Deadline == 0 || was.d.Quantity() > 0 && was.d.Deadline == 0
		switch none := was.c.Quantity()+was.d.Quantity() == 0; {
		case ok != (!none && !paid):
			return "only what is held and has a deadline gets another one"
		case ok && (was.c.Quantity() > 0 && is.c.Deadline != is.now+90_000_000 || was.d.Quantity() > 0 && is.d.Deadline != is.now+90_000_000):
			return "it has another deadline"
		}
		return ""
	},
	"change": func(n stock.Qty, ok bool, was, is kitState) string {
		switch may := mayChange(was.c, 2*n) && mayChange(was.d, n); {
		case ok && (is.c.Quantity() != 2*n || is.d.Quantity() != n):
			return "it holds another number of kits"
		case !ok && may:
			return "nothing hinders it"
		}
		return ""
	},
}

// mayChange reports whether a component may be brought to so many units.
func mayChange(l stock.Line, n stock.Qty) bool {
	return l.End != stock.EndConfirmed && (l.End != stock.Open || l.Deadline != 0 || n >= l.Quantity())
}

// kitActs are what is done with the order. A number after the verb is a number of kits.
var kitActs = []string{
	`deduct {"order_id":"O","product_id":"K"}`, `deduct 1 {"order_id":"O","product_id":"K","quantity":1}`, `deduct 2 {"order_id":"O","product_id":"K","quantity":2}`,
	`release {"order_id":"O","product_id":"K"}`, `release 1 {"order_id":"O","product_id":"K","quantity":1}`,
	`withdraw {"order_id":"O","product_id":"K"}`, `withdraw 1 {"order_id":"O","product_id":"K","quantity":1}`,
	`commit {"order_id":"O","product_id":"K"}`, `extend {"order_id":"O","product_id":"K","ttl_seconds":90000}`,
	`change 3 {"order_id":"O","items":[{"product_id":"K","quantity":3}]}`, `change 1 {"order_id":"O","items":[{"product_id":"K","quantity":1}]}`,
}

// kitBefore is what else may have been done before.
var kitBefore = []string{
	`deduct {"order_id":"O"}`, `deduct {"order_id":"O","product_id":"c"}`,
	`withdraw {"order_id":"O"}`, `withdraw {"order_id":"O","product_id":"c"}`, `withdraw {"order_id":"O","product_id":"d"}`,
	`release {"order_id":"O"}`, `release {"order_id":"O","product_id":"d","quantity":1}`, `commit {"order_id":"O","product_id":"c"}`,
	`change {"order_id":"O","items":[{"product_id":"c","quantity":4},{"product_id":"d","quantity":2}]}`,
	`change {"order_id":"O","items":[{"product_id":"c","quantity":6},{"product_id":"d","quantity":3}]}`,
}

// kitTable plays the verbs against orders of two kits.
type kitTable struct {
	*house
	t    *testing.T
	ways []func(*holdfastv1.Command) (code string)
	name string // its keys begin with it
	keys int
}

// do carries out an act about an order, the calls in turn alone, in a batch and in a stream. It
// returns the code of the refusal.
func (k *kitTable) do(order, verb, body string) (code string) {
	k.t.Helper()
	k.keys++
	body = strings.NewReplacer(`"O"`, `"`+order+`"`, `"K"`, `"k"`, `"T"`, `"t`+order+`"`, "NOW", k.clock.Now().UTC().Format(time.RFC3339Nano)).Replace(body)
	cmd := &holdfastv1.Command{}
	if err := protojson.Unmarshal([]byte(fmt.Sprintf(`{"idempotency_key":"%s-%d",%q:%s}`, k.name, k.keys, verb, body)), cmd); err != nil {
		k.t.Fatalf("%s %s: %v", verb, body, err)
	}
	return k.ways[k.keys%len(k.ways)](cmd)
}

func (k *kitTable) state(order string) (s kitState) {
	k.t.Helper()
	holds, now, err := k.books.Order(k.t.Context(), stock.OrderKey{Tenant: catalog.DefaultTenant, Order: order})
	if err != nil {
		k.t.Fatal(err)
	}
	s.now = now
	for _, h := range holds {
		for i := range h.Lines {
			switch l := h.Lines[i].At(now); l.Item.Product {
			case "c":
				s.c = l
			case "d":
				s.d = l
			default:
				k.t.Errorf("order %s has a line of %s", order, l.Item.Product)
			}
		}
	}
	return s
}

// reserve makes an order of two kits.
func (k *kitTable) reserve(order string) {
	k.t.Helper()
	if code := k.do(order, "reserve", `{"order_id":"O","product_id":"K","quantity":2}`); code != "" {
		k.t.Fatalf("the kits were not reserved: %s", code)
	}
}

// act carries out an act and judges it, when it is about the kit. It reports whether anything
// changed.
func (k *kitTable) act(order, act string) (changed bool, why string) {
	verb, body, _ := strings.Cut(act, " ")
	n := stock.Qty(0)
	if _, err := fmt.Sscanf(body, "%d ", &n); err == nil {
		_, body, _ = strings.Cut(body, " ")
	}
	was := k.state(order)
	code := k.do(order, verb, body)
	ok, is := code == "", k.state(order)
	if rule := kitRules[verb]; strings.Contains(body, `"K"`) {
		why = rule(n, ok, was, is)
	}
	if !ok && is.String() != was.String() {
		why = "it is refused and has acted"
	}
	if !ok && code != "INVALID_STATE" && (strings.Contains(body, `"K"`) || code != "NOT_FOUND") {
		why = "the code is " + code
	}
	if why != "" {
		why = fmt.Sprintf("%s (%s): %s\n  was %v\n  is  %v", act, code, why, was, is)
	}
	return is.String() != was.String(), why
}

// newKitTable plays with a stream and keys of its own.
func newKitTable(t *testing.T, h *house, name string) *kitTable {
	t.Helper()
	ctx := h.with(t, "admin")
	stream, err := h.grpc.ExecuteStream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k := &kitTable{house: h, t: t, name: name}
	k.ways = []func(*holdfastv1.Command) string{
		func(c *holdfastv1.Command) string { return h.alone(t, c) },
		func(c *holdfastv1.Command) string {
			r, err := h.grpc.ExecuteBatch(ctx, &holdfastv1.ExecuteBatchRequest{Commands: []*holdfastv1.Command{c}})
			if err != nil {
				t.Fatal(err)
			}
			return r.GetResults()[0].GetError().GetCode()
		},
		func(c *holdfastv1.Command) string {
			if err := stream.Send(&holdfastv1.ExecuteStreamRequest{Commands: []*holdfastv1.Command{c}}); err != nil {
				t.Fatal(err)
			}
			r, err := stream.Recv()
			if err != nil {
				t.Fatal(err)
			}
			return r.GetResults()[0].GetError().GetCode()
		},
	}
	return k
}

// Whatever was done with a kit before: a verb that answers yes has moved what it was asked to move,
// and one that is refused has moved nothing. A verb of the API without a decision fails.
func TestEachVerbMovesTheUnitsOfAKitOrIsRefused(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, p := range []string{"c", "d"} {
		h.play(t, step{path: "/inventory", body: `{"product_id":"` + p + `","available_stock":1000000}`})
	}
	h.play(t, step{verb: "PUT", path: "/v1/locations/b", body: `{}`})
	h.play(t, step{verb: "PUT", path: "/v1/kits/k", body: `{"components":[{"product_id":"c","quantity":2},{"product_id":"d","quantity":1}]}`})
	k := newKitTable(t, h, "verbs")
	verbs := (&holdfastv1.Command{}).ProtoReflect().Descriptor().Oneofs().ByName("verb").Fields()
	for i := range verbs.Len() {
		verb := string(verbs.Get(i).Name())
		row, refused := kitVerbs[verb]
		if refused == (kitRules[verb] != nil) {
			t.Errorf("%s: say in kitVerbs or in kitRules what it does with a kit that an order has", verb)
		}
		if !refused {
			continue
		}
		for range k.ways {
			order := "refused" + fmt.Sprint(k.keys)
			k.reserve(order)
			was := k.state(order)
			if code := k.do(order, verb, row.body); code != row.code || k.state(order).String() != was.String() {
				t.Errorf("%s %s: %q, was %v, is %v", verb, row.body, code, was, k.state(order))
			}
		}
	}
	for _, verb := range slices.Sorted(maps.Keys(kitRules)) {
		if !slices.ContainsFunc(kitActs, func(a string) bool { return strings.HasPrefix(a, verb+" ") }) {
			t.Errorf("%s is never played: give kitActs a row", verb)
		}
	}
	all := slices.Concat(kitActs, kitBefore)
	for i, first := range all {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			k := newKitTable(t, h, fmt.Sprint("act", i))
			for j, second := range all {
				for l, last := range kitActs {
					k.row(fmt.Sprintf("o-%d-%d-%d", i, j, l), first, second, last)
				}
			}
		})
	}
}

// row plays acts with an order of its own.
func (k *kitTable) row(order string, acts ...string) {
	k.t.Helper()
	k.reserve(order)
	for _, act := range acts {
		changed, why := k.act(order, act)
		if why != "" {
			k.t.Fatalf("%q: %s", acts, why)
		}
		if !changed {
			return // without it the others are a shorter row
		}
	}
}

// alone carries a command out by the call of its own, and returns the code of the refusal.
func (h *house) alone(t *testing.T, c *holdfastv1.Command) (code string) {
	t.Helper()
	field := c.ProtoReflect().WhichOneof(c.ProtoReflect().Descriptor().Oneofs().ByName("verb"))
	request := c.ProtoReflect().Get(field).Message().Interface()
	var found protoreflect.MethodDescriptor
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		if md.Input() == field.Message() {
			found = md
		}
	})
	if found == nil {
		t.Fatalf("%s has no call of its own", field.Name())
	}
	path := "/" + string(found.Parent().FullName()) + "/" + string(found.Name())
	if err := h.conn.Invoke(h.with(t, "admin", "idempotency-key", c.GetIdempotencyKey()), path, request, dynamicpb.NewMessage(found.Output())); err != nil {
		return detail[*errdetails.ErrorInfo](t, err).GetReason()
	}
	return ""
}
