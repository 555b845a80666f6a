package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Details are what shoppers are shown of a product, and find it by.
type Details struct {
	Tenant  string `json:"-"`
	Product string `json:"-"`
	// Number counts the tenant's products that have had details, from 1.
	Number     int64             `json:"number"`
	Version    int64             `json:"version"` // grows by one with each change, also over a time in which there were none
	Changed    Moment            `json:"changed"`
	Title      string            `json:"title,omitempty"` // "" of details that were taken away
	Text       string            `json:"text,omitempty"`
	Seller     string            `json:"seller_id,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Tags       []string          `json:"tags,omitempty"`
}

// These are the bounds of details; sizes are in bytes.
const (
	MaxTitle          = 512
	MaxText           = 8 << 10
	MaxSeller         = 128
	MaxAttributes     = 50
	MaxAttributeName  = 64
	MaxAttributeValue = 256
	MaxTags           = 50
	MaxTag            = 64
)

// Check returns what may not be kept of the details.
func (d *Details) Check() error {
	bad := func(field, why string) error { return &InvalidError{Field: field, Reason: why} }
	if err := checkID("product_id", d.Product, maxProduct); err != nil {
		return err
	}
	if d.Seller != "" {
		if err := checkID("seller_id", d.Seller, MaxSeller); err != nil {
			return err
		}
	}
	switch {
	case len(d.Title) > MaxTitle || !printable(d.Title) || strings.TrimSpace(d.Title) == "":
		return bad("title", fmt.Sprintf("must be one line of 1 to %d bytes, not only blanks", MaxTitle))
	case len(d.Text) > MaxText || !writable(d.Text):
		return bad("text", fmt.Sprintf("must be text of at most %d bytes, without control characters but line breaks and tabs", MaxText))
	case len(d.Attributes) > MaxAttributes:
		return bad("attributes", fmt.Sprintf("must be at most %d", MaxAttributes))
	case len(d.Tags) > MaxTags:
		return bad("tags", fmt.Sprintf("must be at most %d", MaxTags))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Attributes)) {
		if err := checkID("attributes", name, MaxAttributeName); err != nil {
			return err
		}
		value := d.Attributes[name]
		switch {
		case strings.Contains(name, ":"):
			return bad("attributes", "must have names without a colon")
		case value == "" || len(value) > MaxAttributeValue || !printable(value):
			return bad("attributes["+name+"]", fmt.Sprintf("must be one line of 1 to %d bytes", MaxAttributeValue))
		}
	}
	for i, tag := range d.Tags {
		field := fmt.Sprintf("tags[%d]", i)
		switch {
		case tag == "" || len(tag) > MaxTag || !printable(tag):
			return bad(field, fmt.Sprintf("must be one line of 1 to %d bytes", MaxTag))
		case slices.Contains(d.Tags[:i], tag):
			return bad(field, "is there twice")
		}
	}
	return nil
}

// writable reports that s is text of several lines.
func writable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

func (d *Details) sameAs(o *Details) bool {
	return d.Title == o.Title && d.Text == o.Text && d.Seller == o.Seller && maps.Equal(d.Attributes, o.Attributes) && slices.Equal(d.Tags, o.Tags)
}

// ProductDetails keeps the details of products.
type ProductDetails struct{ documents[Details] }

// Set stores the details of 1 to MaxSet products, all or none of them, and returns them
// as they are kept; tenant, number and version of what is given do not count. Products
// that are not known become so. The same details again are no change.
func (p ProductDetails) Set(ctx context.Context, tenant string, set []Details) ([]Details, error) {
	kept, err := checkRows("items", set, func(d Details) (Details, string, error) {
		d.Tenant = tenant
		return d, d.Product, d.Check()
	}, &InvalidError{Field: "product_id", Reason: "is given twice"})
	if err == nil {
		asked := slices.Clone(kept)
		err = p.store.write(ctx, p.now, func(w *write) error {
			copy(kept, asked)
			return setDetails(w, tenant, kept)
		})
	}
	return result(kept, err, "set the details of %d products", len(set))
}

func setDetails(w *write, tenant string, rows []Details) error {
	if err := w.findTenant(tenant); err != nil {
		return err
	}
	ids, refs := make([]string, len(rows)), make([]Ref, len(rows))
	for i := range rows {
		ids[i], refs[i] = rows[i].Product, Ref{Tenant: tenant, Product: rows[i].Product}
	}
	have, err := detailsKind.readSome(&w.read, tenant, ids)
	if err != nil {
		return err
	}
	if err := w.meetAll(refs); err != nil {
		return err
	}
	last, err := lastDetails(&w.read, tenant)
	if err != nil {
		return err
	}
	for i := range rows {
		d, was := &rows[i], have[ids[i]]
		if was.document != nil && !was.gone && d.sameAs(was.document) {
			*d = *was.document
			continue
		}
		if err := w.open(refs[i]); err != nil {
			return rowError(i, err)
		}
		if was.document != nil {
			d.Number, d.Version = was.document.Number, was.document.Version+1
		} else {
			last++
			d.Number, d.Version = last, 1
		}
		d.Changed = Moment{w.time()}
		if err := detailsKind.put(w, d, was.document); err != nil {
			return rowError(i, err)
		}
	}
	return nil
}

// lastDetails is the highest number of a tenant's details, 0: there are none.
func lastDetails(r *read, tenant string) (n int64, err error) {
	_, err = r.readRow(`SELECT number FROM {document} WHERE tenant = ? AND kind = ? AND parent = '' AND number > 0 ORDER BY number DESC LIMIT 1`,
		[]any{tenant, detailsKind.name}, &n)
	return n, err
}

// Of returns the details of those of the products that have some, by product.
func (p ProductDetails) Of(ctx context.Context, tenant string, products []string) ([]Details, error) {
	return p.list(ctx, func(r *read) ([]Details, error) {
		have, err := p.kind.readSome(r, tenant, products)
		if err != nil {
			return nil, err
		}
		var all []Details
		for _, id := range slices.Sorted(maps.Keys(have)) {
			if !have[id].gone {
				all = append(all, *have[id].document)
			}
		}
		return all, nil
	})
}

// Drop takes the details of a product away; it stays known. Details that were taken away
// already are no change; those that never were are ErrUnknown.
func (p ProductDetails) Drop(ctx context.Context, tenant, product string) error {
	err := p.store.write(ctx, p.now, func(w *write) error {
		was, gone, err := detailsKind.get(&w.read, tenant, product)
		switch {
		case err != nil || gone:
			return err
		case was == nil:
			return detailsKind.unknown(product)
		}
		left := Details{Tenant: tenant, Product: product, Number: was.Number, Version: was.Version + 1, Changed: Moment{w.time()}}
		return detailsKind.drop(w, &left, was)
	})
	return during(err, "drop the details of product %q", product)
}

var detailsKind = documentKind[Details]{
	name: "details", title: "details of product",
	pack:   func(d *Details) document { return document{tenant: d.Tenant, id: d.Product, number: d.Number} },
	unpack: func(d *document, t *Details) { t.Tenant, t.Product = d.tenant, d.id },
}
