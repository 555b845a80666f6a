package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

// detailsConfig has the settings of "details" and its commands.
type detailsConfig struct {
	talkConfig
	Title, Text, Seller string
	Attributes, Tags    []string
}

func newDetails() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "details",
		Short: "See and set what shoppers are shown of products",
		Long: `Details are the title, the text, the seller, the attributes and the tags of a product.
Products that have details are found by search. See docs/guide/search.md.`,
		Example: "  holdfast details list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newDetailsSet(), newDetailsShow(), newDetailsList(), newDetailsImport(), newDetailsDrop())
	return cmd
}

func newDetailsSet() *cobra.Command {
	var cfg detailsConfig
	cmd := cfg.writes(&cobra.Command{
		Use:     "set PRODUCT",
		Short:   "Set all details of a product",
		Example: `  holdfast details set mug --title "Blue mug" --attribute brand=acme --attribute color=blue --tag kitchen`,
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		attributes, err := readAttributes(&cfg.talkConfig, cfg.Attributes)
		if err != nil {
			return err
		}
		kept, err := cfg.c.Details.Set(ctx, client.Details{
			ProductID: cfg.args[0], Title: cfg.Title, Text: cfg.Text, SellerID: cfg.Seller, Attributes: attributes, Tags: cfg.Tags,
		})
		if err != nil {
			return err
		}
		t := cfg.details()
		return cfg.tell(nil, t, func() { cfg.detail(t, &kept[0]) })
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Title, "title", "", "the title, one line")
	f.StringVar(&cfg.Text, "text", "", "the text, which may have several lines")
	f.StringVar(&cfg.Seller, "seller", "", "who sells it")
	f.StringArrayVar(&cfg.Attributes, "attribute", nil, "an attribute, like brand=acme (repeatable)")
	f.StringArrayVar(&cfg.Tags, "tag", nil, "a tag (repeatable)")
	return cmd
}

// readAttributes reads the attributes of flags.
func readAttributes(c *talkConfig, pairs []string) (map[string]string, error) {
	all := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, c.usageError(fmt.Errorf("--attribute %q is not like brand=acme", pair))
		}
		all[name] = value
	}
	return all, nil
}

func newDetailsShow() *cobra.Command {
	var cfg detailsConfig
	return cfg.talks(&cobra.Command{Use: "show PRODUCT", Short: "Show the details of a product", Example: "  holdfast details show mug", Args: cobra.ExactArgs(1)}, func(ctx context.Context) error {
		d, err := cfg.c.Details.Get(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		t := cfg.details()
		return cfg.tell(nil, t, func() { cfg.detail(t, d) })
	})
}

func newDetailsList() *cobra.Command {
	var cfg detailsConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List the details of all products", Example: "  holdfast details list --csv", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.details()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Details], error) { return cfg.c.Details.List(ctx, r) },
			func(d *client.Details) { cfg.detail(t, d) })
	})
}

func newDetailsDrop() *cobra.Command {
	var cfg detailsConfig
	return cfg.writes(&cobra.Command{Use: "drop PRODUCT", Short: "Take the details of a product away", Example: "  holdfast details drop mug", Args: cobra.ExactArgs(1)}, func(ctx context.Context) error {
		if err := cfg.c.Details.Drop(ctx, cfg.args[0]); err != nil {
			return err
		}
		return cfg.printGone("product %s has no details", cfg.args[0])
	})
}

const (
	// detailsBatch is how many products are set at once.
	detailsBatch = 200
	// maxDetailsLine bounds a line of a file of details.
	maxDetailsLine = 64 << 10
)

func newDetailsImport() *cobra.Command {
	var cfg detailsConfig
	return cfg.writes(&cobra.Command{
		Use:   "import FILE",
		Short: "Set the details of the products in a file",
		Long: `Import reads a file with a JSON object in each line, like
  {"product_id":"mug","title":"Blue mug","attributes":{"brand":"acme"},"tags":["kitchen"]}
and sets the details 200 products at a time. Where it fails it says the lines; those
before them are set, and to import the file again changes nothing. - reads standard
input.`,
		Example: "  holdfast details import products.ndjson",
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		from := cfg.in
		if name := cfg.args[0]; name != "-" {
			file, err := os.Open(name)
			if err != nil {
				return cfg.usageError(err)
			}
			defer file.Close()
			from = file
		}
		n, err := cfg.importDetails(ctx, from)
		if err != nil {
			return err
		}
		t := cfg.table("products")
		return cfg.tell(nil, t, func() { t.row(n) })
	})
}

// importDetails sets the details in the lines, and returns how many there were.
func (c *detailsConfig) importDetails(ctx context.Context, file io.Reader) (n int, err error) {
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxDetailsLine)
	var batch []client.Details
	line, first := 0, 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if _, err := c.c.Details.Set(ctx, batch...); err != nil {
			fmt.Fprintf(c.errOut, c.words.translate("lines %d to %d are not set:")+"\n", first, line)
			return err
		}
		n += len(batch)
		batch = batch[:0]
		return nil
	}
	for lines.Scan() {
		line++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		if len(batch) == 0 {
			first = line
		}
		var m holdfastv1.SetDetailsRequest
		if err := protojson.Unmarshal(text, &m); err != nil {
			return n, errors.Join(flush(), fmt.Errorf("line %d: %w", line, err))
		}
		batch = append(batch, client.Details{
			ProductID: m.GetProductId(), Title: m.GetTitle(), Text: m.GetText(), SellerID: m.GetSellerId(), Attributes: m.GetAttributes(), Tags: m.GetTags(),
		})
		if len(batch) == detailsBatch {
			if err := flush(); err != nil {
				return n, err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return n, errors.Join(flush(), fmt.Errorf("line %d: %w", line+1, err))
	}
	return n, flush()
}

func (c *detailsConfig) details() *table {
	return c.table("product", "title", "seller", "attributes", "tags", "version")
}

func (c *detailsConfig) detail(t *table, d *client.Details) {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(d.Attributes)) {
		all = append(all, name+"="+d.Attributes[name])
	}
	t.row(d.ProductID, d.Title, d.SellerID, strings.Join(all, ", "), strings.Join(d.Tags, ", "), d.Version)
}
