package replay

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const header = "seq,kind,invoice,sku,qty,ts,unit_price,customer,country,description\n"

// row is a good line but for what changes.
func row(seq, kind, sku, qty string) string {
	return seq + "," + kind + ",536365," + sku + "," + qty + ",2010-12-01 08:26:00,2.55,17850,United Kingdom,THING\n"
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	if _, err := zip.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAMalformedHistoryIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	good := row("1", "sale", "85123A", "6")
	for name, c := range map[string]struct{ text, want string }{
		"an empty file":                   {"", "line 1: the file is empty"},
		"only a header":                   {header, "nothing to replay"},
		"only services":                   {header + row("1", "service", "POST", "1"), "nothing to replay"},
		"a column is missing":             {"seq,kind,invoice,sku,qty,ts\n", `line 1: no column "customer"`},
		"a column twice":                  {"seq,seq" + header[3:], `line 1: column "seq" is named twice`},
		"a row too short":                 {header + good + "2,sale\n", "line 3: wrong number of fields"},
		"a row too long":                  {header + strings.TrimSuffix(good, "\n") + ",x\n", "line 2: wrong number of fields"},
		"a quote that does not end":       {header + good + `2,"sale,x` + "\n\n", "a row that begins on line 3"},
		"a stray quote":                   {header + good + `2,sa"le,x` + "\n", "line 3"},
		"a seq that is no number":         {header + row("one", "sale", "85123A", "6"), `line 2: seq "one"`},
		"a seq below one":                 {header + row("0", "sale", "85123A", "6"), `line 2: seq "0"`},
		"a seq twice":                     {header + good + good, "line 3: seq 1 comes after seq 1"},
		"an unknown kind":                 {header + row("1", "gift", "85123A", "6"), `line 2: kind "gift"`},
		"a quantity with a fraction":      {header + row("1", "sale", "85123A", "6.5"), `line 2: qty "6.5"`},
		"a quantity past the bound":       {header + row("1", "sale", "85123A", "9007199254740992"), "line 2: qty"},
		"a quantity past int64":           {header + row("1", "sale", "85123A", "99999999999999999999"), "line 2: qty"},
		"a quantity of nothing":           {header + row("1", "adjust", "85123A", "0"), "line 2: qty is 0"},
		"a sale below zero":               {header + row("1", "sale", "85123A", "-6"), "line 2: a sale of -6"},
		"a cancel above zero":             {header + row("1", "cancel", "85123A", "6"), "line 2: a cancel of 6"},
		"a sku of nothing":                {header + row("1", "sale", "", "6"), "line 2: sku is empty"},
		"a sku of blanks":                 {header + row("1", "sale", "   ", "6"), "line 2: sku"},
		"a sku with a slash":              {header + row("1", "sale", "85123/A", "6"), "line 2: sku"},
		"a sku with a control character":  {header + row("1", "sale", "85123\x00A", "6"), "line 2: sku"},
		"a sku that is not UTF-8":         {header + row("1", "sale", "85123\xff", "6"), "line 2: sku"},
		"a sku of 129 bytes":              {header + row("1", "sale", strings.Repeat("8", 129), "6"), "line 2: sku"},
		"an invoice of nothing":           {header + "1,sale,,85123A,6,2010-12-01 08:26:00,1,,UK,\n", "line 2: invoice is empty"},
		"a time of another form":          {header + "1,sale,5,85123A,6,01/12/2010 08:26,1,,UK,\n", `line 2: ts "01/12/2010`},
		"a line after a quoted newline":   {header + "1,sale,5,85123A,6,2010-12-01 08:26:00,1,,UK,\"two\nlines\"\n2,x\n", "line 4: wrong number"},
		"a packed file that is cut off":   {packed(t, header+strings.Repeat(good, 1))[:60], "cut off"},
		"units of a sku past the bound":   {header + row("1", "sale", "85123A", "9007199254740000") + row("2", "sale", "85123A", "900"), ""},
		"a picture, say":                  {"\x89PNG\r\n\x1a\n\x00\x00", "line 1: no column"},
		"a packed file with a bare start": {"\x1f\x8bxx", "unpack"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "orders.csv")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			h, err := Load(path)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				_, err = NewPlan(h, Settings{Opening: Scarce, Mode: ByLine})
				c.want = `seq 2: the units of sku "85123A" pass 2^53-1`
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestAFileThatIsNotThereIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := Load("no/such/file.csv"); err == nil || !strings.Contains(err.Error(), "no/such/file.csv") {
		t.Errorf("got %v", err)
	}
}

// Other years of the shop have codes that differ only by case or by a blank.
func TestSKUsKeepTheirBytes(t *testing.T) {
	t.Parallel()
	skus := []string{"15056BL", "15056bl", "15056BL ", " 15056BL", "15056 BL"}
	text := "\xef\xbb\xbf" + header
	for i, sku := range skus {
		text += row(string(rune('1'+i)), "sale", sku, "2")
	}
	text = strings.ReplaceAll(text, "\n", "\r\n")
	for name, form := range map[string]string{"plain": text, "packed": packed(t, text), "in two members": packed(t, text[:100]) + packed(t, text[100:])} {
		h, err := loadFrom(strings.NewReader(form))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(h.SKUs, skus) {
			t.Errorf("%s: SKUs are %q, want %q", name, h.SKUs, skus)
		}
		p := mustPlan(t, h, Settings{Opening: Scarce, Mode: ByLine, Prefix: "x"})
		s, err := Run(t.Context(), p, newFakeShop(), sequential())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantAsReadme(t, p, s)
	}
}

func TestOpeningStockOfASmallHistory(t *testing.T) {
	t.Parallel()
	h, err := loadFrom(strings.NewReader(header +
		row("1", "adjust", "10001", "4") + row("2", "sale", "10001", "6") + row("3", "cancel", "10001", "-5") +
		row("4", "sale", "10001", "3") + row("5", "adjust", "10001", "-7") + row("6", "cancel", "10002", "-1")))
	if err != nil {
		t.Fatal(err)
	}
	for policy, want := range map[Policy][]int64{
		Peak: {7, 0}, Scarce: {5, 0}, Flat100: {100, 100}, Zero: {0, 0}, Gross: {16, 0},
	} {
		if got, err := Opening(h, policy); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v (%v), want %v", policy, got, err, want)
		}
	}
}

