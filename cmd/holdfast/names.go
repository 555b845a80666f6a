package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/nearest"
)

const (
	// nearWait is how long a hint may take, completeWait how long the shell waits for
	// completions.
	nearWait     = 2 * time.Second
	completeWait = time.Second
)

// namesOf are the server's names for a kind of argument, such as PRODUCT: of most kinds only
// the first page.
func (c *talkConfig) namesOf(ctx context.Context, kind, begin string) ([]string, error) {
	first := client.List{PageSize: pageSize}
	switch kind {
	case "PRODUCT":
		page, err := c.c.List(ctx, client.List{PageSize: pageSize, Eventual: true})
		return namesOn(page, err, func(i *client.Inventory) string { return i.ProductID })
	case "LOCATION", "FROM", "TO":
		page, err := c.c.Locations.List(ctx, first)
		return namesOn(page, err, func(l *client.Location) string { return l.LocationID })
	case "ORDER":
		page, err := c.c.Holds(ctx, client.Holds{OrderPrefix: begin, PageSize: pageSize})
		return namesOn(page, err, func(r *client.Reservation) string { return r.OrderID })
	case "CAMPAIGN":
		page, err := c.c.Campaigns.List(ctx, first)
		return namesOn(page, err, func(k *client.Campaign) string { return k.CampaignID })
	case "TRANSFER":
		page, err := c.c.Transfers.List(ctx, client.Transfers{PageSize: pageSize})
		return namesOn(page, err, func(t *client.Transfer) string { return t.TransferID })
	case "CASE":
		page, err := c.c.Cases.List(ctx, client.CaseList{PageSize: pageSize})
		return namesOn(page, err, func(k *client.Case) string { return k.CaseID })
	case "RULE":
		page, err := c.c.Replenishments.List(ctx, first)
		return namesOn(page, err, func(r *client.Replenishment) string { return r.RuleID })
	case "TILL":
		page, err := c.c.Tills.List(ctx, client.TillList{PageSize: pageSize})
		return namesOn(page, err, func(t *client.Till) string { return t.TillID })
	case "ID":
		page, err := c.c.Tenant.Keys(ctx, first)
		return namesOn(page, err, func(k *client.APIKey) string { return k.ID })
	case "REASON":
		all, err := c.c.Tenant.Reasons(ctx)
		return namesOn(&client.Page[client.Reason]{Items: all}, err, func(r *client.Reason) string { return r.Code })
	case "SINK":
		page, err := c.c.Sinks.List(ctx, first)
		return namesOn(page, err, func(s *client.Sink) string { return s.Name })
	case "KIND":
		return api.Values((&holdfastv1.SetSinkRequest{}).ProtoReflect().Descriptor().Fields().ByName("kind")), nil
	case "SOURCE":
		page, err := c.c.Sources.List(ctx, first)
		return namesOn(page, err, func(s *client.Source) string { return s.Name })
	case "BROKER":
		return api.Values((&holdfastv1.SetSourceRequest{}).ProtoReflect().Descriptor().Fields().ByName("kind")), nil
	case "MESSAGE":
		if len(c.args) == 0 {
			return nil, nil
		}
		page, err := c.c.Sources.Parked(ctx, client.SourceList{Name: c.args[0], PageSize: pageSize})
		return namesOn(page, err, func(p *client.ParkedMessage) string { return p.ID })
	case "PARKED", "DELIVERY":
		return c.namesInSink(ctx, kind)
	case "ACCOUNT":
		return []string{string(client.Damaged), string(client.SharedPool), string(client.Quality), string(client.QuotaOf("")), string(client.Withheld)}, nil
	}
	return nil, nil
}

// namesInSink are the names in the sink that the first argument names.
func (c *talkConfig) namesInSink(ctx context.Context, kind string) ([]string, error) {
	if len(c.args) == 0 {
		return nil, nil
	}
	r := client.SinkList{Name: c.args[0], PageSize: pageSize}
	if kind == "PARKED" {
		page, err := c.c.Sinks.Parked(ctx, r)
		return namesOn(page, err, func(p *client.ParkedEvent) string { return p.ID })
	}
	page, err := c.c.Sinks.Deliveries(ctx, r)
	return namesOn(page, err, func(d *client.Delivery) string { return d.ID })
}

// namesOn are the distinct names on a page.
func namesOn[T any](page *client.Page[T], err error, of func(*T) string) ([]string, error) {
	if err != nil {
		return nil, err
	}
	names := make([]string, len(page.Items))
	for i := range page.Items {
		names[i] = of(&page.Items[i])
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// forms are the words after a command's name, which name the kinds of its arguments.
func forms(cmd *cobra.Command) []string {
	_, rest, _ := strings.Cut(cmd.Use, " ")
	if rest == "" {
		return nil
	}
	return strings.Fields(rest)
}

// form is the kind of argument number n, such as PRODUCT; the last argument may be
// repeated.
func form(cmd *cobra.Command, n int) string {
	all := forms(cmd)
	if n >= len(all) && len(all) > 0 && strings.HasSuffix(all[len(all)-1], "…") {
		n = len(all) - 1
	}
	if n >= len(all) {
		return ""
	}
	return strings.Trim(all[n], "[]….")
}

// asked is a name in an argument or a flag, and its kind.
type asked struct{ kind, name string }

// hintForMissing is a hint for the answer that something was not found.
func (c *talkConfig) hintForMissing(cmd *cobra.Command) string {
	var all, orders []asked
	kinds := flagKinds(cmd)
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if kind := kinds[f.Name]; kind != "" && kind != "ORDER" && f.Value.Type() == "string" {
			all = append(all, asked{kind, f.Value.String()})
		}
	})
	for i, arg := range c.args {
		switch kind := form(cmd, i); {
		case strings.HasPrefix(kind, "PRODUCT="):
			product, _, _ := strings.Cut(arg, "=")
			all = append(all, asked{"PRODUCT", product})
		case kind == "ORDER" && cmd.Name() != "reserve": // which may be new there
			orders = append(orders, asked{kind, arg})
		default:
			all = append(all, asked{kind, arg})
		}
	}
	return c.suggestNearest(context.WithoutCancel(cmd.Context()), append(all, orders...)...)
}

