package sheet

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// shares are the channels of an item, and what is in its pool.
func (h *house) shares(product, location string) string {
	h.t.Helper()
	levels, _, err := h.books.Items(h.t.Context(), []stock.ItemKey{{Tenant: "shop", Location: location, Product: product}})
	if err != nil {
		h.t.Fatal(err)
	}
	it := levels[0].Item
	out := fmt.Sprintf("pool %d", it.Of(stock.Shared))
	for i := range it.Channels {
		c := &it.Channels[i]
		out += fmt.Sprintf(", %s %d*%d<%d", c.ID, it.Quota(c)-c.Pending, c.Weight, c.Level)
	}
	return out
}

func TestQuotasAreImported(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.declare("tea", catalog.Unit{Name: "kg", Scale: 3})
	h.imports(spec(KindLevels), "product_id,location_id,on_hand\ncup,default,100\ntea,hub,10\n")
	j := h.imports(spec(KindQuotas), `product_id,location_id,channel_id,quota,weight,level
cup,default,pos,40,40,
cup,default,online,30,30,5
tea,hub,pos,2.5,,
`)
	if j.State != StateDone || j.Applied != 3 {
		t.Fatalf("%+v\n%s", j, h.result(j.ID))
	}
	if got, want := h.shares("cup", "default"), "pool 30, online 30*30<5, pos 40*40<0"; got != want {
		t.Errorf("cup: %s, want %s", got, want)
	}
	if got, want := h.shares("tea", "hub"), "pool 7500, pos 2500*0<0"; got != want {
		t.Errorf("tea: %s, want %s", got, want)
	}

	// A missing column stays as it is.
	if j := h.imports(spec(KindQuotas), "商品,渠道,权重\ncup,pos,10\n"); j.Applied != 1 || h.shares("cup", "default") != "pool 30, online 30*30<5, pos 40*10<0" {
		t.Errorf("%+v, %s", j, h.shares("cup", "default"))
	}

	// An export can be imported again, and changes nothing, even with a quota that is to
	// shrink as held units return.
	cup := stock.ItemKey{Tenant: "shop", Location: "default", Product: "cup"}
	at := stock.BucketOf("shop", "default")
	h.do(stock.Place{
		Order: stock.OrderKey{Tenant: "shop", Order: "o"}, Channel: "online", TTL: 3_600_000,
		Lines: []stock.Demand{{Item: cup, Bucket: at, Qty: 20, Known: true}},
	})
	if j := h.imports(spec(KindQuotas), "product_id,channel_id,quota,lowering\ncup,online,12,wait\n"); j.Applied != 1 {
		t.Errorf("%+v\n%s", j, h.result(j.ID))
	}
	was := h.shares("cup", "default")
	out := h.export(ExportSpec{Kind: KindQuotas, Format: CSV, Encoding: UTF8})
	if !strings.Contains(out, "cup,default,online,12,30,5,wait,0,20,0,0,0,\n") || !strings.Contains(out, "tea,hub,pos,2.500,0,0.000,,2.500,0.000,0.000,0.000,0.000,kg\n") {
		t.Errorf("it comes out as\n%s", out)
	}
	if j := h.imports(spec(KindQuotas), out); j.State != StateDone || j.Unchanged != 3 || j.Applied != 0 || h.shares("cup", "default") != was {
		t.Errorf("%+v of\n%s%s, before %s", j, out, h.shares("cup", "default"), was)
	}
}

func TestQuotasThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	const file = `product_id,location_id,channel_id,quota,weight,level
cup,default,pos,50,,
cup,default,pos,1,,
cup,default,more,60,,
none,default,pos,1,,
cup,nowhere,pos,1,,
cup,default,,1,,
cup,default,bare,,,
cup,default,half,0.5,,
cup,default,heavy,,-1,
cup,default,heavier,,1.5,
`
	for name, change := range map[string]func(*Spec){"row by row": func(*Spec) {}, "tried only": func(s *Spec) { s.DryRun = true }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.imports(spec(KindLevels), "product_id,location_id,on_hand\ncup,default,55\n")
			s := spec(KindQuotas)
			change(&s)
			j := h.imports(s, file)
			if j.State != StateDone || j.Applied != 1 || j.Refused != 9 {
				t.Fatalf("%+v\n%s", j, h.result(j.ID))
			}
			result := h.result(j.ID)
			for _, want := range []string{
				"3,product_id,line 2 has the same channel of the item; only the first counts,INVALID_ARGUMENT", "4,quota,", "INSUFFICIENT_STOCK,cup,default,more",
				"5,product_id,", "6,location_id,", "7,channel_id,", `8,quota,"quota is missing, and so are weight and level"`, "9,quota,", "10,weight,", "11,weight,",
			} {
				if !strings.Contains(result, want) {
					t.Errorf("nothing says %s:\n%s", want, result)
				}
			}
		})
	}
}
