package test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser starts one Chromium for all tests of the console, when the first needs it.
var browser = sync.OnceValues(func() (context.Context, error) {
	program, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		return nil, fmt.Errorf("the tests of the console need a browser: %w", err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.UserDataDir(filepath.Join(filepath.Dir(binary), "chromium")),
		chromedp.Flag("lang", "en"), chromedp.Flag("force-color-profile", "srgb"), chromedp.WSURLReadTimeout(hang))
	ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(ctx)
	closeBrowser = func() {
		_ = chromedp.Cancel(ctx)
		end()
	}
	return ctx, chromedp.Do(ctx)
})

// closeBrowser ends the browser, if there is one.
var closeBrowser = func() {}

// tab is a page of the console as one person sees it, with cookies of its own. Some things always
// fail the test: an error in the browser's console, a request to another server, anything that the
// content security policy forbids.
type tab struct {
	t testing.TB
	// within returns a context for actions, which may take so long.
	within func(time.Duration) (context.Context, context.CancelFunc)
	// openTab opens another tab of the same window, with the same cookies.
	openTab func() *tab
	base    string // of the server, with the proxy's prefix and without a slash at its end

	mu     sync.Mutex
	faults []string
	// expected are parts of error messages that the test brings about.
	expected []string
}

// openTab opens an empty page of a window that is so wide, in CSS pixels.
func openTab(t testing.TB, base string, width int64) *tab {
	t.Helper()
	parent, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	return tabIn(parent, t, base, width, chromedp.WithNewBrowserContext())
}

func tabIn(parent context.Context, t testing.TB, base string, width int64, opts ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(parent, opts...)
	t.Cleanup(end)
	b := &tab{t: t, base: base, within: func(d time.Duration) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }}
	b.openTab = func() *tab { return tabIn(ctx, t, base, width) }
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.resize(width)
	t.Cleanup(func() {
		if t.Failed() {
			b.picture(filepath.Join(os.TempDir(), "holdfast-console-"+strings.ReplaceAll(t.Name(), "/", "-")+".png"))
		}
	})
	return b
}

func (b *tab) resize(width int64) {
	b.run(chromedp.EmulateViewport(width, min(max(width*10/16, 800), 2160)))
}

func (b *tab) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value), a.Description)
			}
			b.fault("the console says: %s", strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		b.fault("an exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *log.EventEntryAdded:
		// A busy machine may answer that it has no time now; the page asks again.
		if strings.Contains(e.Entry.Text, "503 (Service Unavailable)") {
			return
		}
		if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity {
			b.fault("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" && u.Scheme != "blob" && !strings.HasPrefix(e.Request.URL, b.origin()) && e.Request.URL != "about:blank" {
			b.fault("a request to somebody else: %s", e.Request.URL)
		}
	}
}

func (b *tab) origin() string {
	u, err := url.Parse(b.base)
	if err != nil {
		return b.base
	}
	return u.Scheme + "://" + u.Host
}

func (b *tab) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	if !slices.ContainsFunc(b.expected, func(part string) bool { return strings.Contains(text, part) }) {
		b.faults = append(b.faults, text)
	}
}

// expect lets the browser report errors that have this in their text.
func (b *tab) expect(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, part)
}

// clean fails the test when something happened that is never right.
func (b *tab) clean() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.t.Error(f)
	}
	b.faults = nil
}

// run runs actions; each has as long as a test may hang.
func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, end := b.within(longest)
	defer end()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%v; the page says:\n%s", err, b.text())
	}
}

// longest is how long a page may take to show what it is to show.
const longest = 2 * time.Minute

