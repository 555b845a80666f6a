package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
)

// History is an order history in memory: about 50 bytes a line. Names are
// numbered in order of first appearance.
type History struct {
	FileSHA256 string // of the file on disk, compressed or not
	Moves      []Move // every line but Service, by seq
	SKUs       []string
	Invoices   []string // including Service-only invoices: an invoice's place is its first line
	Customers  []string
	Countries  []string
	Web        []bool   // per invoice: it has a line of postage
	Network    *Network // of Warehouses: the sites, and where customers are; else nil
}

// Move is a line of a History that moves stock.
type Move struct {
	Seq      int64
	At       int64 // seconds since 1970, local time of the shop taken as UTC
	Qty      int64 // as in the file
	SKU      int32
	Invoice  int32
	Customer int32 // -1 when unknown
	Country  int32
	Kind     Kind
}

// Load reads the history at path.
func Load(path string) (*History, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	h, err := loadFrom(io.TeeReader(f, sum))
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", path, err)
	}
	// Bytes after the last gzip member belong to the file's hash too.
	if _, err := io.Copy(sum, f); err != nil {
		return nil, fmt.Errorf("history %s: %w", path, err)
	}
	h.FileSHA256 = hexSum(sum)
	return h, nil
}

func loadFrom(r io.Reader) (*History, error) {
	h := &History{}
	skus, invoices, customers, countries := names{}, names{}, names{}, names{}
	err := Read(r, func(l Line) error {
		invoice := invoices.number(l.Invoice, &h.Invoices)
		if len(h.Invoices) > len(h.Web) {
			h.Web = append(h.Web, false)
		}
		if l.Kind == Service {
			h.Web[invoice] = h.Web[invoice] || l.SKU == postage
			return nil
		}
		m := Move{
			Seq: l.Seq, At: l.At.Unix(), Qty: l.Qty, Kind: l.Kind,
			SKU: skus.number(l.SKU, &h.SKUs), Invoice: invoice, Customer: -1,
			Country: countries.number(l.Country, &h.Countries),
		}
		if l.Customer != "" {
			m.Customer = customers.number(l.Customer, &h.Customers)
		}
		h.Moves = append(h.Moves, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(h.Moves) == 0 {
		return nil, errors.New("no line moves stock: nothing to replay")
	}
	return h, nil
}

// names numbers strings in order of first appearance.
type names map[string]int32

func (n names) number(name string, all *[]string) int32 {
	if i, ok := n[name]; ok {
		return i
	}
	name = strings.Clone(name) // the reader's row would stay in memory with it
	i := int32(len(*all))
	n[name] = i
	*all = append(*all, name)
	return i
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
