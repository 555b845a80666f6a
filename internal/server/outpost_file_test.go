package server_test

import (
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/sheet"
)

// fileMeets is what a file does that meets units of an outpost, as meets.
type fileMeets struct {
	head, row string // P stands for the product
	code      string
}

// outpostFiles are the kinds of files that can be about units of an outpost.
var outpostFiles = map[sheet.Kind][]fileMeets{
	sheet.KindLevels: {
		{"product_id,location_id,on_hand", "P,shop,3", "KEPT_BY_HOLDER"},
		{"product_id,location_id,on_hand", "P,shop,15", ""},
		{"product_id,location_id,available_stock", "P,shop,5", "ALREADY_EXISTS"},
	},
	sheet.KindLots:       {{"product_id,location_id,on_hand,lot.batch", "P,shop,3,7", "*"}},
	sheet.KindThresholds: {{"product_id,location_id,low_stock_threshold", "P,shop,5", ""}},
	sheet.KindQuotas:     {{"product_id,location_id,channel_id,quota", "P,shop,web,15", "*"}, {"product_id,location_id,channel_id,quota", "P,shop,web,5", ""}},
	sheet.KindTransfers:  {{"transfer_id,from_location_id,to_location_id,product_id,quantity", "t-P,shop,west,P,15", ""}},
	sheet.KindLocations:  {{"location_id,name,active", "shop,P,no", ""}, {"location_id,name,active", "shop,P,yes", ""}},
}

// outpostFilesApart are the kinds that are not about stock.
var outpostFilesApart = []sheet.Kind{sheet.KindProducts, sheet.KindKits}

// importAtOutposts sends files of each kind about units of each outpost. A dry run answers as the import does.
func (h *house) importAtOutposts(t *testing.T) {
	t.Helper()
	for _, kind := range sheet.ImportKinds {
		rows := outpostFiles[kind]
		if len(rows) > 0 == slices.Contains(outpostFilesApart, kind) {
			t.Errorf("files of %s: they need a row, or are not about stock", kind)
		}
		for _, holder := range outposts {
			for i, row := range rows {
				product := "file-" + string(kind) + "-" + holder + "-" + string(rune('a'+i))
				k := h.inOutpost(t, product, holder)
				file := row.head + "\n" + strings.ReplaceAll(row.row, "P", product) + "\n"
				dry := h.importRow(t, kind, file, "&dry_run=true")
				code := h.importRow(t, kind, file, "")
				if code != dry {
					t.Errorf("%s %s with units of %s: %q, and %q when it was tried", kind, row.row, holder, code, dry)
				}
				if code != row.code && (row.code != "*" || code == "INVALID_ARGUMENT") {
					t.Errorf("%s %s with units of %s: %q", kind, row.row, holder, code)
				}
				h.keepsTen(t, string(kind)+" "+row.row, k, holder)
			}
		}
	}
}

// importRow imports a file of one row, and returns the code with which the row was refused, "" for none.
func (h *house) importRow(t *testing.T, kind sheet.Kind, file, parameters string) string {
	t.Helper()
	a := h.file(t, "admin", "/v1/imports?wait_seconds=30&kind="+string(kind)+parameters, file)
	if a.status != 200 || a.at("state") != `"done"` || a.at("rows") != "1" {
		t.Errorf("a file of %s: %d %s", kind, a.status, a.raw)
		return "INVALID_ARGUMENT"
	}
	if a.at("refused") == "0" {
		return ""
	}
	r := h.call(t, "admin", "GET", strings.Trim(a.at("result"), `"`), "")
	_, row, _ := strings.Cut(string(r.raw), "\n")
	for cell := range strings.SplitSeq(row, ",") {
		if cell != "" && strings.Trim(cell, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
			return cell
		}
	}
	return row
}
