package test

import "testing"

func TestTheConsoleShowsWhatChannelsSellByHour(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/selling", c.person(t, s, "vic", "viewer", "read"))
	b.see("Sold by hour", "Nothing was sold today, nor on this day of last week.")
	for _, of := range []struct{ order, product, place, channel string }{{"s-1", "mug", "berlin", "web"}, {"s-2", "oil", "paris", "pos"}} {
		c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": of.order, "product_id": of.product, "location_id": of.place, "channel_id": of.channel, "quantity": 3}, nil)
		c.must(t, "POST", s.url("/v1/inventory/deduct"), "d"+of.order, object{"order_id": of.order}, &object{})
	}
	// Around an hour's end it may be the one before this.
	b.until("what was sold is there", `(() => {
		const cells = [...document.querySelectorAll('table[aria-label="Sold by hour"] tbody tr')].map(e => [...e.cells].map(td => td.innerText.trim()));
		const of = name => cells.find(row => row[0] === name) ?? [];
		return of('web').slice(1, 3).includes('3') && of('pos').slice(1, 3).some(text => /^0\.003.kg$/.test(text));
	})()`)
	b.see("today until", "a week ago until")
	b.accessible("what channels sell by hour")

	// Of one place, as the address says.
	b.open("/selling?loc=paris")
	b.see("pos", "0.003")
	b.until("the other place is left out", `![...document.querySelectorAll('table[aria-label="Sold by hour"] tbody tr')].some(e => e.innerText.includes('web'))`)
	b.click("中文")
	b.see("每小时销量")
	b.clean()
}
