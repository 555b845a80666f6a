package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

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
		Example: "  holdfast " + example + " --url http://127.0.0.1:8080",
	}
}

// asks gives the command the flags that all of them have.
func (c *askConfig) asks(cmd *cobra.Command, run func(context.Context) error) *cobra.Command {
	c.flags(cmd)
	cmd.Flags().BoolVar(&c.JSON, "json", false, "print the server's answer")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.takeIn(cmd, args)
		return run(cmd.Context())
	}
	return cmd
}

// takeIn notes the command line that is run.
func (c *askConfig) takeIn(cmd *cobra.Command, args []string) {
	c.path, c.args = cmd.CommandPath(), args
	c.in, c.out, c.errOut = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
}

// ask carries out one call.
func (c *askConfig) ask(ctx context.Context, verb, path string, body any) (json.RawMessage, error) {
	return c.write(ctx, c.path, c.errOut, verb, path, body)
}

// show prints an answer, as it is or as say puts it in words.
func (c *askConfig) show(answer json.RawMessage, say func([]byte) error) error {
	if c.JSON {
		_, err := fmt.Fprintf(c.out, "%s\n", answer)
		return err
	}
	return say(answer)
}

// inWords reads an answer for say.
func inWords[T any](say func(*T) error) func([]byte) error {
	return func(answer []byte) error {
		var t T
		if err := json.Unmarshal(answer, &t); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		return say(&t)
	}
}

// answer carries out one call and prints what it says.
func (c *askConfig) answer(ctx context.Context, verb, path string, body any, say func([]byte) error) error {
	answer, err := c.ask(ctx, verb, path, body)
	if err != nil {
		return err
	}
	return c.show(answer, say)
}

// pages reads a list page after page and prints each.
func (c *askConfig) pages(ctx context.Context, path string, query url.Values, say func(page []byte) error) error {
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
		if err := c.show(answer, say); err != nil || page.Next == "" {
			return err
		}
		query.Set("page_token", page.Next)
	}
}

// itemsAnswer is an answer, or a page of one, that lists items.
type itemsAnswer[T any] struct {
	Items []T `json:"items"`
}

// list prints the items of all pages of a list into the table.
func list[T any](ctx context.Context, c *askConfig, path string, query url.Values, t *table, row func(*T)) error {
	err := c.pages(ctx, path, query, inWords(func(page *itemsAnswer[T]) error {
		for i := range page.Items {
			row(&page.Items[i])
		}
		return nil
	}))
	if err != nil || c.JSON {
		return err
	}
	return t.Flush()
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
