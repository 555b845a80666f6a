package transcode

import (
	"errors"
	"maps"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
)

// The attributes of a lot are the only members that callers name.
func TestAMapOfTextsIsAnObject(t *testing.T) {
	t.Parallel()
	c := newCodec(t)
	for _, test := range []struct {
		name, in string
		want     map[string]string
		field    string // of the error, where want is nil
	}{
		{"its members are what the caller names", `{"lot":{"batch":"B7","b\u0061d":"\n","":""}}`, map[string]string{"batch": "B7", "bad": "\n", "": ""}, ""},
		{"an empty one is refused", `{"lot":{}}`, nil, "lot"},
		{"so is a list", `{"lot":["B7"]}`, nil, "lot"},
		{"and a text", `{"lot":"B7"}`, nil, "lot"},
		{"a number is no text", `{"lot":{"a":"b","batch":7}}`, nil, "lot.batch"},
		{"nor is nothing", `{"lot":{"batch":null}}`, nil, "lot.batch"},
		{"a name may be there once", `{"lot":{"batch":"a","batch":"b"}}`, nil, "lot"},
		{"however it is written", `{"lot":{"batch":"a","b\u0061tch":"b"}}`, nil, "lot"},
		{"a name that cannot be shown is escaped", `{"lot":{"\u0007":1}}`, nil, `lot.\a`},
		{"the object has an end", `{"lot":{"batch":"a"`, nil, "lot"},
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
			if d := cmp.Diff(&holdfastv1.RestockRequest{Lot: test.want}, got, protocmp.Transform()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAMapOfTextsIsWrittenByName(t *testing.T) {
	t.Parallel()
	c := newCodec(t)
	for _, test := range []struct {
		in   proto.Message
		want string
	}{
		{&holdfastv1.LotUnits{Lot: map[string]string{"grade": "A", "batch": "B\"7"}, Quantity: 2}, `{"lot":{"batch":"B\"7","grade":"A"},"quantity":2}`},
		{&holdfastv1.LotUnits{}, `{"quantity":0}`},
	} {
		if got := string(c.Append(nil, test.in)); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestAMapOfTextsInAQueryIsAParameterForEach(t *testing.T) {
	t.Parallel()
	c := newCodec(t)
	r, err := NewRouter(c, services...)
	if err != nil {
		t.Fatal(err)
	}
	m, _ := r.Find("GET", "/v1/lots/milk")
	for _, test := range []struct {
		query string
		want  map[string]string
		field string // of the error, where want is nil
	}{
		{"attr.batch=B7&attr.grade=A%2CB", map[string]string{"batch": "B7", "grade": "A,B"}, ""},
		{"attr.a.b=c%26", map[string]string{"a.b": "c&"}, ""},
		{"attr.batch=", map[string]string{}, ""},
		{"attr=B7", nil, "attr"},
		{"attr.=B7", nil, "attr."},
		{"attr.batch=a&attr.batch=b", nil, "attr.batch"},
		{"attr.%ff=a", nil, `attr.\xff`},
		{"attr.batch=%ff", nil, "attr.batch"},
		{"product.batch=a", nil, "product.batch"},
		{"page_token.batch=a", nil, "page_token.batch"},
	} {
		got := &holdfastv1.ListLotsRequest{}
		err := c.Bind(m, test.query, nil, got)
		var f *FieldError
		switch {
		case test.want == nil && (!errors.As(err, &f) || f.Field != test.field):
			t.Errorf("%s: %v, want an error at %q", test.query, err, test.field)
		case test.want != nil && err != nil:
			t.Errorf("%s: %v", test.query, err)
		case test.want != nil:
			if !maps.Equal(test.want, got.GetAttr()) {
				t.Errorf("%s: got %v, want %v", test.query, got.GetAttr(), test.want)
			}
		}
	}
}
