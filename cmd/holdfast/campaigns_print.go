package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
)

// campaignAnswer is what "campaigns" shows of the server's answer.
type campaignAnswer struct {
	ID    string `json:"campaign_id"`
	Name  string `json:"name"`
	State string `json:"state"`
	Rule  struct {
		Starts string `json:"starts_at"`
		Ends   string `json:"ends_at"`
	} `json:"rule"`
	Ended   string         `json:"ended_at"`
	Count   int64          `json:"item_count"`
	Pending int64          `json:"pending"`
	Refused int64          `json:"refused"`
	Items   []campaignItem `json:"items"`
}

type campaignItem struct {
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Quota     int64  `json:"quota"`
	State     string `json:"state"`
	Detail    string `json:"detail"`
	Ended     bool   `json:"ended"`
	Remaining int64  `json:"remaining"`
	Held      int64  `json:"held"`
	Sold      int64  `json:"sold"`
}

// said is the item's state with why.
func (i *campaignItem) said() string {
	text := i.State
	if i.Ended {
		text += ", ended"
	}
	if i.Detail != "" {
		text += ": " + i.Detail
	}
	return text
}

func (k *campaignAnswer) headline() string {
	line := fmt.Sprintf("%s is %s: %d items, %d pending, %d refused", k.ID, k.State, k.Count, k.Pending, k.Refused)
	if k.Ended != "" {
		return line + ", ended " + k.Ended
	}
	if k.Rule.Starts != "" {
		line += ", from " + k.Rule.Starts
	}
	if k.Rule.Ends != "" {
		line += ", until " + k.Rule.Ends
	}
	return line
}

// answered reads an answer, and prints it when it is wanted as it came.
func (c *campaignsConfig) answered(answer []byte) (k campaignAnswer, err error) {
	if err := json.Unmarshal(answer, &k); err != nil {
		return k, fmt.Errorf("read the answer: %w", err)
	}
	if c.JSON {
		fmt.Fprintf(c.out, "%s\n", answer)
	}
	return k, nil
}

func (c *campaignsConfig) printOne(answer []byte) error {
	k, err := c.answered(answer)
	if err == nil && !c.JSON {
		fmt.Fprintln(c.out, k.headline())
	}
	return err
}

// printRefused prints the items that the books refused, and returns how many.
func (k *campaignAnswer) printRefused(c *campaignsConfig) (n int) {
	for i := range k.Items {
		if it := &k.Items[i]; it.State == "refused" {
			n++
			if !c.JSON {
				fmt.Fprintf(c.out, "%s at %s is %s\n", it.Product, it.Location, it.said())
			}
		}
	}
	return n
}

// showOne prints a campaign and its items, page after page.
func (c *campaignsConfig) showOne(ctx context.Context) error {
	t := newTable(c.out, "product", "location", "quota", "remaining", "held", "sold", "state")
	begun := false
	err := c.pages(ctx, "/v1/campaigns/"+url.PathEscape(c.args[0]), url.Values{}, func(page []byte) error {
		k, err := c.answered(page)
		if err != nil {
			return err
		}
		if !begun {
			begun = true
			fmt.Fprintln(c.out, k.headline())
		}
		for i := range k.Items {
			it := &k.Items[i]
			t.row(it.Product, it.Location, it.Quota, it.Remaining, it.Held, it.Sold, it.said())
		}
		return nil
	})
	if err != nil || c.JSON {
		return err
	}
	return t.Flush()
}

func (c *campaignsConfig) list(ctx context.Context) error {
	t := newTable(c.out, "campaign", "state", "items", "pending", "refused", "name")
	return list(ctx, &c.askConfig, "/v1/campaigns", url.Values{}, t, func(k *campaignAnswer) {
		t.row(k.ID, k.State, k.Count, k.Pending, k.Refused, k.Name)
	})
}
