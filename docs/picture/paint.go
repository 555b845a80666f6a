package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// paint says how soon the overview shows something (first contentful paint), and how soon it is
// whole: in a browser that has no file of the console yet, and in one that has them. Each is
// the median of so many loads; a load is from the navigation on.
func (c *camera) paint(loads int) error {
	for _, of := range []struct {
		name string
		cold bool
	}{{"without its files", true}, {"with its files", false}} {
		var first, entire []float64
		for range loads + 1 {
			f, e, err := c.load(of.cold)
			if err != nil {
				return err
			}
			first, entire = append(first, f), append(entire, e)
		}
		// The load before all others finds a server that has not read these pages of its database.
		fmt.Printf("overview %s, median of %d: first contentful paint %.0f ms, whole after %.0f ms\n", of.name, loads, median(first[1:]), median(entire[1:]))
	}
	return nil
}

// load opens the overview, and returns after how many milliseconds it showed something and was whole.
func (c *camera) load(cold bool) (first, entire float64, err error) {
	if err := chromedp.Do(c.ctx, chromedp.Navigate("about:blank")); err != nil {
		return 0, 0, err
	}
	_, err = chromedp.Run(c.ctx, func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
		if _, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{}); err != nil {
			return cdp.Empty{}, err
		}
		return cdp.Call(ctx, t, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: cold})
	})
	if err != nil {
		return 0, 0, err
	}
	if err := chromedp.Do(c.ctx, chromedp.EmulateViewport(usual, usual*10/16), chromedp.Navigate(c.console+"/")); err != nil {
		return 0, 0, err
	}
	// The page is asked in each of its frames, so that the time is to a frame.
	const tiles = `document.querySelectorAll('.tiles dd a').length > 0`
	if _, err := chromedp.Run(c.ctx, chromedp.Poll[bool](`Boolean(`+whole+` && `+tiles+` && (window.entire ??= performance.now()))`, chromedp.WithPollingTimeout(time.Minute))); err != nil {
		return 0, 0, err
	}
	times, err := chromedp.Run(c.ctx, chromedp.Evaluate[[]float64](`[performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0, window.entire]`))
	if err != nil {
		return 0, 0, err
	}
	return times[0], times[1], nil
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
