package test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const hookSecret = "whsec_aG9sZGZhc3QtZGVtby1zZWNyZXQtMzItYnl0ZXMtMDA="

// noticeHook is a receiver of notices on this machine.
func noticeHook(t *testing.T) (url string, states chan string) {
	t.Helper()
	states = make(chan string, 16)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var notice struct {
			Data struct{ Rule, State string }
		}
		if err := json.NewDecoder(r.Body).Decode(&notice); err != nil || !strings.HasPrefix(r.Header.Get("Webhook-Signature"), "v1,") {
			t.Errorf("%v, headers %v", err, r.Header)
		}
		select {
		case states <- notice.Data.Rule + " " + notice.Data.State:
		default:
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, states
}

// hides fails the test when the page, or what the browser keeps, has a text.
func (b *tab) hides(secret string) {
	b.t.Helper()
	b.until("the secret is nowhere", `![document.documentElement.outerHTML, JSON.stringify(sessionStorage), JSON.stringify(localStorage),
		...[...document.querySelectorAll('input')].map(e => e.value)].some(text => text.includes(%s))`, secret)
}

func TestARuleIsMadeFiresAndIsAcknowledgedInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServerWith(t, "HOLDFAST_WEBHOOK_ALLOW=127.0.0.0/8", "HOLDFAST_SECRET_KEY="+sinkSecretKey)
	c := shopFor(t, s)
	url, states := noticeHook(t)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/inbox/alerts", c.person(t, s, "ada", "admin", "admin"))
	b.see("Nothing has fired yet.")
	b.accessible("no alerts")

	// A receiver: what is secret is typed once, and shown never again.
	b.turn("Receivers")
	b.see("There is no receiver yet.")
	b.click("Make a receiver")
	b.choose("Kind", "Webhook")
	b.click("Preview")
	b.see("Enter an id.", "It is needed.")
	b.accessible("a receiver with faults")
	b.fill("Id", "ops")
	b.fill("Address", url)
	b.fill("Secret to sign with", hookSecret)
	b.accessible("the form of a receiver")
	b.click("Preview")
	b.see("Secret to sign with – the one you typed")
	b.click("Confirm")
	b.see("Done.")
	b.hides(hookSecret)
	b.click("Close")
	b.click("ops")
	b.click("Test")
	b.click("Preview")
	b.see("A test notice is sent to ops.")
	b.click("Confirm")
	b.see("The receiver took it, in")
	b.hides(hookSecret)
	b.accessible("a receiver")
	if r, err := c.ask(t, "GET", s.url("/v1/alert-receivers/ops"), "", nil); err != nil || strings.Contains(string(bodyOf(r)), hookSecret) {
		t.Errorf("%v %s", err, bodyOf(r))
	}

	// A rule: it begins with one that is ready, says what it would have done, and fires.
	b.open("/inbox/alerts?tab=rules")
	b.see("Nothing is watched for yet.")
	b.click("Make a rule")
	b.choose("Begin with", "available")
	b.set("Id", "low-mugs")
	b.set("Title", "Mugs <b>run</b> low")
	b.set("Product", "mug")
	b.choose("Place", "paris")
	b.set("Fires when", "value <= threshold &&")
	b.set("For at least", "0")
	b.click("ops")
	b.expect("/v1/alert-rules/low-mugs") // the condition is refused
	b.click("Preview")
	b.click("Confirm")
	b.see("Nothing was changed.")
	b.accessible("a rule that was refused")
	b.set("Fires when", "value <= threshold")
	b.click("Try over the last week")
	b.see("last week.")
	b.accessible("a rule that was tried")
	b.click("Preview")
	b.see("Fires when – value <= threshold", "Send to – ops", "Place – paris")
	b.accessible("the preview of a rule")
	b.click("Confirm")
	b.see("Done.")
	b.open("/inbox/alerts?state=firing&product=mug&loc=paris")
	b.see("▲ firing", "mug · paris")
	b.until("one thing is counted in the side bar", `document.querySelector('.side .count')?.innerText === '1'`)
	b.accessible("an alert")
	b.open("/")
	b.until("a tile counts what fires", `[...document.querySelectorAll('.tiles > div')].some(e => e.innerText.includes('alerts firing') && e.querySelector('dd').innerText.trim() === '1')`)
	for state := ""; state != "low-mugs firing"; state = <-states {
		t.Logf("told: %q", state)
	}

	// A manager takes care of it, on a phone.
	mia := openTab(t, s.url(""), 360)
	mia.signIn("/inbox/alerts", c.person(t, s, "mia", "manager", "admin"))
	mia.click("Mugs <b>run</b> low")
	mia.see("▲ firing", "fired at 3", "notice sent → ops")
	mia.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	mia.accessible("an alert on a phone")
	mia.click("Acknowledge")
	mia.fill("Note", "more is on its way")
	mia.click("Preview")
	mia.see("state firing acknowledged", "Others see that you take care of it.")
	mia.click("Confirm")
	mia.see("Done.", "◐ acknowledged", "more is on its way")
	mia.click("Close")
	mia.click("Acknowledge")
	mia.see("It does not fire, or is acknowledged already.")
	var shown struct{ Items []object }
	c.must(t, "GET", s.url("/v1/alerts?rule_id=low-mugs"), "", nil, &shown)
	if len(shown.Items) != 1 {
		t.Fatalf("one alert was found: %v", shown.Items)
	}
	wants(t, shown.Items[0], "state", "acknowledged")
	wants(t, shown.Items[0], "value", 3)
	if by, ok := shown.Items[0]["acknowledged"].(map[string]any); !ok || by["operator"] != "mia" || by["note"] != "more is on its way" {
		t.Errorf("acknowledged: %v", shown.Items[0]["acknowledged"])
	}

	mia.click("中文")
	mia.click("静音")
	mia.click("预览")
	mia.see("状态 已确认 已静音")
	mia.click("确认")
	mia.see("已完成。", "⊘ 已静音")
	mia.accessible("an alert in Chinese")
	c.must(t, "GET", s.url("/v1/alerts?rule_id=low-mugs"), "", nil, &shown)
	wants(t, shown.Items[0], "state", "muted")

	// The way to what it is about.
	mia.click("mug @ paris")
	mia.until("the item's page", `location.pathname.endsWith('/items/mug') && location.search.includes('loc=paris')`)
	mia.see("mug")
	mia.clean()
	b.clean()
}

func TestSilencesAndRightsOfAlertsInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "PUT", s.url("/v1/alert-rules/low"), "low", object{"rule": object{"metric": "available", "condition": "value <= threshold", "clear_seconds": 0, "title": "Runs low"}}, &object{})
	b := openTab(t, s.url(""), 1280)
	b.signIn("/inbox/alerts?tab=silences", c.person(t, s, "mia", "manager", "admin"))
	b.see("No notice is kept back.")
	b.click("Make a silence")
	b.set("Id", "stock-take")
	b.click("Preview")
	b.see("Say why.")
	b.set("Reason in words", "stock-take in paris")
	b.set("Rule", "low")
	b.choose("Place", "paris")
	b.accessible("the form of a silence")
	b.click("Preview")
	b.see("Rule – low", "Place – paris", "From – now")
	b.click("Confirm")
	b.see("Done.")
	var made object
	c.must(t, "GET", s.url("/v1/alert-silences/stock-take"), "", nil, &made)
	wants(t, made, "reason", "stock-take in paris")
	wants(t, made, "operator", "mia")
	wants(t, made, "active", true)
	b.click("Close")
	b.click("stock-take")
	b.click("End silence")
	b.click("Preview")
	b.see("stock-take active yes no")
	b.accessible("the preview of an end")
	b.click("Confirm")
	b.see("No notice is kept back.")

	// An administrator's action is shown, and names the role it needs.
	b.turn("Rules")
	b.click("Make a rule")
	b.see("This needs the role administrator. Yours is manager.")
	b.accessible("the rules for a manager")
	b.clean()

	viewer := openTab(t, s.url(""), 360)
	viewer.signIn("/inbox/alerts?tab=rules&of=low", c.person(t, s, "vic", "viewer", "read"))
	viewer.see("Runs low")
	viewer.click("中文")
	viewer.click("删除规则")
	viewer.see("需要")
	viewer.open("/inbox/alerts?rule=low")
	viewer.see("告警中")
	viewer.click("Runs low")
	viewer.click("确认告警")
	viewer.see("需要")
	viewer.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	viewer.accessible("an alert for a viewer")
	viewer.open("/alerts/nothing")
	viewer.expect("/v1/alerts/nothing")
	viewer.see("没有这个告警号。")
	viewer.clean()

	// A key that is bound to a place sees what is there.
	var bound struct{ Key string }
	c.must(t, "POST", s.url("/v1/keys"), "bound", object{"name": "pat", "role": "manager", "scopes": []string{"admin"}, "locations": []string{"paris"}}, &bound)
	pat := openTab(t, s.url(""), 1280)
	pat.signIn("/inbox/alerts", bound.Key)
	pat.see("mug · paris")
	pat.expect("/v1/alert-rules")
	pat.turn("Rules")
	pat.see("may not see this")
	pat.accessible("rules that may not be seen")
	pat.clean()
}
