package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// askConfig is what every command is told that asks a server for something and
// prints the answer.
type askConfig struct {
	remoteConfig
	JSON bool

	args        []string
	path        string // the command, for its errors
	in          io.Reader
	out, errOut io.Writer
}

// asking is a command that asks a server; its example is without the address and
// the key.
func asking(use, short, example string, args cobra.PositionalArgs) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: args,
		Example: "  holdfast " + example + " --url http://127.0.0.1:8080 --key $KEY",
	}
}

// asks gives the command the flags that all of them have.
func (c *askConfig) asks(cmd *cobra.Command, run func(context.Context) error) *cobra.Command {
	c.flags(cmd)
	cmd.Flags().BoolVar(&c.JSON, "json", false, "print the server's answer")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.path, c.args = cmd.CommandPath(), args
		c.in, c.out, c.errOut = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
		return run(cmd.Context())
	}
	for _, flag := range []string{"url", "key"} {
		markRequired(cmd, flag)
	}
	return cmd
}

// ask carries out one call.
func (c *askConfig) ask(ctx context.Context, verb, path string, body any) (json.RawMessage, error) {
	return c.write(ctx, c.path, c.errOut, verb, path, body)
}

// show prints an answer, as it is or in words.
func (c *askConfig) show(answer json.RawMessage, inWords func([]byte) error) error {
	if c.JSON {
		_, err := fmt.Fprintf(c.out, "%s\n", answer)
		return err
	}
	return inWords(answer)
}

// answer carries out one call and prints what it says.
func (c *askConfig) answer(ctx context.Context, verb, path string, body any, inWords func([]byte) error) error {
	answer, err := c.ask(ctx, verb, path, body)
	if err != nil {
		return err
	}
	return c.show(answer, inWords)
}

// pages reads a list page after page and prints each.
func (c *askConfig) pages(ctx context.Context, path string, query url.Values, inWords func(page []byte) error) error {
	query.Set("page_size", listed)
	for {
		answer, err := c.ask(ctx, http.MethodGet, path+"?"+query.Encode(), nil)
		if err != nil {
			return err
		}
		var page struct {
			Next string `json:"next_page_token"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		if err := c.show(answer, inWords); err != nil || page.Next == "" {
			return err
		}
		query.Set("page_token", page.Next)
	}
}

// list prints the items of all pages of a list as a table.
func list[T any](ctx context.Context, c *askConfig, path string, query url.Values, head string, row func(io.Writer, *T)) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	if !c.JSON {
		fmt.Fprintln(w, head)
	}
	err := c.pages(ctx, path, query, func(text []byte) error {
		var page struct {
			Items []T `json:"items"`
		}
		if err := json.Unmarshal(text, &page); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		for i := range page.Items {
			row(w, &page.Items[i])
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

// wrong says that the command was called in a way that makes no sense.
func (c *askConfig) wrong(err error) error { return &usageError{err: err, path: c.path} }

// where is the query for a location, "": none.
func where(location string) string {
	if location == "" {
		return ""
	}
	return "?" + narrowed(map[string]string{"location_id": location}).Encode()
}

// narrowed is a query of those texts that say something.
func narrowed(texts map[string]string) url.Values {
	query := url.Values{}
	for name, text := range texts {
		if text != "" {
			query.Set(name, text)
		}
	}
	return query
}

// filled is a body of those texts that say something.
func filled(texts map[string]string) map[string]any {
	body := map[string]any{}
	for name, text := range texts {
		if text != "" {
			body[name] = text
		}
	}
	return body
}
