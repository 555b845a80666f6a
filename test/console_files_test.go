package test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// A file is looked at, tried, and applied. The page shows row by row what it would do and what it
// did.
func TestAFileIsBroughtInWithTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	file := filepath.Join(t.TempDir(), "count.csv")
	if err := os.WriteFile(file, []byte("product_id,location_id,on_hand\nplate,berlin,12\n<b>bowl,berlin,7\nspoon,berlin,dozen\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := openTab(t, s.url(""), 1280)
	b.signIn("/files", c.person(t, s, "mia", "manager", "admin"))
	b.see("No file has been brought in.", "Trying changes nothing.")
	b.run(chromedp.SetUploadFiles(`input[type=file]`, []string{file}))
	b.see("The first 3 rows", "<b>bowl", "dozen", "utf-8")
	b.accessible("a file that was chosen")
	b.click("Try it")
	b.see("What it would do", "Would be applied", "3 bad rows", "the import opens nothing new", "products 0, places 0, lots 0")
	b.choose("What is not known yet", "is opened")
	b.click("Try it")
	b.see("1 bad row", "on_hand is not a number", "Would be opened", "products 2, places 0, lots 0")
	if r, err := c.ask(t, "GET", s.url("/v1/inventory/product/plate"), "", nil); err != nil || r.status != 404 {
		t.Errorf("a trial has changed the books: %v %+v", err, r)
	}
	b.until("the trial is in the address", `/import=[0-9a-f]{32}/.test(location.search)`)
	b.click("Apply")
	b.see("What it did", "3 of 3", "Opened")
	b.accessible("what an import did")
	var plate object
	c.must(t, "GET", s.url("/v1/inventory/product/plate"), "", nil, &plate)
	wants(t, plate, "available_stock", 12.0)

	// It is found again, also on a phone and in Chinese.
	b.resize(360)
	b.open("/files")
	b.click("中文")
	b.see("近一周的导入", "已完成")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.accessible("files in Chinese")
	b.until("a table can be taken out", `document.querySelector('a[download]')?.href.includes('/v1/exports?kind=levels')`)
	b.clean()

	viewer := openTab(t, s.url(""), 1280)
	viewer.expect("403")
	viewer.signIn("/files", c.person(t, s, "vic", "viewer", "read"))
	viewer.see("may not see this")
	viewer.clean()
}