// text is the text of the page, or the reason it cannot be read.
func (b *tab) text() string {
	ctx, end := b.within(10 * time.Second)
	defer end()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ''`))
	if err != nil {
		return err.Error()
	}
	return text
}

// open goes to an address below the console, such as /items.
func (b *tab) open(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.base + "/console" + path))
}

// until waits until an expression of JavaScript is true.
func (b *tab) until(what, expression string, args ...any) {
	b.t.Helper()
	quoted := make([]any, len(args))
	for i, a := range args {
		text, err := json.Marshal(a)
		if err != nil {
			b.t.Fatal(err)
		}
		quoted[i] = string(text)
	}
	ctx, end := b.within(longest)
	defer end()
	poll := chromedp.Poll[bool]("Boolean("+fmt.Sprintf(expression, quoted...)+")", chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0))
	_, err := chromedp.Run(ctx, poll)
	for err != nil && leaves(err) && ctx.Err() == nil {
		_, err = chromedp.Run(ctx, poll)
	}
	if err != nil {
		b.t.Fatalf("%s: %v; at %s the page says:\n%s", what, err, b.address(), b.text())
	}
}

// leaves reports whether the page went to another while it was asked.
func leaves(err error) bool {
	text := err.Error()
	return strings.Contains(text, "Cannot find context") || strings.Contains(text, "context was destroyed") || strings.Contains(text, "navigated or closed")
}

// see waits until the page shows all the texts.
func (b *tab) see(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.until("see "+text, `document.body.innerText.replace(/\s+/g, ' ').includes(%s)`, text)
	}
}

// gone waits until the page no longer shows the text.
func (b *tab) gone(text string) {
	b.t.Helper()
	b.until("no longer see "+text, `!document.body.innerText.replace(/\s+/g, ' ').includes(%s)`, text)
}

// find is JavaScript that finds the visible element of a kind whose accessible text
// is or begins with a text.
const find = `[...document.querySelectorAll('button, a, [role=button], [role=tab], [role=menuitem], [role=option], [role=radio], [role=switch], label, input, textarea, select, summary, tr, .ant-select-item')].find(
	e => e.getClientRects().length && (e.getAttribute('aria-label') ?? e.placeholder ?? '') === %[1]s || e.getClientRects().length && e.innerText?.trim() === %[1]s)`

// click clicks what has the text or the label.
func (b *tab) click(text string) {
	b.t.Helper()
	b.until("find "+text, find, text)
	b.until("click "+text, `(() => { const e = `+find+`; e.scrollIntoView({block: 'center'}); e.click(); return true })()`, text)
}

// turn goes to the tab that has the text.
func (b *tab) turn(text string) {
	b.t.Helper()
	const of = `[...document.querySelectorAll('[role=tab]')].find(e => e.innerText.trim() === %[1]s)`
	b.until("find the tab "+text, of, text)
	b.until("go to the tab "+text, `(() => { `+of+`.click(); return true })()`, text)
}

// fill types a text into the field that has the label.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	b.until("find the field "+label, field, label)
	b.until("go to the field "+label, `(() => { const e = `+field+`; e.focus(); e.select?.(); return true })()`, label)
	b.run(chromedp.KeyEvent(text))
}

const field = `[...document.querySelectorAll('input, textarea')].find(e => e.getClientRects().length &&
	(e.getAttribute('aria-label') === %[1]s || e.placeholder === %[1]s || [...(e.labels ?? [])].some(l => l.innerText.trim() === %[1]s)))`

// address is the page's, without the server.
func (b *tab) address() string {
	ctx, end := b.within(10 * time.Second)
	defer end()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return strings.TrimPrefix(at, b.base)
}

// picture writes what the page shows to a file.
func (b *tab) picture(path string) {
	b.t.Helper()
	ctx, end := b.within(longest)
	defer end()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(path, png, 0o644)
	}
	if err != nil {
		b.t.Logf("no picture: %v", err)
		return
	}
	b.t.Logf("the page: %s", path)
}

// accessible fails the test when axe finds something that is serious for people who read by ear or
// by touch.
func (b *tab) accessible(name string) {
	b.t.Helper()
	script, err := os.ReadFile("../console/node_modules/axe-core/axe.min.js")
	if err != nil {
		b.t.Fatal(err)
	}
	type violation struct {
		ID     string `json:"id"`
		Impact string `json:"impact"`
		Nodes  []struct {
			HTML    string `json:"html"`
			Summary string `json:"failureSummary"`
		} `json:"nodes"`
	}
	ctx, end := b.within(longest)
	defer end()
	there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`Boolean(window.axe)`))
	if err == nil && !there {
		_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](string(script)+"; true"))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](
		`axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical'))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, v := range found {
		for _, n := range v.Nodes {
			b.t.Errorf("%s: %s (%s): %s\n%s", name, v.ID, v.Impact, n.HTML, n.Summary)
		}
	}
}
