package test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAnAdministratorRunsItInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "PUT", s.url("/v1/sinks/erp"), "erp", object{"kind": "file", "target": "erp.ndjson"}, &object{})
	b := openTab(t, s.url(""), 1280)
	b.signIn("/running?tab=sinks", adminKey)
	b.see("You are signed in with the bootstrap key.")
	b.accessible("the sinks")
	b.click("erp")
	b.see("erp.ndjson", "Nothing is parked.")
	b.click("Pause")
	b.click("Preview")
	b.see("erp state")
	b.accessible("the preview of a pause")
	b.click("Confirm")
	b.see("Done.")
	sink := func() object {
		var shown object
		c.must(t, "GET", s.url("/v1/sinks/erp"), "", nil, &shown)
		return shown
	}
	wants(t, sink(), "state", "paused")
	b.click("Close")
	b.click("Rewind")
	b.choose("Go to", "the start of the books")
	b.click("Preview")
	b.see("All events of the books are delivered again.")
	b.fill("Type erp to confirm", "er")
	b.click("Confirm")
	b.gone("Done.")
	b.fill("Type erp to confirm", "erp")
	b.accessible("the preview of a rewind")
	b.click("Confirm")
	b.see("Done.")
	b.click("Close")
	b.open("/running")
	b.see("The books answer.", "1 thing needs a look:", "Sink erp is paused.")
	b.accessible("health")
	b.open("/running/sinks/erp")
	b.click("Resume")
	b.goes("paused running")
	if sink()["state"] == "paused" {
		t.Errorf("the sink is still paused: %v", sink())
	}
	b.clean()
}

func TestAKeyIsMadeShownOnceAndRevokedInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 360)
	b.signIn("/items", adminKey)
	b.click("Make keys")
	b.see("The bootstrap key is for making others. It is still valid.")
	b.click("Make a key")
	b.fill("Name", "bootstrap")
	b.click("Preview")
	b.see("A valid key has this name.")
	b.fill("Name", "ann")
	b.choose("role", "administrator")
	b.accessible("the form of a key")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.goes("name – ann", "role – administrator", "scopes – admin")
	b.see("This is shown once.", "✓ Make a key with the role administrator for yourself")
	const shown = `document.querySelector('input[aria-label="The key"]')?.value`
	b.until("the key is shown", shown+`?.startsWith('hf_')`)
	b.accessible("a key that is shown once")
	ctx, end := b.within(longest)
	defer end()
	key, err := chromedp.Run(ctx, chromedp.Evaluate[string](shown))
	if err != nil {
		t.Fatal(err)
	}
	var me object
	newCaller(key).must(t, "GET", s.url("/v1/session"), "", nil, &me)
	wants(t, me, "operator", "ann")
	b.click("Copy")
	b.until("it is copied, or marked", `/Copied|It is marked/.test(document.body.innerText)`)
	b.click("Close")
	b.until("the key is nowhere any more", `!document.documentElement.outerHTML.includes(%s) && !JSON.stringify({...sessionStorage, ...localStorage}).includes(%s)`, key, key)

	// Another one, revoked: what calls with it is refused.
	lost := c.person(t, s, "tom", "clerk", "admin")
	b.resize(1280)
	b.open("/running?tab=keys")
	b.click("tom")
	b.click("Revoke")
	b.click("Preview")
	b.see("The key ends for good", "tom state valid revoked")
	b.fill("Type tom to confirm", "tom")
	b.accessible("the preview of a revocation")
	b.click("Confirm")
	b.see("Done.")
	if r, err := newCaller(lost).ask(t, "GET", s.url("/v1/session"), "", nil); err != nil || r.status != 401 {
		t.Errorf("the revoked key: %v %+v", err, r)
	}
	b.click("Close")
	b.see("⊘ revoked")
	b.click("中文")
	b.see("初始密钥只用来建别的密钥")
	b.accessible("keys in Chinese")
	b.open("/running?tab=settings")
	b.see("默认仓店", "没有设原因")
	b.click("修改设置")
	b.choose("手工变动必须选原因", "是")
	b.click("预览")
	b.see("否 是")
	b.click("确认")
	b.see("已完成。")
	b.accessible("settings in Chinese")
	var settings object
	c.must(t, "GET", s.url("/v1/settings"), "", nil, &settings)
	wants(t, settings, "reasons_required", true)
	b.clean()
}
