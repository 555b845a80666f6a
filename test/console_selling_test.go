package test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// set gives a field with the label a value as the browser's own picker does.
func (b *tab) set(label, value string) {
	b.t.Helper()
	b.until("set "+label, `(() => {
		const e = `+field+`;
		if (!e) return false;
		Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(e, %[2]s);
		e.dispatchEvent(new Event('input', {bubbles: true}));
		return true;
	})()`, label, value)
}

// agree previews the open form, sees what it would change, and confirms it. It writes a document,
// or something that has one, which need not have a position in the books.
func (b *tab) agree(sees ...string) {
	b.t.Helper()
	b.click("Preview")
	b.see("before after")
	b.see(sees...)
	b.click("Confirm")
	b.see("Done.")
	b.click("Close")
	b.gone("Done.")
}

// quotaOf is how a channel stands with the mug in Berlin.
func (c *caller) quotaOf(t *testing.T, s *server, channel string) object {
	t.Helper()
	var shown struct {
		Shared   any
		Channels []object
	}
	c.must(t, "GET", s.url("/v1/quotas/mug?location_id=berlin"), "", nil, &shown)
	for _, one := range shown.Channels {
		if one["channel_id"] == channel {
			one["shared"] = shown.Shared
			return one
		}
	}
	t.Fatalf("%s has no quota: %v", channel, shown)
	return nil
}

func TestPeopleShareQuotasOutInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "PUT", s.url("/v1/quotas/mug"), "weights", object{"location_id": "berlin", "channels": []object{{"channel_id": "web", "weight": 1}, {"channel_id": "pos", "weight": 3}}}, nil)
	b := openTab(t, s.url(""), 1280)
	b.expect("/schedule") // there is none at first
	b.signIn("/items", c.person(t, s, "mia", "manager", "admin"))
	b.see("5 items")
	b.run(chromedp.KeyEvent("g"), chromedp.KeyEvent("s"))
	b.see("the API does not tell which of them have quotas")
	b.until("the mug of Berlin can be chosen", `[...document.querySelectorAll('tbody a')].some(a => a.search.includes('product=mug') && a.search.includes('loc=berlin') && (a.click(), true))`)
	b.until("the choice is in the address", `location.search === '?product=mug&loc=berlin'`)
	b.see("shared pool 8", "Nothing is allotted here by schedule.")

	// The dry run follows the fields. The form names the units that it would move, previews them,
	// and then moves them.
	b.click("Allot")
	b.fill("Stays in the pool", "4")
	b.see("It would move:", "shared pool → quota of pos: 3", "shared pool → quota of web: 1", "pos 12 → 15 12 → 15 +3")
	b.accessible("an allotment that is tried")
	b.fill("Reason in words", "evening")
	b.click("Preview")
	b.see("shared pool 8 4 −4", "pos quota 12 15 +3")
	// Somebody else takes units from the pool: the same confirmation now would move others.
	c.must(t, "POST", s.url("/v1/inventory/restock"), "more", object{"product_id": "mug", "location_id": "berlin", "quantity": 4}, nil)
	b.see("The figures have changed since this preview.")
	b.click("Confirm")
	b.see("Somebody else changed the figures.", "shared pool 12 4 −8", "pos quota 12 18 +6")
	wants(t, c.quotaOf(t, s, "pos"), "quota", 12)
	b.click("Confirm")
	b.see("Done.", "It moved:", "shared pool → quota of pos: 6")
	wants(t, c.quotaOf(t, s, "pos"), "quota", 18)
	wants(t, c.quotaOf(t, s, "pos"), "shared", 4)
	b.click("Close")

	b.click("Set quota")
	b.fill("Channel", "app")
	b.fill("Quota", "3")
	b.confirm("shared pool 4 1 −3", "app quota 0 3 +3")
	wants(t, c.quotaOf(t, s, "app"), "quota", 3)

	c.must(t, "POST", s.url("/v1/inventory/reserve"), "till-1", object{"order_id": "till-1", "product_id": "mug", "location_id": "berlin", "quantity": 2, "channel_id": "pos"}, nil)
	c.must(t, "POST", s.url("/v1/inventory/deduct"), "till-1-out", object{"order_id": "till-1"}, nil)
	b.see("in stock 18 16 0 2")
	b.click("New period")
	b.choose("Channel", "pos")
	b.click("Preview")
	b.see("pos sold in the period 2 0 −2", "pos quota 18 16 −2")
	b.click("Confirm")
	b.see("Done.")
	wants(t, c.quotaOf(t, s, "pos"), "sold", 0)
	b.click("Close")

	b.click("Set schedule")
	b.fill("daily at", "05:30")
	b.fill("Time zone", "Europe/Berlin")
	b.agree("daily at – 05:30 Europe/Berlin")
	b.see("Every day at 05:30 Europe/Berlin:")
	b.click("Drop schedule")
	b.agree("daily at 05:30 Europe/Berlin –")
	b.see("Nothing is allotted here by schedule.")
	b.clean()
}

func TestPeopleKeepCampaignsInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	campaign := func() object {
		var shown object
		c.must(t, "GET", s.url("/v1/campaigns/spring"), "", nil, &shown)
		return shown
	}
	b := openTab(t, s.url(""), 1280)
	b.expect("/v1/campaigns/spring") // nobody has made it
	b.signIn("/selling?tab=campaigns", c.person(t, s, "mia", "manager", "admin"))
	b.see("There is no campaign yet.")
	b.fill("Id of a campaign", "spring")
	b.click("Open or make it")
	b.see("No campaign has this id.")
	b.click("Set campaign")
	b.fill("Name", "Spring sale")
	b.set("Until", "2099-04-01T00:00")
	b.fill("Units per order", "2")
	b.choose("Draws the shared pool too", "no")
	b.agree("Name – Spring sale", "Units per order – 2")
	wants(t, campaign(), "state", "running")

	b.see("running", "Items: 0; pending: 0; refused: 0", "The campaign has no items yet.")
	b.click("Set item")
	b.fill("Product", "oil")
	b.see("1.250 kg are in the shared pool.")
	b.fill("quota", "0.5")
	b.agree("applied", "quota 0.000 kg 0.500 kg", "shared pool 1.250 kg 0.750 kg")
	b.see("Items: 1; pending: 0; refused: 0")

	// The books refuse units that the pool does not have. Refused items can be tried again when the
	// units are there.
	b.click("Set item")
	b.fill("Product", "lamp")
	b.see("0 are in the shared pool.")
	b.fill("quota", "6")
	b.click("Preview")
	b.see("state – refused")
	b.click("Confirm")
	b.see("Done.", "lamp · berlin: refused There are not enough units.")
	b.click("Close")
	b.see("What the books refuse, or have otherwise")
	b.accessible("a campaign with a refused item")
	c.must(t, "POST", s.url("/v1/inventory/restock"), "lamps", object{"product_id": "lamp", "location_id": "berlin", "quantity": 10}, nil)
	b.click("Try refused items again")
	b.agree("lamp · berlin state refused asked for again")
	b.gone("What the books refuse, or have otherwise")
	wants(t, campaign(), "refused", 0)

	b.click("Set campaign")
	b.fill("Units per order", "5")
	b.agree("Units per order 2 5")

	// The end needs the id, and the form shows what goes back.
	b.click("End now")
	b.see("What remains goes back to the shared pool now:", "6 of 1 item", "0.500 kg of 1 item")
	b.fill("Type spring to end it", "Spring")
	b.click("Preview")
	b.see("Type the id of the campaign, letter by letter.")
	b.fill("Type spring to end it", "spring")
	b.agree("spring state running ended", "lamp · berlin quota of spring 6 0 −6")
	wants(t, campaign(), "state", "ended")
	wants(t, c.itemAt(t, s, "lamp", "berlin"), "available_stock", 10)

	b.open("/selling?tab=campaigns&state=running")
	b.see("Nothing matches.")
	b.open("/selling?tab=campaigns&state=ended")
	b.see("Spring sale")
	b.clean()
}

func TestPeopleSetAPresaleInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items/lamp?loc=berlin&tab=promised", c.person(t, s, "mia", "manager", "admin"))
	b.see("Nothing is sold ahead here.")
	b.click("Set presale")
	b.fill("Cap", "100")
	b.set("Expected", "2031-05-01T09:00")
	b.confirm("cap 0 100 +100", "may still be sold 0 100 +100", "open no yes")
	b.see("Presale", "100")
	var shown struct{ Presale object }
	c.must(t, "GET", s.url("/v1/promises/lamp?location_id=berlin"), "", nil, &shown)
	wants(t, shown.Presale, "cap", 100)
	b.accessible("an item with a presale")
	b.clean()
}

func TestPeopleRecallALotInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	for _, batch := range []string{"B7", "B8"} {
		c.must(t, "POST", s.url("/v1/inventory/restock"), batch, object{"product_id": "lamp", "location_id": "berlin", "quantity": 20, "lot": object{"batch": batch}}, nil)
	}
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "o-lot", object{"order_id": "o-lot", "product_id": "lamp", "location_id": "berlin", "quantity": 3, "customer_id": "ann", "lot": object{"batch": "B7"}}, nil)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items/lamp?loc=berlin&tab=lots", c.person(t, s, "mia", "manager", "admin"))
	b.see("batch B7")
	b.click("Recall")
	b.choose("Which lots", "batch B7")
	b.see("Orders to call", "o-lot berlin ann 3 0")
	b.fill("Reason in words", "sour")
	b.fill("Type batch B7 to confirm", "B7")
	b.click("Preview")
	b.see("Type it letter by letter.")
	b.fill("Type batch B7 to confirm", "batch B7")
	b.accessible("a recall")
	b.click("Preview")
	b.see("batch B7 · berlin available 17 0 −17", "batch B7 · berlin withheld 0 17 +17")
	b.click("Confirm")
	b.see("Done.", "17 taken from sale; orders hold 3.")
	b.click("Close")
	wants(t, c.itemAt(t, s, "lamp", "berlin"), "available_stock", 20)
	b.click("Lift a recall")
	b.choose("Which lots", "batch B7")
	b.fill("Reason in words", "it was not")
	b.fill("Type batch B7 to confirm", "batch B7")
	b.confirm("batch B7 · berlin state recalled not recalled")
	wants(t, c.itemAt(t, s, "lamp", "berlin"), "available_stock", 37)
	b.clean()
}

func TestSellingForAViewerOnAPhoneInBothLanguages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "PUT", s.url("/v1/campaigns/spring"), "spring", object{"name": "Spring sale", "rule": object{"ends_at": "2099-04-01T00:00:00Z"}, "items": []object{
		{"product_id": "mug", "location_id": "berlin", "quota": 4}, {"product_id": "lamp", "location_id": "berlin", "quota": 60},
	}}, nil)
	b := openTab(t, s.url(""), 360)
	b.expect("/schedule")
	b.signIn("/selling?product=mug&loc=berlin", c.person(t, s, "vic", "viewer", "read"))
	b.see("shared pool 4")
	b.until("the tabs can be seen", `document.querySelector('[role=tablist]').clientHeight >= 24`)
	b.click("Allot")
	b.see("This needs the role manager or administrator. Yours is viewer.")
	for _, operation := range []string{"Allot", "SetQuotas", "ResetSold", "SetQuotaSchedule"} {
		b.until(operation+" is off", fmt.Sprintf(`document.querySelector('[data-operation="%s"]')?.ariaDisabled === 'true'`, operation))
	}
	pages := []struct{ path, en, zh string }{
		{"/selling", "Choose an item.", "请选择一个库存项。"},
		{"/selling?product=mug&loc=berlin", "web", "共享池 4"},
		{"/selling?tab=campaigns", "spring", "进行中"},
		{"/selling/campaigns/spring", "What the books refuse, or have otherwise", "被账本拒绝，或与账本不同"},
	}
	for _, language := range []string{"en", "zh"} {
		for _, p := range pages {
			b.open(p.path)
			b.see(map[string]string{"en": p.en, "zh": p.zh}[language])
			b.settled()
			name := language + " " + p.path
			b.until(name+": nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
			b.accessible(name)
		}
		for _, operation := range []string{"SetCampaignItems", "TryAgain", "SetCampaign", "EndCampaign"} {
			b.until(operation+" is off", fmt.Sprintf(`document.querySelector('[data-offer="%s"]')?.ariaDisabled === 'true'`, operation))
		}
		if language == "en" {
			b.click("中文")
		}
	}
	b.clean()
}