// suggestNearest asks for the existing names and suggests the nearest to the one that was not found,
// with a blank before it; nothing when none is near.
func (c *talkConfig) suggestNearest(ctx context.Context, all ...asked) string {
	ctx, cancel := context.WithTimeout(ctx, nearWait)
	defer cancel()
	for _, a := range all {
		if a.name == "" {
			continue
		}
		known, err := c.namesOf(ctx, a.kind, "")
		if err != nil {
			continue // it is only a hint
		}
		if near := nearest.To(a.name, known); near != "" && near != a.name {
			return fmt.Sprintf(c.words.translate(" (did you mean %q?)"), near)
		}
	}
	return ""
}

// flagKinds is the kinds of the values of flags, by the flags' names.
func flagKinds(cmd *cobra.Command) map[string]string {
	place := "LOCATION"
	if cmd.HasParent() && cmd.Parent().Name() == "inventory" {
		place = "ACCOUNT" // of one product at one location
	}
	if cmd.HasParent() && cmd.Parent().Name() == "sinks" {
		place = "" // of the log
	}
	return map[string]string{
		"location": "LOCATION", "from": place, "to": place, "move-to": "LOCATION", "pickup": "LOCATION", "default-location": "LOCATION",
		"locations": "LOCATION", "product": "PRODUCT", "order": "ORDER", "for-order": "ORDER", "reason-code": "REASON",
	}
}

// completeFromServer lets the shell complete the products, orders and locations of commands
// that call a server with the names on the server.
func completeFromServer(tree *cobra.Command) {
	for _, cmd := range tree.Commands() {
		completeFromServer(cmd)
	}
	if tree.Flags().Lookup("url") == nil {
		return
	}
	tree.ValidArgsFunction = func(cmd *cobra.Command, args []string, begin string) ([]string, cobra.ShellCompDirective) {
		what := form(cmd, len(args))
		switch {
		case strings.Contains(what, "|"):
			return strings.Split(what, "|"), cobra.ShellCompDirectiveNoFileComp
		case strings.HasPrefix(what, "FILE"):
			return nil, cobra.ShellCompDirectiveDefault
		case strings.HasPrefix(what, "PRODUCT="):
			return completions(cmd, args, begin, "PRODUCT", "="), cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
		case strings.HasPrefix(what, "PRODUCT"):
			return completions(cmd, args, begin, "PRODUCT", ""), cobra.ShellCompDirectiveNoFileComp
		}
		return completions(cmd, args, begin, what, ""), cobra.ShellCompDirectiveNoFileComp
	}
	for flag, kind := range flagKinds(tree) {
		if tree.Flags().Lookup(flag) == nil {
			continue
		}
		err := tree.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, args []string, begin string) ([]string, cobra.ShellCompDirective) {
			return completions(cmd, args, begin, kind, ""), cobra.ShellCompDirectiveNoFileComp
		})
		if err != nil {
			panic(err) // the flag was looked up above, and has one function
		}
	}
}

// completions are the names of that kind with that beginning, each with an end. Without a
// server or a key there are none.
func completions(cmd *cobra.Command, args []string, begin, kind, end string) []string {
	if err := settle(cmd, environOf(cmd.Context())); err != nil {
		return nil
	}
	c := talkConfig{args: args}
	c.URL, c.Key, c.Retry = cmd.Flags().Lookup("url").Value.String(), cmd.Flags().Lookup(keyFlag).Value.String(), completeWait
	if c.open() != nil {
		return nil
	}
	defer c.c.Close()
	ctx, cancel := context.WithTimeout(cmd.Context(), completeWait)
	defer cancel()
	names, err := c.namesOf(ctx, kind, begin)
	if err != nil {
		return nil
	}
	var fit []string
	for _, name := range names {
		if strings.HasPrefix(name, begin) {
			fit = append(fit, name+end)
		}
	}
	return fit
}

// progress shows on a terminal how much of a long list was read.
func (c *talkConfig) progress(rows int) {
	if file, ok := c.errOut.(*os.File); !ok || !isatty.IsTerminal(file.Fd()) || isTerminal(c.out) {
		return // the rows themselves show it
	}
	fmt.Fprintf(c.errOut, "\r"+c.words.translate("%d rows"), rows)
}

func isTerminal(w any) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
