package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/server/transcode"
)

// talkConfig has the settings of every command that asks a server through the client.
type talkConfig struct {
	remoteConfig
	JSON, CSV bool
	Operator  string

	args        []string
	path        string // the command, for its errors
	in          io.Reader
	out, errOut io.Writer

	c       *client.Client
	answers answers
	words   language
	codec   *transcode.Codec
	units   map[string]declared // of the products that it asked for
	public  bool                // it needs no key
	dryRun  bool
	tried   []*holdfastv1.CommandResult // of a dry run
}

// talks adds the common flags to the command, and opens a client while it runs.
func (c *talkConfig) talks(cmd *cobra.Command, run func(context.Context) error) *cobra.Command {
	c.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&c.JSON, "json", false, "print the server's answer")
	f.BoolVar(&c.CSV, "csv", false, "print comma-separated values with a header row")
	patience := f.Lookup("retry")
	patience.DefValue = patienceAtHand.String()
	c.Retry = patienceAtHand
	cmd.MarkFlagsMutuallyExclusive("json", "csv")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		c.takeIn(cmd, args)
		if err := c.open(); err != nil {
			return err
		}
		c.answers.wait = hintAfter(time.Second, func() {
			fmt.Fprintf(c.errOut, c.words.translate("no answer yet from %s, trying for %v")+"\n", c.URL, c.Retry)
		})
		err = run(cmd.Context())
		c.answers.wait.end()
		meant := ""
		if errors.Is(err, client.ErrNotFound) {
			meant = c.hintForMissing(cmd)
		}
		err = wordsIn(c.words, err, c.URL, meant, func(product string) declared { return c.unitOf(cmd.Context(), product) })
		return errors.Join(err, c.c.Close())
	}
	return cmd
}

// takeIn records the command line that is run.
func (c *talkConfig) takeIn(cmd *cobra.Command, args []string) {
	c.path, c.args = cmd.CommandPath(), args
	c.in, c.out, c.errOut = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	c.words = languageOf(environOf(cmd.Context()))
}

// usageError is the error of a wrong command line.
func (c *talkConfig) usageError(err error) error { return &usageError{err: err, path: c.path} }

// patienceAtHand is how long a person at a terminal waits.
const patienceAtHand = 10 * time.Second

// writes is talks for a command that writes.
func (c *talkConfig) writes(cmd *cobra.Command, run func(context.Context) error) *cobra.Command {
	cmd.Flags().StringVar(&c.Operator, "operator", "", "who is recorded with it (default: the key's name)")
	return c.talks(cmd, run)
}

// open makes the client.
func (c *talkConfig) open() error {
	err := c.checkURL()
	if err == nil && c.Key == "" && !c.public {
		err = c.keyless()
	}
	if err == nil {
		c.c, err = client.New(c.URL, client.WithKey(c.Key), client.WithOperator(c.Operator), client.WithTimeout(c.Retry),
			client.WithDialOptions(grpc.WithChainUnaryInterceptor(c.answers.unary, c.tryWrites), grpc.WithChainStreamInterceptor(c.answers.stream)))
	}
	if err != nil {
		return c.usageError(err)
	}
	return nil
}

// table is a table with these columns; the flags select what it prints.
func (c *talkConfig) table(columns ...string) *table {
	t := &table{out: c.out, csv: c.CSV}
	head := make([]any, len(columns))
	for i, name := range columns {
		head[i] = name
		if !c.CSV { // programs read those
			head[i] = c.words.translate(name)
		}
	}
	t.row(head...)
	return t
}

// tell prints the answer: unchanged from the server, or by the rows that fill puts into the
// table.
func (c *talkConfig) tell(shape proto.Message, t *table, fill func()) error {
	if c.JSON {
		return c.printRaw(c.answers.shaped(shape))
	}
	fill()
	return t.Flush()
}

// printRaw prints a message in the form of the API.
func (c *talkConfig) printRaw(m proto.Message) error {
	codec, err := c.json()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s\n", codec.Append(nil, m))
	return err
}

// json reads and writes the JSON of the API.
func (c *talkConfig) json() (_ *transcode.Codec, err error) {
	if c.codec == nil {
		c.codec, err = transcode.NewCodec(api.Services()...)
	}
	return c.codec, err
}

// document prints one thing: its own figures, and its parts below them. Programs that read
// CSV get only the parts, after the first figure, which names the thing.
func (c *talkConfig) document(shape proto.Message, head, parts *table) error {
	switch {
	case c.JSON:
		return c.tell(shape, parts, nil)
	case c.CSV:
		for i := range parts.rows {
			parts.rows[i] = append([]string{head.rows[min(i, 1)][0]}, parts.rows[i]...)
		}
		return parts.Flush()
	}
	if err := head.Flush(); err != nil || len(parts.rows) == 1 { // there is only its head
		return err
	}
	if _, err := fmt.Fprintln(c.out); err != nil {
		return err
	}
	return parts.Flush()
}

