package transcode

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var services = api.Services()

func newCodec(t testing.TB) *Codec {
	t.Helper()
	c, err := NewCodec(services...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAppend(t *testing.T) {
	t.Parallel()
	c := newCodec(t)
	for _, test := range []struct {
		name string
		in   proto.Message
		want string
	}{
		{
			"zero values are written, absent ones left out, empty lists are lists",
			&holdfastv1.ListInventoryResponse{Items: []*holdfastv1.Inventory{{ProductId: "p"}}},
			`{"items":[{"product_id":"p","location_id":"","available_stock":0,"reserved_stock":0,"total_stock":0,"on_hand":0,"low_stock_threshold":0,"tracked":false,"on_sale":false,"status":"","version":0}]}`,
		},
		{"nothing is null where the rule says so", &holdfastv1.Availability{InStock: true}, `{"product_id":"","requested":0,"available":null,"in_stock":true,"status":""}`},
		{"a nothing that is known is 0", &holdfastv1.Availability{Available: proto.Int64(0)}, `{"product_id":"","requested":0,"available":0,"in_stock":false,"status":""}`},
		{"large integers are exact", &holdfastv1.CleanupExpiredResponse{Expired: 9007199254740993}, `{"expired":9007199254740993}`},
		{"times are UTC with milliseconds", &holdfastv1.Reservation{ExpiresAt: &timestamppb.Timestamp{Seconds: 1, Nanos: 5_999_999}}, `{"reservation_id":"","order_id":"","product_id":"","location_id":"","channel_id":"","requested":0,"quantity":0,"deducted":0,"released":0,"state":"","expires_at":"1970-01-01T00:00:01.005Z","committed":false}`},
		{"a result of an item has no order", &holdfastv1.CommandResult{Ok: true, Inventory: nil}, `{"ok":true}`},
		{"a result of an order has its lists, empty or not", &holdfastv1.CommandResult{Ok: true, OrderId: proto.String("o")}, `{"ok":true,"order_id":"o","reservations":[],"shortages":[]}`},
		{"strings are escaped", &holdfastv1.Shortage{ProductId: "a\"\\\n\u2028<é\x00"}, `{"product_id":"a\"\\\n` + "\u2028" + `<é\u0000","location_id":"","requested":0,"available":0}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := string(c.Append(nil, test.in)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	c := newCodec(t)
	for _, test := range []struct {
		name, in string
		want     proto.Message
		field    string // of the error, where want is nil
	}{
		{"a number goes to the field", `{"product_id":"p","quantity":5}`, &holdfastv1.RestockRequest{ProductId: "p", Quantity: 5}, ""},
		{"a string goes to its decimal", `{"product_id":"p","quantity":"1.5"}`, &holdfastv1.RestockRequest{ProductId: "p", QuantityDecimal: "1.5"}, ""},
		{"past int64 is the largest int64", `{"quantity":9223372036854775808}`, &holdfastv1.RestockRequest{Quantity: 1<<63 - 1}, ""},
		{"below it the smallest", `{"quantity":-1e0}`, nil, "quantity"},
		{"a whole number with a fraction of zeros", `{"quantity":7.000}`, &holdfastv1.RestockRequest{Quantity: 7}, ""},
		{"minus zero is zero", `{"quantity":-0.0}`, &holdfastv1.RestockRequest{}, ""},
		{"an exponent is refused", `{"quantity":1e2}`, nil, "quantity"},
		{"the empty body is the empty object", ``, &holdfastv1.RestockRequest{}, ""},
		{"blanks around are fine", " \n{ } \t", &holdfastv1.RestockRequest{}, ""},
		{"an unknown member is named", `{"a b\n":1}`, nil, `a b\n`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := &holdfastv1.RestockRequest{}
			err := c.Decode([]byte(test.in), got)
			if test.want == nil {
				var f *FieldError
				if !errors.As(err, &f) || f.Field != test.field {
					t.Fatalf("got %v, want an error at %q", err, test.field)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, proto.Message(got), protocmp.Transform()); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("an error deep inside says where", func(t *testing.T) {
		t.Parallel()
		err := c.Decode([]byte(`{"commands":[{"restock":{}},{"reserve":{"items":[{},{"quantity":true}]}}]}`), &holdfastv1.ExecuteBatchRequest{})
		var f *FieldError
		if !errors.As(err, &f) || f.Field != "commands[1].reserve.items[1].quantity" {
			t.Errorf("got %v", err)
		}
	})
}

// Coordinates are the only numbers with fractions.
func TestDegrees(t *testing.T) {
	t.Parallel()
	c := newCodec(t)
	for text, want := range map[string]string{
		`51.49999`: `51.49999`, `-0.11672`: `-0.11672`, `1`: `1`, `1.50e1`: `15`, `-0.0`: `-0`, `0.1`: `0.1`,
		`4.9e-324`: `5e-324`, `1e-7`: `1e-07`, `123456789.125`: `123456789.125`, `1e21`: `1e+21`,
	} {
		in := &holdfastv1.Coordinates{}
		if err := c.Decode([]byte(`{"longitude":0,"latitude":`+text+`}`), in); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(c.Append(nil, in)); got != `{"latitude":`+want+`,"longitude":0}` || !json.Valid([]byte(got)) {
			t.Errorf("%s was written as %s", text, got)
		}
	}
	for _, text := range []string{`"51.5"`, `true`, `1e999`, `[1]`, `NaN`} {
		var field *FieldError
		if err := c.Decode([]byte(`{"latitude":`+text+`}`), &holdfastv1.Coordinates{}); !errors.As(err, &field) || field.Field != "latitude" {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got := string(c.Append(nil, &holdfastv1.Coordinates{Latitude: math.NaN(), Longitude: math.Inf(1)})); got != `{"latitude":null,"longitude":null}` {
		t.Errorf("no numbers were written as %s", got)
	}
}

// An answer can be read back as a request of the same message: the two halves
// of the codec agree about JSON.
func TestAnswersCanBeReadBack(t *testing.T) {
	t.Parallel()
	c := newCodec(t)
	in := &holdfastv1.ListLogsResponse{
		NextPageToken: proto.String("t"), AsOf: &timestamppb.Timestamp{Seconds: 1_780_000_000, Nanos: 1_000_000},
		Items: []*holdfastv1.LogEntry{{EntryId: "1", Operation: "create", ProductId: "ü\u0001", DeltaAvailable: -5}, {Operation: "release"}},
	}
	out := &holdfastv1.ListLogsResponse{}
	if err := c.Decode(c.Append(nil, in), out); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(in, out, protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	r, err := NewRouter(newCodec(t), services...)
	if err != nil {
		t.Fatal(err)
	}
	bindings := 0
	for _, service := range services {
		for i := range service.Methods().Len() {
			if rule, ok := proto.GetExtension(service.Methods().Get(i).Options(), annotations.E_Http).(*annotations.HttpRule); ok && rule != nil {
				bindings += 1 + len(rule.GetAdditionalBindings())
			}
		}
	}
	if n := len(r.Routes()); n != bindings || n < 34 {
		t.Errorf("%d routes for %d paths of the definition", n, bindings)
	}
	for _, test := range []struct {
		verb, path, method string
		allowed            []string
	}{
		{"GET", "/inventory", "ListInventory", nil},
		{"POST", "/v1/inventory", "CreateInventory", nil},
		{"GET", "/inventory/check/batch", "CheckAvailability", nil},
		{"POST", "/inventory/check/batch", "BatchCheck", nil},
		{"POST", "/v1/commands:batch", "ExecuteBatch", nil},
		{"POST", "/v1/commands%3abatch", "ExecuteBatch", nil},
		{"GET", "/v1/events", "WatchStock", nil},
		{"PUT", "/v1/locations:batch", "SetLocations", nil},
		{"PUT", "/v1/locations/batch", "SetLocation", nil},
		{"DELETE", "/v1/kits/x", "DeleteKit", nil},
		{"DELETE", "/v1/locations/x", "", []string{"GET", "PUT"}},
		{"GET", "/events", "", nil},
		{"POST", "/v1/inventory/return", "Return", nil},
		{"POST", "/inventory/return", "", nil},
		{"GET", "/v1/accounts/return", "GetAccounts", nil},
		{"GET", "/v1/commands%3abatch", "", []string{"POST"}},
		{"DELETE", "/inventory", "", []string{"GET", "POST"}},
		{"HEAD", "/v1/inventory", "", []string{"GET", "POST"}},
		{"PUT", "/inventory/x/threshold", "SetThreshold", nil},
		{"GET", "/inventory/x/threshold", "", []string{"PUT"}},
		{"GET", "/inventory/product/threshold", "GetProduct", nil},
		{"POST", "/inventory/product/threshold", "", []string{"GET", "PUT"}},
		{"GET", "", "", nil},
		{"GET", "*", "", nil},
		{"GET", "/", "", nil},
		{"GET", "/inventory%2Fproduct%2Fx", "", nil},
		{"GET", "/inventory/product/%", "", nil},
	} {
		m, allowed := r.Find(test.verb, test.path)
		got := ""
		if m.Route != nil {
			got = string(m.Route.Method.Name())
		}
		if got != test.method || !slices.Equal(allowed, test.allowed) {
			t.Errorf("%s %s is %q, allowed %v; want %q, %v", test.verb, test.path, got, allowed, test.method, test.allowed)
		}
	}
}

// FuzzDecode: whatever comes in is refused or is JSON, and what was read can
// be written and read again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"commands":[{"idempotency_key":"k","reserve":{"order_id":"o","items":[{"product_id":"p","quantity":1.0}],"ttl_seconds":5}}]}`,
		`{"commands":[{"restock":{"quantity":"1.5"}},{"create":{"tracked":false}}]}`, `{"commands":[null]}`, `{"comm\u0061nds":[]}`, `{`, `[]`, "\xff", ``,
		`{"commands":[{"adjust":{"delta":-99999999999999999999,"set_to":null}}]}`,
		`{"commands":[{"restock":{"quantity":1,"lot":{"batch":"B7","\u0061":"\u0000"}}}]}`,
	} {
		f.Add([]byte(seed))
	}
	c := newCodec(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		in := &holdfastv1.ExecuteBatchRequest{}
		if err := c.Decode(body, in); err != nil {
			var field *FieldError
			if !errors.As(err, &field) || field.Reason == "" || len(err.Error()) > 4096 {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if len(body) == 0 {
			return
		}
		if !json.Valid(body) {
			t.Fatalf("%q was read and is no JSON", body)
		}
		written := c.Append(nil, in)
		if !json.Valid(written) {
			t.Fatalf("%q was written as %q, which is no JSON", body, written)
		}
	})
}

// FuzzBind: no path and no query makes the router or the binding fail in
// another way than with a field error.
func FuzzBind(f *testing.F) {
	f.Add("GET", "/inventory/check/p", "quantity=1&location_id=a%20b")
	f.Add("GET", "/inventory/logs/%ff", "since=2026-01-01T00:00:00Z&page_size=-1")
	f.Add("POST", "/v1/commands%3abatch", "a;b=%zz")
	f.Add("GET", "/v1/lots/p", "attr.batch=B7&attr.%ff=x&attr.=y&attr=z")
	c := newCodec(f)
	r, err := NewRouter(c, services...)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, verb, path, query string) {
		m, _ := r.Find(verb, path)
		if m.Route == nil {
			return
		}
		msg := m.Route.input.typ.New().Interface()
		if err := c.Bind(m, query, nil, msg); err != nil {
			var field *FieldError
			if !errors.As(err, &field) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if _, err := proto.Marshal(msg); err != nil && !strings.Contains(err.Error(), "UTF-8") {
			t.Fatal(err)
		} else if err != nil {
			t.Fatalf("a string that is no UTF-8 came through: %v", err)
		}
	})
}
