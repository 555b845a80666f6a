package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/spf13/cobra"
)

// campaignsConfig is what "campaigns" and its commands are told.
type campaignsConfig struct {
	askConfig
}

func newCampaigns() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "campaigns",
		Short: "Give products to campaigns: set, show, end",
		Long: `Campaigns are documents: a rule (from when until when, how much an order and a
customer gets) and the products with their quotas. These commands talk to a running
server; docs/guide/campaigns.md has the whole story.`,
		Example: "  holdfast campaigns list --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newCampaignsList(), newCampaignsShow(), newCampaignsSet(), newCampaignsEnd())
	return cmd
}

func newCampaignsList() *cobra.Command {
	var cfg campaignsConfig
	return cfg.asks(asking("list", "List campaigns", "campaigns list", cobra.NoArgs), cfg.list)
}

func newCampaignsShow() *cobra.Command {
	var cfg campaignsConfig
	return cfg.asks(asking("show CAMPAIGN", "Show a campaign and what it has sold", "campaigns show flash", cobra.ExactArgs(1)), cfg.showOne)
}

func newCampaignsSet() *cobra.Command {
	var cfg campaignsConfig
	return cfg.asks(&cobra.Command{
		Use:   "set FILE",
		Short: "Set a campaign from a file",
		Long: `Set stores a campaign and gives it to the books. FILE, or - for standard input, is
JSON: the body of PUT /v1/campaigns/{campaign_id}, with the campaign_id and as many
items as you like. Items that it does not name stay as they are. It prints what the
books refused, and then ends with 1: run it again when there are enough units.`,
		Example: "  holdfast campaigns set flash.json --url http://127.0.0.1:8080",
		Args:    cobra.ExactArgs(1),
	}, cfg.set)
}

func newCampaignsEnd() *cobra.Command {
	var cfg campaignsConfig
	return cfg.asks(asking("end CAMPAIGN", "End a campaign now; what remains goes back to the pool", "campaigns end flash", cobra.ExactArgs(1)), func(ctx context.Context) error {
		answer, err := cfg.send(ctx, http.MethodDelete, "/"+url.PathEscape(cfg.args[0]), nil)
		if err != nil {
			return err
		}
		return cfg.printOne(answer)
	})
}

func (c *campaignsConfig) send(ctx context.Context, verb, path string, body any) (json.RawMessage, error) {
	return c.ask(ctx, verb, "/v1/campaigns"+path, body)
}

// campaignFile is what "campaigns set" reads. What is in it is for the server to
// judge, but for how many items go into one call.
type campaignFile struct {
	ID    string            `json:"campaign_id"`
	Name  string            `json:"name,omitempty"`
	Text  string            `json:"text,omitempty"`
	Rule  json.RawMessage   `json:"rule,omitempty"`
	Items []json.RawMessage `json:"items,omitempty"`
}

// itemsAtOnce is how many items one call takes.
const itemsAtOnce = 1000

func (c *campaignsConfig) read() (f campaignFile, err error) {
	var text []byte
	if c.args[0] == "-" {
		text, err = io.ReadAll(c.in)
	} else {
		text, err = os.ReadFile(c.args[0])
	}
	if err != nil {
		return f, fmt.Errorf("read the campaign: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err = d.Decode(&f); err == nil && d.More() {
		err = errors.New("there is more behind the campaign")
	}
	if err == nil && f.ID == "" {
		err = errors.New("campaign_id is missing")
	}
	if err != nil {
		return f, c.wrong(fmt.Errorf("%s: %w", c.args[0], err))
	}
	return f, nil
}

// set stores the campaign with its first items, and then the others.
func (c *campaignsConfig) set(ctx context.Context) error {
	f, err := c.read()
	if err != nil {
		return err
	}
	path, items := "/"+url.PathEscape(f.ID), f.Items
	f.Items = items[:min(itemsAtOnce, len(items))]
	items = items[len(f.Items):]
	body := map[string]any{"name": f.Name, "text": f.Text, "items": f.Items}
	if f.Rule != nil {
		body["rule"] = f.Rule
	}
	answer, err := c.send(ctx, http.MethodPut, path, body)
	refused := 0
	for err == nil {
		var k campaignAnswer
		if k, err = c.answered(answer); err != nil {
			return err
		}
		refused += k.printRefused(c)
		if len(items) == 0 {
			if !c.JSON {
				fmt.Fprintln(c.out, k.headline())
			}
			break
		}
		part := items[:min(itemsAtOnce, len(items))]
		items = items[len(part):]
		answer, err = c.send(ctx, http.MethodPost, path+"/items", map[string]any{"items": part})
	}
	if err == nil && refused > 0 {
		err = fmt.Errorf("the books refuse %d of the items", refused)
	}
	return err
}