// The data set has one invoice whose lines do not stand together.
func TestAnOrderStandsAtThePlaceOfItsFirstLine(t *testing.T) {
	t.Parallel()
	line := func(seq, kind, invoice, sku, qty string) string {
		return strings.Replace(row(seq, kind, sku, qty), "536365", invoice, 1)
	}
	h, err := loadFrom(strings.NewReader(header +
		line("1", "adjust", "A", "10001", "3") + line("2", "sale", "B", "10001", "1") +
		line("3", "sale", "A", "10001", "2") + line("4", "sale", "A", "10001", "5") + line("5", "cancel", "B", "10001", "-1")))
	if err != nil {
		t.Fatal(err)
	}
	p := mustPlan(t, h, Settings{Opening: Flat100, Mode: ByOrder, Run: "r"})
	var got []string
	for i := range p.Tasks {
		task := &p.Tasks[i]
		for _, c := range p.commands(task, nil) {
			got = append(got, c.Key)
		}
	}
	want := []string{"r/3/reserve", "r/3/deduct", "r/1/adjust", "r/2/reserve", "r/2/deduct", "r/5/return"}
	if !slices.Equal(got, want) {
		t.Errorf("steps are %v, want %v", got, want)
	}
	reserve := p.commands(&p.Tasks[0], nil)[0].Body.(Reserve)
	if reserve.OrderID != "r:A" || len(reserve.Items) != 2 {
		t.Errorf("the order is %+v, want r:A with its two lines as they are", reserve)
	}
}
