// Command picture takes the pictures of the console that the documents show: each page in
// English and Chinese, as the demo has it, as small WebP files.
//
//	make build && ./bin/holdfast demo --dir var/pictures     # in another terminal, until it serves
//	go run ./docs/picture --url http://localhost:8080 --key KEY docs/pictures
//
// With --paint it takes none, and says how soon the overview is there instead.
//
// It needs Chromium, as the tests of the console do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// shot is a picture: a page of the console at an address, and its width in CSS pixels.
type shot struct {
	name, path string
	width      int64
}

const (
	usual  = 1280
	screen = 1920
)

var shots = []shot{
	{"overview", "/", usual},
	{"figures", "/figures", usual},
	{"items", "/items?loc=berlin", usual},
	{"item", "/items/cup-300?loc=berlin", usual},
	{"why", "/items/kettle?loc=berlin&tab=why&ch=web&n=60", usual},
	{"orders", "/orders", usual},
	{"reservations", "/orders/reservations", usual},
	{"order", "/orders/C-1005", usual},
	{"selling", "/selling?product=cup-300&loc=berlin", usual},
	{"campaign", "/selling/campaigns/brew-week", usual},
	{"lots", "/lots", usual},
	{"map", "/places/map", usual},
	{"transfers", "/places/transfers", usual},
	{"journal", "/journal?loc=berlin", usual},
	{"inbox", "/inbox", usual},
	{"alerts", "/inbox/alerts", usual},
	{"files", "/files", usual},
	{"running", "/running", usual},
	{"wall", "/wall", screen},
}

func main() {
	url := flag.String("url", "http://localhost:8080", "where the demo serves")
	key := flag.String("key", "", "the key that the demo has printed")
	paint := flag.Int("paint", 0, "loads of the overview to measure, instead of pictures")
	flag.Parse()
	if err := run(*url, *key, flag.Arg(0), *paint); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(url, key, folder string, paint int) error {
	if key == "" || folder == "" && paint == 0 {
		return errors.New("usage: picture --url URL --key KEY FOLDER, or --paint 10 and no folder")
	}
	program, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		return fmt.Errorf("pictures need a browser: %w", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.Flag("force-color-profile", "srgb"))
	ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
	defer end()
	ctx, stop := chromedp.NewContext(ctx)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	c := camera{ctx: ctx, console: url + "/console", folder: folder}
	if err := c.signIn(key); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if paint > 0 {
		return c.paint(paint)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, language := range []string{"en", "zh"} {
		if err := c.speak(language); err != nil {
			return err
		}
		for _, s := range shots {
			if err := c.take(s, language); err != nil {
				return fmt.Errorf("%s in %s: %w", s.name, language, err)
			}
		}
	}
	return nil
}

// camera is a signed-in browser.
type camera struct {
	ctx             context.Context //nolint:containedctx // the browser's
	console, folder string
}

func (c *camera) signIn(key string) error {
	if err := chromedp.Do(c.ctx, chromedp.Navigate(c.console+"/items")); err != nil {
		return err
	}
	const field = `document.querySelector('input[type=password]')`
	if _, err := chromedp.Run(c.ctx, chromedp.Poll[bool](`(() => { const e = `+field+`; e?.focus(); return Boolean(e) })()`)); err != nil {
		return err
	}
	if err := chromedp.Do(c.ctx, chromedp.KeyEvent(key), chromedp.KeyEvent("\r")); err != nil {
		return err
	}
	_, err := chromedp.Run(c.ctx, chromedp.Poll[bool](`Boolean(!`+field+` && `+whole+`)`))
	return err
}

// speak sets the language of the pages.
func (c *camera) speak(language string) error {
	_, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](fmt.Sprintf(
		`(() => { localStorage.setItem('holdfast.preferences', JSON.stringify({language: %q, theme: 'light', keys: true})); return true })()`, language)))
	return err
}

// whole says that a page has loaded all its parts.
const whole = `document.querySelector('h1') && !document.querySelector('.ant-skeleton') && !document.querySelector('[aria-busy=true]')`

// drawing is how long charts draw themselves.
const drawing = 2 * time.Second

// capture is what the page shows, as WebP.
func capture(ctx context.Context, t *chromedp.Target) ([]byte, error) {
	quality, surface := int64(60), true
	r, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality, FromSurface: &surface})
	if err != nil {
		return nil, err
	}
	return r.Data, nil
}

// take takes one picture when the page is whole.
func (c *camera) take(s shot, language string) error {
	if err := chromedp.Do(c.ctx, chromedp.EmulateViewport(s.width, s.width*10/16), chromedp.Navigate(c.console+s.path)); err != nil {
		return err
	}
	if _, err := chromedp.Run(c.ctx, chromedp.Poll[bool](`Boolean(`+whole+`)`)); err != nil {
		return err
	}
	<-time.After(drawing)
	image, err := chromedp.Run(c.ctx, capture)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s.%s.webp", s.name, language)
	fmt.Println(name, len(image), "bytes")
	return os.WriteFile(filepath.Join(c.folder, name), image, 0o644)
}