// printGone prints that something is no longer there.
func (c *talkConfig) printGone(text string, names ...any) error {
	if c.JSON {
		return c.tell(nil, nil, nil)
	}
	_, err := fmt.Fprintf(c.out, c.words.translate(text)+"\n", names...)
	return err
}

// seconds is the time of a flag, which must be whole seconds.
func (c *talkConfig) seconds(flag string, d time.Duration) error {
	if d < 0 || d%time.Second != 0 {
		return c.usageError(fmt.Errorf("--%s %v: it must be whole seconds, at least one", flag, d))
	}
	return nil
}

// printPages prints each page of a list.
func printPages[T any](ctx context.Context, c *talkConfig, t *table, token *string, page func(context.Context) (*client.Page[T], error), row func(*T)) error {
	for read := 0; ; {
		p, err := page(ctx)
		if err != nil {
			return err
		}
		err = c.tell(nil, t, func() {
			for i := range p.Items {
				row(&p.Items[i])
			}
		})
		if *token = p.NextPageToken; err != nil || *token == "" {
			return err
		}
		read += len(p.Items)
		c.progress(read)
	}
}

// pageSize is how many rows one call asks for.
const pageSize = 500

// wordsOf is the text for an error of a call of the client.
func wordsOf(err error, url string) error {
	return wordsIn("", err, url, "", func(string) declared { return declared{} })
}

// wordsIn is that text in the language, with a suggestion of what was meant, and what products are
// counted in.
func wordsIn(words language, err error, url, meant string, unitOf func(product string) declared) error {
	refused, ok := errors.AsType[*client.Error](err)
	if !ok {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	if refused.Code == client.CodeUnavailable {
		return &talkError{fmt.Sprintf(words.translate("no answer from %s: %s"), url, refused.Detail) + unclear(words, refused), refused}
	}
	var b strings.Builder
	fmt.Fprintf(&b, words.translate("the server refuses: %s (%s)"), refused.Detail, string(refused.Code))
	b.WriteString(meant)
	for _, v := range refused.Violations[min(1, len(refused.Violations)):] { // the first is in the detail
		b.WriteString("; " + v.Field + ": " + v.Reason)
	}
	for _, s := range refused.Shortages {
		u := unitOf(s.ProductID)
		fmt.Fprintf(&b, words.translate("; %s at %s: %s asked, %s available"), s.ProductID, s.LocationID, u.amount(s.Requested), u.amount(s.Available))
	}
	return &talkError{b.String() + unclear(words, refused), refused}
}

func unclear(words language, e *client.Error) string {
	if !e.Unknown {
		return ""
	}
	return words.translate("; the change may have been made, look before you repeat it")
}

// talkError is an error of the client in our words.
type talkError struct {
	text string
	err  error
}

func (e *talkError) Error() string { return e.text }
func (e *talkError) Unwrap() error { return e.err }

// units reads a quantity: smallest units, or with a point the declared unit.
func units(text string) (n int64, decimal string, err error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, "", nil
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil || !strings.Contains(text, ".") {
		return 0, "", fmt.Errorf("%q is no number", text)
	}
	return 0, text, nil
}

// lines reads PRODUCT=QUANTITY; without a quantity it is 1 when that is allowed.
func (c *talkConfig) lines(args []string, location string, one bool) ([]client.Item, error) {
	items := make([]client.Item, len(args))
	for i, arg := range args {
		at := strings.LastIndexByte(arg, '=')
		if at < 0 && one {
			items[i] = client.Item{ProductID: arg, LocationID: location, Quantity: 1}
			continue
		}
		if at <= 0 {
			return nil, c.usageError(fmt.Errorf("%q is not like mug=3", arg))
		}
		n, decimal, err := units(arg[at+1:])
		if err != nil {
			return nil, c.usageError(fmt.Errorf("%q: %w", arg, err))
		}
		items[i] = client.Item{ProductID: arg[:at], LocationID: location, Quantity: n, Decimal: decimal}
	}
	return items, nil
}

// attributes reads the arguments that name attributes of lots.
func (c *talkConfig) attributes(args []string) (client.Lot, error) {
	lot := client.Lot{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if _, twice := lot[name]; !ok || name == "" || value == "" || twice {
			return nil, c.usageError(fmt.Errorf("%q is not like batch=B7, or names an attribute again", arg))
		}
		lot[name] = value
	}
	return lot, nil
}

// moment reads the time of a flag, which may be left out.
func (c *talkConfig) moment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if at, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, c.usageError(fmt.Errorf("--%s %q is not like 2030-01-31T12:00:00Z or 2030-01-31", flag, text))
}

// formatTime shows a time as the server writes it, the zero time as nothing.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
