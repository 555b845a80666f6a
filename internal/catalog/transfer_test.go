package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func aTransfer(tenant, id string) StockTransfer {
	return StockTransfer{Tenant: tenant, ID: id, From: "hub", To: "shop", State: "requested", Body: json.RawMessage(`{"note":"<a> & é"}`)}
}

func ids(all []StockTransfer) string {
	var found []string
	for _, t := range all {
		found = append(found, t.ID)
	}
	return strings.Join(found, " ")
}

func TestATransferIsKeptAndChangedByOneAtATime(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		mustTenant(t, c, "demo")
		made, err := c.Transfers.Create(t.Context(), Whenever, aTransfer("demo", "a"))
		if err != nil {
			t.Fatal(err)
		}
		next := made[0]
		next.State, next.Pending, next.Body = "approved", true, json.RawMessage(`{"steps":[1,2]}`)
		changed, err := c.Transfers.Update(t.Context(), next)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Transfers.Update(t.Context(), next); !errors.Is(err, ErrStale) {
			t.Errorf("a second change of the same revision: %v", err)
		}
		got, err := c.Transfers.Get(t.Context(), "demo", "a")
		if err != nil || got.State != "approved" || !got.Pending || string(got.Body) != `{"steps":[1,2]}` ||
			got.Revision != changed.Revision || got.Number != made[0].Number || got.Created.IsZero() || got.From != "hub" || got.To != "shop" {
			t.Errorf("kept %+v, %v", got, err)
		}
		pending, err := c.Transfers.Due(t.Context(), got.Changed.Time, 10)
		if err != nil || ids(pending) != "a" {
			t.Errorf("pending: %s, %v", ids(pending), err)
		}
		if pending, err := c.Transfers.Due(t.Context(), got.Changed.Add(-time.Millisecond), 10); err != nil || len(pending) > 0 {
			t.Errorf("pending for longer: %s, %v", ids(pending), err)
		}
		mustVerify(t, c)
		do(t, c, `UPDATE {document} SET state = 'received'`)
		if v, err := c.VerifyLog(t.Context()); err != nil || v.OK() || !strings.Contains(v.Violations[0], `transfer "a"`) {
			t.Errorf("a row that was changed behind the log's back: %+v, %v", v, err)
		}
		do(t, c, `UPDATE {document} SET state = 'approved'`) // as the next test expects a catalog
	})
}

func TestTransfersAreMadeTogetherOrNotAtAll(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		mustTenant(t, c, "demo")
		made, err := c.Transfers.Create(t.Context(), Whenever, aTransfer("demo", "a"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Transfers.Create(t.Context(), Whenever, aTransfer("demo", "b"), aTransfer("demo", "a")); !errors.Is(err, ErrStale) {
			t.Errorf("an id that is taken: %v", err)
		}
		if _, err := c.Transfers.Create(t.Context(), made[0].Number-1, aTransfer("demo", "b")); !errors.Is(err, ErrStale) {
			t.Errorf("by one who has not seen the newest: %v", err)
		}
		if _, err := c.Transfers.Get(t.Context(), "demo", "b"); !errors.Is(err, ErrUnknown) {
			t.Errorf("b was stored: %v", err)
		}
		if _, err := c.Transfers.Create(t.Context(), made[0].Number, aTransfer("demo", "b"), aTransfer("demo", "c")); err != nil {
			t.Errorf("by one who has: %v", err)
		}
		if _, err := c.Transfers.Create(t.Context(), Whenever, aTransfer("nobody", "a")); !errors.Is(err, ErrUnknown) {
			t.Errorf("of an unknown tenant: %v", err)
		}
		for _, bad := range []StockTransfer{
			{Tenant: "demo", ID: "x/y", From: "hub", To: "shop", State: "requested", Body: json.RawMessage(`{}`)},
			{Tenant: "demo", ID: "x", To: "shop", State: "requested", Body: json.RawMessage(`{}`)},
			{Tenant: "demo", ID: "x", From: "hub", State: "requested", Body: json.RawMessage(`{}`)},
			{Tenant: "demo", ID: "x", From: "hub", To: "shop", Body: json.RawMessage(`{}`)},
			{Tenant: "demo", ID: "x", From: "hub", To: "shop", State: "requested", Body: json.RawMessage(`{`)},
		} {
			if _, err := c.Transfers.Create(t.Context(), Whenever, bad); !errors.Is(err, ErrInvalid) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		mustVerify(t, c)
	})
}

func TestTransfersAreListedPageByPage(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		for _, tenant := range []string{"demo", "other"} {
			mustTenant(t, c, tenant)
		}
		if _, err := c.Transfers.Create(t.Context(), Whenever, aTransfer("other", "t0")); err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			one := aTransfer("demo", fmt.Sprint("t", i))
			if i%2 == 1 {
				one.State = "approved"
			}
			if i == 4 {
				one.From, one.To = "shop", "attic"
			}
			if _, err := c.Transfers.Create(t.Context(), Whenever, one); err != nil {
				t.Fatal(err)
			}
		}
		for _, q := range []struct {
			query TransferQuery
			want  string
		}{
			{TransferQuery{Limit: 10}, "t5 t4 t3 t2 t1 t0"},
			{TransferQuery{Limit: 2}, "t5 t4"},
			{TransferQuery{States: []string{"approved"}, Limit: 10}, "t5 t3 t1"},
			{TransferQuery{States: []string{"approved", "requested"}, Location: "attic", Limit: 10}, "t4"},
			{TransferQuery{Location: "shop", Limit: 3}, "t5 t4 t3"},
			{TransferQuery{Location: "nowhere", Limit: 3}, ""},
			{TransferQuery{Oldest: true, Limit: 2}, "t0 t1"},
		} {
			q.query.Tenant = "demo"
			got, err := c.Transfers.List(t.Context(), q.query)
			if err != nil || ids(got) != q.want {
				t.Errorf("%+v: %s, %v, want %s", q.query, ids(got), err, q.want)
			}
			if len(got) < 2 {
				continue
			}
			if q.query.Oldest {
				q.query.After = got[0].Number
			} else {
				q.query.Before = got[0].Number
			}
			rest, err := c.Transfers.List(t.Context(), q.query)
			if err != nil || len(rest) == 0 || rest[0].ID != got[1].ID {
				t.Errorf("%+v: the next page is %s, %v", q.query, ids(rest), err)
			}
		}
	})
}
