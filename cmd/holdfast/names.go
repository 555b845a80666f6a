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

	"holdfast.dev/holdfast/client"
)

const (
	// nearWait is how long a hint may take, completeWait how long the shell waits
	// for what may follow.
	nearWait     = 2 * time.Second
	completeWait = time.Second
)

// productNames are the products of the first page of the stock.
func (c *talkConfig) productNames(ctx context.Context) ([]string, error) {
	page, err := c.c.List(ctx, client.List{PageSize: pageSize, Eventual: true})
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range page.Items {
		names = append(names, page.Items[i].ProductID)
	}
	return slices.Compact(names), nil
}

func (c *talkConfig) locationNames(ctx context.Context) ([]string, error) {
	page, err := c.c.Locations.List(ctx, client.List{PageSize: pageSize})
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range page.Items {
		names = append(names, page.Items[i].LocationID)
	}
	return names, nil
}

func (c *talkConfig) orderNames(ctx context.Context, begin string) ([]string, error) {
	page, err := c.c.Holds(ctx, client.Holds{OrderPrefix: begin, PageSize: pageSize})
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range page.Items {
		names = append(names, page.Items[i].OrderID)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// forms are the words behind a command's name, which say what its arguments are.
func forms(cmd *cobra.Command) []string {
	_, rest, _ := strings.Cut(cmd.Use, " ")
	if rest == "" {
		return nil
	}
	return strings.Fields(rest)
}

// form is what the argument at place n is, such as PRODUCT; the last one may be
// given again.
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

// meant is a hint for an answer that something was not found.
func (c *talkConfig) meant(cmd *cobra.Command) string {
	product, location := "", ""
	for i, arg := range c.args {
		if strings.HasPrefix(form(cmd, i), "PRODUCT") && product == "" {
			product = arg
			if strings.Contains(form(cmd, i), "=") {
				product, _, _ = strings.Cut(arg, "=")
			}
		}
	}
	if f := cmd.Flags().Lookup("location"); f != nil {
		location = f.Value.String()
	}
	return c.near(context.WithoutCancel(cmd.Context()), product, location)
}

// completeFromServer lets the shell complete the products, orders and locations of
// commands that call a server, with what the server has.
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
			return completions(cmd, begin, "PRODUCT", "="), cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
		case strings.HasPrefix(what, "PRODUCT"):
			return completions(cmd, begin, "PRODUCT", ""), cobra.ShellCompDirectiveNoFileComp
		}
		return completions(cmd, begin, what, ""), cobra.ShellCompDirectiveNoFileComp
	}
	for _, flag := range []string{"location", "from", "to", "move-to"} {
		if tree.Flags().Lookup(flag) == nil {
			continue
		}
		err := tree.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, begin string) ([]string, cobra.ShellCompDirective) {
			return completions(cmd, begin, "LOCATION", ""), cobra.ShellCompDirectiveNoFileComp
		})
		if err != nil {
			panic(err) // the flag was looked up above, and has one function
		}
	}
}

// completions are the names of that kind that begin so, with an end. Without a
// server or a key there are none.
func completions(cmd *cobra.Command, begin, kind, end string) []string {
	if err := settle(cmd, environOf(cmd.Context())); err != nil {
		return nil
	}
	c := talkConfig{}
	c.URL, c.Key, c.Retry = cmd.Flags().Lookup("url").Value.String(), cmd.Flags().Lookup(keyFlag).Value.String(), completeWait
	c.answers.wait = time.NewTimer(time.Hour)
	if c.open() != nil {
		return nil
	}
	defer c.c.Close()
	ctx, cancel := context.WithTimeout(cmd.Context(), completeWait)
	defer cancel()
	var names []string
	var err error
	switch kind {
	case "PRODUCT":
		names, err = c.productNames(ctx)
	case "LOCATION":
		names, err = c.locationNames(ctx)
	case "ORDER":
		names, err = c.orderNames(ctx, begin)
	}
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

// progress says on a terminal how much of a long list was read.
func (c *talkConfig) progress(rows int) {
	if file, ok := c.errOut.(*os.File); !ok || !isatty.IsTerminal(file.Fd()) || isTerminal(c.out) {
		return // the rows themselves show it
	}
	fmt.Fprintf(c.errOut, "\r"+c.words.say("%d rows"), rows)
}

func isTerminal(w any) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
