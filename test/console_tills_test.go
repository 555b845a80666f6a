package test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// enough previews a form until what it looks up is there, and confirms it.
func (b *tab) enough(sees ...string) {
	b.t.Helper()
	b.until("the preview is there", `(all => all.some(e => e.innerText.trim() === 'Confirm') || void all.find(e => e.innerText.trim() === 'Preview')?.click())([...document.querySelectorAll('main button')])`)
	b.see(sees...)
	b.click("Confirm")
	b.see("Done.")
}

// A person adds a till in the console and pairs a machine with the code of the page. The page shows when it is in
// step. When it is lost, the person writes it off.
func TestATillFromItsFirstCodeToItsLossInTheConsole(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	b := openTab(t, centre.url(""), 1280)
	// Whether an id is free is asked for.
	b.expect("404 (Not Found) " + centre.url("/v1/tills/"))
	b.signIn("/running", adminKey)
	b.see("The books answer.")
	b.until("no tills, no tab", `document.querySelector('[data-tab=sinks]') && !document.querySelector('[data-tab=tills]')`)
	b.open("/running?tab=tills")
	b.see("No till is set up yet.")
	b.click("Add a till")
	b.fill("Id", "till@1")
	b.click("Preview")
	b.see("This is no id of a till", "Enter the id of a place.")
	b.fill("Id", "till-1")
	b.fill("Place", shop)
	b.fill("Name", "Front door")
	b.accessible("the form of a new till")
	b.enough("till – till-1", "place – shop")
	b.click("To till till-1: policy and pairing code")
	b.see("No machine is paired with this till.", "It has no units of its own.")

	b.click("Set policy")
	b.fill("share", "101")
	b.click("Preview")
	b.see("Enter 0 to 100.")
	b.fill("share", "60")
	b.accessible("the form of a policy")
	b.see("Empty: as the default: 50 %, the usual value.")
	b.agree("till-1 share 50 % the usual value 60 %")
	b.see("share 60 % its own", "more from 50 % the usual value")

	b.click("Pairing code")
	b.goes("pairing code – a new code")
	m := b.pairs(centre, "till-1")
	b.accessible("a code that is shown once")
	b.click("Close")
	b.gone("This is shown once.")

	m.start()
	m.has(60)
	b.see("It has what the server has", "● synced", "mug 60 – 100", "No paid online order waits here", "policy in force The wanted one.")
	payOnline(t, centre, "web-1", 2)
	b.see("web-1 ◇ on offer 2 × mug")
	b.resize(360)
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.accessible("a till on a phone")
	b.resize(1280)
	b.open("/running?tab=tills")
	b.see("1 till is synced.", "till-1 Front door shop ● synced")
	b.until("the tab is there", `document.querySelector('[data-tab=tills][aria-selected=true]')`)

	m.stop()
	b.outage()
	centre.stop()
	heardOfLast(t, centre, "till-1", 2*time.Minute)
	centre.start()
	b.open("/running")
	b.see("1 thing needs a look:")
	b.click("1 till is away.")
	b.see("1 of 1 tills is away, since", "till-1 Front door shop ○ away")
	b.accessible("tills that are away")
	b.click("till-1 Front door")

	b.click("Delete")
	b.see("A machine is paired with this till. Write it off first.")
	b.click("Write off")
	b.click("Preview")
	b.see("Say why.")
	b.fill("Reason in words", "stolen")
	b.click("Preview")
	b.see("What it had is for sale at its place again.", "What it sold and did not report is not in the books.", "mug has 60 0")
	b.fill("Type till-1 to confirm", "till")
	b.click("Confirm")
	b.gone("Done.")
	b.fill("Type till-1 to confirm", "till-1")
	b.accessible("the preview of a loss")
	b.click("Confirm")
	b.see("Done.")
	b.click("Close")
	if n := mugsAt(t, centre); n != 98 {
		t.Errorf("%d mugs are for sale", n)
	}
	b.see("No machine is paired with this till.", "file given up")
	b.click("All cases of this till")
	b.see("file given up")
	b.until("the till is the filter", `document.querySelector('input[aria-label=till]')?.value === 'till-1'`)

	b.open("/running/tills/till-1")
	b.click("中文")
	b.see("还没有机器与它配对", "专属库存", "没有专属库存")
	b.accessible("a till in Chinese")
	b.click("删除")
	b.click("预览")
	b.fill("输入 till-1 以确认", "till-1")
	b.click("确认")
	b.see("已完成。", "没有这个编号的收银台。")
	b.click("全部收银台")
	b.see("还没有收银台。")
	b.clean()
}

// heardOfLast moves the moment when the till was last heard into the past. The centre must not run: it
// remembers the real moment.
func heardOfLast(t *testing.T, centre *server, id string, ago time.Duration) {
	t.Helper()
	conn, err := sqlite.OpenConn(centre.file(), sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const put = `UPDATE document SET progress = json_set(progress, '$.heard.at', ?) WHERE kind = 'till' AND id = ? AND json_extract(progress, '$.heard.at') > 0`
	args := []any{time.Now().Add(-ago).UnixMilli(), id}
	if err := sqlitex.ExecuteTransient(conn, put, &sqlitex.ExecOptions{Args: args}); err != nil {
		t.Fatal(err)
	}
	if n := conn.Changes(); n != 1 {
		t.Fatalf("%d tills were heard of", n)
	}
}

// pairs pairs new files with a till by the command that the page shows. Nothing is started.
func (b *tab) pairs(centre *server, id string) *till {
	b.t.Helper()
	const code, command = `document.querySelector('input[aria-label="pairing code"]')?.value`, `document.querySelector('input[aria-label="The command"]')?.value`
	b.until("the command has the code", fmt.Sprintf(`(%s)?.length === 11 && (%s)?.endsWith(' ' + %s)`, code, command, code))
	typed := strings.Fields(valueOf[string](b, command))
	m := tillOn(b.t.(*testing.T), centre, id, filepath.Join(b.t.TempDir(), "till.db"))
	for i, word := range typed {
		if word == "sqlite:till.db" {
			typed[i] = m.db
		}
	}
	if o := runWith(b.t.(*testing.T), nil, typed[1:]...); typed[0] != "holdfast" || o.code != 0 {
		b.t.Fatalf("%v: %s", typed, o.stderr)
	}
	return m
}

// A person who may only look at tills sees who may act. The page names what a role may not see at all.
func TestAViewerSeesTillsAndIsToldWhatHeMayNotSee(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "PUT", s.url("/v1/tills/till-1"), "", object{"location_id": "berlin", "percent": 0}, nil)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/running?tab=tills", c.person(t, s, "vic", "viewer", "read"))
	b.see("1 till is not paired.", "till-1")
	b.click("Add a till")
	b.see("This needs the role manager or administrator. Yours is viewer.")
	b.open("/running?tab=keys")
	b.see("Your role (viewer) may not see “Keys”.", "The books answer.")
	b.accessible("what a role may not see")
	b.clean()
}
