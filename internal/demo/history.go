package demo

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
)

// The kinds of a step, as the column of that name has them.
const (
	sale    = "sale"    // asks for units
	cancel  = "cancel"  // gives units back
	adjust  = "adjust"  // corrects the stock
	service = "service" // is no stock: postage, vouchers
)

// history is what happened in the shop, in memory.
type history struct {
	sha256   string       // of the file
	products []string     // in byte order
	opening  []int64      // units of each product before the first step
	steps    []replayStep // in the order of events
}

// replayStep is an order with all its sale lines, or one other line.
type replayStep struct {
	seq     int64 // of its first line
	kind    string
	invoice string
	lines   []line
}

// line is units of one product: asked for, given back, or (signed) corrected.
type line struct {
	product int // its place in history.products
	units   int64
}

// document is the lines of one invoice.
type document struct {
	order *replayStep // its sale lines, nil when there are none
	rest  []replayStep
}

// read reads the orders at path, in the format that README.md in their folder
// describes.
func read(path string) (*history, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the orders: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	unzip, err := gzip.NewReader(io.TeeReader(file, sum))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", path, err)
	}
	h, err := readRows(csv.NewReader(unzip))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	h.sha256 = hex.EncodeToString(sum.Sum(nil))
	return h, nil
}

// readRows takes each invoice at the place of its first line: all of its sale
// lines at once, then its other lines.
func readRows(rows *csv.Reader) (*history, error) {
	header, err := rows.Read()
	if err != nil {
		return nil, err
	}
	if len(header) < 5 || !slices.Equal(header[:5], []string{"seq", "kind", "invoice", "sku", "qty"}) {
		return nil, fmt.Errorf("the columns are %q, not seq, kind, invoice, sku, qty and more", header)
	}
	var documents []*document
	byInvoice, places := map[string]*document{}, map[string]int{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		kind, invoice, product := row[1], row[2], row[3]
		doc := byInvoice[invoice]
		if doc == nil {
			doc = &document{}
			byInvoice[invoice], documents = doc, append(documents, doc)
		}
		if kind == service {
			continue
		}
		place, known := places[product]
		if !known {
			place = len(places)
			places[product] = place
		}
		if err := doc.add(kind, invoice, place, row[0], row[4]); err != nil {
			number, _ := rows.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return newHistory(documents, places), nil
}

// add adds a line to the invoice.
func (d *document) add(kind, invoice string, product int, seq, qty string) error {
	number, err := strconv.ParseInt(seq, 10, 64)
	if err != nil {
		return fmt.Errorf("seq: %w", err)
	}
	units, err := strconv.ParseInt(qty, 10, 64)
	if err != nil {
		return fmt.Errorf("qty: %w", err)
	}
	s := replayStep{seq: number, kind: kind, invoice: invoice}
	switch kind {
	case sale:
		if d.order == nil {
			d.order = &s
		}
		d.order.lines = append(d.order.lines, line{product, units})
	case cancel:
		s.lines = []line{{product, -units}}
		d.rest = append(d.rest, s)
	case adjust:
		s.lines = []line{{product, units}}
		d.rest = append(d.rest, s)
	default:
		return fmt.Errorf("kind %q is none of sale, cancel, adjust, service", kind)
	}
	return nil
}

// newHistory puts the products into byte order and the steps behind each
// other. The stock at the beginning is six tenths of what will be asked for.
func newHistory(documents []*document, places map[string]int) *history {
	h := &history{products: slices.Sorted(maps.Keys(places)), opening: make([]int64, len(places))}
	sorted := make([]int, len(places)) // by the place of first appearance
	for i, product := range h.products {
		sorted[places[product]] = i
	}
	for _, d := range documents {
		if d.order != nil {
			h.steps = append(h.steps, *d.order)
		}
		h.steps = append(h.steps, d.rest...)
	}
	for _, s := range h.steps {
		for i := range s.lines {
			l := &s.lines[i]
			if l.product = sorted[l.product]; s.kind == sale {
				h.opening[l.product] += l.units
			}
		}
	}
	for i, asked := range h.opening {
		h.opening[i] = asked * 3 / 5
	}
	return h
}
