package test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// button is a button of a write as a page shows it.
type button struct {
	Operation string `json:"operation"`
	Offer     string `json:"offer"`
	Denied    string `json:"denied"` // the kind of the reason why it is off
	Off       bool   `json:"off"`
}

const buttons = `[...document.querySelectorAll('[data-operation]')].map(e => ({operation: e.dataset.operation, offer: e.dataset.offer ?? e.dataset.operation,
	denied: e.dataset.denied ?? '', off: e.ariaDisabled === 'true' || e.disabled === true}))`

// For each role: on every page of the console, each button of a write is on exactly when the session
// says that its operation may be called. A button that is off for another reason names that reason.
func TestEachRoleSeesOnEveryPageWhatItMayDo(t *testing.T) {
	t.Parallel()
	s, c, of := fullShop(t)
	pages := slices.DeleteFunc(consolePages(t, of), func(p consolePage) bool { return p.bare })
	for _, as := range []struct{ role, scope string }{{"viewer", "read"}, {"agent", "internal"}, {"clerk", "admin"}, {"manager", "admin"}, {"admin", "admin"}} {
		key := c.person(t, s, "the-"+as.role, as.role, as.scope)
		t.Run(as.role, func(t *testing.T) {
			t.Parallel()
			b := openTab(t, s.url(""), 1280)
			// These pages name what a role may not read; no other page asks for it.
			for _, refused := range []string{"/v1/imports", "/v1/exports"} {
				b.expect("403 (Forbidden) " + s.url(refused))
			}
			b.signIn("/items", key)
			actions, on, off := b.actions(), 0, 0
			for _, p := range pages {
				for _, one := range b.buttonsOf(p, actions) {
					if one.Denied == "rights" {
						off++
					} else {
						on++
					}
				}
			}
			b.open("/running")
			for tab, reads := range map[string]string{"health": "GetSession", "tills": "ListTills", "keys": "ListKeys", "displays": "ListDisplays", "settings": "GetSettings"} {
				b.until(fmt.Sprintf("the tab %s is there: %v", tab, actions[reads]), fmt.Sprintf(`document.querySelectorAll('[data-tab=%s]').length === %s`, tab, map[bool]string{true: "1", false: "0"}[actions[reads]]))
			}
			t.Logf("%d pages: %d buttons may be pressed, %d may not", len(pages), on, off)
			if (on == 0) != (as.role == "viewer") || (off == 0) != (as.role == "admin") {
				t.Errorf("a viewer may press none, an administrator all, anybody else some")
			}
			b.clean()
		})
	}
}

// buttonsOf opens a page, waits for the buttons that it is known to have, and compares each with
// the actions of the session.
func (b *tab) buttonsOf(p consolePage, actions map[string]bool) []button {
	b.t.Helper()
	b.open(p.path)
	b.settled()
	want := []string{}
	if p.reads == "" || actions[p.reads] {
		want = append(want, strings.Fields(p.acts)...)
		slices.Sort(want)
	}
	if p.choose {
		b.until(p.name+": a row is chosen", `document.querySelector('[data-operation]') || document.querySelector('main input[type=checkbox]:not(:checked)')?.click()`)
	}
	b.until(p.name+": the buttons "+strings.Join(want, " "), `(all => JSON.stringify([...new Set(all.map(e => e.offer))].sort()) === JSON.stringify(%s)
		&& !all.some(e => e.denied === 'unknown'))(`+buttons+`)`, want)
	all := valueOf[[]button](b, buttons)
	for _, one := range all {
		if one.Off != (one.Denied != "") {
			b.t.Errorf("%s: %s is off: %v, for the reason %q", p.name, one.Offer, one.Off, one.Denied)
		}
		if denied := one.Denied == "rights"; denied == actions[one.Operation] {
			b.t.Errorf("%s: %s is denied for want of rights: %v; among the actions of the session: %v", p.name, one.Offer, denied, actions[one.Operation])
		}
	}
	return all
}

// actions are the operations that the session of the tab may call.
func (b *tab) actions() map[string]bool {
	b.t.Helper()
	all := map[string]bool{}
	for _, operation := range valueOf[[]string](b, `fetch(new URL('../v1/session', document.baseURI)).then(r => r.json()).then(s => s.actions)`) {
		all[operation] = true
	}
	return all
}

// valueOf is the value of an expression of JavaScript.
func valueOf[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, end := b.within(longest)
	defer end()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Each button of a write that the console has a name for is on one of the pages that are looked at.
func TestEveryActionOfTheConsoleIsOnAPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../console/src/app/texts.en.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts struct {
		Act struct{ Name map[string]string }
	}
	if err := json.Unmarshal(text, &texts); err != nil {
		t.Fatal(err)
	}
	named := texts.Act.Name
	delete(named, "ExecuteBatch") // the name of a write that other buttons send for many rows
	offered := map[string]bool{}
	for _, p := range listedPages(shopIDs{}) {
		for offer := range strings.FieldsSeq(p.acts) {
			offered[offer] = true
			if named[offer] == "" && offer != "ImportFile" && offer != "ExportFile" {
				t.Errorf("%s: no text names %s", p.name, offer)
			}
		}
	}
	for offer := range named {
		if !offered[offer] {
			t.Errorf("no page is listed with the action %s: write it into the acts of listedPages", offer)
		}
	}
}
