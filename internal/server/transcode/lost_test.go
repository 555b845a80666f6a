package transcode

import (
	"errors"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/protobuf/proto"
)

func TestWhatTheMessageDoesNotShowIsSeenInTheJSON(t *testing.T) {
	t.Parallel()
	c := newCodec(t)
	for _, test := range []struct {
		name, in string
		into     proto.Message
		field    string // "": it is taken
	}{
		{"lines of none", `{"lines":[]}`, &holdfastv1.ReceiveTransferRequest{}, "lines"},
		{"no lines", `{}`, &holdfastv1.ReceiveTransferRequest{}, ""},
		{"lines that are null", `{"lines":null}`, &holdfastv1.ReceiveTransferRequest{}, ""},
		{"a line", `{"lines":[{"product_id":"p"}]}`, &holdfastv1.ReceiveTransferRequest{}, ""},
		{"locations of none, deep inside", `{"order_id":"o","sourcing":{"locations":[ ]}}`, &holdfastv1.ReserveRequest{}, "sourcing.locations"},
		{"a batch of none", `{"commands":[]}`, &holdfastv1.ExecuteBatchRequest{}, "commands"},
		{"a list that may be empty", `{"lends_to":[]}`, &holdfastv1.QuotaRule{}, ""},
		{"half a coordinate", `{"coordinates":{"latitude":52.5}}`, &holdfastv1.SetLocationRequest{}, "coordinates.longitude"},
		{"the other half, in a list", `{"items":[{},{"coordinates":{"longitude":13.4}}]}`, &holdfastv1.SetLocationsRequest{}, "items[1].coordinates.latitude"},
		{"coordinates of nothing", `{"coordinates":{}}`, &holdfastv1.SetLocationRequest{}, "coordinates.latitude"},
		{"a coordinate that is null", `{"coordinates":{"latitude":1,"longitude":null}}`, &holdfastv1.SetLocationRequest{}, "coordinates.longitude"},
		{"where the lines cross", `{"coordinates":{"latitude":0,"longitude":0.0}}`, &holdfastv1.SetLocationRequest{}, ""},
		{"a presale without its cap", `{"presale":{}}`, &holdfastv1.SetPromisesRequest{}, "presale.cap"},
		{"a presale of nothing", `{"presale":{"cap":0}}`, &holdfastv1.SetPromisesRequest{}, ""},
		{"a cap in the unit", `{"presale":{"cap":"1.5"}}`, &holdfastv1.SetPromisesRequest{}, ""},
		{"a backorder without its allowance", `{"backorder":{"promise_date":null}}`, &holdfastv1.SetPromisesRequest{}, "backorder.allowance"},
	} {
		err := c.Decode([]byte(test.in), test.into)
		if test.field == "" && err == nil {
			continue
		}
		if f, ok := errors.AsType[*FieldError](err); !ok || f.Field != test.field {
			t.Errorf("%s: %v, want an error at %q", test.name, err, test.field)
		}
	}
}

func TestACommandOfABatchIsWrongByItself(t *testing.T) {
	t.Parallel()
	in := &holdfastv1.ExecuteBatchRequest{}
	err := newCodec(t).Decode([]byte(`{"commands":[{"restock":{}},{"reset_sold":{"channels":[]}},{"reserve":{"sourcing":{"regions":[]}}}]}`), in)
	wrong, ok := errors.AsType[CommandsError](err)
	if !ok || len(wrong) != 2 || wrong[1].Field != "channels" || wrong[2].Field != "sourcing.regions" || len(in.Commands) != 3 {
		t.Errorf("%v of %d commands", err, len(in.Commands))
	}
}
