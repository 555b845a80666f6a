package test

import (
	"fmt"
	"testing"
)

func TestACaseIsDecidedInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "o-772", object{"order_id": "o-772", "product_id": "mug", "location_id": "paris", "quantity": 3}, &object{})
	b := openTab(t, s.url(""), 1280)
	b.signIn("/inbox", c.person(t, s, "mia", "manager", "admin"))
	b.see("Nothing waits for a decision.")
	b.accessible("an inbox that is empty")

	// A count finds one mug where three are held.
	var counted struct {
		CaseID string `json:"case_id"`
	}
	c.must(t, "POST", s.url("/v1/inventory/observe"), "count", object{"product_id": "mug", "location_id": "paris", "seen": 1, "reason": "count 2026-11"}, &counted)
	b.see("▲ shortage", "mug", "paris", "count 2026-11")
	b.until("one case is counted in the side bar", `document.querySelector('.side .count')?.innerText === '1'`)
	b.accessible("an inbox with a case")
	b.click("▲ shortage")
	b.see("A count of mug at paris found 2 fewer than orders hold.", "2 are still missing there", "o-772")

	b.click("Assign")
	b.click("Preview")
	b.see("whose nobody mia", "state open assigned")
	b.click("Confirm")
	b.see("Done.")
	b.click("Close")
	b.see("assigned, seen")

	b.click("Decide")
	b.choose("Decision", "Move orders to another place")
	b.click("Preview")
	b.see("Choose at least one order.", "Choose a place.")
	b.accessible("a decision with faults")
	b.choose("To", "berlin · 28 available")
	b.click("o-772")
	b.fill("Note", "berlin has some")
	b.click("Preview")
	b.see("What these orders hold is then held at berlin.", "o-772 held here 3 0 −3", "held at the other place 0 3 +3")
	b.accessible("the preview of a decision")
	b.click("Confirm")
	b.see("Done.")
	b.see("mia moved the orders o-772 to berlin.", "settled, seen")
	b.click("Close")
	b.click("Decide")
	b.see("This case is settled.")

	// People may also comment on a settled case: text, and nothing but text.
	b.click("Comment")
	b.click("Preview")
	b.see("Say something.")
	b.set("Comment", "the <b>truck</b> came")
	b.agree("Comment – the <b>truck</b> came")
	b.see("Comments", "mia", "the <b>truck</b> came")
	b.accessible("a case with a comment")
	cal := openTab(t, s.url(""), 1280)
	cal.signIn("/cases/"+counted.CaseID, c.person(t, s, "cal", "clerk", "internal"))
	cal.see("the <b>truck</b> came")
	cal.click("Comment")
	cal.set("Comment", "two mugs were on it")
	cal.agree("two mugs were on it")
	b.see("cal", "two mugs were on it")
	cal.clean()
	var about struct{ Comments []object }
	c.must(t, "GET", s.url("/v1/cases/"+counted.CaseID), "", nil, &about)
	if len(about.Comments) != 2 {
		t.Fatalf("two comments were made: %v", about.Comments)
	}
	wants(t, about.Comments[0], "operator", "mia")
	wants(t, about.Comments[1], "text", "two mugs were on it")

	var decided object
	c.must(t, "GET", s.url("/v1/cases/"+counted.CaseID), "", nil, &decided)
	wants(t, decided, "state", "settled")
	var order struct{ Reservations []object }
	c.must(t, "GET", s.url("/v1/inventory/orders/o-772"), "", nil, &order)
	held := ""
	for _, line := range order.Reservations {
		if line["state"] == "active" {
			held += fmt.Sprintf("%v at %v;", line["quantity"], line["location_id"])
		}
	}
	if held != "3 at berlin;" {
		t.Errorf("the order holds %q", held)
	}

	// Its address shows the same to others, on a phone and in Chinese.
	b.click("中文")
	b.resize(360)
	b.open("/inbox?view=settled&kind=shortage&loc=paris")
	b.see("▲ 缺货", "mug")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.accessible("settled cases in Chinese")
	b.open("/cases/" + counted.CaseID)
	b.see("paris 盘点 mug，比订单占用少 2。", "mia 把订单 o-772 转到 berlin。")
	b.accessible("a case in Chinese")
	b.clean()
}
