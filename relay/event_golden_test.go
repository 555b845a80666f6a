package relay

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/jsonschema/v6"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

// update writes the golden files of events that have none. What is there is for ever.
var update = flag.Bool("update", false, "write the golden files that are missing")

func goldenEvents() map[string]event {
	at := time.Date(2026, 1, 31, 12, 0, 0, 7e6, time.UTC)
	whole := client.Event{
		Position: "0-41-0-0", At: at, Type: "deduct", ProductID: "café/1", LocationID: "shop", ChannelID: "web", OrderID: "o-1", Reason: "sold \"out\" <now>", ReasonCode: "sale",
		AvailableStock: 6, ReservedStock: 4, OnHand: 10, DeltaAvailable: -4, DeltaReserved: 3, DeltaOnHand: -1, Version: 12, Status: "low_stock",
		ChannelsSoldOut: []string{"", "app"}, ChannelsInStock: []string{"web"}, Lots: []client.LotUnits{{Lot: map[string]string{"batch": "B7"}, Quantity: 5}},
	}
	change := func(kind, id string, deleted bool) event {
		c := client.CatalogChange{Position: "c41", At: at, Kind: kind, ID: id, Deleted: deleted}
		return event{Event: client.Event{Position: c.Position, At: at}, change: &c}
	}
	return map[string]event{
		"stock-deduct":    {Event: whole},
		"stock-create":    {Event: client.Event{Position: "0-1-0-0", At: at, Type: "create", ProductID: "mug", LocationID: "shop", AvailableStock: 5, OnHand: 5, DeltaAvailable: 5, DeltaOnHand: 5, Version: 1, Status: "in_stock"}},
		"stock-sold-out":  {Event: client.Event{Position: "0-2-0-1", At: at, Type: "sold_out", ProductID: "mug", ChannelID: "web", Version: 1, Status: "sold_out"}},
		"catalog-changed": change("kit", "duo", false),
		"catalog-deleted": change("lane", "shop/eu", true),
	}
}

// Receivers still get what they once got: each member of a golden event, with its value.
// The old events pass the present schemas.
func TestEventsStayWhatTheyWere(t *testing.T) {
	t.Parallel()
	schemas := map[string]*jsonschema.Schema{}
	for kind, name := range map[string]string{"stock": "stock-event", "catalog": "catalog-change"} {
		s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "docs", "protocol", name+".schema.json"))
		if err != nil {
			t.Fatal(err)
		}
		schemas[kind] = s
	}
	for name, e := range goldenEvents() {
		m := newMessageWriter("acme", FormatStructured).message(&e)
		golden := goldenFile(t, name+".json", string(m.Body)+"\n")
		var was, is map[string]any
		if err := json.Unmarshal([]byte(golden), &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(m.Body, &is); err != nil {
			t.Fatal(err)
		}
		for _, gone := range missing(was, is, "") {
			t.Errorf("%s: %s is not as it was", name, gone)
		}
		kind, _, _ := strings.Cut(name, "-")
		if err := schemas[kind].Validate(was["data"]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, member := range []string{"specversion", "id", "source", "type", "subject", "time", "partitionkey", "datacontenttype", "data"} {
			if was[member] == nil {
				t.Errorf("%s has no %s", name, member)
			}
		}
	}
}

// The schema is not one that everything passes.
func TestASchemaOfEventsRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "docs", "protocol", "stock-event.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`{}`, `[]`, `{"event_id":1}`} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s passes", text)
		}
	}
}

// The bytes of protobuf messages of then are read as what they were.
func TestMessagesOfEventsStayWhatTheyWere(t *testing.T) {
	t.Parallel()
	for name, e := range goldenEvents() {
		var message, read proto.Message = &holdfastv1.CatalogChange{}, &holdfastv1.CatalogChange{}
		if e.change == nil {
			message, read = &holdfastv1.StockEvent{}, &holdfastv1.StockEvent{}
		}
		if err := protojson.Unmarshal(dataOf(&e), message); err != nil {
			t.Fatal(err)
		}
		packed, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		golden, err := hex.DecodeString(strings.TrimSpace(goldenFile(t, name+".pb.hex", hex.EncodeToString(packed)+"\n")))
		if err != nil {
			t.Fatal(err)
		}
		if err := proto.Unmarshal(golden, read); err != nil || len(read.ProtoReflect().GetUnknown()) > 0 || !proto.Equal(read, message) {
			t.Errorf("%s is read as %v, want %v (%v)", name, read, message, err)
		}
	}
}

// goldenFile is the text of a golden file; with -update one that is missing is written.
func goldenFile(t *testing.T, name, made string) string {
	t.Helper()
	path := filepath.Join("testdata", "events", name)
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) && *update {
		text, err = []byte(made), os.WriteFile(path, []byte(made), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// missing are the paths of members of was that is does not have, or has otherwise.
func missing(was, is map[string]any, path string) (all []string) {
	for name, value := range was {
		inner, deep := value.(map[string]any)
		now, there := is[name].(map[string]any)
		switch {
		case deep && there:
			all = append(all, missing(inner, now, path+name+".")...)
		case !reflect.DeepEqual(value, is[name]):
			all = append(all, path+name)
		}
	}
	return all
}
